import { benchmarks } from "../../benchmarks.ts";
import { InputError, ThimbleError } from "../../errors.ts";
import type { Graph } from "../../model/graph.ts";
import { loadModel } from "../../model/load_model.ts";
import { type Progress, remainingMs } from "../../runner/progress.ts";
import { architectures } from "../architectures/architectures.ts";
import type { DataSet } from "../data/data_set.ts";
import { floatModel } from "../export/float_model.ts";
import type { LayersModel } from "../load_tf.ts";
import { buildTrainingPlan } from "../plan/build_training_plan.ts";
import type { NamedTensors, TrainingPlan, TrainingPlanOptions } from "../plan/training_plan.ts";
import type { QatSettings } from "../qat/qat_settings.ts";
import { weightsOfModel, writeToModel } from "../plan/write_to_model.ts";
import { applyMasks, pruneModel, type PruningMasks, sparsityOf } from "../pruning/prune.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { Epochs } from "./epochs.ts";
import { evaluateRows } from "./evaluate_rows.ts";
import { HeldRows } from "./held_rows.ts";
import { importWeights } from "./import_weights.ts";
import { LabelledBatches } from "./labelled_batches.ts";
import { machineOf, versionsOf } from "./machine.ts";
import { checkRecipeData, featuresOfRecipe, openRecipeData } from "./recipe_data.ts";
import { checkMetrics } from "./recipe_metric.ts";
import { storedInput } from "./stored_input.ts";
import { SoftLabels } from "./soft_labels.ts";
import type { TrainOptions } from "./train_options.ts";
import type { TrainedModel } from "./trained_model.ts";
import { TrainingBatches, type TrainingBatchesOptions } from "./training_batches.ts";
import { scaleOf, type TrainingRecipe } from "./training_recipe.ts";
import type { TrainingLog, TrainingRecord } from "./training_records.ts";

type Events<T> = AsyncGenerator<TrainingRecord | Progress, T, undefined>;

const defaultMemoryBytes = 2 ** 30;
const defaultCheckpointSeconds = 60;
/** Inputs over which the statistics of imported weights are taken. */
const importInputs = 256;

/** A run, from its data to its result. */
export class Run {
  readonly #recipe: TrainingRecipe;
  readonly #options: TrainOptions;
  readonly #log: TrainingLog;
  /** Of the checkpoint. */
  readonly #path: string;
  #dataSet!: DataSet;

  constructor(recipe: TrainingRecipe, options: TrainOptions, log: TrainingLog, path: string) {
    this.#recipe = recipe;
    this.#options = options;
    this.#log = log;
    this.#path = path;
  }

  async *go(checkpoint: Checkpoint | undefined): Events<TrainedModel> {
    const recipe = this.#recipe;
    this.#dataSet = this.#options.dataSet ?? await openRecipeData(recipe);
    checkRecipeData(recipe, this.#dataSet);
    checkMetrics(recipe, this.#dataSet);
    const { classes } = this.#dataSet;
    const model = await architectures[recipe.architecture]({
      seed: recipe.seed,
      classes: classes.length,
    });
    if (checkpoint?.position.finished && this.#log.run.stop?.reason.match(/^(done|early)$/)) {
      return await this.#trained(model, checkpoint.best ?? checkpoint.weights);
    }
    const rowSize = model.inputs[0].shape.reduce<number>((size, length) => size * (length ?? 1), 1);
    const features = await featuresOfRecipe(recipe, this.#dataSet, rowSize);
    const batches = yield* this.#openBatches(features.train, rowSize);
    const held = (split: "validation" | "test") =>
      HeldRows.read(this.#dataSet.splits[split], {
        features: features.measured,
        rowSize,
        signal: this.#options.signal,
        cache: this.#options.cache,
      });
    const hasValidation = this.#dataSet.splits.validation.length > 0;
    const validation = hasValidation ? await held("validation") : undefined;
    const dataSha256 = batches.held?.sha256();
    if (checkpoint && checkpoint.dataSha256 !== dataSha256) {
      throw new InputError(
        `Cannot go on with the run in '${this.#options.out}': its training data were others`,
        { source: this.#options.out, hint: "Name another folder" },
      );
    }
    const isClassifier = recipe.architecture !== "ad";
    await using softLabels = isClassifier
      ? await SoftLabels.open(recipe, classes.length)
      : undefined;
    const notices = [...features.notices];
    using plan = await this.#buildPlan(model, {
      batchSize: recipe.batchSize,
      loss: isClassifier ? "categoricalCrossentropy" : "meanSquaredError",
      optimizer: recipe.optimizer,
      threads: this.#threads,
      shards: recipe.shards,
      seed: recipe.seed,
      onNotice: (notice) => notices.push(notice),
    });
    const masks = await this.#begin(plan, model, batches);
    if (checkpoint) {
      const { weights, slots, step, seed } = checkpoint;
      plan.setWeights(weights);
      plan.setOptimizerState({ step, seed, slots });
    }
    const epochs = new Epochs({
      recipe,
      plan,
      batches: new LabelledBatches(
        batches,
        isClassifier ? softLabels ?? "classes" : "inputs",
      ),
      steps: batches.steps,
      validation,
      scale: scaleOf(recipe),
      masks,
      log: this.#log,
      path: this.#path,
      dataSha256,
      checkpointSeconds: this.#options.checkpointSeconds ?? defaultCheckpointSeconds,
      signal: this.#options.signal,
    }, checkpoint);
    const { epoch, batch } = epochs.position;
    yield this.#log.append({
      type: "start",
      time: now(),
      format: 1,
      recipe,
      parameters: model.countParams(),
      stepsPerEpoch: batches.steps,
      data: { ...this.#describeData(), ...dataSha256 === undefined ? {} : { sha256: dataSha256 } },
      machine: await machineOf(this.#threads),
      versions: await versionsOf(),
      executor: plan.executor,
      ...checkpoint ? { resumedAt: { epoch, batch } } : {},
    });
    for (const text of notices) yield this.#log.append({ type: "notice", time: now(), text });
    yield* epochs.run();
    const kept = epochs.kept();
    if (this.#dataSet.splits.test.length > 0) {
      plan.setWeights(kept.weights);
      const figures = await evaluateRows(
        await held("test"),
        benchmarks[this.#dataSet.benchmark],
        scaleOf(recipe),
        (x) => plan.predict(x),
      );
      yield this.#log.append({
        type: "result",
        time: now(),
        ...figures,
        epoch: kept.epoch,
        ...recipe.pruning ? { sparsity: sparsityOf(kept.weights) } : {},
      });
    }
    const isEarly = epochs.position.epoch < recipe.epochs;
    yield this.#log.append({ type: "stop", time: now(), reason: isEarly ? "early" : "done" });
    return await this.#trained(model, kept.weights);
  }

