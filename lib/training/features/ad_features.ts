/**
 * Features of the anomaly detection benchmark: log-mel spectrograms of machine sounds.
 *
 * Formulas as in mlcommons/tiny (`benchmark/training/anomaly_detection/common.py`), as librosa computes them: the Fourier
 * transform in double precision, all after it in single precision.
 *
 * @module
 */
import { InputError } from "../../errors.ts";
import { type MelFilterbank, slaneyMelFilterbank } from "./mel_filterbank.ts";
import { RealFft64 } from "./real_fft.ts";
import { hannWindow64 } from "./windows.ts";

const FFT_SIZE = 1024;
const HOP = 512;
const BANDS = 128;
const WINDOW_FRAMES = 5;
/** Keeps the logarithm finite: `sys.float_info.epsilon`. */
const EPSILON = 2 ** -52;

/** Which frames of a recording are kept. */
export interface AdFeatureOptions {
  /** First frame kept. [50] */
  firstFrame?: number;
  /** One past the last frame kept. [250] */
  endFrame?: number;
}

let tables: { window: Float64Array; fft: RealFft64; mel: MelFilterbank } | undefined;

/**
 * Log-mel spectrogram of a recording: librosa's `melspectrogram` (n_fft 1024, hop 512, 128 Slaney bands, power 2,
 * periodic Hann, centred, zeros beyond the ends), then 10·log10(S + 2⁻⁵²), of which some frames.
 *
 * @param samples Audio at 16 kHz, full scale ±1, of one channel.
 * @returns [frames, 128] in dB; 200 frames by default. As little-endian float32 this is an official `.bin`.
 * @throws {InputError} Where the recording is too short for these frames, or they are not a range.
 *
 * @example
 * ```ts
 * import { adLogMel, adWindows } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const recording = Float32Array.from({ length: 160_000 }, (_, n) => Math.sin(n / 9) / 2);
 * const logMel = adLogMel(recording);
 * assert.equal(logMel.length, 200 * 128);
 * assert.equal(adWindows(logMel).length, 196 * 640);
 * ```
 */
export function adLogMel(
  samples: Float32Array,
  options: AdFeatureOptions = {},
): Float32Array<ArrayBuffer> {
  const { firstFrame = 50, endFrame = 250 } = options;
  checkFrames(samples.length, firstFrame, endFrame);
  const { window, fft, mel } = tables ??= {
    window: hannWindow64(FFT_SIZE),
    fft: new RealFft64(FFT_SIZE),
    mel: slaneyMelFilterbank({
      bands: BANDS,
      fftSize: FFT_SIZE,
      sampleRate: 16_000,
      lowHz: 0,
      highHz: 8000,
    }),
  };
  const { input } = fft;
  const power = new Float32Array(FFT_SIZE / 2 + 1);
  const energies = new Float32Array(BANDS);
  const logMel = new Float32Array((endFrame - firstFrame) * BANDS);
  for (let frame = firstFrame; frame < endFrame; frame++) {
    const start = frame * HOP - FFT_SIZE / 2;
    const from = Math.max(0, -start);
    const to = Math.min(FFT_SIZE, samples.length - start);
    input.fill(0);
    for (let i = from; i < to; i++) input[i] = samples[start + i] * window[i];
    powers(fft.transform(), power, mel);
    mel.apply(power, energies);
    const at = (frame - firstFrame) * BANDS;
    for (let band = 0; band < BANDS; band++) {
      logMel[at + band] = 10 * Math.fround(Math.log10(Math.fround(energies[band] + EPSILON)));
    }
  }
  return logMel;
}

/** |X|² of the bins that `mel` looks at, by way of complex64 and its magnitude. */
function powers(spectrum: Float64Array, power: Float32Array, mel: MelFilterbank): void {
  for (let bin = Math.max(1, mel.firstBin); bin < mel.endBin; bin++) {
    const re = Math.fround(spectrum[2 * bin - 1]);
    const im = 2 * bin < spectrum.length ? Math.fround(spectrum[2 * bin]) : 0;
    const magnitude = Math.fround(Math.sqrt(re * re + im * im));
    power[bin] = magnitude * magnitude;
  }
}

function checkFrames(samples: number, firstFrame: number, endFrame: number): void {
  const frames = Math.floor(samples / HOP) + 1;
  const whole = Number.isInteger(firstFrame) && Number.isInteger(endFrame);
  if (whole && firstFrame >= 0 && endFrame > firstFrame && endFrame <= frames && samples > 0) {
    return;
  }
  throw new InputError(
    `Cannot take frames ${firstFrame} to ${endFrame} of ${samples} samples, which make ${frames}`,
    {
      source: "samples",
      hint: `Give at least ${(Math.max(1, endFrame) - 1) * HOP} samples at 16 kHz, or other frames`,
    },
  );
}

/**
 * All windows of five consecutive frames: the inputs of the model, in the order of their time.
 *
 * @param logMel [frames, 128].
 * @returns [frames - 4, 640].
 * @throws {InputError} Where `logMel` is not whole frames, at least five.
 *
 * @example
 * ```ts
 * import { adWindows } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const logMel = Float32Array.from({ length: 6 * 128 }, (_, at) => at);
 * const windows = adWindows(logMel);
 * assert.equal(windows.length, 2 * 640);
 * assert.equal(windows[640], 128);
 * ```
 */
export function adWindows(logMel: Float32Array): Float32Array<ArrayBuffer> {
  const count = logMel.length / BANDS - WINDOW_FRAMES + 1;
  if (!Number.isInteger(count) || count < 1) {
    throw new InputError(
      `Cannot cut windows from ${logMel.length} values: 5 or more frames of ${BANDS} expected`,
      { source: "logMel" },
    );
  }
  const size = WINDOW_FRAMES * BANDS;
  const windows = new Float32Array(count * size);
  for (let k = 0; k < count; k++) {
    windows.set(logMel.subarray(k * BANDS, k * BANDS + size), k * size);
  }
  return windows;
}
