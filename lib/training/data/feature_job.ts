import { InputError } from "../../errors.ts";
import type { ExampleData, ExampleOrigin, ExampleValues } from "./data_set.ts";
import { FeatureCache } from "./feature_cache.ts";
import {
  type FeatureRows,
  type FeatureSettings,
  isRandom,
  makeFeatures,
} from "./feature_settings.ts";
import { bytesOfValues, decodeOrigin, readOrigin } from "./origin.ts";

/** All that a thread needs to make features: plain data, which can go to a worker. */
export interface FeatureJob {
  features: FeatureSettings;
  seed: number;
  epoch: number;
  /** Folder of the cache. */
  cache?: string;
}

/** An example for a thread: where it comes from, or what it is. */
export interface FeatureTask {
  /** Place in its split. */
  place: number;
  /** What errors call it, where it has no path. */
  id: string;
  origin?: ExampleOrigin;
  data?: ExampleData;
}

/** Rows of some examples that are alike, end to end. */
export interface FeaturePart {
  values: ExampleValues;
  shape: readonly number[];
  /** Of each example. */
  rows: number[];
}

/** Makes a job ready in this thread: what it returns makes the features of some examples. */
export function prepareFeatures(job: FeatureJob): (tasks: FeatureTask[]) => Promise<FeaturePart[]> {
  const { features, seed, epoch } = job;
  const cache = job.cache === undefined ? undefined : new FeatureCache(job.cache);
  const random = isRandom(features);

  const rowsOf = async ({ place, id, origin, data }: FeatureTask): Promise<FeatureRows> => {
    if (origin?.kind === "synthetic") {
      const { syntheticExample } = await import("../synthetic/synthetic_example.ts");
      return await rowsOf({ place, id, data: syntheticExample(origin).make() });
    }
    const key = [seed, epoch, place];
    const make = (read: ExampleData): FeatureRows => {
      try {
        return makeFeatures(read, features, key);
      } catch (cause) {
        if (!(cause instanceof InputError)) throw cause;
        const source = origin?.path ?? id;
        throw new InputError(`Cannot make features of '${source}': ${cause.message}`, {
          source,
          hint: cause.hint,
        });
      }
    };
    if (!cache || !origin && random) {
      return make(data ?? await decodeOrigin(origin!, await readOrigin(origin!)));
    }
    const bytes = data ? bytesOfValues(data.values) : await readOrigin(origin!);
    const read = async () => data ?? await decodeOrigin(origin!, bytes);
    // The same bytes elsewhere are the same example.
    const from = origin ? { ...origin, path: "", index: 0 } : data!.shape;
    if (!random) {
      return cache.through(
        FeatureCache.keyOf(bytes, [from, features]),
        async () => make(await read()),
      );
    }
    // What chance changes is made each time; to decode a picture takes longer than that.
    if (origin!.kind !== "image") return make(await read());
    const decoded = await cache.through(FeatureCache.keyOf(bytes, from), async () => {
      const { values, shape } = await read();
      return { values, shape, rows: 1 };
    });
    return make(decoded);
  };

  return async (tasks) => {
    const parts: FeatureRows[] = [];
    for (const task of tasks) parts.push(await rowsOf(task));
    return joinAlike(parts);
  };
}

/** Brings neighbours together whose rows have one type and shape. */
function joinAlike(all: readonly FeatureRows[]): FeaturePart[] {
  const parts: FeaturePart[] = [];
  for (let first = 0; first < all.length;) {
    const { values: { constructor }, shape } = all[first];
    let end = first + 1;
    while (
      end < all.length && all[end].values.constructor === constructor &&
      String(all[end].shape) === String(shape)
    ) end++;
    const alike = all.slice(first, end);
    const length = alike.reduce((sum, { values }) => sum + values.length, 0);
    const values = new (constructor as Float32ArrayConstructor)(length) as ExampleValues;
    let at = 0;
    for (const part of alike) {
      values.set(part.values, at);
      at += part.values.length;
    }
    parts.push({ values, shape, rows: alike.map(({ rows }) => rows) });
    first = end;
  }
  return parts;
}
