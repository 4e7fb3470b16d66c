/**
 * What becomes of an example before a model sees it.
 *
 * @module
 */
import { InputError } from "../../errors.ts";
import { adLogMel, adWindows } from "../features/ad_features.ts";
import { augmentImages } from "../features/augment_images.ts";
import {
  type BackgroundNoise,
  type KwsFeatureKind,
  kwsLfbe,
  kwsMfcc,
  kwsSamples,
} from "../features/kws_features.ts";
import { lfbe } from "../features/lfbe.ts";
import { KeyedRandom } from "../synthetic/keyed_random.ts";
import type { ExampleData } from "./data_set.ts";

const SECOND = 16_000;

/** Background noise, as training adds it: each clip draws its own. */
export interface BackgroundSettings {
  /** Recordings at 16 kHz, full scale ±1, each longer than a second: see {@linkcode readBackground}. */
  recordings: readonly Float32Array[];
  /** In how many of the clips. [0.8] */
  share?: number;
  /** The loudest factor. [0.1] */
  volume?: number;
}

/** Keyword features, and what training changes at random. */
export interface KeywordFeatureSettings {
  /** See {@linkcode kwsMfcc}, {@linkcode kwsLfbe} and {@linkcode kwsSamples}. */
  kind: KwsFeatureKind;
  /** Undefined: none. `samples` take none. */
  background?: BackgroundSettings;
  /** Clips are moved by up to so many samples, to either side, zeros follow. The reference moves none. [0] */
  shiftSamples?: number;
}

/** Changes to images, as {@linkcode augmentImages} makes them. */
export interface AugmentSettings {
  /** Its kind. */
  kind: "augment";
  /** To either side, in degrees. [15] */
  rotationDegrees?: number;
  /** To either side, as a part of height and width. [0.1] */
  shift?: number;
  /** Smaller and larger by this part. [0] */
  zoom?: number;
  /** Whether every other image is mirrored. [true] */
  flip?: boolean;
}

/** What becomes of an example: plain data, which a worker and a cache can take. */
export type FeatureSettings =
  /** Nothing: it stays as it was read. */
  | { kind: "none" }
  | KeywordFeatureSettings
  /** [30, 40] of a second, for the streaming wakeword: {@linkcode lfbe}. */
  | { kind: "wakeword" }
  /** {@linkcode adLogMel}: [200, 128], or where `windows` is true 196 rows of 640. */
  | { kind: "logMel"; windows?: boolean }
  | AugmentSettings;

/** Rows of one example, of one size each. */
export interface FeatureRows {
  /** Row by row. */
  values: ExampleData["values"];
  /** Of one row. */
  shape: readonly number[];
  /** How many rows. */
  rows: number;
}

/**
 * Whether the same example may come out differently.
 *
 * @example
 * ```ts
 * import { isRandom } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert(isRandom({ kind: "augment" }));
 * assert(!isRandom({ kind: "mfcc" }));
 * ```
 */
export function isRandom(settings: FeatureSettings): boolean {
  switch (settings.kind) {
    case "mfcc":
    case "lfbe":
    case "samples":
      return settings.background !== undefined || (settings.shiftSamples ?? 0) > 0;
    default:
      return settings.kind === "augment";
  }
}

/**
 * The same features without what training changes at random: for all that a model is measured with.
 *
 * @example
 * ```ts
 * import { withoutChance } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(withoutChance({ kind: "lfbe", shiftSamples: 100 }), { kind: "lfbe" });
 * assert.deepEqual(withoutChance({ kind: "augment" }), { kind: "none" });
 * ```
 */
export function withoutChance(settings: FeatureSettings): FeatureSettings {
  if (!isRandom(settings)) return settings;
  return settings.kind === "augment"
    ? { kind: "none" }
    : { kind: settings.kind } as FeatureSettings;
}

