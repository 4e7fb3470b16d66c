/**
 * What a training run is made of, as it is kept: one JSON object a line in `events.jsonl`.
 *
 * @module
 */
import { z } from "zod";
import { InputError } from "../../errors.ts";
import type { TrainingRecipe } from "./training_recipe.ts";
import { TrainingWriteError } from "./run_errors.ts";

/** The run begins, or is taken up again. */
export interface TrainingStartRecord {
  /** Tells the kinds apart. */
  type: "start";
  /** ISO 8601, UTC. */
  time: string;
  /** Version of this record's form. */
  format: 1;
  /** All settings; seeds too. */
  recipe: TrainingRecipe;
  /** The model's weights, moving averages included. */
  parameters: number;
  /** Steps of an epoch; of a stream whose length is not known before its end, as many as it has at least. */
  stepsPerEpoch: number;
  /** What it is trained on. */
  data: {
    /** Its name, in words. */
    name: string;
    /** Whether it was made by a program. */
    synthetic: boolean;
    /** Class names. */
    classes: string[];
    /** Examples of each split. */
    examples: { train: number; validation: number; test: number; calibration: number };
    /** SHA-256, hex, of the training inputs and labels as the model gets them, before random changes. */
    sha256?: string;
  };
  /** Where it runs. */
  machine: { os: string; arch: string; processor: string; threads: number };
  /** Versions of what it runs on. */
  versions: { thimble: string; deno: string };
  /** What makes the steps. */
  executor: "kernels" | "tfjs";
  /** Where it was taken up; undefined for a new run. */
  resumedAt?: { epoch: number; batch: number };
}

/** An epoch is done. The figures of training are means over its steps; those of validation are of the end. */
export interface TrainingEpochRecord {
  /** Tells the kinds apart. */
  type: "epoch";
  /** ISO 8601, UTC. */
  time: string;
  /** From 0. */
  epoch: number;
  /** Mean loss, with penalties. */
  loss: number;
  /** Share of right classes, 0–1. */
  accuracy?: number;
  /** As `loss`, of the validation split. */
  validationLoss?: number;
  /** As `accuracy`, of the validation split. */
  validationAccuracy?: number;
  /** Of the last step. */
  learningRate: number;
  /** Duration of its steps. */
  seconds: number;
  /** The part of it that steps waited for examples. */
  waitSeconds: number;
}

/** A checkpoint is on the disk. */
export interface TrainingCheckpointRecord {
  /** Tells the kinds apart. */
  type: "checkpoint";
  /** ISO 8601, UTC. */
  time: string;
  /** The epoch that comes next, or is going on. */
  epoch: number;
  /** Batches of it that are done. */
  batch: number;
  /** Steps in all. */
  step: number;
}

/** The trained model, on the test split. */
export interface TrainingResultRecord {
  /** Tells the kinds apart. */
  type: "result";
  /** ISO 8601, UTC. */
  time: string;
  /** Files or examples. */
  examples: number;
  /** Percent of right classes. */
  top1Percent?: number;
  /** Area under the ROC curve, of anomaly detection. */
  auc?: number;
  /** Epoch whose weights it has, from 0. */
  epoch: number;
  /** Share of its kernels' weights that are 0. */
  sparsity?: number;
}

/** Something to know. */
export interface TrainingNoticeRecord {
  /** Tells the kinds apart. */
  type: "notice";
  /** ISO 8601, UTC. */
  time: string;
  /** What. */
  text: string;
}

/** The run ends, for now or for good. */
export interface TrainingStopRecord {
  /** Tells the kinds apart. */
  type: "stop";
  /** ISO 8601, UTC. */
  time: string;
  /** `early`: nothing got better any more. */
  reason: "done" | "early" | "cancelled" | "failed";
  /** Why it failed. */
  error?: { name: string; message: string; hint?: string };
}

