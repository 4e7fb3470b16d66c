/**
 * Following a training run that somebody else does.
 *
 * @module
 */
import { delay, systemClock } from "../../clock.ts";
import { InputError } from "../../errors.ts";
import type { Progress } from "../../runner/progress.ts";
import {
  parseTrainingRecord,
  trainingEventsFile,
  type TrainingRecord,
  type TrainingRun,
  trainingRunOf,
} from "./training_records.ts";

/** How {@linkcode followTraining} follows. */
export interface FollowTrainingOptions {
  /** How often the run is looked at, in ms. [200] */
  pollMs?: number;
  /** Ends following; the run goes on. */
  signal?: AbortSignal;
}

/**
 * Follows a training run by its folder, from its beginning to its end: every record, and progress. Another process may do
 * it: `thimble train` in a terminal, a notebook's kernel.
 *
 * @returns The run, put together.
 * @throws {InputError} There is no run, or a line is no record.
 * @throws The signal's reason when it aborts.
 *
 * @example
 * ```ts
 * import { followTraining, quickRecipes, showProgress, train, trainingFigure } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const out = await Deno.makeTempDir();
 * const data = { synthetic: "sww" as const, train: 30, validation: 6, test: 0, calibration: 0 };
 * await showProgress(train({ ...quickRecipes.sww, data, epochs: 2 }, { out }));
 * const { epochs } = await showProgress(followTraining(out));
 * assert.match(trainingFigure(epochs).summary, /epoch/);
 * await Deno.remove(out, { recursive: true });
 * ```
 */
export async function* followTraining(
  folder: string,
  options: FollowTrainingOptions = {},
): AsyncGenerator<TrainingRecord | Progress, TrainingRun, undefined> {
  const { pollMs = 200, signal } = options;
  const path = `${folder}/${trainingEventsFile}`;
  const records: TrainingRecord[] = [];
  let epochs = 0;
  let read = 0;
  for (;;) {
    signal?.throwIfAborted();
    const lines = await linesFrom(path, read);
    for (const line of lines.lines) {
      const record = recordOf(line, path);
      records.push(record);
      yield record;
      if (record.type === "start") epochs = record.recipe.epochs;
      if (record.type !== "epoch") continue;
      yield {
        type: "progress",
        done: record.epoch + 1,
        total: epochs,
        unit: "epochs",
        text: `loss ${record.loss.toPrecision(3)}`,
        remainingMs: 1000 * record.seconds * (epochs - record.epoch - 1),
      };
    }
    read = lines.end;
    if (records.at(-1)?.type === "stop") return trainingRunOf(records);
    await delay(systemClock, pollMs, signal);
  }
}

function recordOf(line: string, path: string): TrainingRecord {
  try {
    return parseTrainingRecord(line);
  } catch (cause) {
    throw new InputError(`Cannot follow '${path}' as a line is no record of a training run`, {
      source: path,
      cause,
    });
  }
}

/** Whole lines behind a place in a file. */
async function linesFrom(path: string, start: number): Promise<{ lines: string[]; end: number }> {
  let bytes: Uint8Array;
  try {
    using file = await Deno.open(path);
    const { size } = await file.stat();
    await file.seek(start, Deno.SeekMode.Start);
    bytes = new Uint8Array(Math.max(0, size - start));
    let at = 0;
    while (at < bytes.length) {
      const count = await file.read(bytes.subarray(at));
      if (count === null) break;
      at += count;
    }
    bytes = bytes.subarray(0, at);
  } catch (cause) {
    throw new InputError(`Cannot find a training run in '${path}'`, {
      source: path,
      cause,
      hint: "'thimble train' makes one",
    });
  }
  const whole = bytes.lastIndexOf(10) + 1;
  const lines = new TextDecoder().decode(bytes.subarray(0, whole)).split("\n").slice(0, -1);
  return { lines, end: start + whole };
}
