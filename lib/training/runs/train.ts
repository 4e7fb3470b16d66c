/**
 * Training runs.
 *
 * @module
 */
import { InputError, ThimbleError } from "../../errors.ts";
import type { Progress } from "../../runner/progress.ts";
import type { TrainOptions } from "./train_options.ts";
import type { TrainedModel } from "./trained_model.ts";
import { readCheckpoint } from "./checkpoint.ts";
import { TrainingWriteError } from "./run_errors.ts";
import { checkTrainingRecipe, differingSetting, type TrainingRecipe } from "./training_recipe.ts";
import { TrainingLog, type TrainingRecord } from "./training_records.ts";

/** Name of the file of the checkpoint in a run's folder. */
export const checkpointFile = "checkpoint.bin";

/**
 * Trains a model by a recipe. What happens is appended to `OUT/events.jsonl` and yielded, with progress between; after
 * each epoch, every minute and when `signal` aborts, all that is needed to go on is written to `OUT/checkpoint.bin`.
 * Called again with the same recipe and folder, a run that was ended, by whatever, goes on from there, and ends with the
 * same weights, bit by bit, as if it had not been; one that is done gives its model at once.
 *
 * @throws {InputError} The recipe, its data or the run in the folder cannot be used.
 * @throws {MissingClassError} A class has no training examples.
 * @throws {DivergedError} The loss is no number any more; the last checkpoint is as it was.
 * @throws {TrainingWorkerError} A worker was lost; the last checkpoint is as it was.
 * @throws {TrainingWriteError} The disk is full, say; the last checkpoint is as it was.
 * @throws {CheckpointError} The checkpoint is damaged, or its data were others.
 * @throws The signal's reason when it aborts.
 *
 * @example
 * ```ts
 * import { quickRecipes, showProgress, train } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const out = await Deno.makeTempDir();
 * const recipe = {
 *   ...quickRecipes.sww,
 *   data: { synthetic: "sww" as const, train: 30, validation: 6, test: 6, calibration: 6 },
 *   batchSize: 10,
 *   epochs: 1,
 * };
 * const { graph, run } = await showProgress(train(recipe, { out }));
 * assert.equal(graph.operators[0].kind, "DEPTHWISE_CONV_2D");
 * assert.equal(run.epochs.length, 1);
 * await Deno.remove(out, { recursive: true });
 * ```
 */
export async function* train(
  recipe: TrainingRecipe,
  options: TrainOptions,
): AsyncGenerator<TrainingRecord | Progress, TrainedModel, undefined> {
  const checked = checkTrainingRecipe(recipe);
  const { out, resume = true, signal } = options;
  signal?.throwIfAborted();
  const path = `${out}/${checkpointFile}`;
  using log = await TrainingLog.open(out);
  if (!resume) await forget(log, path);
  const checkpoint = await readCheckpoint(path);
  const differing = checkpoint && differingSetting(checkpoint.recipe, checked);
  if (differing !== undefined) {
    throw new InputError(`Cannot go on with the run in '${out}': its '${differing}' is another`, {
      source: out,
      hint: "Name another folder, or the recipe of that run",
    });
  }
  try {
    const { Run } = await import("./run.ts");
    const run = new Run(checked, options, log, path);
    return yield* run.go(checkpoint);
  } catch (error) {
    const cancelled = signal?.aborted === true && error === signal.reason;
    const { name, message } = error instanceof Error ? error : new ThimbleError(String(error));
    const hint = error instanceof ThimbleError ? error.hint : undefined;
    try {
      yield log.append({
        type: "stop",
        time: new Date().toISOString(),
        reason: cancelled ? "cancelled" : "failed",
        ...cancelled ? {} : { error: { name, message, ...hint === undefined ? {} : { hint } } },
      });
    } catch {
      // What failed first is what to tell.
    }
    throw error;
  }
}

async function forget(log: TrainingLog, path: string): Promise<void> {
  await Deno.remove(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw new TrainingWriteError(path, error);
  });
  log.clear();
}
