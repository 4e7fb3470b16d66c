import assert from "node:assert/strict";
import { bestPrecisionRecallMean } from "../../lib/scoring/auc.ts";

Deno.test("bestPrecisionRecallMean() is the best mean of precision and recall over 100 thresholds", () => {
  // Above 1, the lowest: three of four are anomalies; all anomalies are there but the lowest.
  const scores = [1, 2, 3, 4, 5];
  const labels = [1, 0, 1, 1, 1];
  const at = (threshold: number) => {
    const above = scores.flatMap((score, i) => score > threshold ? [labels[i]] : []);
    const right = above.filter((label) => label === 1).length;
    return 50 * (right / above.length + right / 4);
  };
  const thresholds = Array.from({ length: 100 }, (_, k) => 1 + k / 100 * 4);
  const best = Math.max(...thresholds.map(at));
  assert.equal(best, 50 * (1 + 3 / 4), "above 2: three of three, three of four");
  assert.ok(Math.abs(bestPrecisionRecallMean(scores, labels) - best) < 1e-5);
});

Deno.test("bestPrecisionRecallMean() is not the accuracy", () => {
  // Nothing is told apart: half of what is taken for an anomaly is one.
  const same = bestPrecisionRecallMean([1, 1, 1, 2], [0, 0, 1, 1]);
  assert.ok(Math.abs(same - 75) < 1e-5, `${same}`);
});
