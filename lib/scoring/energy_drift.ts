/**
 * Whether power changes while it is measured.
 *
 * @module
 */
import type { CumulativeEnergy } from "./cumulative_energy.ts";
import { coverage95, type TraceWindow } from "./energy_uncertainty.ts";
import { median } from "./median.ts";

/** What changes from window to window, and within windows. */
export interface EnergyDrift {
  /** Change of µJ an inference along the run, first to last window, in percent of the mean: a straight line through all. */
  driftPercent: number;
  /** Whether that line is steeper than chance: its slope's t-test at 95 %. Never with fewer than three windows. */
  isDrifting: boolean;
  /** First window against the median of the others, in percent. */
  firstWindowPercent: number;
  /**
   * Mean power of the first tenth of a window against its second half, in percent, median over the windows: a board that
   * warms up, or a supply that settles.
   */
  withinWindowPercent: number;
  /** Whether the first window is off by more than three times the spread of the others, and by more than 0.1 %. */
  isWarmingUp: boolean;
}

/**
 * Looks for drift and warm-up.
 *
 * @param windows In order of time, with the sums of their trace.
 *
 * @example
 * ```ts
 * import { CumulativeEnergy, energyDrift } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const energy = new CumulativeEnergy(new Float32Array(1000).fill(1));
 * const window = { energy, startSample: 0, samples: 100, iterations: 10 };
 * const drift = energyDrift([100, 101, 102].map((energyUj) => ({ ...window, energyUj })));
 * assert.equal(drift.driftPercent.toFixed(2), "1.98");
 * ```
 */
export function energyDrift(
  windows: readonly (TraceWindow & { energy: CumulativeEnergy })[],
): EnergyDrift {
  const values = windows.map(({ energyUj, iterations }) => energyUj / iterations);
  const { slope, error } = lineThrough(values);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const [first, ...others] = values;
  const middle = others.length > 0 ? median(others) : first;
  const spread = others.length > 1 ? Math.max(...others) - Math.min(...others) : Infinity;
  const within = windows.map(({ energy, startSample, samples }) => {
    const tenth = Math.max(1, Math.floor(samples / 10));
    const half = Math.floor(samples / 2);
    const early = energy.between(startSample, startSample + tenth);
    const late = energy.between(startSample + half, startSample + samples);
    return 100 * ((early.energy / early.samples) / (late.energy / late.samples) - 1);
  });
  const off = Math.abs(first - middle);
  return {
    driftPercent: 100 * slope * (values.length - 1) / mean,
    isDrifting: values.length > 2 &&
      Math.abs(slope) > coverage95(values.length - 2) * error &&
      Math.abs(slope * (values.length - 1)) > 1e-6 * mean,
    firstWindowPercent: 100 * (first / middle - 1),
    withinWindowPercent: median(within),
    isWarmingUp: off > 3 * spread && off > 1e-3 * middle,
  };
}

// Least squares over 0, 1, 2 …; `error` is the standard error of the slope.
function lineThrough(values: readonly number[]): { slope: number; error: number } {
  const n = values.length;
  if (n < 2) return { slope: 0, error: 0 };
  const center = (n - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  let xx = 0;
  let xy = 0;
  values.forEach((value, i) => {
    xx += (i - center) ** 2;
    xy += (i - center) * (value - mean);
  });
  const slope = xy / xx;
  const rest = values.reduce((sum, y, i) => sum + (y - mean - slope * (i - center)) ** 2, 0);
  return { slope, error: n > 2 ? Math.sqrt(rest / (n - 2) / xx) : 0 };
}

/**
 * Power while the board does nothing: the fifth percentile of the mean power of 10 ms pieces outside of all windows, in the
 * unit of the samples a second. Loads, boots and warm-ups lie above it. NaN where there is no such piece.
 *
 * @param energy Of the whole trace.
 * @param windows Of that trace.
 *
 * @example
 * ```ts
 * import { CumulativeEnergy, idlePower } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const energy = new CumulativeEnergy(new Float32Array(3000).fill(4).fill(30, 1000, 2000));
 * assert.equal(idlePower(energy, [{ startSample: 1000, samples: 1000 }], 1000), 4000);
 * ```
 */
export function idlePower(
  energy: CumulativeEnergy,
  windows: readonly Pick<TraceWindow, "startSample" | "samples">[],
  sampleRateHz: number,
): number {
  const piece = Math.max(1, Math.round(sampleRateHz / 100));
  // No more than this many are looked at.
  const step = piece * Math.max(1, Math.ceil(energy.length / piece / 100_000));
  const inOrder = [...windows].sort((a, b) => a.startSample - b.startSample);
  const powers: number[] = [];
  for (let at = 0, next = 0; at + piece <= energy.length; at += step) {
    while (next < inOrder.length && inOrder[next].startSample + inOrder[next].samples <= at) next++;
    const window = inOrder[next];
    if (window && at + piece > window.startSample) continue;
    const { energy: sum, samples, missing } = energy.between(at, at + piece);
    if (missing < samples) powers.push(sum / samples * sampleRateHz);
  }
  powers.sort((a, b) => a - b);
  return powers.length > 0 ? powers[Math.floor(0.05 * powers.length)] : NaN;
}
