/**
 * The step of training: forward, backward and optimiser, as one plan of kernel calls.
 *
 * @module
 */
import type { LayersModel } from "../load_tf.ts";
import type { OptimizerSettings } from "./optimizer_settings.ts";

/** A tensor by its values. */
export interface NamedTensor {
  /** Its shape. */
  shape: readonly number[];
  /** Its values, row by row. */
  values: Float32Array;
}

/** Tensors by name: `LAYER/kernel`, `LAYER/bias`, `LAYER/gamma` and so on. */
export type NamedTensors = Map<string, NamedTensor>;

/** What an optimiser knows besides the weights. With the weights, it is all that a checkpoint needs. */
export interface OptimizerState {
  /** Steps that were made. */
  step: number;
  /** Random numbers of steps depend on it, and on the step. */
  seed: number;
  /** `WEIGHT/m` and `WEIGHT/v` of Adam, `WEIGHT/velocity` of SGD. */
  slots: NamedTensors;
}

/**
 * What training makes small. `categoricalCrossentropy`: of class probabilities where the model ends with a softmax, of
 * logits where it does not. `meanSquaredError`: the mean over values and batch.
 */
export type Loss = "categoricalCrossentropy" | "meanSquaredError";

/** How training is to be done. */
export interface TrainingPlanOptions {
  /** Items of a batch, at most: a smaller one may come too, as the last of an epoch. */
  batchSize: number;
  /** What is made small. */
  loss: Loss;
  /** The optimiser. [Adam with Keras' defaults] */
  optimizer?: OptimizerSettings;
  /** Learning rate: fixed, or of a step, which counts from 1. [0.001] */
  learningRate?: number | ((step: number) => number);
  /** Threads. With 1 the caller's is used, else as many workers. Results do not depend on it. [1] */
  threads?: number;
  /**
   * Into how many parts a batch is divided. No more threads than these have work; the results depend on it in their
   * last bits. [8]
   */
  shards?: number;
  /** Random numbers (dropout) depend on it. [0] */
  seed?: number;
  /**
   * Whether tfjs makes the steps of models with layers that the kernels do not know. That is slow, by a factor of up to
   * a thousand, its dropout is not repeatable, and it trains the given model itself, no copy. [true]
   */
  fallback?: boolean;
  /** Told of what is worth knowing: that tfjs stands in, and for which layers. [console.warn] */
  onNotice?: (notice: string) => void;
  /** Workers have failed if nothing gets done in this time, in ms. [30000] */
  stallMs?: number;
}

/** Options of one step. */
export interface StepOptions {
  /** Instead of the plan's learning rate. */
  learningRate?: number;
}

/** What came of a batch or of a set. */
export interface LossResult {
  /** The loss, with penalties: what Keras reports. */
  loss: number;
  /** The part of it that L2 penalties make. */
  penalty: number;
  /** Share of right classes; undefined where the loss is not about classes. */
  accuracy?: number;
}

/** What came of a step. The loss is that before the step. */
export interface StepResult extends LossResult {
  /** Its number, from 1. */
  step: number;
}

/** Values of inputs, end to end. */
export type InputValues = Float32Array | Uint8Array | Int8Array | Int16Array;

/**
 * What is expected, end to end: for classes either numbers of classes (integers, one an item) or probabilities
 * (`Float32Array`); for a squared error, values as the model's output has them.
 */
export type LabelValues = Float32Array | Uint8Array | Uint16Array | Int32Array;

/** A model in training. Weights are the plan's own until {@linkcode TrainingPlan.copyTo} brings them back to a model. */
export interface TrainingPlan extends Disposable {
  /** What makes the steps. */
  readonly executor: "kernels" | "tfjs";
  /** Steps that were made. */
  readonly stepCount: number;

  /**
   * Makes a step with a batch.
   *
   * @throws {DivergedError} The loss is not finite; the weights stay as they were.
   * @throws {TrainingWorkerError} A worker failed.
   * @throws {TrainingError} The plan is still at work on what was asked before.
   * @throws {InputError} Lengths do not fit the model or each other, a label is no class, or the learning rate is none.
   */
  step(x: InputValues, y: LabelValues, options?: StepOptions): Promise<StepResult>;

  /**
   * The loss of a batch and its gradients for all trained weights, by name, as a step would have them. No weight
   * changes.
   *
   * @throws {TrainingWorkerError} A worker failed.
   * @throws {InputError} As `step`.
   */
  gradients(
    x: InputValues,
    y: LabelValues,
  ): Promise<{ result: LossResult; gradients: NamedTensors }>;

  /**
   * The loss of any number of items, without training: moving averages, no dropout.
   *
   * @throws {TrainingWorkerError} A worker failed.
   * @throws {InputError} As `step`.
   */
  evaluate(x: InputValues, y: LabelValues): Promise<LossResult>;

  /**
   * The outputs of any number of items, end to end, without training.
   *
   * @throws {TrainingWorkerError} A worker failed.
   * @throws {InputError} The length is no multiple of an item's.
   */
  predict(x: InputValues): Promise<Float32Array>;

  /** All weights, copied. */
  weights(): NamedTensors;

  /**
   * Sets weights; those that are not named stay.
   *
   * @throws {InputError} A name or a shape is not the model's.
   */
  setWeights(weights: ReadonlyMap<string, NamedTensor>): void;

  /** What the optimiser knows, copied. */
  optimizerState(): OptimizerState;

  /**
   * Takes an optimiser's state back: with the weights of the same time, training goes on with the same bits.
   *
   * @throws {InputError} A name or a shape is not the optimiser's.
   */
  setOptimizerState(state: OptimizerState): void;

  /**
   * Writes the weights into a model with layers of the same names.
   *
   * @throws {InputError} The model has no such weight, or of another shape.
   */
  copyTo(model: LayersModel): Promise<void>;

  /** Ends the workers. */
  [Symbol.dispose](): void;
}
