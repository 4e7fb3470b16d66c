/**
 * Area under the ROC curve, in the two definitions that official tools print.
 *
 * @module
 */

/**
 * Area under the ROC curve of scores for a yes/no question, exactly: the probability that a positive scores above a
 * negative, ties counted half. Equals scikit-learn's `roc_auc_score`. Not a number where one of the two is missing.
 *
 * @param scores Higher means more likely positive; NaN counts as lowest.
 * @param positive Whether each sample is positive.
 *
 * @example
 * ```ts
 * import { rocAuc } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.equal(rocAuc([0.1, 0.4, 0.35, 0.8], [false, false, true, true]), 0.75);
 * ```
 */
export function rocAuc(scores: ArrayLike<number>, positive: readonly boolean[]): number {
  const value = (i: number) => Number.isNaN(scores[i]) ? -Infinity : scores[i];
  const order = Array.from(positive.keys())
    .sort((a, b) => value(a) === value(b) ? 0 : value(a) < value(b) ? -1 : 1);
  const positives = positive.filter(Boolean).length;
  const negatives = positive.length - positives;
  let rankSum = 0;
  for (let i = 0; i < order.length;) {
    let j = i;
    while (j < order.length && value(order[j]) === value(order[i])) j++;
    const rank = (i + 1 + j) / 2; // ties share the mean rank
    for (let k = i; k < j; k++) if (positive[order[k]]) rankSum += rank;
    i = j;
  }
  return (rankSum - positives * (positives + 1) / 2) / (positives * negatives);
}

/**
 * The AUC that the MLCommons Python runner prints: rows normalised to a sum of 1; with two classes the AUC of class 1,
 * with more the mean over classes of one against the rest.
 *
 * @param outputs One row of class outputs a file.
 * @param labels Class index of each row. Classes that do not occur are left out of the mean.
 *
 * @example
 * ```ts
 * import { macroAuc } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const outputs = [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.5, 0.4, 0.1]];
 * assert.equal(macroAuc(outputs, [0, 1, 2, 0]), 1);
 * ```
 */
export function macroAuc(outputs: readonly ArrayLike<number>[], labels: readonly number[]): number {
  const rows = outputs.map((row) => {
    const values = Array.from(row);
    const sum = values.reduce((a, b) => a + b, 0);
    return sum === 0 ? values : values.map((v) => v / sum);
  });
  const auc = (c: number) => rocAuc(rows.map((row) => row[c]), labels.map((l) => l === c));
  const classCount = outputs[0]?.length ?? 0;
  if (classCount === 2) return auc(1);
  const present = presentClasses(labels, classCount);
  return present.reduce((sum, c) => sum + auc(c), 0) / present.length;
}

function presentClasses(labels: readonly number[], classCount: number): number[] {
  return Array.from({ length: classCount }, (_, c) => c).filter((c) => labels.includes(c));
}

// One class against the rest over thresholds; the first point is put at (1, 1) whatever it is.
function sweptAuc(
  scores: ArrayLike<number>,
  positive: readonly boolean[],
  thresholds: readonly number[],
): number {
  const positives = positive.filter(Boolean).length;
  const negatives = positive.length - positives;
  const points = thresholds.map((threshold, k) => {
    if (k === 0) return { fpr: 1, tpr: 1 };
    let truePositives = 0;
    let falsePositives = 0;
    for (let i = 0; i < scores.length; i++) {
      if (scores[i] > threshold) {
        if (positive[i]) truePositives++;
        else falsePositives++;
      }
    }
    return { fpr: falsePositives / negatives, tpr: truePositives / positives };
  });
  let area = 0;
  for (let k = 0; k + 1 < points.length; k++) {
    area += 0.5 * (points[k].tpr + points[k + 1].tpr) * (points[k].fpr - points[k + 1].fpr);
  }
  return area;
}

/**
 * The AUC that EEMBC's EnergyRunner prints for classifiers: for each class a sweep over the thresholds 0, 0.01 … 1.00
 * with strict comparison, trapezoids, mean over the classes that occur.
 *
 * @param outputs One row of class probabilities a file.
 * @param labels Class index of each row.
 *
 * @example
 * ```ts
 * import { energyRunnerAuc } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.equal(energyRunnerAuc([[0.9, 0.1], [0.2, 0.8]], [0, 1]), 1);
 * ```
 */
