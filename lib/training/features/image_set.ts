/**
 * Labelled images, in the layout of the models' inputs.
 *
 * @module
 */
import { InputError } from "../../errors.ts";

/** Images of one size. */
export interface ImageSet {
  /** [count, height, width, channels]: red, green, blue of each pixel together. */
  images: Uint8Array<ArrayBuffer>;
  /** [count]: the class of each. */
  labels: Uint8Array<ArrayBuffer>;
  /** Of one image: [height, width, channels]. */
  shape: readonly [number, number, number];
}

/**
 * The images of a list, in its order: a calibration or an evaluation set.
 *
 * @param indices Positions in `set`; see {@linkcode indicesOfNames} for lists of names.
 * @throws {InputError} For an index that is not there.
 *
 * @example
 * ```ts
 * import { type ImageSet, selectImages } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const set: ImageSet = {
 *   images: Uint8Array.of(10, 20, 30),
 *   labels: Uint8Array.of(0, 1, 2),
 *   shape: [1, 1, 1],
 * };
 * assert.deepEqual([...selectImages(set, [2, 0]).images], [30, 10]);
 * ```
 */
export function selectImages(set: ImageSet, indices: ArrayLike<number>): ImageSet {
  const { shape, labels } = set;
  const size = shape[0] * shape[1] * shape[2];
  const images = new Uint8Array(indices.length * size);
  const chosen = new Uint8Array(indices.length);
  for (let at = 0; at < indices.length; at++) {
    const index = indices[at];
    if (!Number.isInteger(index) || index < 0 || index >= labels.length) {
      throw new InputError(`Cannot take image ${index} of ${labels.length}`, { source: "indices" });
    }
    images.set(set.images.subarray(index * size, (index + 1) * size), at * size);
    chosen[at] = labels[index];
  }
  return { images, labels: chosen, shape };
}

/**
 * Turns a list of names, as published calibration and evaluation lists are, into positions.
 *
 * @param names Names of all images of a set, in its order. CIFAR-10's binary files hold none; its Python files do.
 * @param list Names to look for.
 * @throws {InputError} For a name that is not there, or a name that two images have.
 *
 * @example
 * ```ts
 * import { indicesOfNames } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(indicesOfNames(["a.png", "b.png", "c.png"], ["c.png", "a.png"]), [2, 0]);
 * ```
 */
export function indicesOfNames(names: readonly string[], list: readonly string[]): number[] {
  const places = new Map<string, number>();
  for (const [index, name] of names.entries()) {
    if (places.has(name)) {
      throw new InputError(`Cannot tell images apart as two are called '${name}'`, {
        source: "names",
      });
    }
    places.set(name, index);
  }
  return list.map((name) => {
    const index = places.get(name);
    if (index === undefined) {
      throw new InputError(`Cannot find the image '${name}' among ${names.length}`, {
        source: "list",
        hint: "Take the list and the names of one data set",
      });
    }
    return index;
  });
}