/** One line of a training run's `events.jsonl`. */
export type TrainingRecord =
  | TrainingStartRecord
  | TrainingEpochRecord
  | TrainingCheckpointRecord
  | TrainingResultRecord
  | TrainingNoticeRecord
  | TrainingStopRecord;

const time = z.string();
const whole = z.int().nonnegative();
const share = z.number().min(0).max(1).optional();
const recordSchema: z.ZodType<TrainingRecord> = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("start"),
    time,
    format: z.literal(1),
    recipe: z.custom<TrainingRecipe>((value) => typeof value === "object" && value !== null),
    parameters: whole,
    stepsPerEpoch: whole,
    data: z.object({
      name: z.string(),
      synthetic: z.boolean(),
      classes: z.array(z.string()),
      examples: z.object({ train: whole, validation: whole, test: whole, calibration: whole }),
      sha256: z.string().optional(),
    }),
    machine: z.object({ os: z.string(), arch: z.string(), processor: z.string(), threads: whole }),
    versions: z.object({ thimble: z.string(), deno: z.string() }),
    executor: z.enum(["kernels", "tfjs"]),
    resumedAt: z.object({ epoch: whole, batch: whole }).optional(),
  }),
  z.object({
    type: z.literal("epoch"),
    time,
    epoch: whole,
    loss: z.number(),
    accuracy: share,
    validationLoss: z.number().optional(),
    validationAccuracy: share,
    learningRate: z.number(),
    seconds: z.number(),
    waitSeconds: z.number(),
  }),
  z.object({ type: z.literal("checkpoint"), time, epoch: whole, batch: whole, step: whole }),
  z.object({
    type: z.literal("result"),
    time,
    examples: whole,
    top1Percent: z.number().optional(),
    auc: z.number().optional(),
    epoch: whole,
    sparsity: share,
  }),
  z.object({ type: z.literal("notice"), time, text: z.string() }),
  z.object({
    type: z.literal("stop"),
    time,
    reason: z.enum(["done", "early", "cancelled", "failed"]),
    error: z.object({ name: z.string(), message: z.string(), hint: z.string().optional() })
      .optional(),
  }),
]);

/**
 * One line of a training run's `events.jsonl`, checked.
 *
 * @throws Whatever says why the line is none: `SyntaxError` or zod's error.
 */
export function parseTrainingRecord(line: string): TrainingRecord {
  return recordSchema.parse(JSON.parse(line));
}

/** Name of the file of records in a run's folder. */
export const trainingEventsFile = "events.jsonl";

/** A training run, put together from its records. */
export interface TrainingRun {
  /** The latest start; undefined where there is none yet. */
  start?: TrainingStartRecord;
  /** One for each epoch, in order: where one was done twice, the later one. */
  epochs: TrainingEpochRecord[];
  /** What it reached on the test split. */
  result?: TrainingResultRecord;
  /** How it ended, if it did. */
  stop?: TrainingStopRecord;
}

/**
 * Reads the records of a training run; a last line that was cut off is left out.
 *
 * @param folder The run's folder.
 * @throws {InputError} There are none, or a line is no record; names the line.
 *
 * @example
 * ```ts
 * import { readTrainingRun } from "thimble";
 * import assert from "node:assert/strict";
 *
 * await assert.rejects(readTrainingRun("nowhere"), { name: "InputError" });
 * ```
 */
export async function readTrainingRun(folder: string): Promise<TrainingRun> {
  const path = `${folder}/${trainingEventsFile}`;
  const { records } = await readTrainingRecords(path);
  if (records.length === 0) {
    throw new InputError(`Cannot find a training run in '${folder}'`, {
      source: path,
      hint: "'thimble train' makes one",
    });
  }
  return trainingRunOf(records);
}

