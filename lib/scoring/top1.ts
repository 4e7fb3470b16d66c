/** An interval that holds the true value with the stated confidence. */
export interface Interval {
  /** Lower end. */
  low: number;
  /** Upper end. */
  high: number;
}

/** How many of a set were classified correctly. */
export interface Top1 {
  /** Files whose largest output is their class. */
  correct: number;
  /** Files in all. */
  total: number;
  /** Percent correct. */
  percent: number;
  /** 95 % interval of the percentage, by Wilson's score. */
  interval: Interval;
}

/**
 * Index of the largest value; of equal ones the first.
 *
 * @example
 * ```ts
 * import { argMax } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.equal(argMax([0.1, 0.7, 0.7]), 1);
 * ```
 */
export function argMax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/**
 * Wilson's score interval of a proportion, as percentages (E. B. Wilson, 1927). Unlike the normal approximation it
 * stays within 0–100 % and holds for few samples.
 *
 * @param correct Successes.
 * @param total Trials, at least 1.
 * @param z Standard normal quantile; 1.96 for 95 %.
 *
 * @example
 * ```ts
 * import { wilsonInterval } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const { low, high } = wilsonInterval(901, 1000);
 * assert.equal(low.toFixed(1), "88.1");
 * assert.equal(high.toFixed(1), "91.8");
 * ```
 */
export function wilsonInterval(correct: number, total: number, z = 1.959963984540054): Interval {
  const p = correct / total;
  const z2 = z * z / total;
  const centre = (p + z2 / 2) / (1 + z2);
  const half = z * Math.sqrt(p * (1 - p) / total + z2 / (4 * total)) / (1 + z2);
  return { low: 100 * Math.max(0, centre - half), high: 100 * Math.min(1, centre + half) };
}

/**
 * Top-1 accuracy: the share of rows whose largest output stands at the row's label.
 *
 * @param outputs One row of class outputs a file; any monotone scale (probabilities, logits, integers).
 * @param labels Class index of each row.
 * @throws {RangeError} Where there are no rows, or not as many labels as rows.
 *
 * @example
 * ```ts
 * import { top1 } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const score = top1([[0.9, 0.1], [0.4, 0.6], [0.7, 0.3]], [0, 1, 1]);
 * assert.equal(score.correct, 2);
 * assert.equal(score.percent.toFixed(1), "66.7");
 * ```
 */
export function top1(outputs: readonly ArrayLike<number>[], labels: readonly number[]): Top1 {
  const total = outputs.length;
  if (total === 0 || total !== labels.length) {
    throw new RangeError(`Cannot score ${total} outputs against ${labels.length} labels`);
  }
  let correct = 0;
  for (let i = 0; i < total; i++) if (argMax(outputs[i]) === labels[i]) correct++;
  return {
    correct,
    total,
    percent: 100 * correct / total,
    interval: wilsonInterval(correct, total),
  };
}
