/** Energy of a stretch of samples. */
export interface StretchEnergy {
  /** Samples in it, those that are missing too. */
  samples: number;
  /** Samples in it that the monitor lost: NaN in the trace. */
  missing: number;
  /** Sum of the samples that are there, in the unit of the samples. */
  measured: number;
  /** Sum with the mean of the others in place of each missing sample; NaN where all are missing. */
  energy: number;
}

// A block of float32 samples of like size adds up in double precision without a rounding.
const blockLength = 256;

/**
 * Sums over a trace, prepared once: the energy of any stretch then takes a few hundred additions at most, however long
 * the stretch is. Sums are kept at every 256th sample as pairs of doubles (Knuth's two-sum), so that a difference of two
 * of them is exact to the last digit of a double. A sample that is missing (NaN; anything that is not finite) counts as
 * missing, never as zero.
 *
 * @example
 * ```ts
 * import { CumulativeEnergy } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const energy = new CumulativeEnergy(Float32Array.of(1, 2, NaN, 6));
 * assert.deepEqual(energy.between(1, 4), { samples: 3, missing: 1, measured: 8, energy: 12 });
 * ```
 */
export class CumulativeEnergy {
  readonly #samples: Float32Array | Float64Array;
  // Sum of all blocks before one: high + low.
  readonly #high: Float64Array;
  readonly #low: Float64Array;
  readonly #missing: Uint32Array;

  /**
   * Adds the samples up.
   *
   * @param samples Kept, not copied: they must not change.
   */
  constructor(samples: Float32Array | Float64Array) {
    const blocks = Math.floor(samples.length / blockLength);
    this.#samples = samples;
    this.#high = new Float64Array(blocks + 1);
    this.#low = new Float64Array(blocks + 1);
    this.#missing = new Uint32Array(blocks + 1);
    let high = 0;
    let low = 0;
    let missing = 0;
    for (let block = 0; block < blocks; block++) {
      const sum = blockSum(samples, block * blockLength);
      if (Number.isFinite(sum)) {
        [high, low] = addTo(high, low, sum);
      } else {
        const part = careful(samples, block * blockLength, (block + 1) * blockLength);
        [high, low] = addTo(high, low, part.measured);
        missing += part.missing;
      }
      this.#high[block + 1] = high;
      this.#low[block + 1] = low;
      this.#missing[block + 1] = missing;
    }
  }

  /** Samples of the trace. */
  get length(): number {
    return this.#samples.length;
  }

  /**
   * Energy of the samples `start` to `end`, without the last one. Ends beyond the trace are moved to its ends.
   *
   * @param start Index of the first sample.
   * @param end Index behind the last one.
   */
  between(start: number, end: number): StretchEnergy {
    const last = Math.min(Math.max(Math.trunc(end), 0), this.length);
    const first = Math.min(Math.max(Math.trunc(start), 0), last);
    const samples = last - first;
    const { measured, missing } = this.#sum(first, last);
    const energy = missing === 0 ? measured : measured * samples / (samples - missing);
    return { samples, missing, measured, energy };
  }

  #sum(first: number, last: number): { measured: number; missing: number } {
    const a = Math.ceil(first / blockLength);
    const b = Math.floor(last / blockLength);
    if (a >= b) return careful(this.#samples, first, last);
    const head = careful(this.#samples, first, a * blockLength);
    const tail = careful(this.#samples, b * blockLength, last);
    let [high, low] = addTo(this.#high[b], this.#low[b] - this.#low[a], -this.#high[a]);
    [high, low] = addTo(high, low, head.measured);
    [high, low] = addTo(high, low, tail.measured);
    return {
      measured: high + low,
      missing: this.#missing[b] - this.#missing[a] + head.missing + tail.missing,
    };
  }
}

// Four sums at once, as an addition waits for the one before it.
function blockSum(samples: Float32Array | Float64Array, start: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = start; i < start + blockLength; i += 4) {
    a += samples[i];
    b += samples[i + 1];
    c += samples[i + 2];
    d += samples[i + 3];
  }
  return (a + b) + (c + d);
}

function careful(
  samples: Float32Array | Float64Array,
  start: number,
  end: number,
): { measured: number; missing: number } {
  let measured = 0;
  let missing = 0;
  for (let i = start; i < end; i++) {
    if (Number.isFinite(samples[i])) measured += samples[i];
    else missing++;
  }
  return { measured, missing };
}

// What rounding takes from `high` goes to `low`.
function addTo(high: number, low: number, value: number): [number, number] {
  const sum = high + value;
  const part = sum - high;
  return [sum, low + ((high - (sum - part)) + (value - part))];
}
