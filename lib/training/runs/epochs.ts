import { type Progress, remainingMs } from "../../runner/progress.ts";
import type { LossResult, NamedTensors, TrainingPlan } from "../plan/training_plan.ts";
import { applyMasks, type PruningMasks } from "../pruning/prune.ts";
import { type Checkpoint, type RunPosition, writeCheckpoint } from "./checkpoint.ts";
import { lossOfRows } from "./evaluate_rows.ts";
import type { HeldRows } from "./held_rows.ts";
import type { LabelledBatches } from "./labelled_batches.ts";
import { learningRateAt } from "./learning_rate.ts";
import { figureOf, isBetter } from "./recipe_metric.ts";
import type { TrainingEpochRecord, TrainingLog, TrainingRecord } from "./training_records.ts";
import type { TrainingRecipe } from "./training_recipe.ts";

/** What {@linkcode Epochs} work with. */
export interface EpochsOptions {
  recipe: TrainingRecipe;
  plan: TrainingPlan;
  batches: LabelledBatches;
  /** Steps of an epoch. */
  steps: number;
  validation?: HeldRows;
  /** Factor on inputs. */
  scale: number;
  masks: PruningMasks;
  log: TrainingLog;
  /** Path of the checkpoint. */
  path: string;
  dataSha256?: string;
  checkpointSeconds: number;
  signal?: AbortSignal;
}

/** The loop: steps, epochs, records and checkpoints. */
export class Epochs {
  readonly #options: EpochsOptions;
  readonly #position: RunPosition;
  #best?: NamedTensors;

  /** @param checkpoint Where to go on; the plan has its weights already. */
  constructor(options: EpochsOptions, checkpoint?: Checkpoint) {
    this.#options = options;
    this.#position = structuredClone(checkpoint?.position) ??
      { epoch: 0, batch: 0, sums: noSums() };
    this.#best = checkpoint?.best;
  }

  /** Where it is. */
  get position(): RunPosition {
    return this.#position;
  }

