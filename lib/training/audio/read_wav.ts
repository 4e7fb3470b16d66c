/**
 * Reads WAV files from untrusted bytes.
 *
 * @module
 */
import { InputError, type ThimbleErrorOptions } from "../../errors.ts";

/** How a file holds its samples. */
export type WavEncoding = "uint8" | "int16" | "int24" | "int32" | "float32" | "float64";

/** A recording. */
export interface Wav {
  /** Samples a second, of each channel. */
  sampleRate: number;
  /** How the file held the samples. */
  encoding: WavEncoding;
  /** One array a channel, all of one length. Integers are scaled to -1 … 1 by their full scale, floats stay. */
  channels: Float32Array<ArrayBuffer>[];
}

/**
 * A WAV file cannot be used: it is damaged, or of a kind that is not supported.
 *
 * @example
 * ```ts
 * import { readWav, WavError } from "thimble";
 * import assert from "node:assert/strict";
 *
 * try {
 *   readWav(new Uint8Array(100), { source: "yes.wav" });
 * } catch (error) {
 *   assert(error instanceof WavError);
 *   assert.equal(error.source, "yes.wav");
 *   assert.equal(error.offset, 0);
 * }
 * ```
 */
export class WavError extends InputError {
  /** Name of the class. */
  override name = "WavError";
  /** Where in the file, in bytes. */
  readonly offset: number;

  /** Makes the error. */
  constructor(message: string, options: ThimbleErrorOptions & { source: string; offset: number }) {
    super(message, options);
    this.offset = options.offset;
  }
}

/** Options of {@linkcode readWav}. */
export interface ReadWavOptions {
  /** What errors call the file: its path. ["wav"] */
  source?: string;
}

const FORMATS: Readonly<Record<string, WavEncoding>> = {
  "1 8": "uint8",
  "1 16": "int16",
  "1 24": "int24",
  "1 32": "int32",
  "3 32": "float32",
  "3 64": "float64",
};
const SAMPLE_BYTES: Readonly<Record<WavEncoding, number>> = {
  uint8: 1,
  int16: 2,
  int24: 3,
  int32: 4,
  float32: 4,
  float64: 8,
};
const EXTENSIBLE = 0xfffe;
/** What follows the format's number in the GUID of an extensible format: `…-0000-0010-8000-00AA00389B71`. */
const GUID_TAIL = [
  0x00,
  0x00,
  0x00,
  0x00,
  0x10,
  0x00,
  0x80,
  0x00,
  0x00,
  0xaa,
  0x00,
  0x38,
  0x9b,
  0x71,
];
const MOST_CHANNELS = 256;
/** The size of samples that a program writes which does not know how many will come. */
const OPEN_SIZE = 0xffffffff;

/**
 * Reads a WAV file (RIFF): PCM of 8, 16, 24 or 32 bits, IEEE float of 32 or 64, up to 256 channels, also in the extensible
 * form. Chunks that it does not know are passed over. Nothing is believed: no more memory is taken than the samples that
 * are there need.
 *
 * @throws {WavError} For a file that is damaged, cut off, of another kind, or holds a float that is not finite.
 *
 * @example
 * ```ts
 * import { readWav } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const bytes = new Uint8Array(48);
 * const view = new DataView(bytes.buffer);
 * bytes.set(new TextEncoder().encode("RIFF....WAVEfmt "));
 * view.setUint32(4, 40, true);
 * view.setUint32(16, 16, true); // bytes of the format
 * view.setUint16(20, 1, true); // PCM
 * view.setUint16(22, 1, true); // channels
 * view.setUint32(24, 16_000, true); // samples a second
 * view.setUint32(28, 32_000, true); // bytes a second
 * view.setUint16(32, 2, true); // bytes of a sample of all channels
 * view.setUint16(34, 16, true); // bits
 * bytes.set(new TextEncoder().encode("data"), 36);
 * view.setUint32(40, 4, true);
 * view.setInt16(44, -16_384, true);
 * const { sampleRate, channels } = readWav(bytes);
 * assert.equal(sampleRate, 16_000);
 * assert.deepEqual(channels, [Float32Array.of(-0.5, 0)]);
 * ```
 */
export function readWav(bytes: Uint8Array, options: ReadWavOptions = {}): Wav {
  const file = new WavFile(bytes, options.source ?? "wav");
  file.checkHeader();
  let format: Format | undefined;
  for (let at = 12; at < bytes.length;) {
    const { id, start, size, available } = file.chunk(at);
    if (id === "fmt ") {
      if (format) throw file.error("it has two formats", at);
      format = file.format(start, size, available);
    } else if (id === "data") {
      if (!format) throw file.error("its samples come before their format", at);
      if (size > available) {
        throw file.error(`it ends after ${available} of ${size} bytes of samples`, bytes.length, {
          hint: size === OPEN_SIZE
            ? "A program that could not go back left its size open: convert it again, to a file"
            : "Copy the file again: it was cut off",
        });
      }
      return {
        sampleRate: format.sampleRate,
        encoding: format.encoding,
        channels: file.samples(format, start, size),
      };
    }
    // Chunks are padded to even sizes.
    at = start + size + size % 2;
  }
  throw file.error(format ? "it holds no samples" : "it holds no format", bytes.length);
}