/** The run that records make. */
export function trainingRunOf(records: readonly TrainingRecord[]): TrainingRun {
  const epochs = new Map<number, TrainingEpochRecord>();
  const run: TrainingRun = { epochs: [] };
  for (const record of records) {
    if (record.type === "start") {
      run.start = record;
      delete run.stop;
      const from = record.resumedAt?.epoch ?? 0;
      for (const epoch of epochs.keys()) if (epoch >= from) epochs.delete(epoch);
    } else if (record.type === "epoch") epochs.set(record.epoch, record);
    else if (record.type === "result") run.result = record;
    else if (record.type === "stop") run.stop = record;
  }
  run.epochs = [...epochs.values()].sort((a, b) => a.epoch - b.epoch);
  return run;
}

async function readTrainingRecords(
  path: string,
): Promise<{ records: TrainingRecord[]; wholeBytes: number }> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return { records: [], wholeBytes: 0 };
    throw new InputError(`Cannot read '${path}'`, { source: path, cause });
  }
  const wholeBytes = bytes.lastIndexOf(10) + 1;
  const lines = new TextDecoder().decode(bytes.subarray(0, wholeBytes)).split("\n").slice(0, -1);
  const records = lines.map((line, i) => {
    try {
      return parseTrainingRecord(line);
    } catch (cause) {
      throw new InputError(
        `Cannot read line ${i + 1} of '${path}' as it is no record of a training run`,
        { source: `${path}:${i + 1}`, cause, hint: "Name a folder of its own for each run" },
      );
    }
  });
  return { records, wholeBytes };
}

/** Records are appended to this; a run that died loses no more than a line. */
export class TrainingLog implements Disposable {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #records: TrainingRecord[];

  private constructor(path: string, file: Deno.FsFile, records: TrainingRecord[]) {
    this.#path = path;
    this.#file = file;
    this.#records = records;
  }

  /**
   * Opens or makes the file in a folder, which is made where it is not there, and keeps others from it.
   *
   * @throws {InputError} It holds something else, or another run is going on there.
   * @throws {TrainingWriteError} It cannot be written.
   */
  static async open(folder: string): Promise<TrainingLog> {
    const path = `${folder}/${trainingEventsFile}`;
    // Before the file is made, should it hold something else.
    await readTrainingRecords(path);
    let file: Deno.FsFile;
    try {
      await Deno.mkdir(folder, { recursive: true });
      file = await Deno.open(path, { create: true, write: true });
    } catch (cause) {
      throw new TrainingWriteError(path, cause);
    }
    try {
      if (!await file.tryLock(true)) {
        throw new InputError(`Cannot train in '${folder}' as a run is going on there`, {
          source: folder,
          hint: "Wait for it, or name another folder; 'followTraining()' follows it",
        });
      }
      const { records, wholeBytes } = await readTrainingRecords(path);
      await file.truncate(wholeBytes);
      await file.seek(0, Deno.SeekMode.End);
      return new TrainingLog(path, file, records);
    } catch (cause) {
      file.close();
      throw cause instanceof InputError ? cause : new TrainingWriteError(path, cause);
    }
  }

  /** The run so far. */
  get run(): TrainingRun {
    return trainingRunOf(this.#records);
  }

  /**
   * Adds a record; it is with the system when this returns.
   *
   * @throws {TrainingWriteError} It cannot be written.
   */
  append<T extends TrainingRecord>(record: T): T {
    const line = new TextEncoder().encode(JSON.stringify(record) + "\n");
    try {
      for (let at = 0; at < line.length;) at += this.#file.writeSync(line.subarray(at));
    } catch (cause) {
      throw new TrainingWriteError(this.#path, cause);
    }
    this.#records.push(record);
    return record;
  }

  /**
   * Forgets everything.
   *
   * @throws {TrainingWriteError} It cannot be written.
   */
  clear(): void {
    try {
      this.#file.truncateSync(0);
      this.#file.seekSync(0, Deno.SeekMode.Start);
    } catch (cause) {
      throw new TrainingWriteError(this.#path, cause);
    }
    this.#records.length = 0;
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}
