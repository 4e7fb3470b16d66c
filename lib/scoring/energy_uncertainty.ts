/**
 * How well an energy per inference is known.
 *
 * @module
 */
import { CumulativeEnergy } from "./cumulative_energy.ts";
import { median } from "./median.ts";
import { studentQuantile } from "./student_t.ts";
import type { Interval } from "./top1.ts";

/** A window in a trace. */
export interface TraceWindow {
  /** Index of its first sample. */
  startSample: number;
  /** Samples in it. */
  samples: number;
  /** Its energy, in the unit of the samples. */
  energyUj: number;
  /** Measured inferences. */
  iterations: number;
}

/** What one part of the uncertainty is, as a standard uncertainty of the mean, in µJ an inference. */
export interface UncertaintyParts {
  /** Of the spread of the windows: s / √n (type A). */
  spreadUj: number;
  /** Of the edges, each known to one sample period. */
  edgesUj: number;
  /** Of the smallest step of the monitor's values. */
  resolutionUj: number;
  /** Of samples that were lost. */
  lostUj: number;
  /** Of the monitor's calibration; 0 where its accuracy is not given. */
  accuracyUj: number;
}

/** The mean energy of an inference, and how well it is known. */
export interface EnergyUncertainty {
  /** Windows. */
  windows: number;
  /** The score: median over the windows, µJ an inference. */
  medianUj: number;
  /** Mean over the windows. */
  meanUj: number;
  /** Standard deviation of the windows (n − 1); NaN of one window. */
  deviationUj: number;
  /** Largest minus smallest window, in percent of the median. */
  spreadPercent: number;
  /** The parts of the uncertainty. */
  parts: UncertaintyParts;
  /** Combined standard uncertainty: the root of the sum of their squares. */
  standardUj: number;
  /** Degrees of freedom by Welch and Satterthwaite; infinite where the spread is nothing beside the rest. */
  degreesOfFreedom: number;
  /** 95 % interval of the mean, µJ an inference; NaN of one window. */
  interval: Interval;
}

/** What is known of a monitor's accuracy. */
export interface UncertaintyOptions {
  /**
   * Largest error of the monitor's readings in percent, from its data sheet; taken as a rectangular distribution, the same
   * for all windows.
   */
  accuracyPercent?: number;
}

/**
 * A 95 % interval for µJ an inference, after JCGM 100:2008 (GUM): mean ± t·u.
 *
 * u² = s²/n (type A, 4.2) + edges² + resolution² + lost² + accuracy² (type B, 4.3.7), t for the degrees of freedom of
 * Welch and Satterthwaite (G.4.1), of which only the spread has finitely many. Edges: each lies anywhere in one sample
 * period, so with E the energy of the sample at it, its variance is E²/12. Resolution q: q/√12 a sample; independent from
 * sample to sample where the samples scatter by q/2 or more, as noise dithers, and the same in all of them otherwise. Edges,
 * resolution and accuracy can be the same in every window and are not divided by √n, which errs on the wide side.
 *
 * @param windows With the trace of each.
 * @throws {RangeError} Without a window.
 *
 * @example
 * ```ts
 * import { energyUncertainty } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const samplesUj = new Float32Array(1000).fill(50);
 * const window = { samplesUj, iterations: 10, samples: 100, energyUj: 5000 };
 * const { meanUj, interval } = energyUncertainty([
 *   { ...window, startSample: 100 },
 *   { ...window, startSample: 300, energyUj: 5010 },
 * ]);
 * assert.equal(meanUj, 500.5);
 * assert.ok(interval.low < 500 && interval.high > 501);
 * ```
 */
