import type { Benchmark } from "../../benchmarks.ts";
import { accuracyFigures } from "../../sessions/score_accuracy.ts";
import type { ScoredFile } from "../../sessions/score.ts";
import type { LossResult, TrainingPlan } from "../plan/training_plan.ts";
import type { HeldRows } from "./held_rows.ts";

const chunk = 512;

/** What a model reaches on a split, by its benchmark's metric. */
export interface SplitFigures {
  /** Files or examples. */
  examples: number;
  /** Percent of right classes; undefined for anomaly detection. */
  top1Percent?: number;
  /** Area under the ROC curve, of anomaly detection. */
  auc?: number;
}

/**
 * Scores outputs as the benchmark does: classes by the largest output, recordings by the mean squared error of their
 * windows.
 *
 * @param predict Outputs of some inputs, end to end.
 */
export async function evaluateRows(
  rows: HeldRows,
  benchmark: Benchmark,
  scale: number,
  predict: (x: Float32Array<ArrayBuffer>) => Promise<Float32Array>,
): Promise<SplitFigures> {
  const files = new Map<string, ScoredFile & { rows: number }>();
  for (const { first, places } of chunksOf(rows.count)) {
    const x = rows.gather(places, scale);
    const y = await predict(x);
    const size = y.length / places.length;
    for (let i = 0; i < places.length; i++) {
      const row = first + i;
      const label = rows.labels[row];
      const output = y.subarray(i * size, (i + 1) * size);
      if (benchmark.id !== "ad01") {
        // Names may come twice, where they are no files'.
        files.set(String(row), { file: rows.ids[row], label, outputs: [...output], rows: 1 });
        continue;
      }
      const error = squaredError(x.subarray(i * size, (i + 1) * size), output);
      const file = files.get(rows.ids[row]);
      if (file) {
        file.outputs[0] += error;
        file.rows++;
      } else files.set(rows.ids[row], { file: rows.ids[row], label, outputs: [error], rows: 1 });
    }
  }
  const scored = [...files.values()].map(({ file, label, outputs, rows }) => ({
    file,
    label,
    outputs: outputs.map((output) => output / rows),
  }));
  const { top1Percent, auc } = accuracyFigures(scored, benchmark);
  return benchmark.id === "ad01"
    ? { examples: scored.length, auc }
    : { examples: scored.length, top1Percent };
}

/** The loss of a plan on rows, as training reports it. */
export async function lossOfRows(
  plan: TrainingPlan,
  rows: HeldRows,
  scale: number,
  labelsOf: (x: Float32Array, labels: Uint8Array) => Float32Array | Uint8Array,
): Promise<LossResult> {
  let loss = 0, correct = 0, penalty = 0;
  let hasClasses = false;
  for (const { first, places } of chunksOf(rows.count)) {
    const x = rows.gather(places, scale);
    const labels = rows.labels.subarray(first, first + places.length);
    const result = await plan.evaluate(x, labelsOf(x, labels));
    penalty = result.penalty;
    loss += (result.loss - penalty) * places.length;
    correct += (result.accuracy ?? 0) * places.length;
    hasClasses ||= result.accuracy !== undefined;
  }
  return {
    loss: loss / rows.count + penalty,
    penalty,
    ...hasClasses ? { accuracy: correct / rows.count } : {},
  };
}

function* chunksOf(count: number) {
  for (let first = 0; first < count; first += chunk) {
    const length = Math.min(chunk, count - first);
    yield { first, places: Uint32Array.from({ length }, (_, i) => first + i) };
  }
}

function squaredError(x: Float32Array, y: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] - y[i]) ** 2;
  return sum / x.length;
}
