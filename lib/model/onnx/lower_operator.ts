/**
 * Each operator of a {@linkcode Graph} as ONNX nodes.
 *
 * @module
 */
import type { Operator, OperatorKind } from "../graph.ts";
import { lowerConvolution, lowerFullyConnected } from "./lower_weighted.ts";
import { lowerPool } from "./lower_pool.ts";
import { lowerStridedSlice } from "./lower_strided_slice.ts";
import { type Layout, type OnnxBuilder, planarOrder } from "./onnx_builder.ts";
import { DataType } from "./onnx_model.ts";

/** An operator of one kind. */
export type OperatorOf<K extends OperatorKind> = Extract<Operator, { kind: K }>;

const contrib = "com.microsoft";

/** Writes the nodes of one operator. */
export function lowerOperator(b: OnnxBuilder, op: Operator) {
  switch (op.kind) {
    case "CONV_2D":
    case "DEPTHWISE_CONV_2D":
      return lowerConvolution(b, op);
    case "FULLY_CONNECTED":
      return lowerFullyConnected(b, op);
    case "AVERAGE_POOL_2D":
    case "MAX_POOL_2D":
      return lowerPool(b, op);
    case "ADD":
    case "SUB":
    case "MUL":
      return lowerBinary(b, op);
    case "RELU":
      return b.putReal(op.outputs[0], ...realOf(b, op), "relu");
    case "RELU6":
      return b.putReal(op.outputs[0], ...realOf(b, op), "relu6");
    case "LOGISTIC":
      return lowerUnary(b, op, "Sigmoid");
    case "TANH":
      return lowerUnary(b, op, "Tanh");
    case "SOFTMAX":
      return lowerSoftmax(b, op);
    case "MEAN":
      return lowerMean(b, op);
    case "PAD":
      return lowerPad(b, op);
    case "CONCATENATION":
      return lowerConcatenation(b, op);
    case "RESHAPE":
      return lowerReshape(b, op);
    case "STRIDED_SLICE":
      return lowerStridedSlice(b, op);
    case "TRANSPOSE": {
      const perm = b.constantInts(op.inputs[1]);
      const [y] = op.outputs;
      const name = b.node("Transpose", [b.value(op.inputs[0], "plain")], { perm }, y);
      return b.put(y, "plain", name);
    }
    case "QUANTIZE":
    case "DEQUANTIZE":
      return b.putReal(op.outputs[0], ...realOf(b, op));
    case "SHAPE": {
      const [x] = op.inputs, [y] = op.outputs;
      const shape = b.node("Shape", [b.value(x, "plain")], {}, y);
      return b.put(y, "plain", b.node("Cast", [shape], { to: DataType.int32 }, y));
    }
    case "PACK":
      return lowerPack(b, op);
  }
}

/** The layout for an operator that any layout suits: planar where its input is there already. */
function anyLayout(b: OnnxBuilder, op: Operator): Layout {
  const activations = op.inputs.filter((i) => i >= 0 && !b.tensor(i).data);
  const allSpatial = [...activations, ...op.outputs].every((i) => b.tensor(i).shape.length === 4);
  return allSpatial && activations.some((i) => b.layoutOf(i) === "planar") ? "planar" : "plain";
}

function realOf(b: OnnxBuilder, op: Operator): [Layout, string] {
  const layout = anyLayout(b, op);
  return [layout, b.real(op.inputs[0], layout)];
}

function lowerUnary(b: OnnxBuilder, op: Operator, opType: "Sigmoid" | "Tanh") {
  const [x] = op.inputs, [y] = op.outputs;
  const layout = anyLayout(b, op);
  if (b.form === "qlinear" && opType === "Sigmoid" && b.isQuantized(x) && b.isQuantized(y)) {
    const inputs = [b.value(x, layout), ...b.scaleAndZeroPoint(x), ...b.scaleAndZeroPoint(y)];
    b.put(y, layout, b.node("QLinearSigmoid", inputs, {}, y, contrib));
  } else {
    b.putReal(y, layout, b.node(opType, [b.real(x, layout)], {}, y));
  }
}

function lowerBinary(b: OnnxBuilder, op: OperatorOf<"ADD" | "SUB" | "MUL">) {
  const [x0, x1] = op.inputs, [y] = op.outputs;
  const opType = { ADD: "Add", SUB: "Sub", MUL: "Mul" }[op.kind];
  // Broadcasting aligns the last dimensions: only operands of full rank can be planar.
  const sameRank = op.inputs.every((i) => [0, 4].includes(b.tensor(i).shape.length));
  const layout = sameRank ? anyLayout(b, op) : "plain";
  const at = (i: number) => b.tensor(i).shape.length === 4 ? layout : "plain";
  const all = b.isQuantized(x0) && b.isQuantized(x1) && b.isQuantized(y);
  if (b.form === "qlinear" && all && op.kind !== "SUB") {
    const name = b.node(
      `QLinear${opType}`,
      [
        b.value(x0, at(x0)),
        ...b.scaleAndZeroPoint(x0),
        b.value(x1, at(x1)),
        ...b.scaleAndZeroPoint(x1),
        ...b.scaleAndZeroPoint(y),
      ],
      {},
      y,
      contrib,
    );
    b.putClamped(y, layout, name, op.options.activation);
  } else {
    const name = b.node(opType, [b.real(x0, at(x0)), b.real(x1, at(x1))], {}, y);
    b.putReal(y, layout, name, op.options.activation);
  }
}

