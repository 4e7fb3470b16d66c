/**
 * Features of the keyword spotting benchmark: one second of speech at 16 kHz in, the input of a model out.
 *
 * Formulas as in mlcommons/tiny (`benchmark/training/keyword_spotting/get_dataset.py`), every step in single precision as
 * TensorFlow computes it.
 *
 * @module
 */
import { InputError } from "../../errors.ts";
import { lfbe } from "./lfbe.ts";
import { htkMelFilterbank } from "./mel_filterbank.ts";
import { RealFft32 } from "./real_fft.ts";
import { hannWindow32 } from "./windows.ts";

const round = Math.fround;
const CLIP_SAMPLES = 16_000;
const WINDOW = 480;
const HOP = 320;
const FFT_SIZE = 512;
const FRAMES = 49;
const BANDS = 40;
const COEFFICIENTS = 10;

/** Which features: MFCC as in the closed division, or one of the open division's. */
export type KwsFeatureKind = "mfcc" | "lfbe" | "samples";

/** Noise to be added to a clip, as training does. */
export interface BackgroundNoise {
  /** Full scale ±1; as long as the clip, or longer. */
  samples: Float32Array;
  /** Where in `samples` to begin. [0] */
  offset?: number;
  /** Factor on `samples`; training draws it from 0 … 0.1. */
  volume: number;
}

/** Options of the keyword features. */
export interface KwsFeatureOptions {
  /** Added after the clip is scaled; the sum is clipped to ±1. */
  background?: BackgroundNoise;
}

/** Scaled by its maximum (not its maximum magnitude; a silent clip stays as it is), a second long, noise added. */
function scaledClip(samples: Float32Array, { background }: KwsFeatureOptions): Float32Array {
  const clip = paddedClip(samples);
  let maximum = -Infinity;
  // Half the time of an MFCC with an iterator and Math.max.
  for (let i = 0; i < samples.length; i++) if (samples[i] > maximum) maximum = samples[i];
  if (maximum !== 0) { for (let i = 0; i < samples.length; i++) clip[i] /= maximum; }
  if (background) {
    const { samples: noise, offset = 0, volume } = background;
    if (!(Number.isInteger(offset) && offset >= 0 && noise.length - offset >= CLIP_SAMPLES)) {
      throw new InputError(
        `Cannot add noise from sample ${offset} on as there are ${noise.length} samples`,
        { source: "background", hint: `Give at least ${CLIP_SAMPLES} samples from there on` },
      );
    }
    const factor = round(volume);
    for (let i = 0; i < CLIP_SAMPLES; i++) {
      const sum = round(round(noise[offset + i] * factor) + clip[i]);
      clip[i] = Math.min(1, Math.max(-1, sum));
    }
  }
  return clip;
}

function paddedClip(samples: Float32Array): Float32Array<ArrayBuffer> {
  if (samples.length === 0 || samples.length > CLIP_SAMPLES) {
    throw new InputError(`Cannot use a clip of ${samples.length} samples for keyword features`, {
      source: "samples",
      hint: "Give one second or less at 16 kHz: 1 to 16000 samples",
    });
  }
  const clip = new Float32Array(CLIP_SAMPLES);
  clip.set(samples);
  return clip;
}

/** What MFCCs need, made once. */
interface MfccTables {
  window: Float32Array;
  fft: RealFft32;
  mel: ReturnType<typeof htkMelFilterbank>;
  /** [10, 40]: 2·cos(π·k·(2n + 1) / 80) / √80, the DCT-II of `tf.signal.mfccs_from_log_mel_spectrograms`. */
  dct: Float64Array;
  magnitudes: Float32Array;
  bands: Float32Array;
}

let tables: MfccTables | undefined;

function mfccTables(): MfccTables {
  return tables ??= {
    window: hannWindow32(WINDOW),
    fft: new RealFft32(FFT_SIZE),
    mel: htkMelFilterbank({
      bands: BANDS,
      fftSize: FFT_SIZE,
      sampleRate: 16_000,
      lowHz: 20,
      highHz: 4000,
    }),
    dct: Float64Array.from({ length: COEFFICIENTS * BANDS }, (_, at) => {
      const k = Math.floor(at / BANDS);
      return 2 * Math.cos(Math.PI * k * (2 * (at % BANDS) + 1) / (2 * BANDS)) /
        Math.sqrt(2 * BANDS);
    }),
    magnitudes: new Float32Array(FFT_SIZE / 2 + 1),
    bands: new Float32Array(BANDS),
  };
}

