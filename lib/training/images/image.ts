/**
 * Pictures as bytes.
 *
 * @module
 */
import { InputError, type ThimbleErrorOptions } from "../../errors.ts";

/** A picture. */
export interface Image {
  /** [height, width, channels]: the channels of a pixel together, 0 … 255. */
  pixels: Uint8Array<ArrayBuffer>;
  /** [height, width, channels]. */
  shape: readonly [height: number, width: number, channels: number];
}

/** What a reader of pictures is told. */
export interface ReadImageOptions {
  /** What errors call the file: its path. ["image"] */
  source?: string;
  /** How many channels are wanted: 1 grey, 3 red, green and blue. Undefined: as the file has them, without alpha. */
  channels?: 1 | 3;
  /** Pixels above which a file is refused, before any of them is decoded. [30 million] */
  mostPixels?: number;
}

/** Pixels above which a picture is refused, unless more are asked for. */
export const MOST_PIXELS = 30_000_000;

/**
 * A picture cannot be used: it is damaged, too large, or of a kind that is not supported.
 *
 * @example
 * ```ts
 * import { ImageError, readPng } from "thimble";
 * import assert from "node:assert/strict";
 *
 * try {
 *   readPng(new Uint8Array(100), { source: "cat.png" });
 * } catch (error) {
 *   assert(error instanceof ImageError);
 *   assert.deepEqual([error.source, error.offset], ["cat.png", 0]);
 * }
 * ```
 */
export class ImageError extends InputError {
  /** Name of the class. */
  override name = "ImageError";
  /** Where in the file, in bytes. */
  readonly offset: number;

  /** Makes the error. */
  constructor(message: string, options: ThimbleErrorOptions & { source: string; offset: number }) {
    super(message, options);
    this.offset = options.offset;
  }
}

/** An error for a place in a file. */
export function imageError(
  source: string,
  offset: number,
  reason: string,
  options: ThimbleErrorOptions = {},
): ImageError {
  return new ImageError(`Cannot read '${source}' at byte ${offset} as ${reason}`, {
    ...options,
    source,
    offset,
  });
}

/** Refuses what is too large, and channels other than those that are wanted. */
export function checkImage(
  { width, height, channels }: { width: number; height: number; channels: number },
  options: ReadImageOptions,
  at: { size: number; channels: number },
): void {
  const { source = "image", mostPixels = MOST_PIXELS } = options;
  if (width < 1 || height < 1 || width * height > mostPixels) {
    throw imageError(source, at.size, `it is of ${width} × ${height} pixels`, {
      hint: `Pictures of up to ${mostPixels} pixels are read`,
    });
  }
  if (options.channels !== undefined && options.channels !== channels) {
    throw imageError(
      source,
      at.channels,
      `it has ${channels} ${channels === 1 ? "channel" : "channels"}: ${options.channels} expected`,
      { hint: `Convert it to ${options.channels === 1 ? "greyscale" : "red, green and blue"}` },
    );
  }
}
