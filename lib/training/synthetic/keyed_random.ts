/** Numbers by chance from a key: the same key gives the same numbers, and keys that differ in one part are unrelated. */
export class KeyedRandom {
  #state: number;

  /** Takes whole numbers, such as seed, split and index. */
  constructor(...key: number[]) {
    let state = 0x9e3779b9;
    for (const part of key) {
      // Of a number above 2³² both halves count.
      state = mix(state ^ (part >>> 0)) +
        Math.imul(mix(Math.floor(part / 2 ** 32) >>> 0), 0x85ebca6b);
      state = mix(state + 0x6d2b79f5);
    }
    this.#state = state >>> 0;
  }

  /** 32 bits. (Steele and Lea's SplitMix with a state of 32 bits, as `mulberry32`.) */
  bits(): number {
    const state = this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** From 0 to before 1, evenly. */
  next(): number {
    return this.bits() / 4_294_967_296;
  }

  /** From `low` to before `high`, evenly. */
  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** From `low` to before `high`, evenly in the logarithm. */
  betweenLog(low: number, high: number): number {
    return low * (high / low) ** this.next();
  }

  /** Whole, from 0 to before `end`. */
  whole(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** One of them. */
  pick<T>(list: readonly T[]): T {
    return list[this.whole(list.length)];
  }

  /** Whether something of this probability comes. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Normal, mean 0, deviation 1 (Box and Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  /** From -1 to 1, either sign alike. */
  either(most = 1): number {
    return (2 * this.next() - 1) * most;
  }
}

/** Every bit of the input moves every bit of the output (finalizer of MurmurHash3). */
function mix(value: number): number {
  let h = value >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
