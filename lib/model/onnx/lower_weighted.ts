/**
 * Operators with weights: convolutions and fully connected layers.
 *
 * @module
 */
import type { Operator, Quantization } from "../graph.ts";
import { padsAttribute } from "./lower_pool.ts";
import { type OnnxBuilder, planarOrder } from "./onnx_builder.ts";

/** TFLite's depthwise weights [1, height, width, channels] as ONNX's [channels, 1, height, width]. */
const depthwiseOrder = [3, 0, 1, 2];

/** CONV_2D and DEPTHWISE_CONV_2D: Conv, with as many groups as there are channels for the latter. */
export function lowerConvolution(
  b: OnnxBuilder,
  op: Extract<Operator, { kind: "CONV_2D" | "DEPTHWISE_CONV_2D" }>,
) {
  const [x, w, bias = -1] = op.inputs, [y] = op.outputs, { options } = op;
  const { shape } = b.tensor(x);
  const [, height, width, depth] = b.tensor(w).shape;
  const dilations = [options.dilationHeight, options.dilationWidth] as const;
  const strides = [options.strideHeight, options.strideWidth] as const;
  const window = [(height - 1) * dilations[0] + 1, (width - 1) * dilations[1] + 1] as const;
  const isDepthwise = op.kind === "DEPTHWISE_CONV_2D";
  const order = isDepthwise ? depthwiseOrder : planarOrder;
  const attributes = {
    kernel_shape: [height, width],
    strides,
    dilations,
    pads: padsAttribute(options.padding, shape, window, strides),
    group: isDepthwise ? shape[3] : shape[3] / depth,
  };
  if (b.form === "qlinear" && [x, w, y].every((i) => b.isQuantized(i))) {
    const inputs = [
      b.value(x, "planar"),
      ...b.scaleAndZeroPoint(x),
      b.weights(w, order),
      ...b.scaleAndZeroPoint(w),
      ...b.scaleAndZeroPoint(y),
    ];
    if (bias >= 0) inputs.push(b.weights(bias));
    const name = b.node("QLinearConv", inputs, attributes, y);
    b.putClamped(y, "planar", name, options.activation);
  } else {
    const inputs = realInputs(b, op.inputs, b.real(x, "planar"), [1, 2, 3], order);
    const name = b.node("Conv", inputs, attributes, y);
    b.putReal(y, "planar", name, options.activation);
  }
}

/** FULLY_CONNECTED: Gemm; dimensions before the last are folded into its rows. */
export function lowerFullyConnected(
  b: OnnxBuilder,
  op: Extract<Operator, { kind: "FULLY_CONNECTED" }>,
) {
  const [x, w, bias = -1] = op.inputs, [y] = op.outputs, { options } = op;
  const [, columns] = b.tensor(w).shape;
  const isFlat = b.tensor(x).shape.length === 2 && b.tensor(x).shape[1] === columns;
  const rows = isFlat
    ? b.value(x, "plain")
    : b.node("Reshape", [b.value(x, "plain"), b.ints([-1, columns])], {}, y);
  if (b.form === "qlinear" && [x, w, y].every((i) => b.isQuantized(i))) {
    const inputs = [
      rows,
      ...b.scaleAndZeroPoint(x),
      b.weights(w),
      ...b.scaleAndZeroPoint(w),
      bias >= 0 ? b.weights(bias) : "",
      ...b.scaleAndZeroPoint(y),
    ];
    const name = b.node("QGemm", inputs, { transB: 1 }, y, "com.microsoft");
    b.putClamped(y, "plain", name, options.activation);
  } else {
    const real = isFlat ? b.real(x, "plain") : b.dequantized(x, rows);
    const inputs = realInputs(b, op.inputs, real, [1]);
    b.putReal(y, "plain", b.node("Gemm", inputs, { transB: 1 }, y), options.activation);
  }
  if (b.tensor(y).shape.length !== 2) {
    const inputs = [b.value(y, "plain"), b.ints(b.shape(y))];
    b.put(y, "plain", b.node("Reshape", inputs, {}, y));
  }
}

/** Names of input, weights and bias as real numbers. `axes`: those of the input that share a scale made at run time. */
function realInputs(
  b: OnnxBuilder,
  [x, w, bias = -1]: readonly number[],
  input: string,
  axes: readonly number[],
  order?: readonly number[],
): string[] {
  // Weights may be quantized where activations are not, to make the file small.
  const weightsOnly = b.tensor(w).quantization && !b.tensor(x).quantization;
  const stored = weightsOnly && !b.dynamicRange ? true : undefined;
  const perTensor = b.tensor(w).quantization?.scale.length === 1;
  const inputs = [
    weightsOnly && perTensor && b.dynamicRange ? quantizedAtRunTime(b, x, input, axes) : input,
    b.realWeights(w, { order, stored }),
  ];
  if (bias >= 0) {
    inputs.push(b.realWeights(bias, { quantization: biasQuantization(b, x, w, bias) }));
  }
  return inputs;
}

/**
 * The input as TFLite's kernels for float activations and int8 weights see it: rounded to scale · q, where the scale
 * brings the largest magnitude to 127 (tensor_utils::SymmetricQuantizeFloats), half away from zero.
 */
function quantizedAtRunTime(b: OnnxBuilder, x: number, input: string, axes: readonly number[]) {
  const node = (opType: string, inputs: string[], attributes = {}) =>
    b.node(opType, inputs, attributes, x);
  const largest = node("ReduceMax", [node("Abs", [input])], { axes, keepdims: 1 });
  const scale = node("Div", [node("Max", [largest, b.float(1e-30)]), b.float(127)]);
  const steps = node("Div", [input, scale]);
  const magnitude = node("Floor", [node("Add", [node("Abs", [steps]), b.float(0.5)])]);
  return node("Mul", [node("Mul", [magnitude, node("Sign", [steps])]), scale]);
}

/** A bias is in units of input scale · weight scale; some writers leave that to the reader. */
function biasQuantization(
  b: OnnxBuilder,
  x: number,
  w: number,
  bias: number,
): Quantization | undefined {
  const { type, quantization } = b.tensor(bias);
  const input = b.tensor(x).quantization, weights = b.tensor(w).quantization;
  if (quantization || type !== "int32" || !input || !weights) return quantization;
  const scale = weights.scale.map((s) => s * input.scale[0]);
  return { scale, zeroPoint: new Int32Array(scale.length), axis: 0 };
}
