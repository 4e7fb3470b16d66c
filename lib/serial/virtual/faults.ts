/**
 * Faults of a line and of a board, on request and repeatable.
 *
 * @module
 */

/** What goes wrong, and how often. */
export interface Faults {
  /** Chance that a byte is lost, each way. @default {0} */
  drop?: number;
  /** Chance that a byte becomes another one, each way. @default {0} */
  corrupt?: number;
  /** How much later an answer comes, in ms. @default {0} */
  delayMs?: number;
  /** The port vanishes once this many bytes have gone each way together. @default {Infinity} */
  vanishAfterBytes?: number;
  /** How long the board takes to start, in ms; it hears nothing before. @default {0} */
  bootMs?: number;
  /** The same seed gives the same faults. @default {1} */
  seed?: number;
}

/**
 * What arrives of `bytes` on a line with these faults.
 *
 * @param random Where chance comes from, such as {@linkcode seededRandom}.
 *
 * @example
 * ```ts
 * import { damage, seededRandom } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const bytes = new Uint8Array(1000);
 * assert.equal(damage(bytes, {}, seededRandom(1)), bytes);
 * assert.ok(damage(bytes, { drop: 0.1 }, seededRandom(1)).length < 1000);
 * ```
 */
export function damage(bytes: Uint8Array, faults: Faults, random: () => number): Uint8Array {
  const { drop = 0, corrupt = 0 } = faults;
  if (drop === 0 && corrupt === 0) return bytes;
  const arrived: number[] = [];
  for (const byte of bytes) {
    if (random() < drop) continue;
    arrived.push(random() < corrupt ? Math.floor(random() * 256) : byte);
  }
  return Uint8Array.from(arrived);
}
