import { broadcastIndices } from "./affine_indices.ts";
import { quantizeMultiplier, requantizer } from "./requantize.ts";
import type { Kernel } from "./step.ts";

/** Element by element. */
export const mul: Kernel<"MUL"> = (step) => {
  const left = step.int8(0);
  const right = step.int8(1);
  const y = step.int8Output();
  const leftIndex = broadcastIndices(step.input(0).shape, step.output.shape);
  const rightIndex = broadcastIndices(step.input(1).shape, step.output.shape);
  const { scale: leftScale, zeroPoint: leftZero } = step.quantization(step.input(0));
  const { scale: rightScale, zeroPoint: rightZero } = step.quantization(step.input(1));
  const { scale: outputScale, zeroPoint: outputZero } = step.quantization(step.output);
  const { multiplier, shift } = quantizeMultiplier(leftScale * rightScale / outputScale);
  const [lowest, highest] = step.activationRange(step.options.activation);
  const requantize = requantizer(step.rounding);

  return () => {
    for (let i = 0; i < y.length; i++) {
      const product = (left[leftIndex[i]] - leftZero) * (right[rightIndex[i]] - rightZero);
      const value = outputZero + requantize(product, multiplier, shift);
      y[i] = value < lowest ? lowest : value > highest ? highest : value;
    }
  };
};
