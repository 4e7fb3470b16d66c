/** Makes WAV files, sound or not, for tests. */
import type { WavEncoding } from "../../../lib/training/audio/read_wav.ts";

const formats = {
  uint8: [1, 1],
  int16: [1, 2],
  int24: [1, 3],
  int32: [1, 4],
  float32: [3, 4],
  float64: [3, 8],
} as const;

export interface WavBytesOptions {
  encoding?: WavEncoding;
  sampleRate?: number;
  extensible?: boolean;
  /** Chunks before the samples. */
  chunks?: { id: string; bytes: Uint8Array }[];
}

/** A file of integers as they are stored (or floats), [channel][sample]. */
export function wavBytes(
  channels: ArrayLike<number>[],
  options: WavBytesOptions = {},
): Uint8Array<ArrayBuffer> {
  const { encoding = "int16", sampleRate = 16_000, extensible = false, chunks = [] } = options;
  const [code, width] = formats[encoding];
  const length = channels[0].length;
  const block = width * channels.length;
  const format = new DataView(new ArrayBuffer(extensible ? 40 : 16));
  format.setUint16(0, extensible ? 0xfffe : code, true);
  format.setUint16(2, channels.length, true);
  format.setUint32(4, sampleRate, true);
  format.setUint32(8, sampleRate * block, true);
  format.setUint16(12, block, true);
  format.setUint16(14, width * 8, true);
  if (extensible) {
    format.setUint16(16, 22, true);
    format.setUint16(18, width * 8, true);
    format.setUint16(24, code, true);
    const tail = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
    tail.forEach((byte, i) => format.setUint8(26 + i, byte));
  }
  const data = new DataView(new ArrayBuffer(length * block));
  for (let i = 0; i < length; i++) {
    channels.forEach((channel, c) => {
      const at = i * block + c * width;
      const value = channel[i];
      if (encoding === "uint8") data.setUint8(at, value);
      else if (encoding === "int16") data.setInt16(at, value, true);
      else if (encoding === "int24") {
        data.setUint16(at, value & 0xffff, true);
        data.setInt8(at + 2, value >> 16);
      } else if (encoding === "int32") data.setInt32(at, value, true);
      else if (encoding === "float32") data.setFloat32(at, value, true);
      else data.setFloat64(at, value, true);
    });
  }
  return riff([
    { id: "fmt ", bytes: new Uint8Array(format.buffer) },
    ...chunks,
    { id: "data", bytes: new Uint8Array(data.buffer) },
  ]);
}

/** A RIFF file of kind WAVE with these chunks. */
export function riff(chunks: { id: string; bytes: Uint8Array }[]): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder();
  const parts = chunks.map(({ id, bytes }) => {
    const chunk = new Uint8Array(8 + bytes.length + bytes.length % 2);
    chunk.set(text.encode(id));
    new DataView(chunk.buffer).setUint32(4, bytes.length, true);
    chunk.set(bytes, 8);
    return chunk;
  });
  const size = parts.reduce((sum, part) => sum + part.length, 12);
  const file = new Uint8Array(size);
  file.set(text.encode("RIFF"));
  new DataView(file.buffer).setUint32(4, size - 8, true);
  file.set(text.encode("WAVE"), 8);
  let at = 12;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}
