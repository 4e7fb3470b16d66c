import { broadcastIndices } from "./affine_indices.ts";
import { quantizeMultiplier, requantizer } from "./requantize.ts";
import type { Kernel, Step } from "./step.ts";

/** Bits that are added for the sum; the inputs have 9 less their zero point. */
const LEFT_SHIFT = 20;

/** Both inputs are brought to twice the larger scale, summed there, and brought to the output's. */
export const add: Kernel<"ADD"> = (step) => sum(step, 1);

/** As {@linkcode add}, the second input subtracted. */
export const subtract: Kernel<"SUB"> = (step) => sum(step, -1);

function sum(step: Step<"ADD"> | Step<"SUB">, sign: 1 | -1): () => void {
  const left = step.int8(0);
  const right = step.int8(1);
  const y = step.int8Output();
  const leftIndex = broadcastIndices(step.input(0).shape, step.output.shape);
  const rightIndex = broadcastIndices(step.input(1).shape, step.output.shape);
  const { scale: leftScale, zeroPoint: leftZero } = step.quantization(step.input(0));
  const { scale: rightScale, zeroPoint: rightZero } = step.quantization(step.input(1));
  const { scale: outputScale, zeroPoint: outputZero } = step.quantization(step.output);
  const twice = 2 * Math.max(leftScale, rightScale);
  const { multiplier: leftMultiplier, shift: leftShift } = quantizeMultiplier(leftScale / twice);
  const { multiplier: rightMultiplier, shift: rightShift } = quantizeMultiplier(rightScale / twice);
  const { multiplier: outputMultiplier, shift: outputShift } = quantizeMultiplier(
    twice / (2 ** LEFT_SHIFT * outputScale),
  );
  const [lowest, highest] = step.activationRange(step.options.activation);
  const requantize = requantizer(step.rounding);

  return () => {
    for (let i = 0; i < y.length; i++) {
      const a = (left[leftIndex[i]] - leftZero) << LEFT_SHIFT;
      const b = (right[rightIndex[i]] - rightZero) << LEFT_SHIFT;
      const total = requantize(a, leftMultiplier, leftShift) +
        sign * requantize(b, rightMultiplier, rightShift);
      const value = outputZero + requantize(total, outputMultiplier, outputShift);
      y[i] = value < lowest ? lowest : value > highest ? highest : value;
    }
  };
}
