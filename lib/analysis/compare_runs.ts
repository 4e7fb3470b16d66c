/**
 * Two runs of the same benchmark: how much they differ, and whether that is more than chance.
 *
 * @module
 */
import { ThimbleError } from "../errors.ts";
import { studentQuantile, studentTwoSided } from "../scoring/student_t.ts";
import { argMax } from "../scoring/top1.ts";
import type { Score } from "../sessions/score.ts";

/** One figure of two runs. */
export interface ComparedFigure {
  /** Which. */
  figure: "latencyMs" | "energyUjPerInf" | "top1Percent";
  /** Of the first run: the mean of its windows, or percent correct. */
  first: number;
  /** Of the second. */
  second: number;
  /** Of latency and energy second / first; of top-1 second − first in points. */
  change: number;
  /** 95 % interval of the change. */
  interval: { low: number; high: number };
  /** The probability of a difference at least this large where there is none. */
  pValue: number;
  /** The test behind it. */
  test: "Welch" | "McNemar, exact";
  /** Windows or files of each run. */
  counts: readonly [number, number];
}

/**
 * Compares two runs: latency and energy by their windows (Welch's t-test on the logarithms, which makes it a test of the
 * ratio), top-1 by the files that only one of them gets right (McNemar's exact test; its interval by Wald with a
 * continuity correction).
 *
 * A small p-value says that the difference is not the spread of the windows; it says nothing of other boards of the same
 * kind, or of another day.
 *
 * @returns A line for each figure that both have; a figure with fewer than two windows, or no spread in either run, has no
 * interval and no p-value: they are NaN.
 * @throws {ThimbleError} The runs are of different benchmarks, or have no figure in common.
 *
 * @example
 * ```ts
 * import { compareRuns, type Score } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const run = (latencies: number[]): Score => ({
 *   benchmark: "kws01", mode: "performance", runner: "thimble", source: "measured", valid: true, findings: [],
 *   windows: latencies.map((ms) => ({
 *     file: "a.bin", iterations: 100, runtimeS: ms / 10, throughputInfS: 1000 / ms,
 *   })),
 * });
 * const [latency] = compareRuns(run([100, 101, 100, 99, 100]), run([80, 81, 80, 79, 80]));
 * assert.equal(latency.change.toFixed(2), "0.80");
 * assert(latency.interval.high < 1 && latency.pValue < 0.001);
 * ```
 */
export function compareRuns(first: Score, second: Score): ComparedFigure[] {
  if (first.benchmark !== second.benchmark) {
    throw new ThimbleError(
      `Cannot compare a run of '${first.benchmark}' with one of '${second.benchmark}'`,
      { hint: "Compare runs of the same benchmark" },
    );
  }
  const figures = [
    byWindows("latencyMs", latencies(first), latencies(second)),
    byWindows("energyUjPerInf", energies(first), energies(second)),
    byFiles(first, second),
  ].filter((figure) => figure !== undefined);
  if (figures.length > 0) return figures;
  throw new ThimbleError("Cannot compare the runs as they have no figure in common", {
    hint: "Compare two performance, two energy, or two accuracy runs over the same files",
  });
}

function latencies({ windows, energyWindows }: Score): number[] {
  return (windows ?? energyWindows ?? []).map(({ throughputInfS }) => 1000 / throughputInfS);
}

function energies({ energyWindows = [] }: Score): number[] {
  return energyWindows.map(({ energyUjPerInf }) => energyUjPerInf);
}

function byWindows(
  figure: "latencyMs" | "energyUjPerInf",
  first: readonly number[],
  second: readonly number[],
): ComparedFigure | undefined {
  if (first.length === 0 || second.length === 0) return undefined;
  const a = moments(first.map(Math.log));
  const b = moments(second.map(Math.log));
  const [partA, partB] = [a.variance / first.length, b.variance / second.length];
  const error = Math.sqrt(partA + partB);
  const difference = b.mean - a.mean;
  // Welch–Satterthwaite
  const freedom = (partA + partB) ** 2 /
    (partA ** 2 / (first.length - 1) + partB ** 2 / (second.length - 1));
  const known = error > 0 && freedom > 0;
  const half = known ? studentQuantile(0.95, freedom) * error : NaN;
  return {
    figure,
    first: Math.exp(a.mean),
    second: Math.exp(b.mean),
    change: Math.exp(difference),
    interval: { low: Math.exp(difference - half), high: Math.exp(difference + half) },
    pValue: known ? studentTwoSided(difference / error, freedom) : NaN,
    test: "Welch",
    counts: [first.length, second.length],
  };
}

function moments(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  // The mean of equal values may be off by a rounding, which is no spread.
  if (values.length > 1 && values.every((value) => value === values[0])) {
    return { mean: values[0], variance: 0 };
  }
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, variance: squares / (values.length - 1) };
}

function byFiles(first: Score, second: Score): ComparedFigure | undefined {
  if (first.top1Percent === undefined || second.top1Percent === undefined) return undefined;
  const others = new Map(second.files?.map((file) => [file.file, file]));
  const isRight = ({ outputs, label }: { outputs: number[]; label: number }) =>
    argMax(outputs) === label;
  let [onlyFirst, onlySecond, both, count] = [0, 0, 0, 0];
  for (const file of first.files ?? []) {
    const other = others.get(file.file);
    if (!other) continue;
    count++;
    const [a, b] = [isRight(file), isRight(other)];
    if (a && b) both++;
    else if (a) onlyFirst++;
    else if (b) onlySecond++;
  }
  if (count === 0) return undefined;
  const change = 100 * (onlySecond - onlyFirst) / count;
  const spread = onlyFirst + onlySecond - (onlySecond - onlyFirst) ** 2 / count;
  const half = 100 * (1.959963984540054 * Math.sqrt(Math.max(0, spread)) + 1) / count;
  return {
    figure: "top1Percent",
    first: 100 * (both + onlyFirst) / count,
    second: 100 * (both + onlySecond) / count,
    change,
    interval: { low: change - half, high: change + half },
    pValue: mcNemar(onlyFirst, onlySecond),
    test: "McNemar, exact",
    counts: [count, count],
  };
}

/** Two-sided: how probable so uneven a split of the files that only one run gets right is, were both alike. */
function mcNemar(onlyFirst: number, onlySecond: number): number {
  const n = onlyFirst + onlySecond;
  let term = -n * Math.LN2;
  let sum = 0;
  for (let k = 0; k <= Math.min(onlyFirst, onlySecond); k++) {
    if (k > 0) term += Math.log((n - k + 1) / k);
    sum += Math.exp(term);
  }
  return Math.min(1, 2 * sum);
}