/**
 * Mel-frequency cepstral coefficients of a spoken word: the input of the reference model.
 *
 * x / max(x) (not the maximum magnitude; where it is 0, x stays as it is); frames of 480 samples every 320, periodic Hann window, 512-point magnitude spectrum; 40 HTK mel bands from 20
 * to 4000 Hz; ln(x + 1e-6); DCT-II, of which the first 10.
 *
 * @param samples One second or less at 16 kHz, zeros follow where it is less; of any scale.
 * @returns [49, 10].
 * @throws {InputError} For an empty clip, one of more than 16000 samples, or too little noise.
 *
 * @example
 * ```ts
 * import { kwsMfcc } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const features = kwsMfcc(Float32Array.from({ length: 16_000 }, (_, n) => Math.sin(n / 10)));
 * assert.equal(features.length, 49 * 10);
 * ```
 */
export function kwsMfcc(
  samples: Float32Array,
  options: KwsFeatureOptions = {},
): Float32Array<ArrayBuffer> {
  const clip = scaledClip(samples, options);
  const { window, fft, mel, dct, magnitudes, bands } = mfccTables();
  const { input } = fft;
  const features = new Float32Array(FRAMES * COEFFICIENTS);
  for (let frame = 0; frame < FRAMES; frame++) {
    const start = frame * HOP;
    for (let i = 0; i < WINDOW; i++) input[i] = clip[start + i] * window[i];
    input.fill(0, WINDOW);
    const spectrum = fft.transform();
    // All bands end at 4000 Hz, so neither 0 Hz nor the last bin is among these.
    for (let bin = mel.firstBin; bin < mel.endBin; bin++) {
      const re = spectrum[2 * bin - 1];
      const im = spectrum[2 * bin];
      magnitudes[bin] = Math.sqrt(re * re + im * im);
    }
    mel.apply(magnitudes, bands);
    for (let band = 0; band < BANDS; band++) {
      bands[band] = Math.log(round(bands[band] + round(1e-6)));
    }
    for (let k = 0; k < COEFFICIENTS; k++) {
      let sum = 0;
      for (let band = 0; band < BANDS; band++) sum += dct[k * BANDS + band] * bands[band];
      features[frame * COEFFICIENTS + k] = sum;
    }
  }
  return features;
}

/**
 * Log filterbank energies of a spoken word (open division): x / max(x), then {@linkcode lfbe} with frames of 480 samples
 * every 320.
 *
 * @param samples One second or less at 16 kHz, zeros follow where it is less; of any scale.
 * @returns [49, 40], each value 0 … 1.
 * @throws {InputError} For an empty clip, one of more than 16000 samples, or too little noise.
 *
 * @example
 * ```ts
 * import { kwsLfbe } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const features = kwsLfbe(Float32Array.from({ length: 16_000 }, (_, n) => Math.sin(n / 10)));
 * assert.equal(features.length, 49 * 40);
 * ```
 */
export function kwsLfbe(
  samples: Float32Array,
  options: KwsFeatureOptions = {},
): Float32Array<ArrayBuffer> {
  return lfbe(scaledClip(samples, options), { windowSamples: WINDOW, hopSamples: HOP });
}

/**
 * The samples themselves (open division), not scaled, zeros added.
 *
 * @param samples One second or less at 16 kHz, full scale ±1.
 * @returns [16000].
 * @throws {InputError} For an empty clip, or one of more than 16000 samples.
 *
 * @example
 * ```ts
 * import { kwsSamples } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(kwsSamples(Float32Array.of(0.5)).slice(0, 2), Float32Array.of(0.5, 0));
 * ```
 */
export function kwsSamples(samples: Float32Array): Float32Array<ArrayBuffer> {
  return paddedClip(samples);
}