export function energyUncertainty(
  windows: readonly (TraceWindow & { samplesUj: Float32Array | Float64Array })[],
  options: UncertaintyOptions = {},
): EnergyUncertainty {
  const count = windows.length;
  if (count === 0) throw new RangeError("Cannot tell the uncertainty of no window");
  const energies = windows.map(({ energyUj, iterations }) => energyUj / iterations);
  const meanUj = mean(energies);
  const squares = energies.reduce((sum, energy) => sum + (energy - meanUj) ** 2, 0);
  const deviationUj = count > 1 ? Math.sqrt(squares / (count - 1)) : NaN;
  const each = windows.map(windowParts);
  const rootMean = (values: number[]) => Math.sqrt(mean(values.map((value) => value * value)));
  const parts: UncertaintyParts = {
    spreadUj: deviationUj / Math.sqrt(count),
    edgesUj: rootMean(each.map((part) => part.edgesUj)),
    resolutionUj: rootMean(each.map((part) => part.resolutionUj)),
    lostUj: rootMean(each.map((part) => part.lostUj)),
    accuracyUj: meanUj * (options.accuracyPercent ?? 0) / 100 / Math.sqrt(3),
  };
  const standardUj = Math.hypot(...Object.values(parts));
  const degreesOfFreedom = parts.spreadUj === 0
    ? Infinity
    : (count - 1) * (standardUj / parts.spreadUj) ** 4;
  const half = coverage95(degreesOfFreedom) * standardUj;
  const medianUj = median(energies);
  return {
    windows: count,
    medianUj,
    meanUj,
    deviationUj,
    spreadPercent: 100 * (Math.max(...energies) - Math.min(...energies)) / medianUj,
    parts,
    standardUj,
    degreesOfFreedom,
    interval: { low: meanUj - half, high: meanUj + half },
  };
}

/**
 * Student's t for a two-sided interval of 95 %; degrees of freedom that are not whole are rounded down, as JCGM 100:2008,
 * G.4.1, has it. NaN below one.
 */
export function coverage95(degreesOfFreedom: number): number {
  if (!(degreesOfFreedom >= 1)) return NaN;
  // From ten thousand on it is the normal distribution's, to four digits.
  return studentQuantile(0.95, Math.min(Math.floor(degreesOfFreedom), 10_000));
}

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function windowParts(
  window: TraceWindow & { samplesUj: Float32Array | Float64Array },
): Pick<UncertaintyParts, "edgesUj" | "resolutionUj" | "lostUj"> {
  const { samplesUj, startSample, samples, iterations } = window;
  const inside = samplesUj.subarray(startSample, startSample + samples);
  const { missing } = new CumulativeEnergy(inside).between(0, inside.length);
  const deviation = deviationOf(inside);
  const at = (index: number) => {
    const value = samplesUj[Math.min(index, samplesUj.length - 1)];
    return Number.isFinite(value) ? value : 0;
  };
  const resolution = resolutionOf(inside);
  const isDithered = deviation >= resolution / 2;
  return {
    edgesUj: Math.hypot(at(startSample), at(startSample + samples)) / Math.sqrt(12) / iterations,
    resolutionUj: resolution / Math.sqrt(12) *
      (isDithered ? Math.sqrt(inside.length) : inside.length) / iterations,
    // The mean of the others stands for each: they may lie together, and all be off the same way.
    lostUj: missing === 0 ? 0 : missing * deviation / iterations,
  };
}

function deviationOf(samples: Float32Array | Float64Array): number {
  let count = 0;
  let center = 0;
  let squares = 0;
  for (const value of samples) {
    if (!Number.isFinite(value)) continue;
    const distance = value - center;
    center += distance / ++count;
    squares += distance * (value - center);
  }
  return count > 1 ? Math.sqrt(squares / (count - 1)) : 0;
}

const mostCompared = 100_000;

/**
 * The smallest step between the values of a trace: the monitor's resolution, where it shows; otherwise something smaller,
 * down to that of float32.
 */
export function resolutionOf(samples: Float32Array | Float64Array): number {
  const sorted = samples.slice(0, mostCompared).filter(Number.isFinite).sort();
  let smallest = Infinity;
  for (let i = 1; i < sorted.length; i++) {
    const step = sorted[i] - sorted[i - 1];
    // Below what float32 tells apart two values are the same one.
    if (step > Math.abs(sorted[i]) * 2e-7 && step < smallest) smallest = step;
  }
  return Number.isFinite(smallest) ? smallest : 0;
}
