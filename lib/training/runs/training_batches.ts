import { InputError } from "../../errors.ts";
import { shuffledPlaces } from "../data/choose.ts";
import type { Split } from "../data/data_set.ts";
import { type FeatureSettings, isRandom, withoutChance } from "../data/feature_settings.ts";
import { streamBatches } from "../data/stream_batches.ts";
import { HeldRows } from "./held_rows.ts";

/** Some examples of an epoch. */
export interface TrainingBatch {
  x: Float32Array<ArrayBuffer>;
  labels: Uint8Array<ArrayBuffer>;
}

/** What {@linkcode TrainingBatches.open} takes. */
export interface TrainingBatchesOptions {
  features: FeatureSettings;
  /** Values that the model takes. */
  rowSize: number;
  batchSize: number;
  /** Factor on the values. */
  scale: number;
  seed: number;
  threads: number;
  /** Of what is left to chance, so many versions are made once and taken in turn; undefined: new ones in each epoch. */
  variants?: number;
  /** More than this is streamed from where it lies in each epoch. */
  memoryBytes: number;
  cache?: string;
  signal?: AbortSignal;
  onProgress?: (done: number) => void;
}

/**
 * The batches of each epoch, in an order that follows from seed and epoch alone. What is not left to chance is made once
 * and held; what is, is made by workers ahead of the steps.
 */
export class TrainingBatches {
  private constructor(
    readonly options: TrainingBatchesOptions,
    /** Rows of an epoch. */
    readonly count: number,
    /** What is held: rows, or examples that rows are made of. */
    readonly held?: HeldRows,
    readonly split?: Split,
    /** Rows with chance in them, epoch by epoch. */
    readonly variants?: readonly HeldRows[],
  ) {}

  /** Opens a split, and reads it where it is to be held. */
  static async open(split: Split, options: TrainingBatchesOptions): Promise<TrainingBatches> {
    const { features, rowSize, threads, memoryBytes, cache, signal, onProgress } = options;
    const random = isRandom(features);
    // Of sound the recording is held, where noise is added to it; of a picture the picture.
    const before: FeatureSettings = random ? { kind: "none" } : features;
    const first = await HeldRows.read(split.slice(0, 1), { features: before });
    if (first.values.byteLength * split.length > memoryBytes) {
      return await TrainingBatches.#streamed(split, options);
    }
    const held = await HeldRows.read(split, {
      features: before,
      rowSize: random ? undefined : rowSize,
      threads,
      cache,
      signal,
      onProgress,
    });
    if (random) {
      const sample = await HeldRows.read(split.slice(0, 1), { features: withoutChance(features) });
      checkSize(sample, rowSize);
    }
    const variants = random ? await variantsOf(held, options) : undefined;
    return new TrainingBatches(options, held.count, held, undefined, variants);
  }

  static async #streamed(
    split: Split,
    options: TrainingBatchesOptions,
  ): Promise<TrainingBatches> {
    const { features } = options;
    const cut: FeatureSettings = features.kind === "logMel"
      ? { ...features, windows: true }
      : features;
    let rows = 0;
    for await (const { shape } of streamBatches(split.slice(0, 1), { features: cut })) {
      rows += shape[0];
      const size = shape.slice(1).reduce((product, length) => product * length, 1);
      if (size !== options.rowSize) throw wrongSize(split[0].id, size, options.rowSize);
    }
    return new TrainingBatches(
      { ...options, features: cut },
      rows * split.length,
      undefined,
      split,
    );
  }

  /** Steps of an epoch. */
  get steps(): number {
    return Math.ceil(this.count / this.options.batchSize);
  }

  /** Inputs of the first epoch, as the model gets them: as many, or as there are. */
  async sample(count: number): Promise<Float32Array> {
    const { rowSize } = this.options;
    const rows = Math.min(count, this.count);
    const all = new Float32Array(rows * rowSize);
    let at = 0;
    for await (const { x } of this.epoch(0, 0)) {
      const part = x.subarray(0, all.length - at);
      all.set(part, at);
      at += part.length;
      if (at === all.length) break;
    }
    return all.subarray(0, at);
  }

  /** The batches of an epoch, from one of them on. */
  async *epoch(epoch: number, from: number): AsyncGenerator<TrainingBatch, void, undefined> {
    const { features, batchSize, seed, scale, threads, cache, signal } = this.options;
    const { variants } = this;
    const rowsOf = variants ? variants[epoch % variants.length] : this.held;
    if (rowsOf && (variants || !isRandom(features))) {
      const order = shuffledPlaces(this.count, seed, epoch);
      for (let first = from * batchSize; first < this.count; first += batchSize) {
        const rows = order.subarray(first, first + batchSize);
        yield {
          x: rowsOf.gather(rows, scale),
          labels: Uint8Array.from(rows, (row) => rowsOf.labels[row]),
        };
      }
      return;
    }
    const stream = streamBatches(this.held?.asSplit() ?? this.split!, {
      features,
      batchSize,
      shuffle: true,
      seed,
      epoch,
      // The caller's thread has other things to do.
      threads: Math.max(2, threads),
      cache: this.held ? undefined : cache,
      signal,
    });
    let batch = 0;
    for await (const { values, labels } of stream) {
      if (batch++ < from) continue;
      const x = values instanceof Float32Array ? values : Float32Array.from(values);
      if (scale !== 1) { for (let i = 0; i < x.length; i++) x[i] *= scale; }
      yield { x, labels };
    }
  }
}

async function variantsOf(
  held: HeldRows,
  options: TrainingBatchesOptions,
): Promise<HeldRows[] | undefined> {
  const { variants = 0, features, rowSize, seed, threads, memoryBytes, signal } = options;
  if (variants === 0) return undefined;
  const bytes = 4 * rowSize * held.count * variants;
  if (bytes > memoryBytes) {
    throw new InputError(
      `Cannot hold ${variants} variants of ${held.count} examples: they take ${bytes} bytes`,
      { source: "variants", hint: "Hold fewer, or leave 'variants' out" },
    );
  }
  const split = held.asSplit();
  const made: HeldRows[] = [];
  for (let epoch = 0; epoch < variants; epoch++) {
    made.push(await HeldRows.read(split, { features, rowSize, seed, epoch, threads, signal }));
  }
  return made;
}

function checkSize(sample: HeldRows, rowSize: number): void {
  if (sample.size !== rowSize) throw wrongSize(sample.ids[0], sample.size, rowSize);
}

function wrongSize(id: string, size: number, rowSize: number): InputError {
  return new InputError(`Cannot give '${id}' of ${size} values to the model: it takes ${rowSize}`, {
    source: id,
    hint: "Name the features that the model takes: 'features.kind'",
  });
}
