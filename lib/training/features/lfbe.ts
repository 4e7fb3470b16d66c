/**
 * Log filterbank energies: the front end of the streaming wakeword, and of keyword spotting in the open division.
 *
 * @module
 */
import { InputError } from "../../errors.ts";
import { htkMelFilterbank, type MelFilterbank } from "./mel_filterbank.ts";
import { RealFft32 } from "./real_fft.ts";
import { hammingWindow32 } from "./windows.ts";

const round = Math.fround;
const PRE_EMPHASIS = 1 - 2 ** -5;
const LN_10 = round(Math.LN10);
const BANDS = 40;
const SAMPLE_RATE = 16_000;

/** How audio is cut into frames. */
export interface LfbeOptions {
  /** Samples of a frame, 2 to 65,536. [1024] */
  windowSamples?: number;
  /** Samples from the start of one frame to the next. [512] */
  hopSamples?: number;
}

/**
 * Log filterbank energies of audio that comes piece by piece, of any size; each frame is handed out as soon as its last
 * sample is there. The frames are those of {@linkcode lfbe} on the whole, bit for bit.
 *
 * Defaults are those of the streaming wakeword benchmark. Formulas as in mlcommons/tiny
 * (`benchmark/training/streaming_wakeword/get_dataset.py`), in single precision as TensorFlow computes them:
 * x[n] - (1 - 2⁻⁵)·x[n-1]; a symmetric Hamming window; |FFT|² / window; 40 HTK mel bands from 0 to 8000 Hz;
 * (10·log10 + 52) / 64, clipped to 0 … 1. Training divides a clip by its maximum first; a device cannot know it.
 *
 * @example
 * ```ts
 * import { lfbe, StreamingLfbe } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const samples = Float32Array.from({ length: 2048 }, (_, n) => Math.sin(n / 5));
 * const stream = new StreamingLfbe();
 * const frames = [...stream.push(samples.subarray(0, 700)), ...stream.push(samples.subarray(700))];
 * assert.equal(frames.length, 3);
 * assert.deepEqual(frames[2], lfbe(samples).subarray(80));
 * ```
 */
export class StreamingLfbe {
  /** Values of a frame. */
  readonly bands: number = BANDS;
  readonly #hop: number;
  readonly #window: Float32Array;
  readonly #mel: MelFilterbank;
  readonly #fft: RealFft32;
  readonly #power: Float32Array;
  readonly #energies = new Float32Array(BANDS);
  /** Emphasized samples of the frame to come. */
  readonly #pending: Float32Array;
  #filled = 0;
  /** Samples still to be passed over, where frames are further apart than they are long. */
  #skip = 0;
  #previous = 0;

