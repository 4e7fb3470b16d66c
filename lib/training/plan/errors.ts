/**
 * Errors of training.
 *
 * @module
 */
import { ThimbleError, type ThimbleErrorOptions } from "../../errors.ts";

/** A model cannot be trained, or not with these settings or inputs. Base of the other errors of training plans. */
export class TrainingError extends ThimbleError {
  /** Name of the class. */
  override name = "TrainingError";
}

/** A plan's kernels do not know some of a model's layers, and tfjs was not to stand in. */
export class UnsupportedLayersError extends TrainingError {
  /** Name of the class. */
  override name = "UnsupportedLayersError";
  /** Each layer with why: "'lstm_1' is of class 'LSTM'". */
  readonly layers: readonly string[];

  /** Makes the error. */
  constructor(layers: readonly string[], options: ThimbleErrorOptions = {}) {
    super(`Cannot make a training plan: ${layers.join("; ")}`, {
      hint: "Allow 'fallback', with which tfjs makes the steps",
      ...options,
    });
    this.layers = layers;
  }
}

/** The loss of a step is no finite number. The weights are as they were before the step. */
export class DivergedError extends TrainingError {
  /** Name of the class. */
  override name = "DivergedError";
  /** The step, from 1. */
  readonly step: number;
  /** Its loss: NaN or an infinity. */
  readonly loss: number;

  /** Makes the error. */
  constructor(step: number, loss: number) {
    super(`Cannot go on training as the loss of step ${step} is ${loss}`, {
      hint: "Lower the learning rate, or look for values in the inputs that are not finite",
    });
    this.step = step;
    this.loss = loss;
  }
}

/** A worker thread failed, was ended, or does not get on. The plan cannot be used any more; its last checkpoint can. */
export class TrainingWorkerError extends TrainingError {
  /** Name of the class. */
  override name = "TrainingWorkerError";

  /** Makes the error. */
  constructor(message: string, options: ThimbleErrorOptions = {}) {
    super(message, { hint: "Make a new plan, and restore the last checkpoint", ...options });
  }
}
