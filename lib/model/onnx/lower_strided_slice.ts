/**
 * STRIDED_SLICE as Slice.
 *
 * @module
 */
import { ModelError } from "../errors.ts";
import type { Operator } from "../graph.ts";
import type { OnnxBuilder } from "./onnx_builder.ts";

/** ONNX takes such an end for "all that is there". */
const unbounded = Number.MAX_SAFE_INTEGER;

/** Slice, and a Reshape that drops the dimensions of `shrinkAxisMask`. */
export function lowerStridedSlice(
  b: OnnxBuilder,
  op: Extract<Operator, { kind: "STRIDED_SLICE" }>,
) {
  const [x, begin, end, stride] = op.inputs, [y] = op.outputs, { options } = op;
  if (options.ellipsisMask || options.newAxisMask) {
    throw new ModelError(
      "Cannot write operator 'STRIDED_SLICE' to ONNX as it has an ellipsis or a new axis",
    );
  }
  const starts = b.constantInts(begin), ends = b.constantInts(end), steps = b.constantInts(stride);
  for (let axis = 0; axis < starts.length; axis++) {
    const bit = 1 << axis;
    const isForward = steps[axis] > 0;
    if (options.shrinkAxisMask & bit) {
      steps[axis] = 1;
      ends[axis] = starts[axis] === -1 ? unbounded : starts[axis] + 1;
      continue;
    }
    if (options.beginMask & bit) starts[axis] = isForward ? 0 : unbounded;
    if (options.endMask & bit) ends[axis] = isForward ? unbounded : -unbounded;
  }
  const axes = starts.map((_, axis) => axis);
  const inputs = [b.value(x, "plain"), b.ints(starts), b.ints(ends), b.ints(axes), b.ints(steps)];
  const sliced = b.dequantized(x, b.node("Slice", inputs, {}, y));
  const shaped = options.shrinkAxisMask
    ? b.node("Reshape", [sliced, b.ints(b.shape(y))], {}, y)
    : sliced;
  b.putReal(y, "plain", shaped);
}