  /**
   * Makes an empty stream.
   *
   * @throws {InputError} Where a size is not a whole number in its range.
   */
  constructor(options: LfbeOptions = {}) {
    const windowSamples = sizeOf(options.windowSamples ?? 1024, "windowSamples", 2);
    this.#hop = sizeOf(options.hopSamples ?? 512, "hopSamples", 1);
    const fftSize = Math.max(4, 2 ** Math.ceil(Math.log2(windowSamples)));
    this.#window = hammingWindow32(windowSamples);
    this.#mel = htkMelFilterbank({
      bands: BANDS,
      fftSize,
      sampleRate: SAMPLE_RATE,
      lowHz: 0,
      highHz: SAMPLE_RATE / 2,
    });
    this.#fft = new RealFft32(fftSize);
    this.#power = new Float32Array(fftSize / 2 + 1);
    this.#pending = new Float32Array(windowSamples);
  }

  /** Frames that a stream of `samples` samples has made. */
  framesOf(samples: number): number {
    return Math.max(0, Math.floor((samples - this.#pending.length) / this.#hop) + 1);
  }

  /**
   * Takes the next samples.
   *
   * @param samples Audio at 16 kHz, full scale ±1.
   * @returns The frames that are complete, [40] each; often none.
   */
  push(samples: Float32Array): Float32Array[] {
    const frames: Float32Array[] = [];
    this.pushInto(samples, () => frames[frames.push(new Float32Array(BANDS)) - 1]);
    return frames;
  }

  /** As {@linkcode push}, but `next` says where each frame goes. */
  pushInto(samples: Float32Array, next: () => Float32Array): void {
    const pending = this.#pending;
    let previous = this.#previous;
    for (let i = 0; i < samples.length; i++) {
      const sample = samples[i];
      const emphasized = sample - round(PRE_EMPHASIS * previous);
      previous = sample;
      if (this.#skip > 0) {
        this.#skip--;
        continue;
      }
      pending[this.#filled++] = emphasized;
      if (this.#filled < pending.length) continue;
      this.#frame(next());
      const kept = Math.max(0, pending.length - this.#hop);
      pending.copyWithin(0, pending.length - kept);
      this.#filled = kept;
      this.#skip = Math.max(0, this.#hop - pending.length);
    }
    this.#previous = previous;
  }

  /** Forgets all samples: the next one starts a new stream. */
  reset(): void {
    this.#filled = 0;
    this.#skip = 0;
    this.#previous = 0;
  }

  #frame(out: Float32Array): void {
    const { input } = this.#fft;
    const window = this.#window;
    const pending = this.#pending;
    for (let i = 0; i < window.length; i++) input[i] = pending[i] * window[i];
    input.fill(0, window.length);
    const spectrum = this.#fft.transform();
    const power = this.#power;
    const perSample = round(1 / window.length);
    for (let bin = this.#mel.firstBin; bin < this.#mel.endBin; bin++) {
      const re = spectrum[2 * bin - 1];
      const im = 2 * bin < spectrum.length ? spectrum[2 * bin] : 0;
      const magnitude = round(Math.sqrt(re * re + im * im));
      power[bin] = Math.max(1e-30, round(perSample * round(magnitude * magnitude)));
    }
    const energies = this.#energies;
    this.#mel.apply(power, energies);
    for (let band = 0; band < BANDS; band++) {
      const decibels = round(10 * round(round(Math.log(energies[band])) / LN_10));
      out[band] = Math.min(1, Math.max(0, round(round(round(decibels + 52) - 32) + 32) / 64));
    }
  }
}

function sizeOf(value: number, option: string, least: number): number {
  if (Number.isInteger(value) && value >= least && value <= 65_536) return value;
  throw new InputError(`Cannot cut frames with ${option} ${value}`, {
    source: option,
    hint: `Give a whole number from ${least} to 65536`,
  });
}

/**
 * Log filterbank energies of a whole recording. See {@linkcode StreamingLfbe} for the formulas.
 *
 * @param samples Audio at 16 kHz, full scale ±1.
 * @returns [frames, 40], each value 0 … 1; empty where the audio is shorter than a window.
 * @throws {InputError} Where a size is not a whole number in its range.
 *
 * @example The input of the streaming wakeword model: 30 frames for a second
 * ```ts
 * import { lfbe } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.equal(lfbe(new Float32Array(16_000)).length, 30 * 40);
 * ```
 */
export function lfbe(samples: Float32Array, options: LfbeOptions = {}): Float32Array<ArrayBuffer> {
  const stream = streamOf(options);
  stream.reset();
  const features = new Float32Array(stream.framesOf(samples.length) * BANDS);
  let at = 0;
  stream.pushInto(samples, () => features.subarray(at, at += BANDS));
  return features;
}

/**
 * Log filterbank energies of a recording as a device makes them, that gets a hop of samples at a time: the same frames as
 * {@linkcode lfbe}, in memory that does not grow with the recording but for the frames.
 *
 * @param samples Audio at 16 kHz, full scale ±1.
 * @returns [frames, 40], each value 0 … 1.
 * @throws {InputError} Where the audio is shorter than a window, or a size is not a whole number in its range.
 *
 * @example
 * ```ts
 * import { lfbe, streamedLfbe } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const samples = Float32Array.from({ length: 5000 }, (_, n) => Math.sin(n / 7));
 * assert.deepEqual(streamedLfbe(samples), lfbe(samples));
 * ```
 */
export function streamedLfbe(
  samples: Float32Array,
  options: LfbeOptions = {},
): Float32Array<ArrayBuffer> {
  const stream = new StreamingLfbe(options);
  const { hopSamples = 512, windowSamples = 1024 } = options;
  const features = new Float32Array(stream.framesOf(samples.length) * BANDS);
  if (features.length === 0) {
    throw new InputError(`Cannot make a frame of ${samples.length} samples`, {
      source: "samples",
      hint: `Give at least ${windowSamples} samples at 16 kHz`,
    });
  }
  let frame = 0;
  const next = () => features.subarray(frame, frame += BANDS);
  for (let at = 0; at < samples.length; at += hopSamples) {
    stream.pushInto(samples.subarray(at, at + hopSamples), next);
  }
  return features;
}

/** The last stream made: tables take longer to make than a clip does. */
let kept: { key: string; stream: StreamingLfbe } | undefined;

function streamOf(options: LfbeOptions): StreamingLfbe {
  const key = `${options.windowSamples} ${options.hopSamples}`;
  if (kept?.key !== key) kept = { key, stream: new StreamingLfbe(options) };
  return kept.stream;
}
