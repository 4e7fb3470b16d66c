/**
 * Windows: how TFLite's paddings are told to ONNX, and the poolings.
 *
 * @module
 */
import type { Operator, Padding } from "../graph.ts";
import type { OnnxBuilder } from "./onnx_builder.ts";

/**
 * Elements to add before and after one dimension. `same` gives ⌈size/stride⌉ outputs and puts the odd element after.
 */
export function explicitPadding(
  padding: Padding,
  size: number,
  window: number,
  stride: number,
): [before: number, after: number] {
  if (padding === "valid") return [0, 0];
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + window - size, 0);
  const before = Math.floor(total / 2);
  return [before, total - before];
}

/** The attribute `pads` of a window over height and width: [top, left, bottom, right]. */
export function padsAttribute(
  padding: Padding,
  shape: readonly number[],
  window: readonly [height: number, width: number],
  strides: readonly [height: number, width: number],
): number[] {
  const [top, bottom] = explicitPadding(padding, shape[1], window[0], strides[0]);
  const [left, right] = explicitPadding(padding, shape[2], window[1], strides[1]);
  return [top, left, bottom, right];
}

/** AVERAGE_POOL_2D and MAX_POOL_2D. Padding never counts in an average. */
export function lowerPool(
  b: OnnxBuilder,
  op: Extract<Operator, { kind: "AVERAGE_POOL_2D" | "MAX_POOL_2D" }>,
) {
  const [x] = op.inputs, [y] = op.outputs, { options } = op;
  const { shape } = b.tensor(x);
  const kernel = [options.filterHeight, options.filterWidth] as const;
  const strides = [options.strideHeight, options.strideWidth] as const;
  const pads = padsAttribute(options.padding, shape, kernel, strides);
  const attributes = { kernel_shape: kernel, strides, pads };
  if (op.kind === "MAX_POOL_2D") {
    if (b.form === "qlinear" && b.isQuantized(x) && b.isQuantized(y)) {
      // TFLite has one scale at both ends, so that the integers themselves can be compared.
      const output = b.node("MaxPool", [b.value(x, "planar")], attributes, y);
      return b.putClamped(y, "planar", output, options.activation);
    }
    const output = b.node("MaxPool", [b.real(x, "planar")], attributes, y);
    return b.putReal(y, "planar", output, options.activation);
  }
  const isGlobal = kernel[0] === shape[1] && kernel[1] === shape[2] &&
    pads.every((pad) => pad === 0);
  const suffix = isGlobal ? "GlobalAveragePool" : "AveragePool";
  const used = isGlobal ? {} : { ...attributes, count_include_pad: 0 };
  if (b.form === "qlinear" && b.isQuantized(x) && b.isQuantized(y)) {
    const inputs = [b.value(x, "planar"), ...b.scaleAndZeroPoint(x), ...b.scaleAndZeroPoint(y)];
    const output = b.node(`QLinear${suffix}`, inputs, used, y, "com.microsoft");
    b.putClamped(y, "planar", output, options.activation);
  } else {
    const output = b.node(suffix, [b.real(x, "planar")], used, y);
    b.putReal(y, "planar", output, options.activation);
  }
}
