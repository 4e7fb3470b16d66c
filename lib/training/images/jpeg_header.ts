import { checkImage, imageError, type ReadImageOptions } from "./image.ts";

/** What a JPEG file says of itself. */
export interface JpegHeader {
  /** Pixels. */
  width: number;
  /** Pixels. */
  height: number;
  /** 1 grey, 3 colour. */
  channels: number;
  /** How often its pixels are gone over: 1 unless it is progressive. */
  scans: number;
}

/** Progressive files have about ten. */
const MOST_SCANS = 100;
/** Each scan goes over all pixels. */
const MOST_WORK = 200_000_000;

/**
 * Walks through all markers of a JPEG file (ITU-T T.81, annex B), without decoding: what it finds says whether decoding
 * is bounded.
 *
 * @throws {ImageError} For a file that is damaged, cut off, too large, or of other channels than wanted.
 */
export function checkJpeg(bytes: Uint8Array, options: ReadImageOptions = {}): JpegHeader {
  const { source = "image" } = options;
  const fail = (at: number, reason: string, hint?: string) =>
    imageError(source, at, reason, { hint });
  const cutOff = () =>
    fail(bytes.length, "it ends before its end marker", "Copy the file again: it was cut off");
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) throw fail(0, "it is not a JPEG file");
  const word = (at: number) => bytes[at] << 8 | bytes[at + 1];
  let frame: Omit<JpegHeader, "scans"> | undefined;
  let scans = 0;
  for (let at = 2;;) {
    if (at + 2 > bytes.length) throw cutOff();
    if (bytes[at] !== 0xff) throw fail(at, "a marker is expected");
    const marker = bytes[at + 1];
    if (marker === 0xff) { // filling
      at++;
      continue;
    }
    if (marker === 0xd9) break;
    if (marker === 0x01 || marker >= 0xd0 && marker <= 0xd7) {
      at += 2;
      continue;
    }
    if (at + 4 > bytes.length) throw cutOff();
    const size = word(at + 2);
    if (size < 2) throw fail(at, `a segment has ${size} bytes`);
    if (at + 2 + size > bytes.length) throw cutOff();
    if (isFrame(marker)) {
      if (frame) throw fail(at, "it has two frames");
      if (size < 8) throw fail(at, `its frame has ${size} bytes`);
      if (marker > 0xc2) throw fail(at, `its method of coding, ${marker - 0xc0}, is not supported`);
      if (bytes[at + 4] !== 8) throw fail(at + 4, `it has ${bytes[at + 4]} bits: 8 expected`);
      frame = { height: word(at + 5), width: word(at + 7), channels: bytes[at + 9] };
      const { channels } = frame;
      if (channels !== 1 && channels !== 3) {
        throw fail(at + 9, `it has ${channels} channels`, "Convert it to red, green and blue");
      }
      checkImage(frame, options, { size: at + 5, channels: at + 9 });
    }
    at += 2 + size;
    if (marker !== 0xda) continue;
    if (!frame) throw fail(at, "its pixels come before its size");
    scans++;
    if (scans > MOST_SCANS || scans > 1 && scans * frame.width * frame.height > MOST_WORK) {
      throw fail(
        at,
        `it goes over ${frame.width} × ${frame.height} pixels ${scans} times and more`,
      );
    }
    // Within the coded pixels a byte of 255 is followed by 0, or by the number of a restart.
    for (;;) {
      at = bytes.indexOf(0xff, at);
      if (at < 0 || at + 1 >= bytes.length) throw cutOff();
      const next = bytes[at + 1];
      if (next !== 0 && (next < 0xd0 || next > 0xd7)) break;
      at += 2;
    }
  }
  if (!frame || scans === 0) throw fail(bytes.length, "it holds no pixels");
  return { ...frame, scans };
}

/** SOF0 … SOF15, without the three other markers among them. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}
