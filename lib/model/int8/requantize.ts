/**
 * The step from a 32-bit accumulator to eight bits, in both of the forms that devices use. Everything else of int8
 * inference follows from the model; this decides the last bit.
 *
 * @module
 */
import { ModelError } from "../errors.ts";

/**
 * How an accumulator is scaled. `tflm`: two roundings, as TFLite Micro's reference kernels and CMSIS-NN do. `single`:
 * one, as STM32Cube.AI, Plumerai and XNNPACK do (TFLite's build option TFLITE_SINGLE_ROUNDING).
 */
export type Rounding = "tflm" | "single";

/** A positive real number as multiplier · 2^(shift − 31). */
export interface QuantizedMultiplier {
  /** 0, or in [2³⁰, 2³¹). */
  multiplier: number;
  /** From −31 to 30; positive shifts left. */
  shift: number;
}

const float64 = new DataView(new ArrayBuffer(8));

/**
 * Splits a real multiplier (TFLite's QuantizeMultiplier): a 31-bit fraction, rounded half up, and a power of two. What
 * is below 2⁻³² becomes 0; what is beyond 2³⁰ is kept there.
 *
 * @throws {ModelError} `real` is negative or not finite.
 *
 * @example
 * ```ts
 * import { quantizeMultiplier } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(quantizeMultiplier(0.75), { multiplier: 0.75 * 2 ** 31, shift: 0 });
 * assert.deepEqual(quantizeMultiplier(1), { multiplier: 2 ** 30, shift: 1 });
 * ```
 */
export function quantizeMultiplier(real: number): QuantizedMultiplier {
  if (!(real >= 0 && real < Infinity)) {
    throw new ModelError(`Cannot scale by '${real}': expected a positive number`, {
      hint: "Check the scales of the tensors: an output's must not be 0",
    });
  }
  if (real < 2 ** -64) return { multiplier: 0, shift: 0 };
  float64.setFloat64(0, real);
  let shift = (float64.getUint32(0) >>> 20) - 1022;
  let multiplier = Math.floor(real * 2 ** (31 - shift) + 0.5);
  if (multiplier === 2 ** 31) {
    multiplier /= 2;
    shift++;
  }
  if (shift < -31) return { multiplier: 0, shift: 0 };
  if (shift > 30) return { multiplier: 2 ** 31 - 1, shift: 30 };
  return { multiplier, shift };
}

const powerOfTwo = Float64Array.from({ length: 64 }, (_, n) => 2 ** n);

/** Scales a 32-bit integer: about x · multiplier · 2^(shift − 31). */
export type Requantize = (x: number, multiplier: number, shift: number) => number;

/**
 * The function of a rounding. Both are exact for every int32 `x`, every multiplier in [0, 2³¹) and every shift in
 * [−31, 30]; a result beyond 32 bits wraps, as a C cast does.
 *
 * @example
 * ```ts
 * import { quantizeMultiplier, requantizer } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const { multiplier, shift } = quantizeMultiplier(0.25);
 * assert.equal(requantizer("single")(-2, multiplier, shift), 0); // −0.5, half up
 * assert.equal(requantizer("tflm")(-2, multiplier, shift), -1); // −0.5, half away from zero
 * ```
 */
export function requantizer(rounding: Rounding): Requantize {
  return rounding === "tflm" ? requantizeTwice : requantizeOnce;
}

/** One value scaled; see {@linkcode requantizer}, which is the one to call in a loop. */
export function requantize(
  x: number,
  { multiplier, shift }: QuantizedMultiplier,
  rounding: Rounding,
): number {
  return requantizer(rounding)(x, multiplier, shift);
}

// RoundingDivideByPOT(SaturatingRoundingDoublingHighMul(x << left, multiplier), right)
function requantizeTwice(x: number, multiplier: number, shift: number): number {
  const shifted = shift > 0 ? x << shift : x;
  // floor((shifted · multiplier + 2³⁰) / 2³¹). The product has up to 62 bits: its halves are exact in a double.
  const high = shifted * (multiplier >> 16);
  const low = shifted * (multiplier & 0xffff) + 2 ** 30;
  const product = Math.floor((high + Math.floor(low / 2 ** 16)) / 2 ** 15) | 0;
  return shift < 0 ? roundingShiftRight(product, -shift) : product;
}

// (x · multiplier + 2^(30 − shift)) >> (31 − shift), in 64 bits
function requantizeOnce(x: number, multiplier: number, shift: number): number {
  const total = 31 - shift;
  const high = x * (multiplier >> 16);
  const low = x * (multiplier & 0xffff);
  if (total > 16) {
    const half = powerOfTwo[total - 17];
    return Math.floor((high + Math.floor(low / 2 ** 16) + half) / powerOfTwo[total - 16]) | 0;
  }
  // Only the low 32 bits of a long result are wanted; each of its two parts is exact.
  const rounded = low + 2 ** (total - 1);
  const carry = Math.floor(rounded / 2 ** 16);
  const rest = rounded - carry * 2 ** 16;
  return (((high + carry) * 2 ** (16 - total)) | 0) + (rest >> total) | 0;
}

/**
 * x / 2^n for n from 0 to 31, half away from zero: gemmlowp's RoundingDivideByPOT.
 */
export function roundingShiftRight(x: number, n: number): number {
  const mask = n === 31 ? 0x7fffffff : (1 << n) - 1;
  const remainder = x & mask;
  const threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> n) + (remainder > threshold ? 1 : 0);
}
