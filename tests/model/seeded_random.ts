import { seededRandom } from "../../lib/seeded_random.ts";

/** Random numbers that are the same in every run. */
export class SeededRandom {
  /** In [0, 1). */
  readonly real: () => number;

  constructor(seed: number) {
    this.real = seededRandom(seed);
  }

  /** An integer from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.real() * (high - low + 1));
  }

  pick<T>(values: readonly T[]): T {
    return values[this.integer(0, values.length - 1)];
  }

  /** int8, every fourth of them an extreme. */
  int8s(length: number): Int8Array {
    return Int8Array.from(
      { length },
      () => this.integer(0, 3) === 0 ? this.pick([-128, -127, 127]) : this.integer(-128, 127),
    );
  }
}
