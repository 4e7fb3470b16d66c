import { InputError } from "../../errors.ts";
import type { DataSet } from "../data/data_set.ts";
import type { TrainingEpochRecord } from "./training_records.ts";
import type { RecipeMetric, TrainingRecipe } from "./training_recipe.ts";

/** A figure of an epoch. */
export function figureOf(record: TrainingEpochRecord, metric: RecipeMetric): number {
  return record[metric]!;
}

/** Whether a figure is better than another by more than a little. */
export function isBetter(metric: RecipeMetric, value: number, than?: number, by = 0): boolean {
  if (than === undefined) return true;
  return /accuracy/i.test(metric) ? value > than + by : value < than - by;
}

/**
 * Refuses a recipe that compares epochs by what there is not.
 *
 * @throws {InputError} Names the metric.
 */
export function checkMetrics(
  { earlyStopping, keep, architecture }: TrainingRecipe,
  dataSet: DataSet,
): void {
  const metrics = [earlyStopping?.metric, typeof keep === "object" ? keep.best : undefined];
  for (const metric of metrics) {
    if (metric === undefined) continue;
    const without = metric.startsWith("validation") && dataSet.splits.validation.length === 0;
    if (!without && !(architecture === "ad" && /accuracy/i.test(metric))) continue;
    throw new InputError(`Cannot compare epochs by '${metric}': there is none`, {
      source: "recipe",
      hint: without ? "Add a validation split" : "Name 'loss' or 'validationLoss'",
    });
  }
}