export function energyRunnerAuc(
  outputs: readonly ArrayLike<number>[],
  labels: readonly number[],
): number {
  const classCount = outputs[0]?.length ?? 0;
  const thresholds = Array.from({ length: 101 }, (_, k) => k * 0.01);
  const present = presentClasses(labels, classCount);
  const auc = (c: number) =>
    sweptAuc(outputs.map((row) => row[c]), labels.map((l) => l === c), thresholds);
  return present.reduce((sum, c) => sum + auc(c), 0) / present.length;
}

// In 100 steps from the smallest score to the largest.
function anomalyThresholds(scores: readonly number[]): number[] {
  const low = scores.reduce((a, b) => Math.min(a, b), Infinity);
  const high = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  return Array.from({ length: 101 }, (_, k) => low + (k / 100) * (high - low));
}

/**
 * The AUC that EEMBC's EnergyRunner prints for anomaly detection: a sweep of the threshold in 100 steps from the
 * smallest to the largest file score.
 *
 * @param scores One a file: the mean error of its windows.
 * @param labels 1 for an anomaly, 0 for normal.
 *
 * @example
 * ```ts
 * import { anomalySweepAuc } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.equal(anomalySweepAuc([1, 2, 8, 9], [0, 0, 1, 1]), 1);
 * ```
 */
export function anomalySweepAuc(scores: readonly number[], labels: readonly number[]): number {
  return sweptAuc(scores, labels.map((l) => l === 1), anomalyThresholds(scores));
}

/**
 * What EEMBC's EnergyRunner prints as "Top-1" for anomaly detection: the best plain accuracy, in percent, over the
 * thresholds of {@linkcode anomalySweepAuc}. It is chosen on the test set, so it flatters; the AUC is the score.
 *
 * @param scores One a file.
 * @param labels 1 for an anomaly, 0 for normal.
 *
 * @example
 * ```ts
 * import { bestThresholdAccuracy } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.equal(bestThresholdAccuracy([1, 2, 8, 9], [0, 0, 1, 1]), 100);
 * ```
 */
export function bestThresholdAccuracy(
  scores: readonly number[],
  labels: readonly number[],
): number {
  let best = 0;
  for (const threshold of anomalyThresholds(scores)) {
    let correct = 0;
    for (let i = 0; i < scores.length; i++) {
      if ((scores[i] > threshold) === (labels[i] === 1)) correct++;
    }
    best = Math.max(best, correct);
  }
  return 100 * best / scores.length;
}

/**
 * What the MLCommons Python runner prints as "Top 1%" for anomaly detection: the best mean of precision and recall, in
 * percent, over 100 thresholds. It is no accuracy, and it is chosen on the test set; the AUC is the score.
 *
 * @param scores One a file.
 * @param labels 1 for an anomaly, 0 for normal.
 *
 * @example
 * ```ts
 * import { bestPrecisionRecallMean } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.equal(bestPrecisionRecallMean([1, 2, 8, 9], [0, 0, 1, 1]).toFixed(1), "100.0");
 * ```
 */
export function bestPrecisionRecallMean(
  scores: readonly number[],
  labels: readonly number[],
): number {
  // The runner's way round a division by nothing; it moves the ninth digit.
  const epsilon = 1e-8;
  const positives = labels.filter((label) => label === 1).length;
  let best = 0;
  for (const threshold of anomalyThresholds(scores).slice(0, 100)) {
    let truePositives = 0;
    let falsePositives = 0;
    for (let i = 0; i < scores.length; i++) {
      if (!(scores[i] > threshold)) continue;
      if (labels[i] === 1) truePositives++;
      else falsePositives++;
    }
    const precision = truePositives / (truePositives + falsePositives + epsilon);
    const recall = truePositives / (positives + epsilon);
    best = Math.max(best, 100 * (precision + recall) / 2);
  }
  return best;
}
