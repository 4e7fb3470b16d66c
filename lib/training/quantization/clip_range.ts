/**
 * Ranges that leave outliers out, from a histogram.
 *
 * @module
 */
import { activationStep, type ValueRange } from "./ranges.ts";

/** How the range of an activation is chosen from what calibration saw. */
export type CalibrationMethod = "minmax" | "percentile" | "mse" | "entropy";

/** The methods by name. */
export const calibrationMethods: readonly CalibrationMethod[] = [
  "minmax",
  "percentile",
  "mse",
  "entropy",
];

/** How often values fell where, between two ends. */
export class Histogram {
  /** Occurrences, in equal bins from `min` to `max`. */
  readonly counts: Float64Array;
  /** Where the first bin begins and the last one ends. */
  readonly range: ValueRange;
  readonly #perBin: number;

  /** An empty one. */
  constructor(range: ValueRange, bins = 2048) {
    this.range = range;
    this.counts = new Float64Array(bins);
    this.#perBin = (range.max - range.min) / bins;
  }

  /** Takes values in; those beyond the ends count at the ends. */
  add(values: Float32Array): void {
    const { counts, range: { min } } = this;
    const last = counts.length - 1;
    const factor = this.#perBin > 0 ? 1 / this.#perBin : 0;
    for (let i = 0; i < values.length; i++) {
      const bin = Math.floor((values[i] - min) * factor);
      counts[bin < 0 ? 0 : bin > last ? last : bin]++;
    }
  }

  /** The middle of a bin. */
  centre(bin: number): number {
    return this.range.min + (bin + 0.5) * this.#perBin;
  }

  /** Where a bin begins. */
  edge(bin: number): number {
    return this.range.min + bin * this.#perBin;
  }
}

/** The range that leaves out (100 − percent)/2 % of the values at each end. */
export function percentileRange(histogram: Histogram, percent: number): ValueRange {
  const { counts, range } = histogram;
  const total = counts.reduce((sum, n) => sum + n, 0);
  const out = total * (100 - percent) / 200;
  let [low, below] = [0, 0];
  while (low < counts.length - 1 && below + counts[low] <= out) below += counts[low++];
  let [high, above] = [counts.length - 1, 0];
  while (high > low && above + counts[high] <= out) above += counts[high--];
  return {
    min: low === 0 ? range.min : histogram.edge(low),
    max: high === counts.length - 1 ? range.max : histogram.edge(high + 1),
  };
}

/**
 * The range with the least mean squared error of rounding and clipping together: first both ends are drawn in alike,
 * then each by itself.
 */
export function leastErrorRange(histogram: Histogram): ValueRange {
  return best(histogram.range, (range) => squaredError(histogram, range));
}

/**
 * The range whose quantized values differ least from the real ones by the Kullback-Leibler divergence, as
 * TensorRT's calibration: values beyond the range count at its ends, and the values of a step share its counts.
 *
 * A histogram of fewer than 64 values a bin says too little of the distribution: it keeps the whole range.
 */
export function entropyRange(histogram: Histogram): ValueRange {
  const { counts, range } = histogram;
  if (counts.reduce((sum, n) => sum + n, 0) < 64 * counts.length) return range;
  return best(histogram.range, (range) => divergence(histogram, range));
}

/** Shares of an end that are tried. */
const shares = Array.from({ length: 96 }, (_, i) => 1 - i / 100);

function best(full: ValueRange, cost: (range: ValueRange) => number): ValueRange {
  const { min, max } = full;
  let found = { range: full, cost: cost(full) };
  const attempt = (range: ValueRange) => {
    const price = cost(range);
    if (price < found.cost) found = { range, cost: price };
  };
  for (const share of shares) attempt({ min: min * share, max: max * share });
  if (min < 0 && max > 0) {
    const middle = found.range;
    for (const share of shares) attempt({ min: min * share, max: middle.max });
    const { min: chosen } = found.range;
    for (const share of shares) attempt({ min: chosen, max: max * share });
  }
  return found.range;
}

function squaredError(histogram: Histogram, range: ValueRange): number {
  const { step, zeroPoint } = activationStep(range);
  let sum = 0;
  for (let bin = 0; bin < histogram.counts.length; bin++) {
    const count = histogram.counts[bin];
    if (count === 0) continue;
    const value = histogram.centre(bin);
    const q = Math.min(127, Math.max(-128, Math.round(value / step) + zeroPoint));
    const difference = value - (q - zeroPoint) * step;
    sum += count * difference * difference;
  }
  return sum;
}

function divergence(histogram: Histogram, range: ValueRange): number {
  const { counts } = histogram;
  const { step, zeroPoint } = activationStep(range);
  const quantized = (bin: number) =>
    Math.min(127, Math.max(-128, Math.round(histogram.centre(bin) / step) + zeroPoint)) + 128;
  const inside = (bin: number) => {
    const value = histogram.centre(bin);
    return value >= Math.min(0, range.min) && value <= Math.max(0, range.max);
  };
  // What is beyond counts at the outermost bin inside, but only for the real distribution.
  const real = new Float64Array(counts.length);
  let first = -1;
  let last = -1;
  for (let bin = 0; bin < counts.length; bin++) {
    if (!inside(bin)) continue;
    if (first < 0) first = bin;
    last = bin;
    real[bin] = counts[bin];
  }
  if (first < 0) return Infinity;
  for (let bin = 0; bin < first; bin++) real[first] += counts[bin];
  for (let bin = last + 1; bin < counts.length; bin++) real[last] += counts[bin];
  const sums = new Float64Array(256);
  const bins = new Float64Array(256);
  let realTotal = 0;
  let quantizedTotal = 0;
  for (let bin = first; bin <= last; bin++) {
    realTotal += real[bin];
    if (real[bin] === 0) continue;
    sums[quantized(bin)] += counts[bin];
    bins[quantized(bin)]++;
    quantizedTotal += counts[bin];
  }
  if (quantizedTotal === 0) return Infinity;
  let sum = 0;
  for (let bin = first; bin <= last; bin++) {
    if (real[bin] === 0) continue;
    const p = real[bin] / realTotal;
    const q = sums[quantized(bin)] / bins[quantized(bin)] / quantizedTotal;
    // A bin that holds nothing but what lay beyond has no share of its own.
    sum += p * Math.log(p / Math.max(q, 1e-12));
  }
  return sum;
}
