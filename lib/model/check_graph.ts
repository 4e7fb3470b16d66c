/**
 * What every reader promises and every executor and writer may rely on.
 *
 * @module
 */
import { ModelError } from "./errors.ts";
import type { Graph, Operator, Tensor, TensorType } from "./graph.ts";
import { inputCounts, outputShape, ShapeMismatch } from "./output_shape.ts";
import { bytesPerElement } from "./tensor_values.ts";

const MAX_RANK = 8;
const MAX_BYTES = 2 ** 31 - 1;

/** Ranges that a zero point can be in, for the types that can be quantized. */
const zeroPointRanges: { readonly [T in TensorType]?: readonly [number, number] } = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  int32: [-(2 ** 31), 2 ** 31 - 1],
};

/**
 * Checks that a graph is consistent: shapes positive and below 2 GiB, constants of the size that their shape says,
 * quantization that fits, indices that exist, operators in an order in which they can run, each activation written
 * once, and every operator's output of the shape that its inputs give.
 *
 * It does not say that an executor supports the types in it.
 *
 * @throws {ModelError} Naming the operator or tensor at fault.
 *
 * @example
 * ```ts
 * import { checkGraph, type Graph, ModelError } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const graph: Graph = {
 *   description: "",
 *   tensors: [
 *     { name: "x", shape: [1, 4], type: "float32" },
 *     { name: "y", shape: [1, 5], type: "float32" },
 *   ],
 *   operators: [{ kind: "RELU", inputs: [0], outputs: [1], options: {} }],
 *   inputs: [0],
 *   outputs: [1],
 * };
 * assert.throws(() => checkGraph(graph), ModelError);
 * ```
 */
export function checkGraph(graph: Graph): void {
  graph.tensors.forEach(checkTensor);
  const written = graph.tensors.map((tensor) => tensor.data !== undefined);
  for (const index of graph.inputs) {
    const tensor = graph.tensors[index];
    if (!tensor) throw new ModelError(`Cannot use the model as its input ${index} does not exist`);
    if (written[index]) {
      throw new ModelError(`Cannot use the model as its input '${tensor.name}' is not free`, {
        tensor: { index, name: tensor.name },
      });
    }
    written[index] = true;
  }
  graph.operators.forEach((operator, index) => checkOperator(graph, operator, index, written));
  if (graph.outputs.length === 0) throw new ModelError("Cannot use the model as it has no output");
  for (const index of graph.outputs) {
    if (!written[index]) {
      throw new ModelError(`Cannot use the model as nothing gives its output ${index}`);
    }
  }
}

function checkTensor(tensor: Tensor, index: number): void {
  const refuse = (why: string) =>
    new ModelError(`Cannot use tensor '${tensor.name}' as ${why}`, {
      tensor: { index, name: tensor.name },
    });
  const { shape, quantization, data } = tensor;
  if (shape.length > MAX_RANK) {
    throw refuse(`it has ${shape.length} dimensions: expected at most ${MAX_RANK}`);
  }
  let bytes = bytesPerElement[tensor.type];
  for (const n of shape) {
    if (!Number.isInteger(n) || n < 1) throw refuse(`its shape [${shape}] is not positive`);
    bytes *= n;
    if (bytes > MAX_BYTES) throw refuse(`its shape [${shape}] is beyond 2 GiB`);
  }
  if (data && data.length !== bytes) {
    throw refuse(`its shape [${shape}] takes ${bytes} bytes and its data ${data.length}`);
  }
  if (!quantization) return;
  const { scale, zeroPoint, axis } = quantization;
  if (scale.length === 0 || zeroPoint.length !== scale.length) {
    throw refuse(`it has ${scale.length} scales and ${zeroPoint.length} zero points`);
  }
  if (scale.length > 1 && shape[axis] !== scale.length) {
    throw refuse(`it has ${scale.length} scales along axis ${axis} of [${shape}]`);
  }
  const range = zeroPointRanges[tensor.type];
  if (!range) throw refuse(`it is quantized and of type '${tensor.type}'`);
  if (scale.some((s) => !(s >= 0 && s < Infinity))) {
    throw refuse("a scale of it is not a positive number");
  }
  if (zeroPoint.some((z) => z < range[0] || z > range[1])) {
    throw refuse(`a zero point of it is not in [${range}]`);
  }
}

function checkOperator(graph: Graph, operator: Operator, index: number, written: boolean[]): void {
  const { kind, inputs, outputs } = operator;
  const refuse = (why: string) =>
    new ModelError(`Cannot use operator ${index} '${kind}' as ${why}`, {
      operator: { index, kind },
    });
  const [least, most] = inputCounts[kind];
  if (inputs.length < least || inputs.length > most) {
    throw refuse(`it has ${inputs.length} inputs: expected ${least} to ${most}`);
  }
  inputs.forEach((input, position) => {
    // Biases and RESHAPE's shape may be absent; a list's parts may not.
    const optional = input === -1 && position >= least;
    if (!optional && !written[input]) {
      throw refuse(`its input ${position} is tensor ${input}, which nothing gives before it`);
    }
  });
  if (outputs.length !== 1) throw refuse(`it has ${outputs.length} outputs: expected 1`);
  const [output] = outputs;
  if (written[output] !== false) {
    throw refuse(`its output is tensor ${output}, which is not there to be written`);
  }
  written[output] = true;
  const { shape } = graph.tensors[output];
  let expected: number[] | undefined;
  try {
    expected = outputShape(graph, operator);
  } catch (error) {
    if (error instanceof ShapeMismatch) throw refuse(error.message);
    throw error;
  }
  if (expected && String(expected) !== String(shape)) {
    throw refuse(`its output is [${shape}]: expected [${expected}]`);
  }
  if (kind === "RESHAPE") {
    const x = graph.tensors[inputs[0]];
    const count = (s: readonly number[]) => s.reduce((product, n) => product * n, 1);
    if (count(x.shape) !== count(shape)) {
      throw refuse(`[${x.shape}] and [${shape}] differ in size`);
    }
  }
}
