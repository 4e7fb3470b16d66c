/**
 * The operators that only move values. They work for every type; int8 must mean the same before and after.
 *
 * @module
 */
import { axisOf, sliceRange } from "../output_shape.ts";
import { constantValues, type TensorValues } from "../tensor_values.ts";
import { affineIndices, rowMajorSteps } from "./affine_indices.ts";
import type { Kernel } from "./step.ts";

/** The same values under another shape. */
export const reshape: Kernel<"RESHAPE"> = (step) => {
  step.checkSameQuantization();
  const x = step.values(0);
  const y = step.outputValues();
  return () => y.set(x);
};

/** The input within a border of zero points. */
export const pad: Kernel<"PAD"> = (step) => {
  step.checkSameQuantization();
  const x = step.values(0);
  const y = step.outputValues();
  const amounts = constantValues(step.input(1));
  const { shape } = step.input(0);
  const filler = step.output.type === "int8" ? step.quantization(step.output).zeroPoint : 0;
  const steps = rowMajorSteps(step.output.shape);
  const offset = steps.reduce((sum, distance, axis) => sum + distance * amounts[2 * axis], 0);
  const targets = affineIndices(shape, steps, offset);
  return () => {
    y.fill(filler);
    for (let i = 0; i < x.length; i++) y[targets[i]] = x[i];
  };
};

/** Every stride-th element of each axis. */
export const stridedSlice: Kernel<"STRIDED_SLICE"> = (step) => {
  step.checkSameQuantization();
  const x = step.values(0);
  const y = step.outputValues();
  const ranges = sliceRange(
    step.input(0),
    step.input(1),
    step.input(2),
    step.input(3),
    step.options,
  );
  const distances = rowMajorSteps(step.input(0).shape);
  const sources = affineIndices(
    ranges.map(({ count }) => count),
    ranges.map(({ stride }, axis) => stride * distances[axis]),
    ranges.reduce((sum, { begin }, axis) => sum + begin * distances[axis], 0),
  );
  return () => {
    for (let i = 0; i < y.length; i++) y[i] = x[sources[i]];
  };
};

/** Axes in another order. */
export const transpose: Kernel<"TRANSPOSE"> = (step) => {
  step.checkSameQuantization();
  const x = step.values(0);
  const y = step.outputValues();
  const distances = rowMajorSteps(step.input(0).shape);
  const order = Array.from(constantValues(step.input(1)));
  const sources = affineIndices(step.output.shape, order.map((axis) => distances[axis]));
  return () => {
    for (let i = 0; i < y.length; i++) y[i] = x[sources[i]];
  };
};

/** One after another along an axis. */
export const concatenation: Kernel<"CONCATENATION"> = (step) => {
  step.checkSameQuantization();
  if (step.options.activation !== "none") {
    throw step.refuse(`a fused '${step.options.activation}' is not supported`);
  }
  const { shape } = step.output;
  const axis = axisOf(step.options.axis, shape.length);
  const inner = shape.slice(axis + 1).reduce((product, n) => product * n, 1);
  const parts = step.inputs.map((input, i) => ({
    values: step.values(i),
    run: input!.shape[axis] * inner,
  }));
  const y = step.outputValues();
  return () => interleave(parts, y);
};

/** Stacked along a new axis. */
export const pack: Kernel<"PACK"> = (step) => {
  step.checkSameQuantization();
  const { shape } = step.input(0);
  const axis = axisOf(step.options.axis, shape.length + 1);
  const run = shape.slice(axis).reduce((product, n) => product * n, 1);
  const parts = step.inputs.map((_, i) => ({ values: step.values(i), run }));
  const y = step.outputValues();
  return () => interleave(parts, y);
};

/** The input's shape, as numbers. */
export const shape: Kernel<"SHAPE"> = (step) => {
  const y = step.outputValues();
  if (!(y instanceof Int32Array)) {
    throw step.refuse(`its output is '${step.output.type}': expected 'int32'`);
  }
  const sizes = step.input(0).shape;
  return () => y.set(sizes);
};

/** A run of each part, in turn, until all is taken. */
function interleave(parts: { values: TensorValues; run: number }[], y: TensorValues): void {
  let to = 0;
  for (let turn = 0; to < y.length; turn++) {
    for (const { values, run } of parts) {
      y.set(values.subarray(turn * run, (turn + 1) * run), to);
      to += run;
    }
  }
}
