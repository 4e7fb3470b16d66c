/**
 * The PPK2's calibration, as it tells it itself.
 *
 * @module
 */

/** Figures of the five measurement ranges, the most sensitive one first. */
export interface Ppk2Modifiers {
  /** Shunt in Ω. */
  r: number[];
  /** Gain of the square. */
  gs: number[];
  /** Gain. */
  gi: number[];
  /** Offset in steps of the converter. */
  o: number[];
  /** Offset a volt of supply, in A. */
  s: number[];
  /** Offset in A. */
  i: number[];
  /** The user's gain. */
  ug: number[];
}

const ranges = 5;
const perRange = (value: number) => Array.from({ length: ranges }, () => value);

/** What holds where a PPK2 does not say otherwise; from the published drivers. */
export function defaultModifiers(): Ppk2Modifiers {
  return {
    r: [1031.64, 101.65, 10.15, 0.94, 0.043],
    gs: perRange(1),
    gi: perRange(1),
    o: perRange(0),
    s: perRange(0),
    i: perRange(0),
    ug: perRange(1),
  };
}

/**
 * Reads what a PPK2 answers to its metadata command: lines such as `R0: 1031.64`, up to `END`. Lines that say nothing of the
 * calibration are left out; a resistance of zero, which some devices tell, too.
 *
 * @example
 * ```ts
 * import { parsePpk2Metadata } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const { modifiers, hardware } = parsePpk2Metadata("Calibrated: 0\nR1: 99.5\nO4: 12\nHW: 9173\nEND");
 * assert.equal(modifiers.r[1], 99.5);
 * assert.equal(modifiers.o[4], 12);
 * assert.equal(hardware, "9173");
 * ```
 */
export function parsePpk2Metadata(text: string): { modifiers: Ppk2Modifiers; hardware?: string } {
  const modifiers = defaultModifiers();
  let hardware: string | undefined;
  for (const line of text.split(/[\r\n]+/)) {
    const [, name, index, value] = /^([A-Za-z]+)([0-4])?: *(\S+)/.exec(line.trim()) ?? [];
    if (name === "HW" && index === undefined) hardware = value;
    if (index === undefined || !Number.isFinite(Number(value))) continue;
    const key = name.toLowerCase();
    if (!(Object.hasOwn(modifiers, key))) continue;
    if (key === "r" && !(Number(value) > 0)) continue;
    modifiers[key as keyof Ppk2Modifiers][Number(index)] = Number(value);
  }
  return { modifiers, hardware };
}
