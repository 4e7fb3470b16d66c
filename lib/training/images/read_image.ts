/**
 * Reads pictures, whatever their format.
 *
 * @module
 */
import { type Image, imageError, type ReadImageOptions } from "./image.ts";
import { readJpeg } from "./read_jpeg.ts";
import { readPng } from "./read_png.ts";

/**
 * Reads a JPEG or PNG file, told apart by their first bytes. See {@linkcode readJpeg} and {@linkcode readPng}.
 *
 * @throws {ImageError} For a file that is neither, damaged, cut off, too large, or of other channels than wanted.
 *
 * @example
 * ```ts
 * import { ImageError, readImage } from "thimble";
 * import assert from "node:assert/strict";
 *
 * await assert.rejects(readImage(new TextEncoder().encode("GIF89a")), ImageError);
 * ```
 */
export async function readImage(
  bytes: Uint8Array<ArrayBuffer>,
  options: ReadImageOptions = {},
): Promise<Image> {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return await readJpeg(bytes, options);
  if (bytes[0] === 0x89 && bytes[1] === 0x50) return readPng(bytes, options);
  throw imageError(options.source ?? "image", 0, "it is neither a JPEG nor a PNG file");
}
