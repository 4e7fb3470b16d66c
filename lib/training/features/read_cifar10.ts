/**
 * CIFAR-10's binary files.
 *
 * @module
 */
import { InputError } from "../../errors.ts";
import type { ImageSet } from "./image_set.ts";

const PIXELS = 32 * 32;
const CLASSES = 10;
const RECORD_BYTES = 1 + 3 * PIXELS;

/** One file. */
export interface Cifar10Batch {
  /** What errors call it: its path. */
  source: string;
  /** All of it. */
  bytes: Uint8Array;
}

/**
 * Reads CIFAR-10's binary batches as one set. A record is a class and the planes of red, green and blue
 * (https://www.cs.toronto.edu/~kriz/cifar.html); the images come out with the channels of a pixel together, 0 … 255.
 *
 * @throws {InputError} For a batch that is empty, cut off, or names a class above 9.
 *
 * @example
 * ```ts
 * import { readCifar10 } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const bytes = new Uint8Array(3073);
 * bytes[0] = 9;
 * bytes.fill(200, 1 + 1024, 1 + 2048);
 * const { images, labels, shape } = readCifar10([{ source: "data_batch_1.bin", bytes }]);
 * assert.deepEqual([labels[0], ...shape], [9, 32, 32, 3]);
 * assert.deepEqual([...images.subarray(0, 3)], [0, 200, 0]);
 * ```
 */
export function readCifar10(batches: readonly Cifar10Batch[]): ImageSet {
  const counts = batches.map(countOf);
  const count = counts.reduce((sum, each) => sum + each, 0);
  const images = new Uint8Array(count * 3 * PIXELS);
  const labels = new Uint8Array(count);
  let image = 0;
  for (const [index, { source, bytes }] of batches.entries()) {
    for (let record = 0; record < counts[index]; record++, image++) {
      const start = record * RECORD_BYTES;
      const label = bytes[start];
      if (label >= CLASSES) {
        throw new InputError(
          `Cannot read '${source}' at byte ${start} as it names class ${label}: 0 to 9 expected`,
          { source, hint: "Take the binary version of CIFAR-10, not of CIFAR-100" },
        );
      }
      labels[image] = label;
      let at = image * 3 * PIXELS;
      const red = start + 1;
      for (let pixel = red; pixel < red + PIXELS; pixel++) {
        images[at++] = bytes[pixel];
        images[at++] = bytes[pixel + PIXELS];
        images[at++] = bytes[pixel + 2 * PIXELS];
      }
    }
  }
  return { images, labels, shape: [32, 32, 3] };
}

function countOf({ source, bytes }: Cifar10Batch): number {
  const count = Math.floor(bytes.length / RECORD_BYTES);
  if (count > 0 && count * RECORD_BYTES === bytes.length) return count;
  throw new InputError(
    `Cannot read '${source}' as its ${bytes.length} bytes end within image ${count}`,
    { source, hint: `Copy it again: images take ${RECORD_BYTES} bytes each` },
  );
}
