/**
 * Reads PNG files from untrusted bytes.
 *
 * @module
 */
import { crc32, inflateSync } from "node:zlib";
import { checkImage, type Image, imageError, type ReadImageOptions } from "./image.ts";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Samples of a pixel in the file, by colour type. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

interface Header {
  width: number;
  height: number;
  depth: number;
  colour: number;
}

/**
 * Reads a PNG file (https://www.w3.org/TR/png-3/): greyscale, colour or palette, of any depth; not interlaced. Alpha is
 * left out, of 16 bits the upper 8 stay, colours are as stored (no gamma). All checksums are checked.
 *
 * @throws {ImageError} For a file that is damaged, cut off, too large, interlaced, or of other channels than wanted.
 *
 * @example
 * ```ts
 * import { readPng } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const base64 = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGPgEpEDAABoAD1UCKP3AAAAAElFTkSuQmCC";
 * const { pixels, shape } = readPng(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
 * assert.deepEqual([...shape], [1, 1, 3]);
 * assert.deepEqual([...pixels], [10, 20, 30]);
 * ```
 */
export function readPng(bytes: Uint8Array, options: ReadImageOptions = {}): Image {
  const { source = "image" } = options;
  const fail = (at: number, reason: string, hint?: string) =>
    imageError(source, at, reason, { hint });
  const wrong = SIGNATURE.findIndex((byte, i) => bytes[i] !== byte);
  if (wrong >= 0) throw fail(0, "it is not a PNG file");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header: Header | undefined;
  let palette: Uint8Array | undefined;
  const parts: Uint8Array[] = [];
  let firstPart = 0;
  for (let at = SIGNATURE.length;;) {
    if (bytes.length - at < 12) {
      throw fail(
        bytes.length,
        "it ends before its last chunk",
        "Copy the file again: it was cut off",
      );
    }
    const size = view.getUint32(at);
    if (size > bytes.length - at - 12) {
      throw fail(
        bytes.length,
        `it ends after ${bytes.length - at - 12} of ${size} bytes of a chunk`,
        "Copy the file again: it was cut off",
      );
    }
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const data = bytes.subarray(at + 8, at + 8 + size);
    if (crc32(bytes.subarray(at + 4, at + 8 + size)) !== view.getUint32(at + 8 + size)) {
      throw fail(at, "the checksum of a chunk is wrong", "Copy the file again: it is damaged");
    }
    if (header === undefined && kind !== "IHDR") {
      throw fail(at, "it does not begin with its header");
    }
    if (kind === "IHDR") {
      if (header !== undefined) throw fail(at, "it has two headers");
      header = headerOf(view, at + 8, size, fail);
      const channels = header.colour === 0 || header.colour === 4 ? 1 : 3;
      checkImage({ ...header, channels }, options, { size: at + 8, channels: at + 17 });
    } else if (kind === "PLTE") {
      if (size % 3 !== 0 || size === 0 || size > 768) {
        throw fail(at, `its palette has ${size} bytes`);
      }
      palette = data;
    } else if (kind === "IDAT") {
      if (parts.length === 0) firstPart = at;
      parts.push(data);
    } else if (kind === "IEND") break;
    else if ((bytes[at + 4] & 0x20) === 0) {
      throw fail(at, `it cannot be read without knowing its chunk '${printable(kind)}'`);
    }
    at += 12 + size;
  }
  if (parts.length === 0) throw fail(bytes.length, "it holds no pixels");
  if (header!.colour === 3 && palette === undefined) throw fail(firstPart, "it holds no palette");
  return pixelsOf(header!, palette, parts, (reason) => fail(firstPart, reason));
}

function headerOf(
  view: DataView,
  at: number,
  size: number,
  fail: (at: number, reason: string, hint?: string) => Error,
): Header {
  if (size !== 13) throw fail(at, `its header has ${size} bytes: 13 expected`);
  const [depth, colour, compression, filter, interlace] = [8, 9, 10, 11, 12]
    .map((offset) => view.getUint8(at + offset));
  if (!Object.hasOwn(DEPTHS, colour) || !DEPTHS[colour].includes(depth)) {
    throw fail(at + 8, `there is no colour type ${colour} of ${depth} bits`);
  }
  if (compression !== 0 || filter !== 0 || interlace > 1) {
    throw fail(at + 10, "its method of compression is not known");
  }
  if (interlace === 1) {
    throw fail(at + 12, "it is interlaced, which is not supported", "Save it without interlacing");
  }
  return { width: view.getUint32(at), height: view.getUint32(at + 4), depth, colour };
}

function pixelsOf(
  { width, height, depth, colour }: Header,
  palette: Uint8Array | undefined,
  parts: readonly Uint8Array[],
  fail: (reason: string) => Error,
): Image {
  const samples = SAMPLES[colour];
  const rowBytes = Math.ceil(width * samples * depth / 8);
  const expected = height * (rowBytes + 1);
  let raw: Uint8Array;
  try {
    raw = inflateSync(parts.length === 1 ? parts[0] : joined(parts), { maxOutputLength: expected });
  } catch {
    throw fail("its pixels cannot be unpacked, or are more than its size says");
  }
  if (raw.length !== expected) {
    throw fail(`its pixels take ${raw.length} bytes: ${expected} expected`);
  }
  unfilter(raw, rowBytes, Math.max(1, samples * depth >> 3), fail);
  const channels = colour === 0 || colour === 4 ? 1 : 3;
  const pixels = new Uint8Array(width * height * channels);
  const scale = depth < 8 && colour === 0 ? 255 / (2 ** depth - 1) : 1;
  let out = 0;
  for (let row = 0; row < height; row++) {
    const start = row * (rowBytes + 1) + 1;
    for (let column = 0; column < width; column++) {
      for (let sample = 0; sample < samples; sample++) {
        const place = column * samples + sample;
        const value = depth === 8
          ? raw[start + place]
          : depth === 16
          ? raw[start + 2 * place]
          : raw[start + (place * depth >> 3)] >> (8 - depth - place * depth % 8) & 2 ** depth - 1;
        if (colour === 3) {
          if (3 * value + 2 >= palette!.length) throw fail(`colour ${value} is not in its palette`);
          for (let i = 0; i < 3; i++) pixels[out++] = palette![3 * value + i];
        } else if (sample < channels) pixels[out++] = value * scale;
      }
    }
  }
  return { pixels, shape: [height, width, channels] };
}

/** Takes the filters of all rows away, in place: each row has one of five, each byte of it one of the pixel before. */
function unfilter(
  raw: Uint8Array,
  rowBytes: number,
  pixelBytes: number,
  fail: (reason: string) => Error,
): void {
  const stride = rowBytes + 1;
  for (let start = 1; start < raw.length; start += stride) {
    const kind = raw[start - 1];
    if (kind > 4) throw fail(`filter ${kind} is not known`);
    if (kind === 0) continue;
    const first = start === 1;
    for (let i = 0; i < rowBytes; i++) {
      const at = start + i;
      const left = i < pixelBytes ? 0 : raw[at - pixelBytes];
      const up = first ? 0 : raw[at - stride];
      const corner = first || i < pixelBytes ? 0 : raw[at - stride - pixelBytes];
      raw[at] += kind === 1
        ? left
        : kind === 2
        ? up
        : kind === 3
        ? left + up >> 1
        : paeth(left, up, corner);
    }
  }
}

function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner;
  const [a, b, c] = [left, up, corner].map((value) => Math.abs(estimate - value));
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function printable(text: string): string {
  return text.replace(/[^A-Za-z]/g, "?");
}
