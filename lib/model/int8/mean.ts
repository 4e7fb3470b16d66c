import { reducedAxes } from "../output_shape.ts";
import { broadcastIndices } from "./affine_indices.ts";
import { quantizeMultiplier, requantizer } from "./requantize.ts";
import type { Kernel } from "./step.ts";

/**
 * The mean along axes: the sum, less the zero points, times one multiplier that holds the scales and the division
 * (reference_ops::QuantizedMeanOrSum of TFLite since 2023; before, the division came after the scaling).
 */
export const mean: Kernel<"MEAN"> = (step) => {
  const x = step.int8(0);
  const y = step.int8Output();
  const { scale: inputScale, zeroPoint: inputZero } = step.quantization(step.input(0));
  const { scale: outputScale, zeroPoint: outputZero } = step.quantization(step.output);
  const { shape } = step.input(0);
  const axes = reducedAxes(step.input(0), step.input(1));
  const keptShape = shape.map((n, axis) => axes.has(axis) ? 1 : n);
  const outputIndex = broadcastIndices(keptShape, shape);
  const count = x.length / y.length;

  const whole = quantizeMultiplier(inputScale / outputScale);
  const power = Math.min(31 - Math.clz32(count), 31 + whole.shift);
  const multiplier = Number((BigInt(whole.multiplier) << BigInt(power)) / BigInt(count));
  const shift = whole.shift - power;
  const sums = new Int32Array(y.length);
  const requantize = requantizer(step.rounding);

  return () => {
    sums.fill(-inputZero * count);
    for (let i = 0; i < x.length; i++) sums[outputIndex[i]] += x[i];
    for (let i = 0; i < y.length; i++) {
      const value = outputZero + requantize(sums[i], multiplier, shift);
      y[i] = value < -128 ? -128 : value > 127 ? 127 : value;
    }
  };
};
