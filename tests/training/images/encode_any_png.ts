/** Makes PNG files for tests, sound or not. */
import { crc32, deflateSync } from "node:zlib";

/** A chunk with its checksum. */
export function pngChunk(kind: string, data: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(12 + data.length);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, data.length);
  chunk.set(new TextEncoder().encode(kind), 4);
  chunk.set(data, 8);
  view.setUint32(8 + data.length, crc32(chunk.subarray(4, 8 + data.length)));
  return chunk;
}

export interface PngHeader {
  width: number;
  height: number;
  depth?: number;
  colour?: number;
  interlace?: number;
}

/** The signature and the header. */
export function pngStart(header: PngHeader): Uint8Array[] {
  const { width, height, depth = 8, colour = 2, interlace = 0 } = header;
  const data = new Uint8Array(13);
  const view = new DataView(data.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  data.set([depth, colour, 0, 0, interlace], 8);
  return [Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), pngChunk("IHDR", data)];
}

/** Puts parts together. */
export function bytesOf(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

/** A whole file; `rows` are its lines with their filters. */
export function pngOf(header: PngHeader, rows: Uint8Array, more: readonly Uint8Array[] = []) {
  return bytesOf([
    ...pngStart(header),
    ...more,
    pngChunk("IDAT", deflateSync(rows)),
    pngChunk("IEND", new Uint8Array()),
  ]);
}
