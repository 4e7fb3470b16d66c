/**
 * The formulas of int8 arithmetic, as they are written down, on integers of any size: what the kernels must equal.
 */
import type { Rounding } from "../../../lib/model/int8/requantize.ts";

export interface ExactMultiplier {
  multiplier: bigint;
  shift: bigint;
}

/** frexp, and the fraction rounded to 31 bits. */
export function exactMultiplier(real: number): ExactMultiplier {
  if (real === 0) return { multiplier: 0n, shift: 0n };
  let shift = Math.ceil(Math.log2(real));
  while (real / 2 ** shift >= 1) shift++;
  while (real / 2 ** shift < 0.5) shift--;
  let multiplier = BigInt(Math.round(real / 2 ** shift * 2 ** 31));
  if (multiplier === 1n << 31n) {
    multiplier /= 2n;
    shift++;
  }
  return shift < -31 ? { multiplier: 0n, shift: 0n } : { multiplier, shift: BigInt(shift) };
}

export function exactRequantize(
  x: bigint,
  { multiplier, shift }: ExactMultiplier,
  rounding: Rounding,
): bigint {
  if (rounding === "single") {
    const total = 31n - shift;
    return BigInt.asIntN(32, (x * multiplier + (1n << (total - 1n))) >> total);
  }
  const left = shift > 0n ? shift : 0n;
  const right = shift > 0n ? 0n : -shift;
  const shifted = BigInt.asIntN(32, x << left);
  return exactRoundingShift(exactMultiplyHigh(shifted, multiplier), right);
}

/** SaturatingRoundingDoublingHighMul. BigInt division truncates, as C's does. */
export function exactMultiplyHigh(a: bigint, b: bigint): bigint {
  const least = -(1n << 31n);
  if (a === least && b === least) return (1n << 31n) - 1n;
  const product = a * b;
  const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n);
  return (product + nudge) / (1n << 31n);
}

/** RoundingDivideByPOT. */
export function exactRoundingShift(x: bigint, n: bigint): bigint {
  const mask = (1n << n) - 1n;
  const remainder = x & mask;
  const threshold = (mask >> 1n) + (x < 0n ? 1n : 0n);
  return (x >> n) + (remainder > threshold ? 1n : 0n);
}

export function clamp(value: bigint, low: number, high: number): number {
  const number = Number(value);
  return Math.min(Math.max(number, low), high);
}
