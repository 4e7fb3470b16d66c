import { createHash } from "node:crypto";
import type { DataSet, Example, ExampleData, SplitName } from "../data/data_set.ts";
import type { DataReport, SampleReport, SplitReport } from "./data_report.ts";
import { type ExamplePrint, findDuplicates } from "./find_duplicates.ts";
import { likenessOf } from "./likeness.ts";
import { sampleMedia } from "./sample_media.ts";
import { ValueCounter } from "./value_counter.ts";

const splitNames: readonly SplitName[] = ["train", "validation", "test", "calibration"];
/** Values of a split that are read where nothing else is asked for: 20 minutes of sound, 6500 pictures of 32×32. */
const SPLIT_VALUES = 20_000_000;
const MOST_SAMPLES = 30;
/** All pictures and sounds together, as data URIs. */
const MEDIA_CHARACTERS = 1_500_000;

/** How far {@linkcode measureDataSet} has come. */
export interface MeasureProgress {
  /** Examples read. */
  done: number;
  /** Examples to be read. */
  total: number;
  /** The one read last. */
  id: string;
}

/** Options of {@linkcode measureDataSet}. */
export interface MeasureOptions {
  /**
   * Most examples of each split that are read, evenly spread over it.
   *
   * @default {as many as hold 20 million values}
   */
  most?: number;
  /** Told after each example. */
  onProgress?: (progress: MeasureProgress) => void;
  /** Ends the work. */
  signal?: AbortSignal;
}

/**
 * Reads a data set and measures what a data set card tells: classes of each split, values, duplicates, and samples to
 * look at and listen to. One example is held at a time.
 *
 * @throws {InputError} Where an example cannot be read.
 * @throws {RangeError} Where `most` is not a whole number of at least 1, or a label has no class.
 *
 * @example
 * ```ts
 * import { measureDataSet, syntheticIc } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const set = syntheticIc({ train: 40, validation: 10, test: 20, calibration: 0 });
 * const report = await measureDataSet(set);
 * assert.deepEqual(report.splits[0].byClass, [4, 4, 4, 4, 4, 4, 4, 4, 4, 4]);
 * assert.equal(report.duplicates.exact, 0);
 * assert.match(report.samples[0].picture, /^data:image\/png;base64,/);
 * ```
 */
export async function measureDataSet(
  dataSet: DataSet,
  options: MeasureOptions = {},
): Promise<DataReport> {
  const { most, onProgress, signal } = options;
  if (most !== undefined && !(Number.isSafeInteger(most) && most >= 1)) {
    throw new RangeError(`Cannot read ${most} examples of each split`);
  }
  const { name, benchmark, media, sampleRate, classes, provenance } = dataSet;
  const filled = splitNames.filter((split) => dataSet.splits[split].length > 0);
  const chosen = await Promise.all(filled.map(async (split) => {
    const examples = dataSet.splits[split];
    signal?.throwIfAborted();
    return {
      split,
      examples,
      read: spreadOver(examples, most ?? await usualCount(examples, signal)),
    };
  }));
  const total = chosen.reduce((sum, { read }) => sum + read.length, 0);
  const prints: ExamplePrint[] = [];
  const splits: SplitReport[] = [];
  for (const { split, examples, read } of chosen) {
    const counter = new ValueCounter(media, sampleRate);
    const shapes = new Map<string, { shape: readonly number[]; count: number }>();
    const hash = createHash("sha256");
    for (const example of read) {
      signal?.throwIfAborted();
      const data = await example.read({ signal });
      const sha256 = contentHash(data);
      hash.update(`${JSON.stringify(example.id)} ${example.label} ${sha256}\n`);
      counter.add(data);
      const key = data.shape.join(" ");
      const known = shapes.get(key) ?? { shape: [...data.shape], count: 0 };
      known.count++;
      shapes.set(key, known);
      const { id, label } = example;
      prints.push({ split, id, label, sha256, likeness: likenessOf(data, media) });
      onProgress?.({ done: prints.length, total, id });
    }
    splits.push({
      split,
      count: examples.length,
      byClass: countClasses(examples, classes.length),
      read: read.length,
      shapes: [...shapes.values()].sort((a, b) => b.count - a.count).slice(0, 8),
      values: counter.report(),
      sha256: hash.digest("hex"),
    });
  }
  return {
    name,
    benchmark,
    media,
    ...(sampleRate === undefined ? {} : { sampleRate }),
    classes: [...classes],
    provenance,
    splits,
    duplicates: findDuplicates(prints),
    samples: await samplesOf(dataSet, filled, signal),
  };
}

/** As many as hold {@linkcode SPLIT_VALUES}, judged by the first. */
async function usualCount(examples: readonly Example[], signal?: AbortSignal): Promise<number> {
  const { values } = await examples[0].read({ signal });
  return Math.max(1, Math.floor(SPLIT_VALUES / Math.max(1, values.length)));
}

/** At most so many, from all over the list. Steps are uneven by one, so that classes that take turns all come. */
function spreadOver<T>(list: readonly T[], most: number): T[] {
  if (list.length <= most) return [...list];
  return Array.from({ length: most }, (_, i) => list[Math.floor(i * list.length / most)]);
}

function countClasses(examples: readonly Example[], classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const { id, label } of examples) {
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new RangeError(`Cannot count class ${label} of '${id}': there are ${classes} classes`);
    }
    counts[label]++;
  }
  return counts;
}

function contentHash({ values, shape }: ExampleData): string {
  return createHash("sha256")
    .update(`${values.constructor.name} ${shape.join(" ")}\n`)
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest("hex");
}

/** Of each class as many as fit, from the split that is scored with where it has some. */
async function samplesOf(
  dataSet: DataSet,
  filled: readonly SplitName[],
  signal?: AbortSignal,
): Promise<SampleReport[]> {
  const { media, sampleRate, classes, splits } = dataSet;
  const order = [...filled].sort((a, b) => Number(b === "test") - Number(a === "test"));
  const perClass = Math.max(1, Math.min(6, Math.floor(MOST_SAMPLES / Math.max(1, classes.length))));
  const byClass = classes.map((_, label) =>
    order.flatMap((split) =>
      firstOf(splits[split], label, perClass).map((example) => ({ split, example }))
    )
      .slice(0, perClass)
  );
  // All classes' first examples come before any second one.
  const picked = Array.from(
    { length: perClass },
    (_, turn) => byClass.flatMap((list) => list.slice(turn, turn + 1)),
  )
    .flat().slice(0, MOST_SAMPLES);
  const share = Math.floor(MEDIA_CHARACTERS / Math.max(1, picked.length));
  // Four characters hold three bytes, one and a half samples; a part is left for the spectrogram.
  const mostSamples = Math.floor(Math.max(0, share - 12_000) * 3 / 8);
  const samples: SampleReport[] = [];
  let left = MEDIA_CHARACTERS;
  for (const { split, example } of picked) {
    signal?.throwIfAborted();
    const shown = sampleMedia(await example.read({ signal }), { media, sampleRate, mostSamples });
    left -= shown.picture.length + (shown.sound?.length ?? 0);
    if (left < 0) break;
    samples.push({ split, id: example.id, label: example.label, ...shown });
  }
  return samples;
}

function firstOf(examples: readonly Example[], label: number, most: number): Example[] {
  const found: Example[] = [];
  for (const example of examples) {
    if (found.length >= most) break;
    if (example.label === label) found.push(example);
  }
  return found;
}
