/**
 * EnergyRunner's samples (`trace1-energy.bin`) and edges (`trace1-timestamps.json`).
 *
 * @module
 */

/** What a `trace1-energy.bin` holds. */
export interface EnergySamples {
  /** Samples a second. */
  sampleRateHz: number;
  /** Energy of each sample period in µJ. */
  samplesUj: Float32Array;
  /** Bytes at the end that make no whole sample. */
  extraBytes: number;
}

/** Bytes before the first sample. */
export const samplesHeaderBytes = 5;

const headerBytes = samplesHeaderBytes;

/**
 * The sample rate in Hz from the first bytes of a `trace1-energy.bin`.
 *
 * @throws {RangeError} Where they are no such bytes.
 */
export function parseSamplesHeader(bytes: Uint8Array): number {
  if (bytes.length < headerBytes || bytes[0] !== 0xf1) {
    throw new RangeError("Cannot read energy samples that do not begin with 0xF1");
  }
  const sampleRateHz = new DataView(bytes.buffer, bytes.byteOffset).getFloat32(1, true);
  if (!(sampleRateHz >= 1 && sampleRateHz <= 1e7)) {
    throw new RangeError(`Cannot read energy samples at a rate of ${sampleRateHz} Hz`);
  }
  return sampleRateHz;
}

/** The first bytes of a `trace1-energy.bin`; samples as float32, little-endian, follow. */
export function samplesHeader(sampleRateHz: number): Uint8Array {
  const bytes = new Uint8Array(headerBytes);
  bytes[0] = 0xf1;
  new DataView(bytes.buffer).setFloat32(1, sampleRateHz, true);
  return bytes;
}

/**
 * A `trace1-timestamps.json`, as EnergyRunner writes it.
 *
 * @param timesS Seconds from the first sample, rising.
 *
 * @example
 * ```ts
 * import { formatEnergyTimestamps, parseEnergyTimestamps } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const text = formatEnergyTimestamps([0.018, 2.875, 20.93]);
 * assert.equal(text, "[\n\t0.018,\n\t2.875,\n\t20.93\n]");
 * assert.deepEqual(parseEnergyTimestamps(text), [0.018, 2.875, 20.93]);
 * ```
 */
export function formatEnergyTimestamps(timesS: readonly number[]): string {
  return JSON.stringify(timesS, null, "\t");
}

/**
 * Reads a `trace1-energy.bin`: byte 0xF1, the sample rate as float32, then the samples as float32, all little-endian.
 *
 * @throws {RangeError} Where it is none.
 *
 * @example
 * ```ts
 * import { parseEnergySamples } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const bytes = new Uint8Array([0xf1, 0, 0, 0x7a, 0x44, 0, 0, 0, 0x3f]);
 * const { sampleRateHz, samplesUj } = parseEnergySamples(bytes);
 * assert.deepEqual([sampleRateHz, samplesUj[0]], [1000, 0.5]);
 * ```
 */
export function parseEnergySamples(bytes: Uint8Array): EnergySamples {
  const sampleRateHz = parseSamplesHeader(bytes);
  const count = Math.floor((bytes.length - headerBytes) / 4);
  const end = headerBytes + 4 * count;
  // A copy, as the samples are not aligned.
  const samplesUj = new Float32Array(bytes.slice(headerBytes, end).buffer);
  return { sampleRateHz, samplesUj, extraBytes: bytes.length - end };
}

/**
 * Reads a `trace1-timestamps.json`: a list of times in seconds that does not go back.
 *
 * @throws {SyntaxError} Where it is no JSON.
 * @throws {RangeError} Where it is no such list.
 *
 * @example
 * ```ts
 * import { parseEnergyTimestamps } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseEnergyTimestamps("[0.018, 2.875, 20.93]"), [0.018, 2.875, 20.93]);
 * ```
 */
export function parseEnergyTimestamps(text: string): number[] {
  const list: unknown = JSON.parse(text);
  const times = Array.isArray(list) ? list.slice(0, 100_000) : [];
  const fits = times.every((time, i) =>
    typeof time === "number" && Number.isFinite(time) && (i === 0 || time >= times[i - 1])
  );
  if (!Array.isArray(list) || !fits) {
    throw new RangeError("Cannot read timestamps that are no list of rising times");
  }
  return times;
}
