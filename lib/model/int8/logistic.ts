import { logisticOf, tanhOf } from "./fixed_point.ts";
import { quantizeMultiplier, requantizer, roundingShiftRight } from "./requantize.ts";
import type { Kernel, Step } from "./step.ts";

const INPUT_BITS = 4;

/** 1 / (1 + exp(−x)). The output is in 1/256 from −128. */
export const logistic: Kernel<"LOGISTIC"> = (step) =>
  curve(step, 1 / 256, -128, (x) => roundingShiftRight(logisticOf(x), 31 - 8) - 128);

/** Hyperbolic tangent. The output is in 1/128 from 0. */
export const tanh: Kernel<"TANH"> = (step) =>
  curve(step, 1 / 128, 0, (x) => roundingShiftRight(tanhOf(x), 31 - 7));

/** The curve at each of the 256 inputs, as a table: reference_integer_ops::Logistic and Tanh of TFLite. */
function curve(
  step: Step<"LOGISTIC"> | Step<"TANH">,
  outputScale: number,
  outputZero: number,
  curveOf: (x: number) => number,
): () => void {
  const x = step.int8(0);
  const y = step.int8Output();
  const { scale, zeroPoint } = step.quantization(step.input(0));
  const output = step.quantization(step.output);
  if (output.scale !== outputScale || output.zeroPoint !== outputZero) {
    throw step.refuse(
      `its output's scale is not 1/${1 / outputScale} with zero point ${outputZero}`,
    );
  }
  const { multiplier, shift } = quantizeMultiplier(scale * 2 ** (31 - INPUT_BITS));
  const radius = Math.floor((2 ** INPUT_BITS - 1) * 2 ** (31 - INPUT_BITS) / 2 ** shift);
  const requantize = requantizer(step.rounding);
  const table = Int8Array.from({ length: 256 }, (_, i) => {
    const centred = i - 128 - zeroPoint;
    if (centred <= -radius) return -128;
    if (centred >= radius) return 127;
    const value = curveOf(requantize(centred, multiplier, shift));
    return Math.min(Math.max(value, -128), 127);
  });

  return () => {
    for (let i = 0; i < x.length; i++) y[i] = table[x[i] + 128];
  };
}
