/**
 * Index of the first sample that EnergyRunner takes into a window that begins at `timeS`, which is the first one that it
 * leaves out of a window that ends there. EnergyRunner walks through the samples with a time that is *accumulated* in
 * double precision, period by period: `timeS * rate` is off by one in most windows. Here the same index comes without
 * the walk: between two powers of two each addition is rounded to the same step, so many are one multiplication.
 *
 * @param timeS Seconds from the first sample.
 * @param sampleRateHz Samples a second.
 * @param length Samples of the trace: the largest answer.
 *
 * @example
 * ```ts
 * import { accumulatedSampleAt } from "thimble";
 * import assert from "node:assert/strict";
 *
 * // 0.001 added 36 times is more than 0.036 in double precision.
 * assert.equal(accumulatedSampleAt(0.036, 1000, 100), 36);
 * assert.equal(accumulatedSampleAt(0.05, 1000, 10), 10);
 * ```
 */
export function accumulatedSampleAt(timeS: number, sampleRateHz: number, length: number): number {
  const periodS = 1 / sampleRateHz;
  let index = 0;
  let t = 0;
  while (index < length && t < timeS) {
    const next = t + periodS;
    if (next === t) return length; // time stands still, in the runner too
    // Up to the next power of two the doubles are evenly spaced.
    let ceiling = 2 ** Math.floor(Math.log2(t));
    if (ceiling <= t) ceiling *= 2;
    const step = next - t;
    const limit = Math.min(timeS, ceiling);
    const count = Math.min(length - index, Math.floor((limit - t) / step) - 2);
    // Where the period lies right between two doubles, roundings alternate: those are walked.
    if (count < 2 || next + periodS - next !== step) {
      t = next;
      index++;
    } else {
      t += count * step;
      index += count;
    }
  }
  return index;
}
