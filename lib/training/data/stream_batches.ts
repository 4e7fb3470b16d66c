/**
 * Data sets as streams of batches.
 *
 * @module
 */
import { InputError } from "../../errors.ts";
import { leastBusy, OwnThread, type Thread } from "../../threads/thread.ts";
import { untilAborted } from "../../threads/until_aborted.ts";
import { WorkerThread } from "../../threads/worker_thread.ts";
import { WavError } from "../audio/read_wav.ts";
import { ImageError } from "../images/image.ts";
import { KeyedRandom } from "../synthetic/keyed_random.ts";
import { shuffledPlaces } from "./choose.ts";
import { DataError } from "./data_error.ts";
import type { ExampleValues, Split } from "./data_set.ts";
import {
  type FeatureJob,
  type FeaturePart,
  type FeatureTask,
  prepareFeatures,
} from "./feature_job.ts";
import type { FeatureSettings } from "./feature_settings.ts";

/** Options of {@linkcode streamBatches}. */
export interface StreamBatchesOptions {
  /** What becomes of each example. [{ kind: "none" }] */
  features?: FeatureSettings;
  /** Rows of a batch; the last one may have fewer. [32] */
  batchSize?: number;
  /** Whether examples come in an order by chance. [false] */
  shuffle?: boolean;
  /** What all chance comes from: the same seed and epoch give the same batches, on any number of threads. [0] */
  seed?: number;
  /** Another epoch, another order and other noise. [0] */
  epoch?: number;
  /** Workers; with 1 all is done in the caller's thread. [1] */
  threads?: number;
  /** Folder of a {@linkcode FeatureCache}; undefined: none. */
  cache?: string;
  /** Where an example has several rows and they are shuffled: how many are held back to be mixed. [8192] */
  mixedRows?: number;
  /** Ends the stream, and its workers. */
  signal?: AbortSignal;
}

/** Some rows. */
export interface ExampleBatch {
  /** Row by row; the receiver's own. */
  values: ExampleValues;
  /** [rows, …]. */
  shape: readonly number[];
  /** Class of each row. */
  labels: Uint8Array<ArrayBuffer>;
  /** Place in the split of each row's example. */
  places: Uint32Array<ArrayBuffer>;
}

/** Examples that go to a thread together. */
const GROUP = 16;
/** Groups that are under way for each thread: one is worked on, one waits. */
const AHEAD = 2;
const MOST_THREADS = 64;

/**
 * Streams the features of a split, batch by batch. Work runs ahead of the reader by a few examples a thread and waits
 * for it: memory does not grow with the split. The order, and all that chance does, follow from seed and epoch alone.
 *
 * @throws {InputError} For an example that cannot be read or used, examples of different sizes, or options that are no
 * whole numbers in their range.
 *
 * @example
 * ```ts
 * import { type Example, streamBatches } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const split = Array.from({ length: 5 }, (_, label): Example => ({
 *   id: `${label}`,
 *   label,
 *   read: () => Promise.resolve({ values: Float32Array.of(label), shape: [1] }),
 * }));
 * const seen: number[] = [];
 * for await (const batch of streamBatches(split, { batchSize: 2, shuffle: true })) {
 *   seen.push(...batch.values);
 *   assert(batch.shape[0] <= 2);
 * }
 * assert.deepEqual(seen.sort(), [0, 1, 2, 3, 4]);
 * ```
 */
export async function* streamBatches(
  split: Split,
  options: StreamBatchesOptions = {},
): AsyncGenerator<ExampleBatch, void, undefined> {
  const { features = { kind: "none" }, shuffle = false, cache, signal } = options;
  const batchSize = wholeNumber("batchSize", options.batchSize ?? 32, 1, 1_000_000);
  const mixedRows = wholeNumber("mixedRows", options.mixedRows ?? 8192, 1, 10_000_000);
  const threadCount = wholeNumber("threads", options.threads ?? 1, 1, MOST_THREADS);
  const seed = wholeNumber("seed", options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER);
  const epoch = wholeNumber("epoch", options.epoch ?? 0, 0, Number.MAX_SAFE_INTEGER);
  signal?.throwIfAborted();
  if (split.length === 0) return;
  const order = shuffle
    ? shuffledPlaces(split.length, seed, epoch)
    : Uint32Array.from({ length: split.length }, (_, place) => place);
  const threads = openThreads({ features, seed, epoch, cache }, threadCount);
  try {
    const groups = rowsInOrder(split, order, threads, signal);
    const mixed = shuffle ? mix(groups, mixedRows, new KeyedRandom(seed, epoch, 1)) : groups;
    yield* batchesOf(mixed, split, batchSize, signal);
  } finally {
    for (const thread of threads) thread[Symbol.dispose]();
  }
}

type FeatureThread = Thread<FeatureTask[], FeaturePart[]>;

