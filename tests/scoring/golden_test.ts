import assert from "node:assert/strict";
import {
  anomalySweepAuc,
  bestThresholdAccuracy,
  energyRunnerAuc,
  macroAuc,
  rocAuc,
} from "../../lib/scoring/auc.ts";
import { median } from "../../lib/scoring/median.ts";
import { argMax, top1, wilsonInterval } from "../../lib/scoring/top1.ts";
import { referenceTest, shared } from "../reference.ts";

const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-12, `${a} is not ${b}`);

interface Metrics {
  multiclass: {
    labels: number[];
    probabilities: number[][];
    top1_percent: number;
    auc_energyrunner: number;
    auc_sklearn: number;
  }[];
  autoencoder: {
    labels: number[];
    scores: number[];
    auc_sklearn: number;
    auc_energyrunner: number;
    accuracy_energyrunner_percent: number;
  }[];
}

referenceTest("top1() and both AUCs equal the golden classifier metrics", () => {
  const golden: Metrics = JSON.parse(Deno.readTextFileSync(shared("golden/metrics.json")));
  assert.ok(golden.multiclass.length > 0);
  for (const g of golden.multiclass) {
    near(top1(g.probabilities, g.labels).percent, g.top1_percent);
    near(macroAuc(g.probabilities, g.labels), g.auc_sklearn);
    near(energyRunnerAuc(g.probabilities, g.labels), g.auc_energyrunner);
  }
});

referenceTest("anomaly metrics equal the golden autoencoder metrics", () => {
  const golden: Metrics = JSON.parse(Deno.readTextFileSync(shared("golden/metrics.json")));
  assert.ok(golden.autoencoder.length > 0);
  for (const g of golden.autoencoder) {
    near(rocAuc(g.scores, g.labels.map((l) => l === 1)), g.auc_sklearn);
    near(anomalySweepAuc(g.scores, g.labels), g.auc_energyrunner);
    near(bestThresholdAccuracy(g.scores, g.labels), g.accuracy_energyrunner_percent);
  }
});

Deno.test("rocAuc() equals the count over all pairs", () => {
  let seed = 1;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  for (let round = 0; round < 50; round++) {
    const n = 2 + Math.floor(random() * 30);
    const scores = Array.from({ length: n }, () => Math.floor(random() * 6));
    const positive = scores.map((_, i) => i === 0 || (i !== 1 && random() < 0.5));
    let wins = 0;
    let pairs = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        if (!positive[i] || positive[j]) continue;
        pairs++;
        wins += scores[i] > scores[j] ? 1 : scores[i] === scores[j] ? 0.5 : 0;
      }
    }
    near(rocAuc(scores, positive), wins / pairs);
  }
});

Deno.test("macroAuc() leaves out classes without a sample", () => {
  assert.equal(macroAuc([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1]], [0, 1]), 1);
});

Deno.test("argMax() gives the first of equal values", () => {
  assert.equal(argMax([0, 5, 5, 1]), 1);
  assert.equal(argMax([3]), 0);
});

Deno.test("top1() refuses labels that do not match", () => {
  assert.throws(() => top1([[1, 0]], []), RangeError);
  assert.throws(() => top1([], []), RangeError);
});

Deno.test("wilsonInterval() holds the proportion and stays within 0–100 %", () => {
  for (const [k, n] of [[0, 10], [10, 10], [1, 1], [901, 1000]]) {
    const { low, high } = wilsonInterval(k, n);
    assert.ok(low >= 0 && high <= 100 && low <= 100 * k / n + 1e-9 && high >= 100 * k / n - 1e-9);
  }
});

Deno.test("median() refuses an empty list", () => {
  assert.throws(() => median([]), RangeError);
});
