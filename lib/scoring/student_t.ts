/**
 * Student's t distribution, for intervals and tests on few windows.
 *
 * @module
 */

/** Lanczos coefficients for g = 7, as in Numerical Recipes, 3rd edition, section 6.1. */
const lanczos = [
  0.99999999999980993,
  676.5203681218851,
  -1259.1392167224028,
  771.32342877765313,
  -176.61502916214059,
  12.507343278686905,
  -0.13857109526572012,
  9.9843695780195716e-6,
  1.5056327351493116e-7,
];

function logGamma(x: number): number {
  const t = x + 6.5;
  const sum = lanczos.reduce((total, c, i) => i === 0 ? c : total + c / (x - 1 + i), 0);
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

/** Regularized incomplete beta function by its continued fraction (Numerical Recipes, section 6.4). */
function incompleteBeta(a: number, b: number, x: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(b, a, 1 - x);
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x),
  );
  const tiny = 1e-300;
  const apart = (value: number) => Math.abs(value) < tiny ? tiny : value;
  let c = 1;
  let d = 1 / apart(1 - (a + b) * x / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 300; m++) {
    const even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / apart(1 + even * d);
    c = apart(1 + even / c);
    fraction *= d * c;
    const odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / apart(1 + odd * d);
    c = apart(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return front * fraction / a;
}

/**
 * The probability that |T| is at least |t|: the p-value of a two-sided test.
 *
 * @param degreesOfFreedom Above 0; need not be whole.
 *
 * @example
 * ```ts
 * import { studentTwoSided } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.equal(studentTwoSided(2.776445, 4).toFixed(4), "0.0500");
 * ```
 */
export function studentTwoSided(t: number, degreesOfFreedom: number): number {
  if (!Number.isFinite(t)) return Number.isNaN(t) ? NaN : 0;
  return incompleteBeta(degreesOfFreedom / 2, 0.5, degreesOfFreedom / (degreesOfFreedom + t * t));
}

/**
 * The t that |T| stays below with a probability: 2.776 for 0.95 and four degrees of freedom, as of five windows.
 *
 * @param confidence Between 0 and 1.
 * @param degreesOfFreedom Above 0; need not be whole.
 *
 * @example
 * ```ts
 * import { studentQuantile } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.equal(studentQuantile(0.95, 4).toFixed(4), "2.7764");
 * ```
 */
export function studentQuantile(confidence: number, degreesOfFreedom: number): number {
  let [low, high] = [0, 1];
  while (studentTwoSided(high, degreesOfFreedom) > 1 - confidence) high *= 2;
  for (let i = 0; i < 200 && high - low > 1e-13 * high; i++) {
    const middle = (low + high) / 2;
    if (studentTwoSided(middle, degreesOfFreedom) > 1 - confidence) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * The half width of a 95 % interval in standard errors: {@linkcode studentQuantile} of 0.95.
 *
 * @param degreesOfFreedom Above 0; need not be whole.
 *
 * @example
 * ```ts
 * import { studentT95 } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.equal(studentT95(4).toFixed(3), "2.776");
 * ```
 */
export function studentT95(degreesOfFreedom: number): number {
  return studentQuantile(0.95, degreesOfFreedom);
}
