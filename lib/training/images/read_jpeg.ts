/**
 * Reads JPEG files from untrusted bytes.
 *
 * @module
 */
import { type Image, imageError, type ReadImageOptions } from "./image.ts";
import { checkJpeg } from "./jpeg_header.ts";

/** The decoder gives red, green, blue and alpha of each pixel. */
type Decode = (
  bytes: ArrayBuffer,
) => Promise<{ data: Uint8ClampedArray<ArrayBuffer>; width: number; height: number }>;

let decoder: Promise<Decode> | undefined;
/** What the decoder says of the picture that it is at. */
let complaints: string[] = [];
/** The end of the picture before: one at a time, so that it is known whose complaints they are. */
let previous: Promise<unknown> = Promise.resolve();

/**
 * The decoder of MozJPEG in WebAssembly: slow integer transform and smooth upsampling, so its pixels are those of
 * libjpeg-turbo. Loaded when the first picture is read, and anew after a failure: that leaves its memory undefined.
 */
async function loadDecoder(): Promise<Decode> {
  const [{ default: decode, init }, wasm] = await Promise.all([
    import("@jsquash/jpeg/decode.js"),
    Deno.readFile(new URL(import.meta.resolve("@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm"))),
  ]);
  const start = init as (module: WebAssembly.Module, options: object) => Promise<void>;
  const printErr = (text: string) => void complaints.push(text);
  await start(await WebAssembly.compile(wasm), { print: () => {}, printErr });
  return decode as Decode;
}

async function decodeNext(bytes: ArrayBuffer) {
  const decode = await (decoder ??= loadDecoder());
  complaints = [];
  const pixels = await decode(bytes);
  // It makes the rest grey. Bytes that are too many do no harm.
  return { pixels, isCut: complaints.some((text) => /premature end/i.test(text)) };
}

/**
 * Reads a JPEG file: baseline or progressive, grey or colour, 8 bits. Its size is looked at before any pixel is decoded;
 * the orientation that a camera noted is left aside, as the reference does.
 *
 * Pixels are those of libjpeg-turbo, which the reference's Pillow uses.
 *
 * @returns With one channel for grey files, unless three are wanted; then all three are alike.
 * @throws {ImageError} For a file that is damaged, cut off or too large.
 *
 * @example
 * ```ts
 * import { ImageError, readJpeg } from "thimble";
 * import assert from "node:assert/strict";
 *
 * await assert.rejects(readJpeg(Uint8Array.of(0xff, 0xd8, 0xff)), ImageError);
 * ```
 */
export async function readJpeg(
  bytes: Uint8Array<ArrayBuffer>,
  options: ReadImageOptions = {},
): Promise<Image> {
  const { source = "image" } = options;
  const header = checkJpeg(bytes, { ...options, channels: undefined });
  // Grey to colour loses nothing; the other way it is not what was asked for.
  if (options.channels === 1) checkJpeg(bytes, options);
  let decoded: Awaited<ReturnType<typeof decodeNext>>;
  try {
    const { buffer, byteOffset, byteLength } = bytes;
    const own = byteLength === buffer.byteLength
      ? buffer
      : buffer.slice(byteOffset, byteOffset + byteLength);
    const mine = previous.then(() => decodeNext(own));
    previous = mine.then(() => {}, () => {});
    decoded = await mine;
  } catch (cause) {
    decoder = undefined;
    throw imageError(source, 0, "it cannot be decoded", {
      cause,
      hint: "Copy the file again: it is damaged",
    });
  }
  const { data, width, height } = decoded.pixels;
  if (decoded.isCut) {
    throw imageError(source, bytes.length, `its coded pixels end before ${width} × ${height}`, {
      hint: "Copy the file again: it was cut off",
    });
  }
  const count = width * height;
  if (width !== header.width || height !== header.height || data.length !== count * 4) {
    throw imageError(source, 0, `it came out as ${width} × ${height} pixels`);
  }
  const channels = options.channels ?? header.channels;
  const pixels = new Uint8Array(count * channels);
  if (channels === 1) { for (let i = 0; i < count; i++) pixels[i] = data[4 * i]; }
  else {
    for (let from = 0, to = 0; to < pixels.length; from += 4) {
      pixels[to++] = data[from];
      pixels[to++] = data[from + 1];
      pixels[to++] = data[from + 2];
    }
  }
  return { pixels, shape: [height, width, channels] };
}