  /** The weights to keep, and their epoch. */
  kept(): { weights: NamedTensors; epoch: number } {
    const { epoch, kept } = this.#position;
    return this.#best && kept
      ? { weights: this.#best, epoch: kept.epoch }
      : { weights: this.#options.plan.weights(), epoch: epoch - 1 };
  }

  /** Trains to the end, or until nothing gets better. */
  async *run(): AsyncGenerator<TrainingRecord | Progress, void, undefined> {
    const { recipe: { epochs, earlyStopping, keep }, log, plan, batches } = this.#options;
    const position = this.#position;
    const began = performance.now();
    const begunAt = position.epoch + position.batch / this.#options.steps;
    try {
      while (position.epoch < epochs && !position.finished) {
        const { epoch } = position;
        const learningRate = yield* this.#steps({ began, begunAt });
        const record = await this.#record(learningRate);
        yield log.append(record);
        if (typeof keep === "object") {
          const value = figureOf(record, keep.best);
          if (isBetter(keep.best, value, position.kept?.value)) {
            position.kept = { epoch, value };
            this.#best = plan.weights();
          }
        }
        position.epoch++;
        position.batch = 0;
        position.sums = noSums();
        position.finished = position.epoch >= epochs;
        if (earlyStopping) {
          const { metric, patience, minDelta = 0 } = earlyStopping;
          const value = figureOf(record, metric);
          if (isBetter(metric, value, position.stopping?.value, minDelta)) {
            position.stopping = { epoch, value };
          } else if (epoch - position.stopping!.epoch >= patience) position.finished = true;
        }
        yield await this.#checkpoint();
      }
    } finally {
      await batches.end();
    }
  }

  /** The rest of an epoch; gives back the last learning rate. */
  async *#steps(
    { began, begunAt }: { began: number; begunAt: number },
  ): AsyncGenerator<TrainingRecord | Progress, number, undefined> {
    const { recipe, plan, steps, batches, signal, checkpointSeconds } = this.#options;
    const { epochs, learningRate: schedule } = recipe;
    const position = this.#position;
    const { sums, epoch } = position;
    let rate = learningRateAt(schedule, epoch, epochs);
    let savedAt = performance.now();
    let shownAt = -Infinity;
    const source = batches.epoch(epoch, position.batch, epoch + 1 === epochs);
    try {
      let next = source.next();
      for (;;) {
        if (signal?.aborted) {
          next.catch(() => {});
          yield await this.#checkpoint();
          signal.throwIfAborted();
        }
        const asked = performance.now();
        const { value: batch, done } = await next;
        if (done) return rate;
        const given = performance.now();
        rate = learningRateAt(schedule, epoch + position.batch / steps, epochs);
        const stepping = plan.step(batch.x, batch.y, { learningRate: rate });
        // The plan has the batch: the next one is made while it works.
        next = source.next();
        next.catch(() => {});
        const { loss, accuracy = 0 } = await stepping;
        this.#mask();
        const ended = performance.now();
        sums.examples += batch.count;
        sums.loss += loss * batch.count;
        sums.correct += Math.round(accuracy * batch.count);
        sums.seconds += (ended - asked) / 1000;
        sums.waitSeconds += (given - asked) / 1000;
        position.batch++;
        const inEpochs = epoch + position.batch / steps;
        if (ended - shownAt >= 100 || position.batch === steps) {
          shownAt = ended;
          yield {
            type: "progress",
            done: inEpochs,
            total: epochs,
            unit: "epochs",
            text: this.#text(),
            remainingMs: remainingMs(ended - began, inEpochs - begunAt, epochs - inEpochs),
          };
        }
        if (ended - savedAt >= checkpointSeconds * 1000) {
          savedAt = ended;
          yield await this.#checkpoint();
        }
      }
    } finally {
      await source.return();
    }
  }

  /** Pruned weights are 0 again: the optimiser has moved them. */
  #mask(): void {
    const { plan, masks } = this.#options;
    if (masks.size > 0) plan.setWeights(applyMasks(plan.weights(), masks));
  }

  get #isClassifier(): boolean {
    return this.#options.recipe.architecture !== "ad";
  }

  #text(): string {
    const { sums } = this.#position;
    const loss = `loss ${(sums.loss / sums.examples).toPrecision(3)}`;
    if (!this.#isClassifier) return loss;
    return `${loss}, ${(100 * sums.correct / sums.examples).toFixed(1)} %`;
  }

  async #record(learningRate: number): Promise<TrainingEpochRecord> {
    const { plan, validation: rows, scale } = this.#options;
    const { epoch, sums } = this.#position;
    const isClassifier = this.#isClassifier;
    const validation: LossResult | undefined = rows &&
      await lossOfRows(plan, rows, scale, (x, labels) => isClassifier ? labels : x);
    return {
      type: "epoch",
      time: new Date().toISOString(),
      epoch,
      loss: sums.loss / sums.examples,
      ...isClassifier ? { accuracy: sums.correct / sums.examples } : {},
      ...validation
        ? {
          validationLoss: validation.loss,
          ...validation.accuracy === undefined ? {} : { validationAccuracy: validation.accuracy },
        }
        : {},
      learningRate,
      seconds: sums.seconds,
      waitSeconds: sums.waitSeconds,
    };
  }

  async #checkpoint(): Promise<TrainingRecord> {
    const { plan, path, recipe, dataSha256, log } = this.#options;
    const { step, seed, slots } = plan.optimizerState();
    const position = this.#position;
    await writeCheckpoint(path, {
      recipe,
      dataSha256,
      position,
      step,
      seed,
      weights: plan.weights(),
      slots,
      best: this.#best,
    });
    const { epoch, batch } = position;
    return log.append({ type: "checkpoint", time: new Date().toISOString(), epoch, batch, step });
  }
}

const noSums = () => ({ examples: 0, loss: 0, correct: 0, seconds: 0, waitSeconds: 0 });
