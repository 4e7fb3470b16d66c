/**
 * Following a training run that somebody else does.
 *
 * @module
 */
import { delay, systemClock } from "../../clock.ts";
import { InputError } from "../../errors.ts";
import { LineTail } from "../../sessions/line_tail.ts";
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
  const tail = new LineTail(path);
  const records: TrainingRecord[] = [];
  let epochs = 0;
  for (;;) {
    signal?.throwIfAborted();
    for (const line of await linesOf(tail, path)) {
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

async function linesOf(tail: LineTail, path: string): Promise<string[]> {
  try {
    return await tail.read();
  } catch (cause) {
    throw new InputError(`Cannot find a training run in '${path}'`, {
      source: path,
      cause,
      hint: "'thimble train' makes one",
    });
  }
}
