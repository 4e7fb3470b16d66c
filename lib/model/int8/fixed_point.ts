/**
 * Fixed-point functions of gemmlowp (fixedpoint.h), which SOFTMAX, LOGISTIC and TANH are made of. Qm.n has m bits before
 * the binary point and n after it; all are int32.
 *
 * @module
 */
import { roundingShiftRight } from "./requantize.ts";

const INT32_MAX = 2 ** 31 - 1;
const INT32_MIN = -(2 ** 31);

/** Rounding high half of 2ab, saturated: the product of two numbers of Q0.31. */
export function multiplyHigh(a: number, b: number): number {
  if (a === INT32_MIN && b === INT32_MIN) return INT32_MAX;
  const low = a * (b & 0xffff) + 2 ** 30;
  return Math.floor((a * (b >> 16) + Math.floor(low / 2 ** 16)) / 2 ** 15) | 0;
}

/** a · 2ⁿ, saturated. */
export function shiftLeftSaturating(a: number, n: number): number {
  return Math.min(Math.max(a * 2 ** n, INT32_MIN), INT32_MAX);
}

// exp(−2^i) in Q0.31 for i = −2 … 4
const EXP_OF_MINUS_POWERS = [1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242];
const EXP_OF_MINUS_ONE_EIGHTH = 1895147668;
const ONE_THIRD = 715827883;

/** exp(a) in Q0.31 for a ≤ 0 with `integerBits` (at most 5) before the binary point. */
export function expOfNegative(a: number, integerBits: number): number {
  if (a === 0) return INT32_MAX;
  const fractionalBits = 31 - integerBits;
  const quarter = 1 << (fractionalBits - 2);
  // a = part + a multiple of −1/4, part in [−1/4, 0)
  const part = (a & (quarter - 1)) - quarter;
  // Taylor series of fourth order around −1/8
  const x = shiftLeftSaturating(part, integerBits) + (1 << 28) | 0;
  const x2 = multiplyHigh(x, x);
  const x3 = multiplyHigh(x2, x);
  const x4 = multiplyHigh(x2, x2);
  const thirds = multiplyHigh(roundingShiftRight(x4, 2) + x3 | 0, ONE_THIRD);
  const higher = roundingShiftRight(thirds + x2 | 0, 1);
  let result = EXP_OF_MINUS_ONE_EIGHTH +
      multiplyHigh(EXP_OF_MINUS_ONE_EIGHTH, x + higher | 0) | 0;
  const multiple = part - a;
  for (let i = 0; i < integerBits + 2; i++) {
    if (multiple & (1 << (fractionalBits - 2 + i))) {
      result = multiplyHigh(result, EXP_OF_MINUS_POWERS[i]);
    }
  }
  return result;
}

const Q2_ONE = 1 << 29;
const Q2_48_OVER_17 = 1515870810;
const Q2_MINUS_32_OVER_17 = -1010580540;

// 2 / (1 + a) in Q2.29 for a in [0, 1] in Q0.31, by three Newton-Raphson steps
function twiceReciprocalOfOnePlus(a: number): number {
  const half = Math.floor((a + INT32_MAX + 1) / 2);
  let x = Q2_48_OVER_17 + multiplyHigh(half, Q2_MINUS_32_OVER_17) | 0;
  for (let i = 0; i < 3; i++) {
    const error = Q2_ONE - multiplyHigh(half, x) | 0;
    x = x + shiftLeftSaturating(multiplyHigh(x, error), 2) | 0;
  }
  return x;
}

/** 1 / (1 + a) in Q0.31 for a in [0, 1] in Q0.31. */
export function reciprocalOfOnePlus(a: number): number {
  return shiftLeftSaturating(twiceReciprocalOfOnePlus(a), 1);
}

/** 1 / (1 + exp(−a)) in Q0.31 for a in Q4.27. */
export function logisticOf(a: number): number {
  if (a === 0) return 1 << 30;
  const positive = reciprocalOfOnePlus(expOfNegative(-Math.abs(a), 4));
  return a > 0 ? positive : INT32_MAX - positive;
}

/** tanh(a) in Q0.31 for a in Q4.27. */
export function tanhOf(a: number): number {
  if (a === 0) return 0;
  // (1 − e) / (1 + e) with e = exp(−2|a|): the same bits in Q5.26 are twice the number
  const x = twiceReciprocalOfOnePlus(expOfNegative(-Math.abs(a), 5));
  const positive = shiftLeftSaturating(x - Q2_ONE | 0, 2);
  return a > 0 ? positive : -positive;
}
