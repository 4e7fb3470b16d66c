import { figureOf, type MetricKey, metrics } from "./metrics.ts";
import type { ResultRow } from "./result_row.ts";

/** A row and its place. */
export interface RankedResult {
  /** The row. */
  row: ResultRow;
  /** From 1; equal scores share a place. */
  place: number;
  /** 1 for one that is best in everything, less for others: the weighted geometric mean of ratios to the best. */
  score: number;
}

/**
 * Ranks results by figures that matter to you, with weights. Each figure counts by its ratio to the best one there is (for
 * accuracies the ratio of what is wrong), so units do not matter; ratios are put together as a weighted geometric mean.
 *
 * @param weights Above 0; only their proportion matters.
 * @returns Best first. Rows that lack a figure, or have one without a ratio (a latency of 0), are left out.
 * @throws {RangeError} No weights, or one that is not above 0.
 *
 * @example
 * ```ts
 * import { loadPublished, publishedResults, rankResults } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const rows = publishedResults(await loadPublished())
 *   .filter(({ benchmark, division }) => benchmark === "kws01" && division === "closed");
 * const [first] = rankResults(rows, { latencyMs: 1, energyUjPerInf: 2 });
 * assert.equal(first.place, 1);
 * ```
 */
export function rankResults(
  rows: readonly ResultRow[],
  weights: Partial<Record<MetricKey, number>>,
): RankedResult[] {
  const entries = Object.entries(weights) as [MetricKey, number][];
  if (entries.length === 0 || entries.some(([, weight]) => !(weight > 0 && weight < Infinity))) {
    throw new RangeError("Cannot rank without weights above 0");
  }
  // A ratio to nothing, or to less than nothing, says nothing: such a figure counts as unknown.
  const known = rows.filter((row) =>
    entries.every(([key]) => {
      const value = figureOf(row, key);
      return value !== undefined && (!metrics[key].log || value > 0);
    })
  );
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
  const best = new Map(entries.map(([key]) => {
    const costs = known.map((row) => costOf(row, key));
    return [key, Math.min(...costs)];
  }));
  const ranked = known.map((row) => ({
    row,
    place: 0,
    score: Math.exp(
      entries.reduce(
        (sum, [key, weight]) => sum + weight * Math.log(best.get(key)! / costOf(row, key)),
        0,
      ) / total,
    ),
  })).sort((a, b) => b.score - a.score);
  ranked.forEach((entry, i) => {
    entry.place = i > 0 && entry.score === ranked[i - 1].score ? ranked[i - 1].place : i + 1;
  });
  return ranked;
}

/** Less is better, above 0: of accuracies what is wrong, of throughput the time. */
function costOf(row: ResultRow, key: MetricKey): number {
  const value = figureOf(row, key)!;
  // Nobody is without fault, or all others would count for nothing.
  if (key === "top1Percent") return Math.max(100 - value, 0.05);
  if (key === "auc") return Math.max(1 - value, 0.0005);
  const cost = metrics[key].better === "low" ? value : 1 / value;
  return Math.max(cost, Number.MIN_VALUE);
}
