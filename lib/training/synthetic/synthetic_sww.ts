import { benchmarks } from "../../benchmarks.ts";
import { InputError } from "../../errors.ts";
import type { DataSet } from "../data/data_set.ts";
import { background, backgroundKinds, scaleTo } from "./background.ts";
import { difficulty } from "./difficulty.ts";
import { KeyedRandom } from "./keyed_random.ts";
import { inRoom, toSteps } from "./keyword_clip.ts";
import {
  type ExamplePlanner,
  makeSplits,
  settingsOf,
  type SyntheticOptions,
} from "./make_splits.ts";
import { spokenWords } from "./phonemes.ts";
import { syntheticProvenance } from "./provenance.ts";
import { speak } from "./speak.ts";
import { SpeakerPool } from "./speaker_pool.ts";
import { planSpoken } from "./plan_spoken.ts";

const CLIPS = 7;
const STREAM = 8;
const SAMPLE_RATE = 16_000;
const LONGEST_S = 3600;
/** Background stays of one kind this long. */
const SCENE_SAMPLES = 8 * SAMPLE_RATE;
const FADE_SAMPLES = 800;
/** Root mean square of words; backgrounds are softer by the signal to noise of keywords. */
const WORD_LEVEL = 0.08;

/**
 * A twin of the data that the streaming wakeword model is trained on: seconds with the word `marvin`, with background
 * alone, and with one of 29 other words. Speakers and backgrounds as in {@linkcode syntheticKws}.
 *
 * @returns Sound: [16000] at 16 kHz, in steps of 16 bits.
 * @throws {InputError} For a seed or a number of examples that is not a whole number in its range.
 *
 * @example
 * ```ts
 * import { lfbe, syntheticSww } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const [example] = syntheticSww({ test: 3 }).splits.test;
 * const { values } = await example.read();
 * assert.equal(lfbe(values as Float32Array).length, 30 * 40);
 * ```
 */
export function syntheticSww(options: SyntheticOptions = {}): DataSet {
  const settings = settingsOf(options, {
    train: 6000,
    validation: 600,
    test: 600,
    calibration: 45,
  });
  const { classes } = benchmarks.sww01;
  return {
    benchmark: "sww01",
    name: "Synthetic wakeword",
    media: "audio",
    sampleRate: SAMPLE_RATE,
    classes,
    provenance: syntheticProvenance(settings, [
      "Words are made by formant synthesis: no recorded speech is in it",
    ]),
    splits: makeSplits("sww", settings, planSww),
  };
}

/** Plans the clips of {@linkcode syntheticSww}. */
export const planSww = (seed: number): ExamplePlanner =>
  planSpoken(seed, benchmarks.sww01.classes, CLIPS);

/** What {@linkcode wakewordStream} is to make. */
export interface WakewordStreamOptions {
  /** Whole number: the same seed gives the same stream. [1] */
  seed?: number;
  /** Length, 1 to 3600. [60] */
  seconds?: number;
  /** Part of the words that are the wakeword, 0 to 1. [0.25] */
  wakewords?: number;
}

/** A long recording in which the wakeword is said now and then. */
export interface WakewordStream {
  /** Full scale ±1, in steps of 16 bits. */
  samples: Float32Array<ArrayBuffer>;
  /** Samples a second. */
  sampleRate: number;
  /** When the wakeword is said, in order. */
  occurrences: { startS: number; endS: number }[];
  /** How many other words are said. */
  otherWords: number;
}

/**
 * People of the test split of {@linkcode syntheticSww} say words over a background that changes every eight seconds,
 * at most one at a time; some words are the wakeword.
 *
 * @throws {InputError} For a seed, a length or a part out of its range.
 *
 * @example
 * ```ts
 * import { wakewordStream } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const { samples, occurrences } = wakewordStream({ seconds: 20, wakewords: 0.5 });
 * assert.equal(samples.length, 20 * 16_000);
 * assert(occurrences.every(({ startS, endS }) => 0 <= startS && startS < endS && endS <= 20));
 * ```
 */
export function wakewordStream(options: WakewordStreamOptions = {}): WakewordStream {
  const { seed = 1, seconds = 60, wakewords = 0.25 } = options;
  const isPlain = Number.isSafeInteger(seed) && seed >= 0 && seconds >= 1 &&
    seconds <= LONGEST_S && wakewords >= 0 && wakewords <= 1;
  if (!isPlain) {
    throw new InputError(
      `Cannot make a stream of ${seconds} s with seed ${seed} and ${wakewords} of wakewords`,
      {
        source: "options",
        hint: `Give a whole seed, 1 to ${LONGEST_S} seconds, and a part from 0 to 1`,
      },
    );
  }
  const samples = new Float32Array(Math.round(seconds * SAMPLE_RATE));
  addScenes(samples, seed);
  const random = new KeyedRandom(seed, STREAM);
  const pool = new SpeakerPool(seed);
  const others = spokenWords.filter((word) => word !== "marvin");
  const occurrences: WakewordStream["occurrences"] = [];
  let otherWords = 0;
  for (let start = Math.round(0.5 * SAMPLE_RATE);;) {
    const isWakeword = random.chance(wakewords);
    const word = isWakeword ? "marvin" : random.pick(others);
    const speaker = pool.speaker(pool.pick("test", random));
    const spoken = inRoom(speak(word, speaker, random), random);
    if (start + spoken.length > samples.length) break;
    scaleTo(spoken, WORD_LEVEL);
    for (let i = 0; i < spoken.length; i++) samples[start + i] += spoken[i];
    const end = start + spoken.length;
    if (isWakeword) occurrences.push({ startS: start / SAMPLE_RATE, endS: end / SAMPLE_RATE });
    else otherWords++;
    start = end + Math.round(random.between(0.6, 2.5) * SAMPLE_RATE);
  }
  return { samples: toSteps(samples), sampleRate: SAMPLE_RATE, occurrences, otherWords };
}

/** Backgrounds one after the other, each faded in and out. */
function addScenes(samples: Float32Array, seed: number): void {
  const [worst, best] = difficulty.kws.noiseDb;
  for (let scene = 0; scene * SCENE_SAMPLES < samples.length; scene++) {
    const random = new KeyedRandom(seed, STREAM, scene);
    const start = scene * SCENE_SAMPLES;
    const count = Math.min(SCENE_SAMPLES, samples.length - start);
    const noise = background(count, random.pick(backgroundKinds), random);
    const level = WORD_LEVEL * 10 ** (-random.between(worst, best) / 20);
    for (let i = 0; i < count; i++) {
      const fade = Math.min(1, (i + 1) / FADE_SAMPLES, (count - i) / FADE_SAMPLES);
      samples[start + i] = level * fade * noise[i];
    }
  }
}
