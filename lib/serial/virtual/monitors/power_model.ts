/**
 * How much power the virtual board takes: a documented model, so that a simulated measurement can be checked against the
 * integral that it has to give.
 *
 * @module
 */

/** What the board does. */
export type DutState = "idle" | "active" | "uart";

/** Figures of a {@linkcode PowerModel}. They are made up, in the order of a Cortex-M4 at 3 V; nobody measured them. */
export interface PowerModelOptions {
  /** Power while it waits, in W. @default {0.004} */
  idleW?: number;
  /** Power while it infers, in W. @default {0.03} */
  activeW?: number;
  /** Power while it sends or receives, in W. @default {0.009} */
  uartW?: number;
  /** Standard deviation of the noise, relative to the power; one value a millisecond. @default {0.01} */
  noise?: number;
  /** How much more it takes each hour, relative to the power: the board warms up. @default {0.01} */
  driftPerHour?: number;
  /** The same seed gives the same noise. @default {1} */
  seed?: number;
}

/** A stretch of time in which the board does one thing. */
export interface ActivityChange {
  /** When it begins, in µs of the bench's clock. */
  timeUs: number;
  /** What it does from then on. */
  state: DutState;
}

const noiseBinUs = 1000;
const hourUs = 3.6e9;
/** Uniform numbers whose sum makes one of the noise: its distribution is near enough to normal, and ends at ±3.5 deviations. */
const uniforms = 4;

/**
 * Power as a function of time: P(t) = P(state) · (1 + drift · t) · (1 + noise of the millisecond).
 *
 * @example
 * ```ts
 * import { PowerModel } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const model = new PowerModel({ idleW: 0.002, activeW: 0.01, noise: 0, driftPerHour: 0 });
 * const changes = [{ timeUs: 500_000, state: "active" as const }];
 * const energyJ = model.energyJ(changes, 0, 1_000_000);
 * assert.ok(Math.abs(energyJ - (0.5 * 0.002 + 0.5 * 0.01)) < 1e-15);
 * ```
 */
export class PowerModel {
  readonly #watts: Readonly<Record<DutState, number>>;
  readonly #noise: number;
  readonly #driftPerUs: number;
  readonly #seed: number;

  /** A model with these figures. */
  constructor(options: PowerModelOptions = {}) {
    const { idleW = 0.004, activeW = 0.03, uartW = 0.009, noise = 0.01, driftPerHour = 0.01 } =
      options;
    this.#watts = { idle: idleW, active: activeW, uart: uartW };
    this.#noise = noise;
    this.#driftPerUs = driftPerHour / hourUs;
    this.#seed = options.seed ?? 1;
  }

  /** Power at a time, in W. */
  watts(state: DutState, timeUs: number): number {
    return this.#watts[state] * (1 + this.#driftPerUs * timeUs) *
      (1 + this.#noiseOf(Math.floor(timeUs / noiseBinUs)));
  }

  /**
   * Energy from one time to another, in J: the integral, exact but for rounding.
   *
   * @param changes In order of time; before the first one the board is idle.
   */
  energyJ(changes: readonly ActivityChange[], fromUs: number, toUs: number): number {
    let next = firstAfter(changes, fromUs);
    let state: DutState = next > 0 ? changes[next - 1].state : "idle";
    let energyJ = 0;
    for (let atUs = fromUs; atUs < toUs;) {
      const endUs = Math.min(toUs, changes[next]?.timeUs ?? Infinity);
      energyJ += this.#watts[state] * this.#integral(atUs, endUs);
      atUs = endUs;
      while (next < changes.length && changes[next].timeUs <= atUs) state = changes[next++].state;
    }
    return energyJ / 1e6;
  }

  /** ∫ (1 + drift · t) (1 + noise) dt in µs, piece by piece: within a millisecond it is linear. */
  #integral(fromUs: number, toUs: number): number {
    const linear = (a: number, b: number) => (b - a) * (1 + this.#driftPerUs * (a + b) / 2);
    if (this.#noise === 0) return linear(fromUs, toUs);
    let sum = 0;
    for (let bin = Math.floor(fromUs / noiseBinUs); bin * noiseBinUs < toUs; bin++) {
      const a = Math.max(fromUs, bin * noiseBinUs);
      const b = Math.min(toUs, (bin + 1) * noiseBinUs);
      sum += linear(a, b) * (1 + this.#noiseOf(bin));
    }
    return sum;
  }

  #noiseOf(bin: number): number {
    if (this.#noise === 0) return 0;
    let sum = 0;
    for (let i = 0; i < uniforms; i++) sum += hash(this.#seed, bin * uniforms + i) - 0.5;
    // A uniform number has variance 1/12.
    return this.#noise * sum * Math.sqrt(12 / uniforms);
  }
}

/** Index of the first change after a time. */
export function firstAfter(changes: readonly { timeUs: number }[], timeUs: number): number {
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (changes[middle].timeUs <= timeUs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A number in [0, 1) that depends on nothing but its arguments (the finalizer of MurmurHash3). */
function hash(seed: number, n: number): number {
  let h = (seed ^ Math.imul(n | 0, 0x9e3779b1) ^ Math.imul(Math.floor(n / 2 ** 32), 0x85ebca6b)) >>>
    0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}