  get #threads(): number {
    return this.#options.threads ?? this.#recipe.threads ?? 1;
  }

  async #buildPlan(model: LayersModel, options: TrainingPlanOptions): Promise<TrainingPlan> {
    const { qat } = this.#recipe;
    if (!qat) return await buildTrainingPlan(model, options);
    const { buildQatPlan } = await import("../qat/build_qat_plan.ts");
    return await buildQatPlan(model, { ...options, ...this.#qatSettings(qat) });
  }

  #qatSettings(qat: QatSettings): QatSettings {
    return { input: storedInput(this.#recipe), ...qat };
  }

  async *#openBatches(
    features: TrainingBatchesOptions["features"],
    rowSize: number,
  ): AsyncGenerator<Progress, TrainingBatches, undefined> {
    const { train } = this.#dataSet.splits;
    const { memoryBytes = defaultMemoryBytes, cache, signal } = this.#options;
    let read = 0;
    let result: { batches: TrainingBatches } | { error: unknown } | undefined;
    const opening = TrainingBatches.open(train, {
      features,
      rowSize,
      batchSize: this.#recipe.batchSize,
      scale: scaleOf(this.#recipe),
      seed: this.#recipe.seed ?? 0,
      threads: this.#threads,
      variants: this.#recipe.variants,
      memoryBytes,
      cache,
      signal,
      onProgress: (done) => read = done,
    }).then((batches) => result = { batches }, (error) => result = { error });
    const began = performance.now();
    const settled = () => result;
    while (!settled()) {
      const pause = Promise.withResolvers<void>();
      const timer = setTimeout(pause.resolve, 200);
      await Promise.race([opening, pause.promise]);
      clearTimeout(timer);
      yield {
        type: "progress",
        done: read,
        total: train.length,
        unit: "examples",
        text: "reading",
        remainingMs: remainingMs(performance.now() - began, read, train.length - read),
      };
    }
    const opened = settled() ?? { error: new ThimbleError("Cannot read the training data") };
    if ("error" in opened) throw opened.error;
    return opened.batches;
  }

  /** Weights that training begins with, and what of them is pruned. */
  async #begin(
    plan: TrainingPlan,
    model: LayersModel,
    batches: TrainingBatches,
  ): Promise<PruningMasks> {
    const { start, pruning } = this.#recipe;
    if (start !== undefined) {
      plan.setWeights(
        await importWeights(model, await loadModel(start), await batches.sample(importInputs)),
      );
    }
    if (!pruning) return new Map();
    const masks = pruneModel(model, plan.weights(), pruning);
    plan.setWeights(applyMasks(plan.weights(), masks));
    return masks;
  }

  #describeData() {
    const { name, classes, provenance, splits } = this.#dataSet;
    const { train, validation, test, calibration } = splits;
    return {
      name,
      synthetic: provenance.synthetic,
      classes: [...classes],
      examples: {
        train: train.length,
        validation: validation.length,
        test: test.length,
        calibration: calibration.length,
      },
    };
  }

  async #trained(model: LayersModel, weights: NamedTensors): Promise<TrainedModel> {
    const own = weightsOfModel(model);
    // Ranges of activations are no weights of the layers.
    await writeToModel(model, new Map([...weights].filter(([name]) => own.has(name))));
    const { architecture, qat } = this.#recipe;
    const description = `${architecture}, trained by Thimble on '${this.#dataSet.name}'`;
    let int8: Graph | undefined;
    if (qat) {
      const { exportQat } = await import("../qat/export_qat.ts");
      int8 = exportQat(model, weights, this.#qatSettings(qat), { description });
    }
    return {
      model,
      weights,
      graph: floatModel(model, { weights, description }),
      ...int8 ? { int8 } : {},
      run: this.#log.run,
      recipe: this.#recipe,
      dataSet: this.#dataSet,
    };
  }
}

const now = () => new Date().toISOString();
