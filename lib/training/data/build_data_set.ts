/**
 * Data sets as files: the inputs that a board is evaluated with, and values to train with.
 *
 * @module
 */
import { join } from "node:path";
import type { BenchmarkId } from "../../benchmarks.ts";
import { InputError } from "../../errors.ts";
import { NewFolder } from "../new_folder.ts";
import { builtFormat, type BuiltSplit, type BuiltText } from "./built_text.ts";
import type { DataSet, Split, SplitName } from "./data_set.ts";
import {
  type EvaluationExample,
  evaluationList,
  type EvaluationListOptions,
} from "./evaluation_list.ts";
import { type FeatureSettings, withoutChance } from "./feature_settings.ts";
import { streamBatches } from "./stream_batches.ts";
import { writeEvaluation, writeSplit } from "./write_parts.ts";

/** What {@linkcode buildDataSet} is to do. */
export interface BuildDataSetOptions {
  /** Folder that is made; it may be there, but empty. */
  out: string;
  /**
   * What becomes of each example; what changes by chance is for those to train with alone. Default: MFCCs for kws01,
   * log-mel spectrograms for ad01, pictures as they are.
   */
  features?: FeatureSettings;
  /** Splits to write. [all] */
  splits?: readonly SplitName[];
  /** Which examples are the evaluation's. */
  evaluation?: EvaluationListOptions;
  /** Workers; with 1 all is done in the caller's thread. [1] */
  threads?: number;
  /** Folder of a {@linkcode FeatureCache}. */
  cache?: string;
  /** Ends the work; nothing is left behind. */
  signal?: AbortSignal;
}

/** How far {@linkcode buildDataSet} has come. */
export interface BuildProgress {
  /** What is written: a split, or the evaluation's inputs. */
  part: SplitName | "evaluation";
  /** Examples that are done, of all parts. */
  done: number;
  /** Examples in all. */
  total: number;
}

/** What {@linkcode buildDataSet} made. */
export interface BuiltSummary {
  /** Files of the evaluation. */
  evaluationFiles: number;
  /** Examples by split. */
  splits: Partial<Record<SplitName, number>>;
  /** What is not as in the reference. */
  notes: readonly string[];
}

const allSplits: readonly SplitName[] = ["train", "validation", "test", "calibration"];

/** What becomes of an example of a benchmark, where nothing else is asked for. */
export function defaultFeatures(benchmark: BenchmarkId): FeatureSettings {
  if (benchmark === "kws01") return { kind: "mfcc" };
  if (benchmark === "ad01") return { kind: "logMel" };
  return benchmark === "sww01" ? { kind: "wakeword" } : { kind: "none" };
}

