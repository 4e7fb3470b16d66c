/**
 * Mel filterbanks: triangles over the bins of a spectrum, kept as what is not zero.
 *
 * @module
 */
const round = Math.fround;

/** What a filterbank covers. */
export interface MelOptions {
  /** Number of bands. */
  bands: number;
  /** Samples of the Fourier transform whose bins are weighted. */
  fftSize: number;
  /** Samples a second. */
  sampleRate: number;
  /** Lower edge of the first band. */
  lowHz: number;
  /** Upper edge of the last band. */
  highHz: number;
}

/** Weights of each band, for the bins from its first to its last that counts. */
export class MelFilterbank {
  /** Number of bands. */
  readonly bands: number;
  /** First bin that any band looks at. */
  readonly firstBin: number;
  /** One past the last bin that any band looks at. */
  readonly endBin: number;
  /** First bin of each band. */
  readonly #starts: Int32Array;
  /** Where the weights of each band begin; one more than there are bands. */
  readonly #offsets: Int32Array;
  readonly #weights: Float32Array;

  /**
   * @param weights Dense weights [bands][bins].
   */
  constructor(weights: readonly Float32Array[]) {
    this.bands = weights.length;
    this.#starts = new Int32Array(this.bands);
    this.#offsets = new Int32Array(this.bands + 1);
    const kept: number[] = [];
    let first = Infinity;
    let end = 0;
    for (const [band, row] of weights.entries()) {
      const start = row.findIndex((weight) => weight !== 0);
      const stop = row.findLastIndex((weight) => weight !== 0) + 1;
      if (start >= 0) {
        this.#starts[band] = start;
        kept.push(...row.subarray(start, stop));
        first = Math.min(first, start);
        end = Math.max(end, stop);
      }
      this.#offsets[band + 1] = kept.length;
    }
    this.#weights = Float32Array.from(kept);
    this.firstBin = Math.min(first, end);
    this.endBin = end;
  }

  /**
   * Weighs a spectrum.
   *
   * @param spectrum Magnitudes or powers by bin; those from `firstBin` to before `endBin` are read.
   * @param out Takes one sum a band, in single precision.
   */
  apply(spectrum: Float32Array, out: Float32Array): void {
    const weights = this.#weights;
    let at = 0;
    for (let band = 0; band < this.bands; band++) {
      const end = this.#offsets[band + 1];
      let bin = this.#starts[band];
      let sum = 0;
      for (; at < end; at++, bin++) sum += weights[at] * spectrum[bin];
      out[band] = sum;
    }
  }

  /** The dense weights of one band over `bins` bins. */
  row(band: number, bins: number): Float32Array {
    const row = new Float32Array(bins);
    row.set(
      this.#weights.subarray(this.#offsets[band], this.#offsets[band + 1]),
      this.#starts[band],
    );
    return row;
  }
}

/**
 * `tf.signal.linear_to_mel_weight_matrix`: HTK's scale, 1127·ln(1 + f/700), triangles straight in mel, single precision,
 * nothing for the bin at 0 Hz.
 */
export function htkMelFilterbank(options: MelOptions): MelFilterbank {
  const { bands, fftSize, sampleRate, lowHz, highHz } = options;
  const mel = (hz: number) => round(1127 * round(Math.log(round(1 + round(hz / 700)))));
  const bins = fftSize / 2 + 1;
  const low = mel(lowHz);
  const step = (mel(highHz) - low) / (bands + 1);
  const edge = (index: number) => round(low + index * step);
  const rows = Array.from({ length: bands }, (_, band) => {
    const [lower, centre, upper] = [edge(band), edge(band + 1), edge(band + 2)];
    const row = new Float32Array(bins);
    for (let bin = 1; bin < bins; bin++) {
      const at = mel(round(bin * sampleRate / fftSize));
      const rising = round(round(at - lower) / round(centre - lower));
      const falling = round(round(upper - at) / round(upper - centre));
      row[bin] = Math.max(0, Math.min(rising, falling));
    }
    return row;
  });
  return new MelFilterbank(rows);
}

/** Slaney's scale: linear up to 1 kHz (3 mel for 200 Hz), then 27 mel for each factor of 6.4. */
const LINEAR_HZ = 200 / 3;
const LOG_FROM_HZ = 1000;
const LOG_FROM_MEL = LOG_FROM_HZ / LINEAR_HZ;
const LOG_STEP = Math.log(6.4) / 27;

/** `librosa.filters.mel` with its defaults: Slaney's scale, triangles straight in hertz, each of unit area. */
export function slaneyMelFilterbank(options: MelOptions): MelFilterbank {
  const { bands, fftSize, sampleRate, lowHz, highHz } = options;
  const mel = (hz: number) =>
    hz >= LOG_FROM_HZ ? LOG_FROM_MEL + Math.log(hz / LOG_FROM_HZ) / LOG_STEP : hz / LINEAR_HZ;
  const hertz = (m: number) =>
    m >= LOG_FROM_MEL ? LOG_FROM_HZ * Math.exp(LOG_STEP * (m - LOG_FROM_MEL)) : m * LINEAR_HZ;
  const bins = fftSize / 2 + 1;
  const [low, high] = [mel(lowHz), mel(highHz)];
  const edge = (index: number) => hertz(low + index * (high - low) / (bands + 1));
  const rows = Array.from({ length: bands }, (_, band) => {
    const [lower, centre, upper] = [edge(band), edge(band + 1), edge(band + 2)];
    const row = new Float32Array(bins);
    for (let bin = 0; bin < bins; bin++) {
      const at = bin * sampleRate / fftSize;
      const weight = Math.min((at - lower) / (centre - lower), (upper - at) / (upper - centre));
      row[bin] = round(Math.max(0, weight)) * (2 / (upper - lower));
    }
    return row;
  });
  return new MelFilterbank(rows);
}
