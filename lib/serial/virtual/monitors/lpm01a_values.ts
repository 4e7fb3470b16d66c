/**
 * Numbers as an LPM01A writes them.
 *
 * @module
 */

/**
 * Four digits and a power of ten: 640.9 µA is `6409-07`.
 *
 * @example
 * ```ts
 * import { asciiValue } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.equal(asciiValue(640.9e-6), "6409-07");
 * assert.equal(asciiValue(0), "0000-00");
 * ```
 */
export function asciiValue(value: number): string {
  if (!(value > 0)) return "0000-00";
  const [digits, exponent] = value.toExponential(3).split("e");
  const power = Number(exponent) - 3;
  return digits.replace(".", "") + (power < 0 ? "-" : "+") +
    String(Math.abs(power)).padStart(2, "0");
}

/**
 * A high nibble e and twelve bits m, for m·16⁻ᵉ: 640.9 µA is 0x52A0.
 *
 * @example
 * ```ts
 * import { binaryWord } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.equal(binaryWord(640.9e-6), 0x52a0);
 * ```
 */
export function binaryWord(value: number): number {
  if (!(value > 0)) return 0;
  let power = Math.min(14, Math.max(0, Math.floor(3 - Math.log(value) / Math.log(16))));
  if (Math.round(value * 16 ** power) > 0xfff) power--;
  return power < 0 ? 0x0fff : power << 12 | Math.min(0xfff, Math.round(value * 16 ** power));
}
