/**
 * How far two tensors are from one another.
 *
 * @module
 */

/** The distance between a tensor and another that stands for it. */
export interface TensorError {
  /** How many elements were compared. */
  count: number;
  /** Mean of (a − b)². */
  meanSquaredError: number;
  /** Greatest |a − b|. */
  maxError: number;
  /** 10 log₁₀(Σ a² / Σ (a − b)²), in decibels; Infinity where nothing differs. */
  signalToNoiseDb: number;
  /** Σ ab / √(Σ a² · Σ b²): 1 where the directions are the same, or both are zero. */
  cosine: number;
}

/**
 * Compares a tensor with another that stands for it.
 *
 * @param a The reference.
 * @param b As many values.
 * @throws {RangeError} The lengths differ.
 *
 * @example
 * ```ts
 * import { tensorError } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const error = tensorError(new Float32Array([3, 4]), new Float32Array([3, 3]));
 * assert.equal(error.meanSquaredError, 0.5);
 * assert.equal(error.maxError, 1);
 * assert.equal(error.signalToNoiseDb, 10 * Math.log10(25));
 * ```
 */
export function tensorError(a: ArrayLike<number>, b: ArrayLike<number>): TensorError {
  const sums = new TensorErrorSums();
  sums.add(a, b);
  return sums.result();
}

/** {@linkcode tensorError} over several pairs of tensors. */
export class TensorErrorSums {
  #count = 0;
  #error = 0;
  #maxError = 0;
  #aa = 0;
  #ab = 0;
  #bb = 0;

  /**
   * Takes in one more pair.
   *
   * @throws {RangeError} The lengths differ.
   */
  add(a: ArrayLike<number>, b: ArrayLike<number>): void {
    if (a.length !== b.length) {
      throw new RangeError(`Cannot compare ${a.length} values with ${b.length}`);
    }
    this.#count += a.length;
    for (let i = 0; i < a.length; i++) {
      const difference = a[i] - b[i];
      this.#error += difference * difference;
      this.#maxError = Math.max(this.#maxError, Math.abs(difference));
      this.#aa += a[i] * a[i];
      this.#ab += a[i] * b[i];
      this.#bb += b[i] * b[i];
    }
  }

  /** Of all pairs so far. */
  result(): TensorError {
    const norms = Math.sqrt(this.#aa) * Math.sqrt(this.#bb);
    return {
      count: this.#count,
      meanSquaredError: this.#count ? this.#error / this.#count : 0,
      maxError: this.#maxError,
      signalToNoiseDb: this.#error === 0 ? Infinity : 10 * Math.log10(this.#aa / this.#error),
      cosine: norms > 0 ? this.#ab / norms : this.#aa === this.#bb ? 1 : 0,
    };
  }
}