/** As many threads; one is the caller's own. */
function openThreads(job: FeatureJob, count: number): FeatureThread[] {
  if (count === 1) return [new OwnThread(prepareFeatures(job))];
  const module = import.meta.resolve("./feature_worker.ts");
  const options = { purpose: "make features", errors: [WavError, ImageError, DataError] };
  return Array.from({ length: count }, () => new WorkerThread(module, job, options));
}

/** One row. */
interface Row {
  place: number;
  values: ExampleValues;
  shape: readonly number[];
  /** Whether its example has others. */
  isOneOfMany: boolean;
}

async function* rowsInOrder(
  split: Split,
  order: Uint32Array,
  threads: readonly FeatureThread[],
  signal?: AbortSignal,
): AsyncGenerator<Row[], void, undefined> {
  const pending: { places: Uint32Array; parts: Promise<FeaturePart[]> }[] = [];
  let asked = 0;
  const ask = () => {
    const places = order.subarray(asked, asked += GROUP);
    const parts = (async () => {
      const tasks: FeatureTask[] = [];
      for (const place of places) {
        const { id, origin } = split[place];
        if (origin) tasks.push({ place, id, origin });
        else {
          const { values, shape } = await split[place].read({ signal });
          // A view is sent with all that it is a view of.
          const isView = values.byteLength < values.buffer.byteLength;
          tasks.push({ place, id, data: { values: isView ? values.slice() : values, shape } });
        }
      }
      return await leastBusy(threads).ask(tasks);
    })();
    // Whoever waits for it hears of its failure; an earlier one may end the stream before.
    parts.catch(() => {});
    pending.push({ places, parts });
  };
  while (asked < order.length || pending.length > 0) {
    while (asked < order.length && pending.length < threads.length * AHEAD) ask();
    const { places, parts } = pending.shift()!;
    const done = await untilAborted(parts, signal);
    const group: Row[] = [];
    let example = 0;
    for (const { values, shape, rows } of done) {
      const size = shape.reduce((product, length) => product * length, 1);
      let at = 0;
      for (const count of rows) {
        const place = places[example++];
        for (let row = 0; row < count; row++, at += size) {
          const value = values.subarray(at, at + size) as ExampleValues;
          group.push({ place, values: value, shape, isOneOfMany: count > 1 });
        }
      }
    }
    yield group;
  }
}

/** Mixes the rows of different examples; single rows are in an order by chance as they are. */
async function* mix(
  groups: AsyncIterable<Row[]>,
  most: number,
  random: KeyedRandom,
): AsyncGenerator<Row[], void, undefined> {
  const held: Row[] = [];
  for await (const group of groups) {
    yield group.flatMap((row) => {
      if (!row.isOneOfMany) return [row];
      // A row alone: as a view it would keep those beside it.
      const own = { ...row, values: row.values.slice() };
      if (held.length < most) {
        held.push(own);
        return [];
      }
      const at = random.whole(most);
      const out = held[at];
      held[at] = own;
      return [out];
    });
  }
  while (held.length > 0) {
    const at = random.whole(held.length);
    const out = held[at];
    held[at] = held[held.length - 1];
    held.pop();
    yield [out];
  }
}

async function* batchesOf(
  groups: AsyncIterable<Row[]>,
  split: Split,
  batchSize: number,
  signal?: AbortSignal,
): AsyncGenerator<ExampleBatch, void, undefined> {
  let batch: Row[] = [];
  const joined = (): ExampleBatch => {
    const [{ values: { constructor }, shape }] = batch;
    const size = batch[0].values.length;
    const values = new (constructor as Float32ArrayConstructor)(
      batch.length * size,
    ) as ExampleValues;
    batch.forEach((row, i) => values.set(row.values, i * size));
    return {
      values,
      shape: [batch.length, ...shape],
      labels: Uint8Array.from(batch, ({ place }) => split[place].label),
      places: Uint32Array.from(batch, ({ place }) => place),
    };
  };
  for await (const group of groups) {
    for (const row of group) {
      const [first] = batch;
      if (first && !isAlike(first, row)) {
        throw new InputError(
          `Cannot put '${split[row.place].id}' of ${row.shape.join(" × ")} into a batch of ` +
            first.shape.join(" × "),
          { source: split[row.place].id, hint: "Make features of one size of them" },
        );
      }
      batch.push(row);
      if (batch.length < batchSize) continue;
      signal?.throwIfAborted();
      yield joined();
      batch = [];
    }
  }
  if (batch.length > 0) yield joined();
}

function isAlike(a: Row, b: Row): boolean {
  return a.shape === b.shape ||
    a.values.constructor === b.values.constructor && String(a.shape) === String(b.shape);
}

function wholeNumber(option: string, value: number, least: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new InputError(`Cannot stream batches with ${option} ${value}`, {
    source: option,
    hint: `Give a whole number from ${least} to ${most}`,
  });
}
