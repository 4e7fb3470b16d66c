/**
 * Random changes to images, as training makes them.
 *
 * @module
 */
import { InputError } from "../../errors.ts";

/** How one image is turned, moved, zoomed and mirrored. */
export interface ImageTransform {
  /** Turns the picture clockwise, in degrees. [0] */
  rotationDegrees?: number;
  /** Rows that the picture moves up. [0] */
  shiftRows?: number;
  /** Columns that the picture moves to the left. [0] */
  shiftColumns?: number;
  /** Below 1 enlarges the picture in height. [1] */
  zoomRows?: number;
  /** Below 1 enlarges the picture in width. [1] */
  zoomColumns?: number;
  /** Mirrors left and right, after all else. [false] */
  flip?: boolean;
}

/**
 * Transforms one image as Keras' `ImageDataGenerator` does: about the centre, linear interpolation, the edge's pixels
 * beyond the edge.
 *
 * Each pixel at p (row, column, from the centre) is taken from R·(Z·p + t), R the rotation, Z the zoom, t the shift.
 *
 * @param image [height, width, channels].
 * @param shape Of `image`.
 * @param out As `image`; not rounded. It is given back.
 * @throws {InputError} Where the lengths do not fit the shape.
 *
 * @example
 * ```ts
 * import { transformImage } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const image = Uint8Array.of(10, 20, 30);
 * assert.deepEqual([...transformImage(image, [1, 3, 1], { shiftColumns: 0.5 })], [15, 25, 30]);
 * assert.deepEqual([...transformImage(image, [1, 3, 1], { flip: true })], [30, 20, 10]);
 * ```
 */
export function transformImage(
  image: Uint8Array,
  shape: readonly [number, number, number],
  transform: ImageTransform,
  out: Float32Array = new Float32Array(image.length),
): Float32Array {
  const [height, width, channels] = shape;
  if (image.length !== height * width * channels || out.length !== image.length) {
    throw new InputError(
      `Cannot take ${image.length} values for an image of ${shape.join(" × ")}, into ${out.length}`,
      { source: "image" },
    );
  }
  const {
    rotationDegrees = 0,
    shiftRows = 0,
    shiftColumns = 0,
    zoomRows = 1,
    zoomColumns = 1,
    flip = false,
  } = transform;
  const cos = Math.cos(rotationDegrees * Math.PI / 180);
  const sin = Math.sin(rotationDegrees * Math.PI / 180);
  const middleRow = (height - 1) / 2;
  const middleColumn = (width - 1) / 2;
  const startRow = middleRow + cos * shiftRows - sin * shiftColumns;
  const startColumn = middleColumn + sin * shiftRows + cos * shiftColumns;
  const lastRow = height - 1;
  const lastColumn = width - 1;
  const rowBytes = width * channels;
  let at = 0;
  for (let row = 0; row < height; row++) {
    const down = zoomRows * (row - middleRow);
    for (let column = 0; column < width; column++) {
      const right = zoomColumns * ((flip ? lastColumn - column : column) - middleColumn);
      const fromRow = startRow + cos * down - sin * right;
      const fromColumn = startColumn + sin * down + cos * right;
      const y = fromRow < 0 ? 0 : fromRow > lastRow ? lastRow : fromRow;
      const x = fromColumn < 0 ? 0 : fromColumn > lastColumn ? lastColumn : fromColumn;
      const top = Math.floor(y);
      const left = Math.floor(x);
      const lower = y - top;
      const righter = x - left;
      let a = top * rowBytes + left * channels;
      // On the last row or column the neighbour has no weight; it is read from within the image.
      const nextColumn = left < lastColumn ? channels : 0;
      const nextRow = top < lastRow ? rowBytes : 0;
      for (let channel = 0; channel < channels; channel++, a++) {
        const b = a + nextRow;
        const upper = image[a] + (image[a + nextColumn] - image[a]) * righter;
        const under = image[b] + (image[b + nextColumn] - image[b]) * righter;
        out[at++] = upper + (under - upper) * lower;
      }
    }
  }
  return out;
}

/** How far images are changed at most. The defaults are those of image classification. */
export interface AugmentOptions {
  /** To either side, in degrees. [15] */
  rotationDegrees?: number;
  /** To either side, as a part of height and width. [0.1] */
  shift?: number;
  /** Smaller and larger by this part, in height and width on their own. [0] */
  zoom?: number;
  /** Whether every other image, by chance, is mirrored. [true] */
  flip?: boolean;
  /** Numbers from 0 to before 1: give a seeded source to have the same images again. [Math.random] */
  random?: () => number;
}

/**
 * Changes each image at random, evenly within the limits, by {@linkcode transformImage}. Image classification takes the
 * defaults; person detection `{ rotationDegrees: 10, shift: 0.05, zoom: 0.1 }`.
 *
 * @param images [count, height, width, channels].
 * @param shape [height, width, channels].
 * @param out As `images`; it is given back.
 * @returns [count, height, width, channels], 0 … 255, not rounded.
 * @throws {InputError} Where `images` is not whole images, or `out` of another length.
 *
 * @example
 * ```ts
 * import { augmentImages } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const images = new Uint8Array(2 * 32 * 32 * 3).fill(7);
 * const changed = augmentImages(images, [32, 32, 3]);
 * assert(changed.every((value) => value === 7));
 * ```
 */
export function augmentImages(
  images: Uint8Array,
  shape: readonly [number, number, number],
  options: AugmentOptions = {},
  out: Float32Array = new Float32Array(images.length),
): Float32Array {
  const { rotationDegrees = 15, shift = 0.1, zoom = 0, flip = true, random = Math.random } =
    options;
  const [height, width, channels] = shape;
  const size = height * width * channels;
  if (!(size > 0) || images.length % size !== 0 || out.length !== images.length) {
    throw new InputError(
      `Cannot take ${images.length} values for images of ${shape.join(" × ")}, into ${out.length}`,
      { source: "images" },
    );
  }
  const either = (most: number) => (2 * random() - 1) * most;
  for (let start = 0; start < images.length; start += size) {
    transformImage(images.subarray(start, start + size), shape, {
      rotationDegrees: either(rotationDegrees),
      shiftRows: either(shift) * height,
      shiftColumns: either(shift) * width,
      zoomRows: 1 + either(zoom),
      zoomColumns: 1 + either(zoom),
      flip: flip && random() < 0.5,
    }, out.subarray(start, start + size));
  }
  return out;
}
