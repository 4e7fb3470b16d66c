/**
 * From ranges of real numbers to scales and zero points.
 *
 * @module
 */
import type { Quantization } from "../../model/graph.ts";
import { roundHalfAway } from "../../model/int8/step.ts";

/** The least and the greatest value that a tensor takes. */
export interface ValueRange {
  /** Least value. */
  min: number;
  /** Greatest value. */
  max: number;
}

/** Widths that weights can have. 8 uses −127…127, 4 uses −7…7, 2 uses −1…1; all of them are stored as int8. */
export type WeightBits = 2 | 3 | 4 | 5 | 6 | 7 | 8;

/**
 * The asymmetric int8 quantization of activations in a range, as the TFLite converter chooses it: zero is made part of
 * the range, and is exact.
 *
 * scale = (max − min) / 255; the zero point is −128 − min/scale or 127 − max/scale, whichever has the smaller rounding
 * error, rounded. A range of nothing but zero has scale 1.
 *
 * @throws {RangeError} The range is not finite, or upside down.
 *
 * @example
 * ```ts
 * import { activationQuantization } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const { scale, zeroPoint } = activationQuantization({ min: 0, max: 6 });
 * assert.equal(scale[0], Math.fround(6 / 255));
 * assert.equal(zeroPoint[0], -128);
 * ```
 */
export function activationQuantization(range: ValueRange): Quantization {
  const { step, zeroPoint } = activationStep(range);
  return {
    scale: Float32Array.of(step),
    zeroPoint: Int32Array.of(zeroPoint),
    axis: 0,
  };
}

/** {@linkcode activationQuantization} with its scale in double precision, which the converter goes on with. */
export function activationStep(range: ValueRange): { step: number; zeroPoint: number } {
  if (!(range.min <= range.max) || !Number.isFinite(range.max - range.min)) {
    throw new RangeError(`Cannot quantize a range from ${range.min} to ${range.max}`);
  }
  const min = Math.min(0, range.min);
  const max = Math.max(0, range.max);
  const step = (max - min) / 255;
  // Below this the file's float32 cannot hold it.
  if (step < 1.2e-38) return { step: 1, zeroPoint: -128 };
  const fromMin = -128 - min / step;
  const fromMax = 127 - max / step;
  const nearer = 128 + Math.abs(min / step) < 127 + Math.abs(max / step) ? fromMin : fromMax;
  return { step, zeroPoint: Math.min(127, Math.max(-128, roundHalfAway(nearer))) };
}

/** The greatest stored weight of a width: 127 of 8 bits, 7 of 4, 1 of 2. */
export function greatestWeight(bits: WeightBits): number {
  return 2 ** (bits - 1) - 1;
}
