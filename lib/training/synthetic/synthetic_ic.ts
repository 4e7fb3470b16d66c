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
import { shapeClasses, shapePicture } from "./shape_picture.ts";

const STREAM = 3;

/**
 * A twin of the image classification data: seven shapes and three patterns, of any colour, size and turn, on clouds and
 * clutter, some half hidden, under changing light. The ten classes are not those of CIFAR-10. Each picture is made from
 * seed, split and index, when it is read; classes take turns.
 *
 * An accuracy on it says nothing about the benchmark's own data.
 *
 * @returns Pictures: [32, 32, 3].
 * @throws {InputError} For a seed or a number of examples that is not a whole number in its range.
 *
 * @example
 * ```ts
 * import { syntheticIc } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const set = syntheticIc({ seed: 7, train: 100, test: 20 });
 * assert.equal(set.classes[set.splits.test[3].label], "triangle");
 * const { values, shape } = await set.splits.test[3].read();
 * assert.equal(values.length, 3072);
 * assert.deepEqual(shape, [32, 32, 3]);
 * ```
 */
export function syntheticIc(options: SyntheticOptions = {}): DataSet {
  const settings = settingsOf(options, {
    train: 20_000,
    validation: 2000,
    test: 2000,
    calibration: 100,
  });
  return {
    benchmark: "ic01",
    name: "Synthetic shapes and patterns",
    media: "image",
    classes: shapeClasses,
    provenance: syntheticProvenance(settings, [
      "Its ten classes are shapes and patterns, not those of CIFAR-10",
    ]),
    splits: makeSplits("ic", settings, planIc),
  };
}

/** Plans the pictures of {@linkcode syntheticIc}. */
export const planIc = (seed: number): ExamplePlanner => (split, index) => {
  const label = index % shapeClasses.length;
  const key = [seed, STREAM, splitNames.indexOf(split), index];
  return {
    id: `${shapeClasses[label]}_${String(index).padStart(6, "0")}`,
    label,
    make: () => ({ values: shapePicture(label, new KeyedRandom(...key)), shape: [32, 32, 3] }),
  };
};