function lowerSoftmax(b: OnnxBuilder, op: OperatorOf<"SOFTMAX">) {
  const [x] = op.inputs, [y] = op.outputs;
  const layout = anyLayout(b, op);
  const axis = layout === "planar" ? 1 : b.tensor(x).shape.length - 1;
  if (b.form === "qlinear" && b.isQuantized(x) && b.isQuantized(y) && op.options.beta === 1) {
    const inputs = [b.value(x, layout), ...b.scaleAndZeroPoint(x), ...b.scaleAndZeroPoint(y)];
    const attributes = { axis, opset: 13 };
    b.put(y, layout, b.node("QLinearSoftmax", inputs, attributes, y, contrib));
    return;
  }
  let real = b.real(x, layout);
  if (op.options.beta !== 1) {
    real = b.node("Mul", [real, b.float(op.options.beta)], {}, y);
  }
  b.putReal(y, layout, b.node("Softmax", [real], { axis }, y));
}

function lowerMean(b: OnnxBuilder, op: OperatorOf<"MEAN">) {
  const [x, axesIndex] = op.inputs, [y] = op.outputs;
  const rank = b.tensor(x).shape.length;
  const plainAxes = b.constantInts(axesIndex).map((axis) => axis < 0 ? axis + rank : axis);
  const keepdims = op.options.keepDims ? 1 : 0;
  // Reducing height and width leaves [n, c] in either layout.
  const isSpatial = rank === 4 && plainAxes.length === 2 &&
    plainAxes.includes(1) && plainAxes.includes(2);
  const planar = rank === 4 && b.layoutOf(x) === "planar" && (keepdims === 1 || isSpatial);
  const layout = planar ? "planar" : "plain";
  const axes = planar ? plainAxes.map((axis) => planarOrder.indexOf(axis)) : plainAxes;
  const attributes = { axes: axes.sort((p, q) => p - q), keepdims };
  const name = b.node("ReduceMean", [b.real(x, layout)], attributes, y);
  b.putReal(y, keepdims === 1 ? layout : "plain", name);
}

function lowerPad(b: OnnxBuilder, op: OperatorOf<"PAD">) {
  const [x, paddings] = op.inputs, [y] = op.outputs;
  const layout = anyLayout(b, op);
  const pairs = b.constantInts(paddings);
  const axes = b.tensor(x).shape.map((_, i) => layout === "planar" ? planarOrder[i] : i);
  const pads = b.ints([
    ...axes.map((axis) => pairs[axis * 2]),
    ...axes.map((axis) => pairs[axis * 2 + 1]),
  ]);
  // Zero as a real number: the zero point where the tensor stays quantized.
  const inputs = b.isQuantized(x)
    ? [b.value(x, layout), pads, b.scaleAndZeroPoint(x)[1]]
    : [b.real(x, layout), pads];
  b.put(y, layout, b.node("Pad", inputs, { mode: "constant" }, y));
}

function lowerConcatenation(b: OnnxBuilder, op: OperatorOf<"CONCATENATION">) {
  const [y] = op.outputs;
  const layout = anyLayout(b, op);
  const rank = b.tensor(y).shape.length;
  const plainAxis = op.options.axis < 0 ? op.options.axis + rank : op.options.axis;
  const axis = layout === "planar" ? planarOrder.indexOf(plainAxis) : plainAxis;
  if (b.form === "qlinear" && [...op.inputs, y].every((i) => b.isQuantized(i))) {
    const inputs = [
      ...b.scaleAndZeroPoint(y),
      ...op.inputs.flatMap((i) => [b.value(i, layout), ...b.scaleAndZeroPoint(i)]),
    ];
    const name = b.node("QLinearConcat", inputs, { axis }, y, contrib);
    b.putClamped(y, layout, name, op.options.activation);
  } else {
    const inputs = op.inputs.map((i) => b.real(i, layout));
    const name = b.node("Concat", inputs, { axis }, y);
    b.putReal(y, layout, name, op.options.activation);
  }
}

function lowerReshape(b: OnnxBuilder, op: OperatorOf<"RESHAPE">) {
  const [x] = op.inputs, [y] = op.outputs;
  const { shape } = b.tensor(x);
  // With one pixel, or one channel, both layouts hold the same elements in the same order.
  const [, height, width, channels] = shape;
  const sameOrder = shape.length === 4 && (height * width === 1 || channels === 1);
  const layout = sameOrder ? b.layoutOf(x) : "plain";
  b.put(y, "plain", b.node("Reshape", [b.value(x, layout), b.ints(b.shape(y))], {}, y));
}

function lowerPack(b: OnnxBuilder, op: OperatorOf<"PACK">) {
  const [y] = op.outputs;
  const { shape } = b.tensor(y);
  const axis = op.options.axis < 0 ? op.options.axis + shape.length : op.options.axis;
  const parts = op.inputs.map((i) =>
    b.node("Unsqueeze", [b.real(i, "plain"), b.ints([axis])], {}, y)
  );
  b.putReal(y, "plain", b.node("Concat", parts, { axis }, y));
}