/**
 * Writes a data set:
 *
 * * the evaluation's inputs, a `.bin` each, and `y_labels.csv`, in a folder of the benchmark's id: what a run takes;
 * * for each split `train.bin`, its values end to end (little-endian), and `train.csv`, a line `id,label` an example;
 * * `data_set.json`: what it is, where it came from, sizes and SHA-256. {@linkcode openBuiltDataSet} opens it.
 *
 * The folder appears as a whole when all is done.
 *
 * @throws {InputError} For an example that cannot be used, or a folder that is not empty.
 *
 * @example
 * ```ts
 * import { buildDataSet, openBuiltDataSet, openCifar10 } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.writeFile(`${folder}/test_batch.bin`, new Uint8Array(30 * 3073));
 * const steps = buildDataSet(await openCifar10(folder), { out: `${folder}/built`, splits: ["test"] });
 * for await (const { done, total } of steps) assert(done <= total);
 * const { splits } = await openBuiltDataSet(`${folder}/built`);
 * assert.equal(splits.test.length, 30);
 * assert((await Deno.stat(`${folder}/built/ic01/y_labels.csv`)).size > 0);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function* buildDataSet(
  dataSet: DataSet,
  options: BuildDataSetOptions,
): AsyncGenerator<BuildProgress, BuiltSummary, undefined> {
  const { benchmark, provenance, name, classes } = dataSet;
  const features = options.features ?? defaultFeatures(benchmark);
  const names = allSplits.filter((split) => (options.splits ?? allSplits).includes(split));
  const list = await evaluationList(dataSet, options.evaluation);
  const notes = [...provenance.notes];
  if (list.length === 0) {
    if (names.length === 0) {
      throw new InputError(`Cannot make an evaluation of '${name}' as its test split is empty`, {
        source: "test",
        hint: "Add what the data set has to test with, or build its other splits",
      });
    }
    notes.push("There is no evaluation, as the test split is empty");
  }
  checkNames(list, names.flatMap((split) => [...dataSet.splits[split]]));
  const total = names.reduce((sum, split) => sum + dataSet.splits[split].length, list.length);
  const streamOf = (features: FeatureSettings) => (split: Split) =>
    streamBatches(split, {
      features,
      threads: options.threads,
      cache: options.cache,
      signal: options.signal,
      batchSize: features.kind === "logMel" && features.windows ? 196 : 16,
    });
  await using folder = await NewFolder.open(options.out);
  try {
    let done = 0;
    const measured = withoutChance(features);
    // A file of the evaluation holds all of a recording, whatever it is cut into.
    const whole: FeatureSettings = measured.kind === "logMel" ? { kind: "logMel" } : measured;
    const part = { path: join(folder.path, benchmark), benchmark, features: whole };
    for await (const count of writeEvaluation(part, list, streamOf(whole))) {
      yield { part: "evaluation", done: done += count, total };
    }
    const splits: Partial<Record<SplitName, BuiltSplit>> = {};
    for (const split of names) {
      const stream = streamOf(split === "train" ? features : measured);
      const writer = writeSplit(join(folder.path, split), dataSet.splits[split], stream);
      for (;;) {
        const step = await writer.next();
        if (step.done) {
          splits[split] = step.value;
          break;
        }
        yield { part: split, done: done += step.value, total };
      }
    }
    const text: BuiltText = {
      format: builtFormat,
      benchmark,
      name,
      media: features.kind === "none" || features.kind === "samples" ? dataSet.media : "features",
      sampleRate: features.kind === "samples" ? dataSet.sampleRate : undefined,
      classes: [...classes],
      provenance,
      features: settingsText(features),
      splits,
    };
    await Deno.writeTextFile(
      join(folder.path, "data_set.json"),
      JSON.stringify(text, undefined, 2) + "\n",
    );
    options.signal?.throwIfAborted();
    await folder.commit();
    const counts = names.map((split) => [split, dataSet.splits[split].length]);
    return {
      evaluationFiles: list.length,
      splits: Object.fromEntries(counts),
      notes,
    };
  } catch (cause) {
    throw folder.errorOf(cause);
  }
}

/** Names go into lists of lines and fields. */
function checkNames(
  list: readonly EvaluationExample[],
  examples: Split,
): void {
  const files = new Set<string>();
  for (const { file } of list) {
    // deno-lint-ignore no-control-regex
    if (!/^[^/\\,\x00-\x1f]{1,200}$/.test(file) || file === "." || file === "..") {
      throw new InputError(`Cannot write '${file}' as it is no plain name`, { source: file });
    }
    if (files.has(file)) {
      throw new InputError(`Cannot write '${file}' twice`, {
        source: file,
        hint: "An evaluation counts each input once: take one of them off the list",
      });
    }
    files.add(file);
  }
  const odd = examples.find(({ id }) => /[\r\n]/.test(id));
  if (odd) {
    throw new InputError(`Cannot list ${JSON.stringify(odd.id)} as its name has several lines`, {
      source: odd.id,
    });
  }
}

/** Settings without recordings. */
function settingsText(features: FeatureSettings): Record<string, unknown> {
  if (!("background" in features) || !features.background) return { ...features };
  const { recordings, ...rest } = features.background;
  return { ...features, background: { ...rest, recordings: recordings.length } };
}
