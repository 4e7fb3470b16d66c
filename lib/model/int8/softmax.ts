import { expOfNegative, multiplyHigh, reciprocalOfOnePlus } from "./fixed_point.ts";
import { quantizeMultiplier, requantizer, roundingShiftRight } from "./requantize.ts";
import type { Kernel } from "./step.ts";

/** Integer bits of the scaled difference to the maximum, and of the sum of exponentials. */
const DIFFERENCE_BITS = 5;
const SUM_BITS = 12;

/** Over the last axis, in fixed point (reference_ops::Softmax of TFLite). The output is in 1/256 from −128. */
export const softmax: Kernel<"SOFTMAX"> = (step) => {
  const x = step.int8(0);
  const y = step.int8Output();
  const { scale } = step.quantization(step.input(0));
  const output = step.quantization(step.output);
  if (output.scale !== 1 / 256 || output.zeroPoint !== -128) {
    throw step.refuse("its output's scale is not 1/256 with zero point -128");
  }
  const depth = step.output.shape.at(-1) ?? 1;
  const greatestMultiplier = step.rounding === "tflm" ? 2 ** 31 - 1 : 2 ** 30 - 1;
  const { multiplier, shift } = quantizeMultiplier(
    Math.min(
      Math.fround(step.options.beta) * scale * 2 ** (31 - DIFFERENCE_BITS),
      greatestMultiplier,
    ),
  );
  if (shift < 0) throw step.refuse(`its input's scale ${scale} is too small`);
  const radius = Math.floor(
    (2 ** DIFFERENCE_BITS - 1) * 2 ** (31 - DIFFERENCE_BITS) / 2 ** shift,
  );
  const requantize = requantizer(step.rounding);
  const exponential = (difference: number) =>
    expOfNegative(requantize(difference, multiplier, shift), DIFFERENCE_BITS);

  return () => {
    for (let from = 0; from < x.length; from += depth) {
      let greatest = -128;
      for (let i = from; i < from + depth; i++) if (x[i] > greatest) greatest = x[i];
      let sum = 0;
      for (let i = from; i < from + depth; i++) {
        const difference = x[i] - greatest;
        if (difference >= -radius) {
          sum = sum + roundingShiftRight(exponential(difference), SUM_BITS) | 0;
        }
      }
      // 1 / sum as a fraction and a power of two
      const headroom = Math.clz32(sum);
      const reciprocal = reciprocalOfOnePlus((sum << headroom) - 2 ** 31 | 0);
      const exponent = SUM_BITS - headroom + 31 - 8;
      for (let i = from; i < from + depth; i++) {
        const difference = x[i] - greatest;
        if (difference < -radius) {
          y[i] = -128;
          continue;
        }
        const product = multiplyHigh(reciprocal, exponential(difference));
        y[i] = Math.min(roundingShiftRight(product, exponent) - 128, 127);
      }
    }
  };
};
