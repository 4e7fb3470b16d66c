/**
 * The scaling of accumulators in double precision: four times as fast in SIMD as in 64-bit integers, and used only where
 * it is proved to give the same.
 *
 * The integers define y = clamp(requantize(x) + zero point). As requantize is monotone, y is told by its thresholds: for
 * each value Y, the least x that gives Y or more. In exact arithmetic that is the least x with
 *
 *     x · m ≥ Y − zero point − c,   m = multiplier · 2^(shift − 31)
 *
 * where c = 1/2 with a single rounding; with two, for n = −shift ≥ 1, c = 1/2 + 2^(−n−1) above zero and 1/2 − 2^(−n−1) at
 * and below it (the first rounding moves the second's halves; those are away from zero).
 *
 * The kernels compute floor(x · m + c + zero point) in doubles whose last place is 2⁻³², or the same of |x| where both
 * signs matter. A sum that reaches an integer stays there when it is rounded. So only an x just below a threshold can
 * come out wrong, and only if it is within 2⁻³³ of it. There are at most 255 thresholds a channel: each is looked at.
 *
 * @module
 */
import { requantizer, type Rounding } from "../int8/requantize.ts";

/** The range and the rounding that a scaled accumulator ends in. */
export interface OutputRange {
  rounding: Rounding;
  zeroPoint: number;
  lowest: number;
  highest: number;
}

/** How a channel may be scaled; the number is that of the form in engine.h. */
export const scalingForms = { integer: 0, double: 1, magnitude: 2, shrink: 3 } as const;

/** How a channel may be scaled. */
export type ScalingForm = keyof typeof scalingForms;

/** A channel's accumulators: how they are scaled, and the least and the greatest that can be. */
export interface ChannelSums {
  multiplier: number;
  shift: number;
  least: number;
  greatest: number;
}

/** Added to the offset: in a double of this size the last place is 2⁻³², and the upper word ends in the integer part. */
const ANCHOR = 1.5 * 2 ** 20;

/** Results must be smaller than this to leave the anchor's exponent alone. */
const LARGEST = 2 ** 19;

/** The double that an accumulator is multiplied with, and the one that is added. */
export interface DoubleScaling {
  scale: number;
  offset: number;
}

/**
 * The scaling of a channel in the given form, or undefined where it is not proved to equal the integers' for every
 * accumulator from the least to the greatest.
 */
export function scaleInDouble(
  sums: ChannelSums,
  output: OutputRange,
  form: "double" | "magnitude",
): DoubleScaling | undefined {
  const { multiplier, shift, least, greatest } = sums;
  const { zeroPoint, lowest, highest, rounding } = output;
  const scale = multiplier * 2 ** (shift - 31);
  const furthest = Math.max(-least, greatest);
  const wraps = furthest * 2 ** Math.max(shift, 0) >= 2 ** 31;
  if (wraps || furthest * scale + 256 > LARGEST) return undefined;

  const requantize = requantizer(rounding);
  const clamp = (y: number) => Math.min(Math.max(y, lowest), highest);
  const exact = (x: number) => clamp(zeroPoint + requantize(x, multiplier, shift));
  // A threshold for each result but the least
  const first = exact(least) + 1 - zeroPoint;
  const last = exact(greatest) - zeroPoint;
  if (form === "double" && first > last) {
    return { scale: 0, offset: ANCHOR + last + zeroPoint };
  }
  const moved = rounding === "tflm" && shift < 0 ? 2 ** (shift - 1) : 0;
  if (form === "double" && moved > 0 && first <= 0 && last > 0) return undefined;
  const constant = form === "double" && last <= 0 ? 0.5 - moved : 0.5 + moved;
  const offset = ANCHOR + constant + (form === "double" ? zeroPoint : 0);
  const computed = form === "double"
    ? (x: number) => clamp(Math.floor(x * scale + offset - ANCHOR))
    : (x: number) =>
      clamp(zeroPoint + Math.sign(x) * Math.floor(Math.abs(x) * scale + offset - ANCHOR));
  const agree = (x: number) => x < least || x > greatest || computed(x) === exact(x);

  const mirrored = form === "magnitude";
  const greatestStep = mirrored ? Math.max(last, 1 - first) : last;
  for (let step = mirrored ? 1 : first; step <= greatestStep; step++) {
    const threshold = (step - constant) / scale;
    if (!clearOf(threshold, scale, agree)) return undefined;
    if (mirrored && !clearOf(-threshold, scale, agree)) return undefined;
  }
  return { scale, offset };
}

/** Whether no accumulator is so close to a threshold that it could come out wrong, or else none does. */
function clearOf(threshold: number, scale: number, agree: (x: number) => boolean): boolean {
  // What rounding can move a result by, and what it can move the threshold by when that is computed
  const doubt = 2 ** -32 / scale + Math.abs(threshold) * 2 ** -50;
  const nearest = Math.round(threshold);
  if (Math.abs(threshold - nearest) > doubt) return true;
  for (let x = nearest - Math.ceil(doubt); x <= nearest + Math.ceil(doubt); x++) {
    if (!agree(x)) return false;
  }
  return true;
}
