/**
 * Operators that treat each element by itself, or each row of the last dimension.
 *
 * @module
 */
import { activationBounds } from "./activation_range.ts";
import { clampOf, followOutput, operands } from "./follow_output.ts";
import type { ImportNode } from "./import_node.ts";
import { batchNormalization } from "./import_weights.ts";
import {
  type ActivationValue,
  channelsLast,
  type ConstantValue,
  type OnnxImporter,
  sameOrder,
} from "./onnx_importer.ts";
import { float32Bytes, realValues } from "../real_values.ts";

/** Add, Sub, Mul, and Div by a constant. */
export function importBinary(im: OnnxImporter, n: ImportNode) {
  const a = im.input(n, 0);
  const b = n.opType === "Div" ? reciprocal(im, n) : im.input(n, 1);
  const computed = [a, b].filter((value) => value.kind === "activation");
  const next = im.uses.only(n.output);
  if (n.opType === "Mul" && next?.opType === "Softmax" && computed.length === 1) {
    const [factor] = [a, b].filter((value) => value.kind === "constant");
    if (factor.tensor.shape.length === 0) {
      im.uses.finish(next);
      return importSoftmax(im, next, { value: computed[0], beta: realValues(factor.tensor)[0] });
    }
  }
  if (computed.length === 0) n.fail("both inputs are constants", "Fold constants before exporting");
  const rank = Math.max(...[a, b].map((value) => im.dims(value).length));
  const inputsAreReal = [a, b].every((value) =>
    value.isReal && (value.kind === "activation" || isPerTensor(value))
  );
  const out = followOutput(im, n.output, new Array(rank).fill(1), {
    fusesActivation: true,
    inputsAreReal,
  });
  const values = operands(im, n, computed, out.isQuantized)
    .map((value) => im.unblocked(n, value));
  const order = commonOrder(values, rank);
  const [x] = values;
  const inputs = [a, b].map((value) => {
    if (value.kind === "constant") return broadcastConstant(im, value, order, !out.isQuantized);
    const own = a.kind === "constant" || value === a ? x : values[1];
    return own.order.length === rank ? im.inOrder(n, own, order) : im.inSequence(n, own);
  });
  const kind = n.opType === "Add" ? "ADD" : n.opType === "Sub" ? "SUB" : "MUL";
  const index = im.emit(n, kind, inputs, { activation: out.activation }, out.type);
  out.define(index, order);
}

/** One that costs the least to bring all values to: broadcasting between ranks needs the sequence of the file. */
function commonOrder(values: readonly ActivationValue[], rank: number): readonly number[] {
  if (values.some((value) => value.order.length !== rank && value.order.length > 1)) {
    return sameOrder(rank);
  }
  const full = values.filter((value) => value.order.length === rank);
  return full.find((value) => String(value.order) === String(channelsLast))?.order ??
    full[0]?.order ?? sameOrder(rank);
}

function broadcastConstant(
  im: OnnxImporter,
  value: ConstantValue,
  order: readonly number[],
  real: boolean,
): number {
  const { shape } = value.tensor;
  if (shape.length === 0) return im.addConstant(value, { real });
  const reshape = [...order.slice(shape.length).map(() => 1), ...shape];
  return im.addConstant(value, { reshape, order, real });
}

function isPerTensor({ tensor }: ConstantValue): boolean {
  return tensor.type === "int8" && tensor.quantization?.scale.length === 1;
}

function reciprocal(im: OnnxImporter, n: ImportNode): ConstantValue {
  const { tensor } = im.constant(n, 1);
  im.spend(tensor.data!.length * 4);
  const data = float32Bytes(realValues(tensor).map((value) => 1 / value));
  const name = `${tensor.name}/reciprocal`;
  return {
    kind: "constant",
    tensor: { name, shape: tensor.shape, type: "float32", data },
    isReal: false,
  };
}

/** Relu, Clip, Sigmoid and Tanh, where no operator before took them up. */
export function importUnary(im: OnnxImporter, n: ImportNode) {
  const kind = unaryKind(im, n);
  const value = im.activation(n, 0);
  const dims = im.dims(value);
  const out = followOutput(im, n.output, dims, {
    fusesActivation: false,
    inputsAreReal: value.isReal,
  });
  const [input] = operands(im, n, [value], out.isQuantized);
  const x = im.unblocked(n, input);
  out.define(im.emit(n, kind, [x.index], {}, out.type), x.order);
}

function unaryKind(im: OnnxImporter, n: ImportNode) {
  if (n.opType === "Sigmoid") return "LOGISTIC";
  if (n.opType === "Tanh") return "TANH";
  const [low, high] = clampOf(im, n);
  if (low === 0 && high === Infinity) return "RELU";
  const [, six] = activationBounds.relu6;
  if (low === 0 && high === six) return "RELU6";
  return n.fail(`it clamps to [${low}, ${high}]`, "Supported are [0, ∞] and [0, 6]");
}

/** Softmax over one dimension, of its input or of `beta` times another value. */
export function importSoftmax(
  im: OnnxImporter,
  n: ImportNode,
  { value = im.activation(n, 0), beta = 1 }: { value?: ActivationValue; beta?: number } = {},
) {
  const dims = im.dims(value);
  const given = n.int("axis", im.opset < 13 ? 1 : -1);
  const axis = given < 0 ? given + dims.length : given;
  if (axis < 0 || axis >= dims.length) n.fail(`its axis ${given} is not one of [${dims}]`);
  // Before version 13 all dimensions from the axis on were one.
  if (im.opset < 13 && dims.slice(axis + 1).some((size) => size > 1)) {
    n.fail("it runs over several dimensions");
  }
  const out = followOutput(im, n.output, dims, {
    fusesActivation: false,
    inputsAreReal: value.isReal,
  });
  const [input] = operands(im, n, [value], out.isQuantized);
  const x = im.unblocked(n, input);
  const order = x.order.at(-1) === axis
    ? x.order
    : [...sameOrder(dims.length).filter((other) => other !== axis), axis];
  const index = im.emit(n, "SOFTMAX", [im.inOrder(n, x, order)], { beta }, out.type);
  out.define(index, order);
}

/** A BatchNormalization that no operator before took up: MUL and ADD. */
export function importBatchNormalization(im: OnnxImporter, n: ImportNode) {
  const x = im.floats(n, im.unblocked(n, im.activation(n, 0)));
  const dims = im.dims(x);
  const { factor, offset } = batchNormalization(im, n, dims[1] ?? 1);
  const shape = dims.map((size, axis) => axis === 1 ? size : 1);
  const constant = (name: string, values: number[]) =>
    broadcastConstant(
      im,
      {
        kind: "constant",
        tensor: { name: `${n.output}/${name}`, shape, type: "float32", data: float32Bytes(values) },
        isReal: false,
      },
      x.order,
      true,
    );
  const scaled = im.emit(n, "MUL", [x.index, constant("factor", factor)], { activation: "none" }, {
    name: `${n.output}/scaled`,
  });
  const out = followOutput(im, n.output, dims, { fusesActivation: true, inputsAreReal: false });
  const inputs = [scaled, constant("offset", offset)];
  out.define(im.emit(n, "ADD", inputs, { activation: out.activation }, out.type), x.order);
}
