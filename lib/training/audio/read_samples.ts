import { InputError } from "../../errors.ts";
import { readWhole } from "../data/read_whole.ts";
import { readWav } from "./read_wav.ts";

const SAMPLE_RATE = 16_000;

/**
 * The samples of a recording that features can be made of: 16 kHz, one channel (or one twice).
 *
 * @param source What errors call it.
 * @throws {WavError} For a file that is damaged or not supported.
 * @throws {InputError} For another rate, or channels that differ.
 */
export function samplesOfWav(bytes: Uint8Array, source: string): Float32Array<ArrayBuffer> {
  const { sampleRate, channels } = readWav(bytes, { source });
  if (sampleRate !== SAMPLE_RATE) {
    throw new InputError(`Cannot make features of '${source}' at ${sampleRate} Hz`, {
      source,
      hint: `Convert it to ${SAMPLE_RATE} Hz`,
    });
  }
  const [samples, ...others] = channels;
  // Some published clips have their one channel twice.
  if (others.some((other) => other.some((sample, i) => sample !== samples[i]))) {
    throw new InputError(`Cannot make features of '${source}' as its channels differ`, {
      source,
      hint: "Keep one of them",
    });
  }
  return samples;
}

/** Reads a WAV file by {@linkcode samplesOfWav}. */
export async function readSamples(path: string): Promise<Float32Array<ArrayBuffer>> {
  return samplesOfWav(await readWhole(path, { hint: "Cut it into clips" }), path);
}
