/** Training runs that take a second. */
import { sep } from "node:path";
import type { DataSet, Example } from "../../../lib/training/data/data_set.ts";
import type { NamedTensors } from "../../../lib/training/plan/training_plan.ts";
import { train } from "../../../lib/training/runs/train.ts";
import type { TrainOptions } from "../../../lib/training/runs/train_options.ts";
import type { TrainedModel } from "../../../lib/training/runs/trained_model.ts";
import type { TrainingRecord } from "../../../lib/training/runs/training_records.ts";
import type { TrainingRecipe } from "../../../lib/training/runs/training_recipe.ts";

/** A recipe of six steps an epoch. */
export const smallRecipe: TrainingRecipe = {
  architecture: "sww",
  data: { synthetic: "sww", train: 54, validation: 9, test: 9, calibration: 9 },
  batchSize: 9,
  epochs: 3,
  learningRate: { schedule: "cosine", rate: 2e-3 },
  seed: 4,
};

/** Examples that are the model's inputs already: classes differ in their mean. */
export function smallSet(change: Partial<DataSet> = {}, train = 54): DataSet {
  const split = (count: number, seed: number): Example[] =>
    Array.from({ length: count }, (_, i) => ({
      id: `${seed}${sep}${i}`,
      label: i % 3,
      read: () =>
        Promise.resolve({
          values: Float32Array.from(
            { length: 1200 },
            (_, k) => Math.sin(1 + seed + 7 * i + 13 * k) + (i % 3 - 1),
          ),
          shape: [30, 1, 40],
        }),
    }));
  return {
    benchmark: "sww01",
    name: "Waves",
    media: "features",
    classes: ["marvin", "silence", "unknown"],
    provenance: { synthetic: true, licence: "none", sources: [], settings: {}, notes: [] },
    splits: {
      train: split(train, 1),
      validation: split(9, 2),
      test: split(9, 3),
      calibration: split(9, 4),
    },
    ...change,
  };
}

/** Trains to the end, or until `until` is true of a record: then it is ended as Ctrl-C does. */
export async function runToEnd(
  recipe: TrainingRecipe,
  options: TrainOptions,
  onRecord: (record: TrainingRecord) => void | Promise<void> = () => {},
): Promise<TrainedModel> {
  const run = train(recipe, options);
  for (;;) {
    const { value, done } = await run.next();
    if (done) return value;
    if (value.type !== "progress") await onRecord(value);
  }
}

/** Names and bytes of weights, to be compared. */
export function bitsOf(weights: NamedTensors): [string, number[]][] {
  return [...weights].map(([name, { values }]) => [
    name,
    [...new Uint32Array(values.buffer, values.byteOffset, values.length)],
  ]);
}
