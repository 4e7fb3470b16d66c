/**
 * Samples of an energy monitor on disk, in the form of EnergyRunner's `trace1-energy.bin`: written while the run goes on,
 * only ever at the end, so that a run that dies loses no more than the samples that had not come yet.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import {
  type EnergySamples,
  parseSamplesHeader,
  samplesHeader,
  samplesHeaderBytes,
} from "./energyrunner/energyrunner_trace.ts";

/** Largest file that is read into memory, in bytes. */
export const largestTraceFile = 2_000_000_000;

/** A trace that is being written. Sample `i` stands at byte `5 + 4 i`. */
export class EnergyTraceFile implements Disposable {
  /** Path of the file. */
  readonly path: string;
  readonly #file: Deno.FsFile;
  #length = 0;

  private constructor(path: string, file: Deno.FsFile) {
    this.path = path;
    this.#file = file;
  }

  /**
   * Begins a file.
   *
   * @param sampleRateHz Samples a second; kept as float32.
   * @throws {InputError} Where it is there already, or cannot be written.
   */
  static create(path: string, sampleRateHz: number): EnergyTraceFile {
    try {
      const file = Deno.openSync(path, { createNew: true, read: true, write: true });
      const trace = new EnergyTraceFile(path, file);
      trace.#write(samplesHeader(sampleRateHz));
      return trace;
    } catch (cause) {
      if (cause instanceof InputError) throw cause;
      throw new InputError(`Cannot begin the trace '${path}'`, { source: path, cause });
    }
  }

  /** Samples so far. */
  get length(): number {
    return this.#length;
  }

  /**
   * Adds samples at the end; they are with the system when this returns.
   *
   * @param samplesUj Energy of each sample period in µJ; NaN where the monitor lost it. Kept as float32.
   * @throws {InputError} When they cannot be written, such as where the disk is full.
   */
  append(samplesUj: Float32Array | Float64Array): void {
    const floats = samplesUj instanceof Float32Array ? samplesUj : Float32Array.from(samplesUj);
    this.#write(new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength));
    this.#length += floats.length;
  }

  /**
   * Samples that were written, `start` to `end` without the last.
   *
   * @throws {InputError} Where they cannot be read.
   */
  read(start: number, end: number): Float32Array {
    const last = Math.min(end, this.#length);
    const samples = new Float32Array(Math.max(0, last - start));
    const bytes = new Uint8Array(samples.buffer);
    try {
      this.#file.seekSync(samplesHeaderBytes + 4 * start, Deno.SeekMode.Start);
      for (let at = 0; at < bytes.length;) {
        const count = this.#file.readSync(bytes.subarray(at));
        if (count === null) throw new RangeError("It is shorter than what was written");
        at += count;
      }
      this.#file.seekSync(0, Deno.SeekMode.End);
    } catch (cause) {
      throw new InputError(`Cannot read the trace '${this.path}' again`, {
        source: this.path,
        cause,
      });
    }
    return samples;
  }

  /**
   * Has the system put on disk what was written, so that a record of it does not outlive it.
   *
   * @throws {InputError} When that fails.
   */
  sync(): void {
    try {
      this.#file.syncDataSync();
    } catch (cause) {
      throw this.#unwritable(cause);
    }
  }

  #unwritable(cause: unknown): InputError {
    return new InputError(`Cannot write the trace '${this.path}'`, {
      source: this.path,
      hint: "Make room or give the right to write there; the same command then goes on",
      cause,
    });
  }

  #write(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length;) at += this.#file.writeSync(bytes.subarray(at));
    } catch (cause) {
      throw this.#unwritable(cause);
    }
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/**
 * Reads a `trace1-energy.bin`, EnergyRunner's or one of {@linkcode EnergyTraceFile}.
 *
 * @throws {InputError} Where it cannot be read, is none, or is larger than {@linkcode largestTraceFile}.
 *
 * @example
 * ```ts
 * import { EnergyTraceFile, readEnergySamples } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const path = `${await Deno.makeTempDir()}/trace1-energy.bin`;
 * {
 *   using trace = EnergyTraceFile.create(path, 1000);
 *   trace.append(Float32Array.of(16.75, NaN, 16.5));
 * }
 * const { sampleRateHz, samplesUj } = await readEnergySamples(path);
 * assert.deepEqual([sampleRateHz, ...samplesUj], [1000, 16.75, NaN, 16.5]);
 * ```
 */
export async function readEnergySamples(path: string): Promise<EnergySamples> {
  try {
    using file = await Deno.open(path);
    const { size } = await file.stat();
    if (size > largestTraceFile) {
      throw new RangeError(`It has ${size} bytes: at most ${largestTraceFile} are read`);
    }
    const header = new Uint8Array(samplesHeaderBytes);
    const got = await fill(file, header);
    const sampleRateHz = parseSamplesHeader(header.subarray(0, got));
    // Straight to where the samples are aligned.
    const samplesUj = new Float32Array(Math.floor((size - samplesHeaderBytes) / 4));
    const bytes = new Uint8Array(samplesUj.buffer);
    if (await fill(file, bytes) < bytes.length) throw new RangeError("It ends before its size");
    return { sampleRateHz, samplesUj, extraBytes: (size - samplesHeaderBytes) % 4 };
  } catch (cause) {
    throw new InputError(`Cannot read the trace '${path}'`, { source: path, cause });
  }
}

/** Whether a trace file holds so many samples. */
export async function holdsSamples(path: string, count: number): Promise<boolean> {
  const { size } = await Deno.stat(path).catch(() => ({ size: 0 }));
  return size >= samplesHeaderBytes + 4 * count;
}

async function fill(file: Deno.FsFile, bytes: Uint8Array): Promise<number> {
  let at = 0;
  while (at < bytes.length) {
    const count = await file.read(bytes.subarray(at));
    if (count === null) break;
    at += count;
  }
  return at;
}
