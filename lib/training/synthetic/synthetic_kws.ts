import { benchmarks } from "../../benchmarks.ts";
import type { DataSet } from "../data/data_set.ts";
import {
  type ExamplePlanner,
  makeSplits,
  settingsOf,
  type SyntheticOptions,
} from "./make_splits.ts";
import { syntheticProvenance } from "./provenance.ts";
import { planSpoken } from "./plan_spoken.ts";

const STREAM = 1;

/**
 * A twin of the keyword spotting data: ten words, `silence` and `unknown` (twenty other words), spoken by 600 synthetic
 * speakers over six kinds of background. Nothing is recorded or loaded: formant synthesis makes each second from seed,
 * split and index, when it is read. Classes take turns. No speaker of one split speaks in another, but that calibration
 * has those of training.
 *
 * An accuracy on it says nothing about the benchmark's own data.
 *
 * @returns Sound: [16000] at 16 kHz, in steps of 16 bits.
 * @throws {InputError} For a seed or a number of examples that is not a whole number in its range.
 *
 * @example
 * ```ts
 * import { kwsMfcc, syntheticKws } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const set = syntheticKws({ seed: 7, train: 120, test: 24 });
 * const [example] = set.splits.test;
 * assert.equal(set.classes[example.label], "down");
 * const { values } = await example.read();
 * assert.equal(kwsMfcc(values as Float32Array).length, 49 * 10);
 * ```
 */
export function syntheticKws(options: SyntheticOptions = {}): DataSet {
  const settings = settingsOf(options, {
    train: 6000,
    validation: 1200,
    test: 1200,
    calibration: 120,
  });
  const { classes } = benchmarks.kws01;
  return {
    benchmark: "kws01",
    name: "Synthetic keywords",
    media: "audio",
    sampleRate: 16_000,
    classes,
    provenance: syntheticProvenance(settings, [
      "Words are made by formant synthesis: no recorded speech is in it",
    ]),
    splits: makeSplits("kws", settings, planKws),
  };
}

/** Plans the clips of {@linkcode syntheticKws}. */
export const planKws = (seed: number): ExamplePlanner =>
  planSpoken(seed, benchmarks.kws01.classes, STREAM);
