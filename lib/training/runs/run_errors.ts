/**
 * What can go wrong with a training run.
 *
 * @module
 */
import type { ThimbleErrorOptions } from "../../errors.ts";
import { TrainingError } from "../plan/errors.ts";

/** A class has no examples to be learned from. */
export class MissingClassError extends TrainingError {
  /** Name of the class. */
  override name = "MissingClassError";
  /** Names of the classes that have none. */
  readonly classes: readonly string[];

  /** Makes the error. */
  constructor(classes: readonly string[], dataSet: string) {
    const names = classes.map((name) => `'${name}'`).join(", ");
    super(`Cannot train on '${dataSet}' as its training split has no example of ${names}`, {
      hint: "Add examples of it, or train on a data set without this class",
    });
    this.classes = classes;
  }
}

/** A checkpoint is damaged, or of something else. */
export class CheckpointError extends TrainingError {
  /** Name of the class. */
  override name = "CheckpointError";
  /** The file. */
  readonly source: string;

  /** Makes the error. */
  constructor(source: string, reason: string, options: ThimbleErrorOptions = {}) {
    super(`Cannot use the checkpoint '${source}' as ${reason}`, {
      hint: "Delete it: training then begins anew",
      ...options,
    });
    this.source = source;
  }
}

/** Something of a run cannot be written: the disk is full, say. The last checkpoint is as it was. */
export class TrainingWriteError extends TrainingError {
  /** Name of the class. */
  override name = "TrainingWriteError";
  /** The file. */
  readonly source: string;

  /** Makes the error. */
  constructor(source: string, cause: unknown) {
    super(`Cannot write '${source}'`, {
      hint: "Make room, or give the right to write there; the same command then goes on",
      cause,
    });
    this.source = source;
  }
}
