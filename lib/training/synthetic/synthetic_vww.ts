import { benchmarks } from "../../benchmarks.ts";
import type { DataSet } from "../data/data_set.ts";
import { KeyedRandom } from "./keyed_random.ts";
import {
  type ExamplePlanner,
  makeSplits,
  settingsOf,
  splitNames,
  type SyntheticOptions,
} from "./make_splits.ts";
import { syntheticProvenance } from "./provenance.ts";
import { scenePicture } from "./scene_picture.ts";

const STREAM = 4;

/**
 * A twin of the person detection data: scenes with walls, ground and things (trees, dogs, chairs, cacti, …), in every
 * other one of them a person who stands, walks, waves or sits, partly hidden or cut off by the edge. Where there is
 * nobody, one more thing has that size and those colours. Each picture is made from seed, split and index, when it is
 * read; classes take turns.
 *
 * An accuracy on it says nothing about the benchmark's own data.
 *
 * @returns Pictures: [96, 96, 3].
 * @throws {InputError} For a seed or a number of examples that is not a whole number in its range.
 *
 * @example
 * ```ts
 * import { syntheticVww } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const set = syntheticVww({ seed: 7, train: 100, test: 20 });
 * assert.equal(set.classes[set.splits.test[1].label], "person");
 * const { shape } = await set.splits.test[1].read();
 * assert.deepEqual(shape, [96, 96, 3]);
 * ```
 */
export function syntheticVww(options: SyntheticOptions = {}): DataSet {
  const settings = settingsOf(options, {
    train: 8000,
    validation: 1000,
    test: 1000,
    calibration: 100,
  });
  const { classes } = benchmarks.vww01;
  return {
    benchmark: "vww01",
    name: "Synthetic people and things",
    media: "image",
    classes,
    provenance: syntheticProvenance(settings, ["People are drawn figures, not photographs"]),
    splits: makeSplits("vww", settings, planVww),
  };
}

/** Plans the pictures of {@linkcode syntheticVww}. */
export const planVww = (seed: number): ExamplePlanner => (split, index) => {
  const label = index % 2;
  const key = [seed, STREAM, splitNames.indexOf(split), index];
  return {
    id: `${benchmarks.vww01.classes[label]}_${String(index).padStart(6, "0")}`,
    label,
    make: () => ({
      values: scenePicture(label === 1, new KeyedRandom(...key)),
      shape: [96, 96, 3],
    }),
  };
};