/**
 * Makes the features of one example.
 *
 * @param key Whole numbers that chance comes from: seed, epoch, place. The same key gives the same features.
 * @throws {InputError} Where the example is of another kind or size.
 *
 * @example
 * ```ts
 * import { makeFeatures } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const clip = { values: Float32Array.from({ length: 16_000 }, (_, n) => Math.sin(n)), shape: [16_000] };
 * const { shape, rows } = makeFeatures(clip, { kind: "mfcc" }, [1, 0, 0]);
 * assert.deepEqual([rows, ...shape], [1, 49, 10]);
 * ```
 */
export function makeFeatures(
  data: ExampleData,
  settings: FeatureSettings,
  key: readonly number[],
): FeatureRows {
  switch (settings.kind) {
    case "none":
      return { values: data.values, shape: data.shape, rows: 1 };
    case "augment": {
      const { values, shape } = data;
      if (!(values instanceof Uint8Array) || shape.length !== 3) {
        throw new InputError(`Cannot augment values of ${shape.join(" × ")}: a picture expected`, {
          source: "features",
        });
      }
      const random = new KeyedRandom(...key);
      const [height, width, channels] = shape;
      const changed = augmentImages(values, [height, width, channels], {
        ...settings,
        random: () => random.next(),
      });
      return { values: changed as Float32Array<ArrayBuffer>, shape, rows: 1 };
    }
    case "logMel": {
      const logMel = adLogMel(soundOf(data));
      if (!settings.windows) {
        return { values: logMel, shape: [logMel.length / 128, 128], rows: 1 };
      }
      const windows = adWindows(logMel);
      return { values: windows, shape: [640], rows: windows.length / 640 };
    }
    case "wakeword": {
      const sound = soundOf(data);
      const clip = sound.length < SECOND ? kwsSamples(sound) : sound;
      const values = lfbe(clip);
      return { values, shape: [values.length / 40, 40], rows: 1 };
    }
    default:
      return keywordFeatures(soundOf(data), settings, key);
  }
}

function soundOf({ values, shape }: ExampleData): Float32Array {
  if (values instanceof Float32Array && shape.length === 1) return values;
  if (values instanceof Int16Array && shape.length === 1) {
    return Float32Array.from(values, (sample) => sample / 32_768);
  }
  throw new InputError(`Cannot make features of values of ${shape.join(" × ")}: sound expected`, {
    source: "features",
  });
}

function keywordFeatures(
  samples: Float32Array,
  settings: KeywordFeatureSettings,
  key: readonly number[],
): FeatureRows {
  const { kind, shiftSamples = 0, background } = settings;
  const random = new KeyedRandom(...key);
  const clip = shiftSamples > 0 ? shifted(samples, shiftSamples, random) : samples;
  if (kind === "samples") return { values: kwsSamples(clip), shape: [SECOND], rows: 1 };
  const options = background ? { background: drawBackground(background, random) } : {};
  return kind === "mfcc"
    ? { values: kwsMfcc(clip, options), shape: [49, 10], rows: 1 }
    : { values: kwsLfbe(clip, options), shape: [49, 40], rows: 1 };
}

function shifted(samples: Float32Array, most: number, random: KeyedRandom): Float32Array {
  const by = random.whole(2 * most + 1) - most;
  const moved = new Float32Array(Math.max(samples.length, Math.min(SECOND, samples.length + by)));
  moved.set(
    samples.subarray(Math.max(0, -by), Math.max(0, moved.length - by)),
    Math.min(moved.length, Math.max(0, by)),
  );
  return moved;
}

/** As the reference: one of the recordings, a second of it from anywhere, in most clips a volume from 0 on. */
function drawBackground(settings: BackgroundSettings, random: KeyedRandom): BackgroundNoise {
  const { recordings, share = 0.8, volume = 0.1 } = settings;
  const samples = recordings[random.whole(recordings.length)];
  if (samples === undefined || samples.length <= SECOND) {
    throw new InputError(
      samples ? `Cannot add noise of ${samples.length} samples` : "Cannot add noise: there is none",
      { source: "background", hint: "Give recordings of more than a second at 16 kHz" },
    );
  }
  const offset = random.whole(samples.length - SECOND);
  const loud = random.chance(share) ? random.between(0, volume) : 0;
  return { samples, offset, volume: loud };
}