interface Format {
  encoding: WavEncoding;
  channelCount: number;
  sampleRate: number;
}

class WavFile {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #source: string;

  constructor(bytes: Uint8Array, source: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#source = source;
  }

  error(reason: string, offset: number, options: ThimbleErrorOptions = {}): WavError {
    return new WavError(`Cannot read '${this.#source}' at byte ${offset} as ${reason}`, {
      ...options,
      source: this.#source,
      offset,
    });
  }

  checkHeader(): void {
    const kind = this.#text(0);
    if (kind !== "RIFF" || this.#text(8) !== "WAVE") {
      throw this.error(
        "it is not a WAV file",
        kind === "RIFF" ? Math.min(8, this.#bytes.length) : 0,
        {
          hint: kind === "RF64" || kind === "RIFX" || kind === "fLaC" || kind === "OggS"
            ? `Convert it from '${kind}' to WAV of 16 bits`
            : undefined,
        },
      );
    }
  }

  /** Four characters; empty where the file ends before. */
  #text(at: number): string {
    return String.fromCharCode(...this.#bytes.subarray(at, at + 4));
  }

  /** The chunk at `at`, its size as it says and as the file has it. */
  chunk(at: number) {
    if (this.#bytes.length - at < 8) throw this.error("it ends within the head of a chunk", at);
    const start = at + 8;
    return {
      id: this.#text(at),
      start,
      size: this.#view.getUint32(at + 4, true),
      available: this.#bytes.length - start,
    };
  }

  format(start: number, size: number, available: number): Format {
    if (size < 16 || size > available) {
      throw this.error(`its format has ${Math.min(size, available)} bytes`, start);
    }
    const view = this.#view;
    let code = view.getUint16(start, true);
    const bits = view.getUint16(start + 14, true);
    if (code === EXTENSIBLE) {
      if (size < 40) throw this.error(`its extensible format has ${size} bytes`, start);
      const known = GUID_TAIL.every((byte, i) => this.#bytes[start + 26 + i] === byte);
      if (!known) throw this.error("its format is not known", start + 24);
      code = view.getUint16(start + 24, true);
    }
    const key = `${code} ${bits}`;
    if (!Object.hasOwn(FORMATS, key)) {
      throw this.error(`format ${code} with ${bits} bits is not supported`, start, {
        hint: "Convert it to PCM of 16 bits",
      });
    }
    const encoding = FORMATS[key];
    const channelCount = view.getUint16(start + 2, true);
    if (channelCount < 1 || channelCount > MOST_CHANNELS) {
      throw this.error(
        `it has ${channelCount} channels: 1 to ${MOST_CHANNELS} expected`,
        start + 2,
      );
    }
    const sampleRate = view.getUint32(start + 4, true);
    if (sampleRate === 0) throw this.error("it has 0 samples a second", start + 4);
    const blockBytes = view.getUint16(start + 12, true);
    if (blockBytes !== channelCount * SAMPLE_BYTES[encoding]) {
      throw this.error(
        `${blockBytes} bytes do not hold ${channelCount} samples of ${bits} bits`,
        start + 12,
      );
    }
    return { encoding, channelCount, sampleRate };
  }

  samples(format: Format, start: number, size: number): Float32Array<ArrayBuffer>[] {
    const { encoding, channelCount } = format;
    const sampleBytes = SAMPLE_BYTES[encoding];
    const blockBytes = channelCount * sampleBytes;
    if (size % blockBytes !== 0) {
      throw this.error(`${size} bytes of samples are no multiple of ${blockBytes}`, start - 4);
    }
    const length = size / blockBytes;
    return Array.from({ length: channelCount }, (_, channel) => {
      const samples = new Float32Array(length);
      this.#read(encoding, start + channel * sampleBytes, blockBytes, samples);
      return samples;
    });
  }

  #read(encoding: WavEncoding, at: number, step: number, out: Float32Array): void {
    const view = this.#view;
    const { length } = out;
    switch (encoding) {
      case "uint8":
        for (let i = 0; i < length; i++) out[i] = (view.getUint8(at + i * step) - 128) / 128;
        break;
      case "int16":
        for (let i = 0; i < length; i++) out[i] = view.getInt16(at + i * step, true) / 2 ** 15;
        break;
      case "int24":
        for (let i = 0; i < length; i++) {
          const high = view.getInt8(at + i * step + 2);
          out[i] = (high * 2 ** 16 + view.getUint16(at + i * step, true)) / 2 ** 23;
        }
        break;
      case "int32":
        for (let i = 0; i < length; i++) out[i] = view.getInt32(at + i * step, true) / 2 ** 31;
        break;
      case "float32":
        for (let i = 0; i < length; i++) out[i] = view.getFloat32(at + i * step, true);
        break;
      case "float64":
        for (let i = 0; i < length; i++) out[i] = view.getFloat64(at + i * step, true);
        break;
    }
    if (encoding !== "float32" && encoding !== "float64") return;
    const wrong = out.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) throw this.error("a sample is not a finite number", at + wrong * step);
  }
}
