/**
 * Resizes pictures as person detection's data set was made.
 *
 * @module
 */
import { InputError } from "../../errors.ts";
import type { Image } from "./image.ts";

/** What one place on an axis of the output is made of: neighbours on the axis of the input, each with its weight. */
interface Blend {
  /** The first neighbour. */
  start: number;
  /** Of the neighbours from there on; their sum is 1. */
  weights: Float64Array;
}

/**
 * Resizes a picture as `skimage.transform.resize(image, size, anti_aliasing=True)` followed by `(255 * x).astype(uint8)`
 * does: where it shrinks a Gaussian of (factor - 1) / 2 pixels, cut off at 4 of them, then linear interpolation between
 * pixel centres, mirrored at the edge, the fraction dropped. The aspect is not kept.
 *
 * Pixels are those of scikit-image, but where the result is a whole number: an area of 200 stays 200 here, while there the
 * last bit of the processor's exponential decides whether it becomes 199.
 *
 * @param size Of the result: [height, width].
 * @throws {InputError} Where a size is no whole number from 1 to 65,535, or the pixels do not fit the shape.
 *
 * @example
 * ```ts
 * import { resizeImage } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const image = { pixels: Uint8Array.of(0, 100, 200, 255), shape: [1, 4, 1] as const };
 * assert.deepEqual([...resizeImage(image, [1, 2]).pixels], [60, 219]);
 * ```
 */
export function resizeImage(image: Image, size: readonly [height: number, width: number]): Image {
  const [height, width, channels] = image.shape;
  const [rows, columns] = size;
  for (const side of [height, width, rows, columns]) {
    if (Number.isInteger(side) && side >= 1 && side <= 65_535) continue;
    throw new InputError(`Cannot resize ${height} × ${width} pixels to ${rows} × ${columns}`, {
      source: "size",
    });
  }
  if (image.pixels.length !== height * width * channels) {
    throw new InputError(
      `Cannot take ${image.pixels.length} values for a picture of ${image.shape.join(" × ")}`,
      { source: "image" },
    );
  }
  const down = blendsOf(height, rows);
  const across = blendsOf(width, columns);
  const line = new Float64Array(width * channels);
  const pixels = new Uint8Array(rows * columns * channels);
  let out = 0;
  for (const blend of down) {
    blendRows(image.pixels, blend, line);
    for (const { start, weights } of across) {
      for (let channel = 0; channel < channels; channel++) {
        let value = ROUNDING;
        for (let i = 0, at = start * channels + channel; i < weights.length; i++, at += channels) {
          value += line[at] * weights[i];
        }
        pixels[out++] = value;
      }
    }
  }
  return { pixels, shape: [rows, columns, channels] };
}

/** Far above what doubles are off by, far below what a pixel is likely to be short of a whole number. */
const ROUNDING = 1e-9;

/** How each place on an axis comes from another axis: a Gaussian and linear interpolation in one. */
function blendsOf(from: number, to: number): Blend[] {
  const gaussian = gaussianOf(Math.max(0, (from / to - 1) / 2));
  const radius = gaussian.length >> 1;
  return Array.from({ length: to }, (_, index) => {
    const at = (index + 0.5) * (from / to) - 0.5;
    const left = Math.floor(at);
    const share = at - left;
    const sums = new Map<number, number>();
    gaussian.forEach((weight, i) => {
      for (const [neighbour, part] of [[left, 1 - share], [left + 1, share]]) {
        if (part === 0) continue;
        const place = mirrored(mirrored(neighbour, from) + i - radius, from);
        sums.set(place, (sums.get(place) ?? 0) + weight * part);
      }
    });
    const start = Math.min(...sums.keys());
    const weights = new Float64Array(Math.max(...sums.keys()) - start + 1);
    for (const [place, weight] of sums) weights[place - start] = weight;
    return { start, weights };
  });
}

function gaussianOf(sigma: number): Float64Array {
  if (sigma === 0) return Float64Array.of(1);
  const radius = Math.floor(4 * sigma + 0.5);
  const all = Float64Array.from(
    { length: 2 * radius + 1 },
    (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)),
  );
  const sum = all.reduce((total, value) => total + value, 0);
  return all.map((value) => value / sum);
}

/** The index that an index beyond the ends stands for, the end itself not doubled. */
function mirrored(index: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const at = Math.abs(index) % period;
  return at < length ? at : period - at;
}

/** Rows of the picture, blended into one; four at a time, so that the sums are gone through less often. */
function blendRows(pixels: Uint8Array, { start, weights }: Blend, out: Float64Array): void {
  const { length } = out;
  out.fill(0);
  let row = 0;
  for (; row + 3 < weights.length; row += 4) {
    const a = (start + row) * length;
    const [b, c, d] = [a + length, a + 2 * length, a + 3 * length];
    const [wa, wb, wc, wd] = weights.subarray(row, row + 4);
    for (let i = 0; i < length; i++) {
      out[i] += pixels[a + i] * wa + pixels[b + i] * wb + pixels[c + i] * wc + pixels[d + i] * wd;
    }
  }
  for (; row < weights.length; row++) {
    const a = (start + row) * length;
    const weight = weights[row];
    for (let i = 0; i < length; i++) out[i] += pixels[a + i] * weight;
  }
}
