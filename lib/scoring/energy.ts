import { CumulativeEnergy } from "./cumulative_energy.ts";
import { accumulatedSampleAt } from "./sample_at.ts";

/** Energy between two edges. */
export interface IntegratedEnergy {
  /** Samples that were added. */
  samples: number;
  /** Their sum, in the unit of the samples. */
  energy: number;
}

/**
 * Adds the samples of one window `startS <= t < endS` as EEMBC's EnergyRunner does: time is accumulated, period by period,
 * in double precision. `index / rate` would be off by one sample in most windows. For many windows of one trace take
 * {@linkcode CumulativeEnergy} and {@linkcode accumulatedSampleAt}.
 *
 * @param samples Energy of each sample period, in any unit.
 * @param sampleRateHz Samples a second.
 * @param startS Start of the window in seconds from the first sample.
 * @param endS End of the window.
 *
 * @example
 * ```ts
 * import { integrateEnergy } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(integrateEnergy([1, 2, 4, 8], 1000, 0.001, 0.003), { samples: 2, energy: 6 });
 * ```
 */
export function integrateEnergy(
  samples: ArrayLike<number>,
  sampleRateHz: number,
  startS: number,
  endS: number,
): IntegratedEnergy {
  const start = accumulatedSampleAt(startS, sampleRateHz, samples.length);
  const end = Math.max(start, accumulatedSampleAt(endS, sampleRateHz, samples.length));
  const inside = Float64Array.from({ length: end - start }, (_, i) => samples[start + i]);
  return { samples: end - start, energy: new CumulativeEnergy(inside).between(0, end).energy };
}
