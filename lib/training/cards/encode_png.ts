import { crc32, deflateSync } from "node:zlib";

/**
 * A picture as a PNG file.
 *
 * @param pixels [height, width, channels], 0 to 255.
 * @param shape Of `pixels`; 1 channel is grey, 3 are red, green and blue.
 * @throws {RangeError} Where the length does not fit the shape, or there are other channels.
 *
 * @example
 * ```ts
 * import { encodePng } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const png = encodePng(Uint8Array.of(255, 0, 0), [1, 1, 3]);
 * assert.equal(String.fromCharCode(...png.subarray(1, 4)), "PNG");
 * ```
 */
export function encodePng(
  pixels: Uint8Array,
  shape: readonly [height: number, width: number, channels: number],
): Uint8Array<ArrayBuffer> {
  const [height, width, channels] = shape;
  const isPlain = (channels === 1 || channels === 3) && height > 0 && width > 0;
  if (!isPlain || pixels.length !== height * width * channels) {
    throw new RangeError(
      `Cannot encode ${pixels.length} values as a picture of ${shape.join(" × ")}`,
    );
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = 8; // bits
  header[9] = channels === 1 ? 0 : 2;
  const rowBytes = width * channels;
  const rows = new Uint8Array(height * (rowBytes + 1)); // a zero before each row: no filter
  for (let row = 0; row < height; row++) {
    rows.set(
      pixels.subarray(row * rowBytes, (row + 1) * rowBytes),
      row * (rowBytes + 1) + 1,
    );
  }
  const parts = [
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", new Uint8Array()),
  ];
  const png = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    png.set(part, at);
    at += part.length;
  }
  return png;
}

function chunk(name: string, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(content.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  bytes.set(new TextEncoder().encode(name), 4);
  bytes.set(content, 8);
  view.setUint32(content.length + 8, crc32(bytes.subarray(4, content.length + 8)));
  return bytes;
}
