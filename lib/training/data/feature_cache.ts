/**
 * Features on disk, so that they are made once.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { InputError } from "../../errors.ts";
import type { FeatureRows } from "./feature_settings.ts";
import { bytesOfValues, typeOfValues, valuesOfBytes, type ValuesType } from "./origin.ts";

/** Rises whenever the same example and settings give other features than before. */
const VERSION = 1;
const HEADER =
  /^thimble features ([0-9a-f]{64}) (float32|int16|int8|uint8) ([0-9]{1,9}) ([0-9,]{1,60})$/;
const MOST_HEADER_BYTES = 200;

/** How often a {@linkcode FeatureCache} had what was asked for. */
export interface CacheCounts {
  /** It was there. */
  hits: number;
  /** It was not. */
  misses: number;
  /** It was there, but damaged: it was made anew. */
  damaged: number;
}

/**
 * Features by what they were made of and how: the key is a hash of the example's bytes and of the settings, so whatever
 * changes is made anew. An entry is a file of its own, there as a whole or not at all, with a checksum; a damaged one is
 * made anew. Any number of processes may share a folder.
 *
 * @example
 * ```ts
 * import { FeatureCache } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * const cache = new FeatureCache(folder);
 * const key = FeatureCache.keyOf(Uint8Array.of(1, 2, 3), { kind: "mfcc" });
 * const make = () => Promise.resolve({ values: Float32Array.of(7), shape: [1], rows: 1 });
 * await cache.through(key, make);
 * assert.deepEqual([...(await cache.through(key, make)).values], [7]);
 * assert.deepEqual(cache.counts, { hits: 1, misses: 1, damaged: 0 });
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export class FeatureCache {
  /** What happened so far. */
  readonly counts: CacheCounts = { hits: 0, misses: 0, damaged: 0 };
  readonly #folder: string;

  /** A cache in a folder, which is made when it is needed. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The key of an example's bytes and of settings, which are plain data. */
  static keyOf(bytes: Uint8Array, settings: unknown): string {
    return createHash("sha256")
      .update(`${VERSION} ${JSON.stringify(settings)}\n`)
      .update(bytes)
      .digest("hex");
  }

  /**
   * What is kept under a key; where there is nothing, or something damaged, it is made and kept.
   *
   * @throws {InputError} Where it cannot be written.
   */
  async through(key: string, make: () => Promise<FeatureRows>): Promise<FeatureRows> {
    const folder = join(this.#folder, key.slice(0, 2));
    const path = join(folder, key);
    const bytes = await Deno.readFile(path).catch(() => undefined);
    const kept = bytes && entryOf(bytes);
    if (kept) {
      this.counts.hits++;
      return kept;
    }
    this.counts[bytes ? "damaged" : "misses"]++;
    const made = await make();
    const temporary = `${path}.part-${crypto.randomUUID()}`;
    try {
      await Deno.mkdir(folder, { recursive: true });
      await Deno.writeFile(temporary, bytesOfEntry(made));
      await Deno.rename(temporary, path);
    } catch (cause) {
      await Deno.remove(temporary).catch(() => {});
      throw new InputError(`Cannot keep features in '${this.#folder}'`, {
        source: this.#folder,
        cause,
      });
    }
    return made;
  }
}

function bytesOfEntry({ values, shape, rows }: FeatureRows): Uint8Array<ArrayBuffer> {
  const body = bytesOfValues(values);
  const rest = `${typeOfValues(values)} ${rows} ${shape.join(",")}`;
  const head = new TextEncoder().encode(`thimble features ${digest(rest, body)} ${rest}\n`);
  // The values begin at a multiple of 8, so that they can be used in place.
  const start = Math.ceil(head.length / 8) * 8;
  const bytes = new Uint8Array(start + body.length);
  bytes.set(head);
  bytes.set(body, start);
  return bytes;
}

/** Undefined where the entry is damaged. */
function entryOf(bytes: Uint8Array<ArrayBuffer>): FeatureRows | undefined {
  const end = bytes.subarray(0, MOST_HEADER_BYTES).indexOf(0x0a);
  const match = end > 0 && HEADER.exec(new TextDecoder().decode(bytes.subarray(0, end)));
  if (!match) return undefined;
  const [, sum, type, rows, sizes] = match;
  const body = bytes.subarray(Math.ceil((end + 1) / 8) * 8);
  if (digest(`${type} ${rows} ${sizes}`, body) !== sum) return undefined;
  return {
    values: valuesOfBytes(body, type as ValuesType),
    shape: sizes.split(",").map(Number),
    rows: Number(rows),
  };
}

function digest(head: string, body: Uint8Array): string {
  return createHash("sha256").update(head).update(body).digest("hex");
}
