/** How busy a device is that works frame by frame. */
export interface DutyCycle {
  /** Share of the time that it works, 0–1. */
  dutyCycle: number;
  /** Mean time from the start of a frame to that of the next, in seconds. */
  periodS: number;
  /** Mean time that a frame takes, in seconds. */
  processingS: number;
  /** 1 / processing time: frames a second if they came without a pause. */
  throughputInfS: number;
}

/**
 * The duty cycle of a streaming run, as the MLCommons Python runner (v1.3) computes it.
 *
 * @param startsS When the device began to work on each frame, in seconds.
 * @param endsS When it was done.
 * @throws {RangeError} Where there are not as many ends as starts, or fewer than two.
 *
 * @example
 * ```ts
 * import { dutyCycle } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const { dutyCycle: share, throughputInfS } = dutyCycle([0, 1, 2], [0.25, 1.25, 2.25]);
 * assert.deepEqual([share, throughputInfS], [0.25, 4]);
 * ```
 */
export function dutyCycle(startsS: readonly number[], endsS: readonly number[]): DutyCycle {
  const count = startsS.length;
  if (count < 2 || endsS.length !== count) {
    throw new RangeError(`Cannot take a duty cycle from ${count} starts and ${endsS.length} ends`);
  }
  const processingS = startsS.reduce((sum, start, i) => sum + endsS[i] - start, 0) / count;
  const periodS = (startsS[count - 1] - startsS[0]) / (count - 1);
  return {
    dutyCycle: processingS / periodS,
    periodS,
    processingS,
    throughputInfS: 1 / processingS,
  };
}
