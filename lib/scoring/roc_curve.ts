/** A point of a ROC curve: what a threshold gives. */
export interface RocPoint {
  /** Scores from here on count as positive; Infinity for the first point. */
  threshold: number;
  /** Share of the negatives that count as positive, 0–1. */
  falsePositiveRate: number;
  /** Share of the positives that do, 0–1. */
  truePositiveRate: number;
}

/**
 * The ROC curve: a point for each score that occurs, from (0, 0) to (1, 1). The area below it, by trapezoids, is
 * {@linkcode rocAuc}.
 *
 * @param scores One each; NaN counts as lowest.
 * @param positive Which of them are.
 * @throws {RangeError} The lengths differ, or one of the two kinds is missing.
 *
 * @example
 * ```ts
 * import { rocCurve } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const points = rocCurve([0.9, 0.8, 0.3], [true, false, true]);
 * assert.deepEqual(points.map((p) => [p.falsePositiveRate, p.truePositiveRate]), [[0, 0], [0, 0.5], [1, 0.5], [1, 1]]);
 * ```
 */
export function rocCurve(scores: ArrayLike<number>, positive: readonly boolean[]): RocPoint[] {
  const positives = positive.filter(Boolean).length;
  const negatives = positive.length - positives;
  if (scores.length !== positive.length || positives === 0 || negatives === 0) {
    throw new RangeError(
      `Cannot draw a ROC curve of ${scores.length} scores, ${positives} positives and ${negatives} negatives`,
    );
  }
  const value = (i: number) => Number.isNaN(scores[i]) ? -Infinity : scores[i];
  const order = Array.from({ length: scores.length }, (_, i) => i)
    .sort((a, b) => value(b) === value(a) ? 0 : value(b) > value(a) ? 1 : -1);
  const points: RocPoint[] = [{ threshold: Infinity, falsePositiveRate: 0, truePositiveRate: 0 }];
  let [hits, misses] = [0, 0];
  order.forEach((index, place) => {
    if (positive[index]) hits++;
    else misses++;
    // Equal scores are one point.
    if (place + 1 < order.length && value(order[place + 1]) === value(index)) return;
    points.push({
      threshold: value(index),
      falsePositiveRate: misses / negatives,
      truePositiveRate: hits / positives,
    });
  });
  return points;
}
