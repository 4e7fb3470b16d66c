const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;
const MASK_128 = (1n << 128n) - 1n;
const MASK_64 = (1n << 64n) - 1n;

/**
 * The random numbers of NumPy's `default_rng(seed)`: PCG64 (O'Neill's PCG XSL-RR 128/64), seeded by its `SeedSequence`,
 * with as much of its `Generator` as the official lists were drawn with. For seeds below 2³².
 */
export class NumpyRandom {
  #state: bigint;
  readonly #increment: bigint;
  /** The upper half of the last number of 64 bits, where only the lower one was used. */
  #spare?: number;

  /** Starts the sequence of a seed. */
  constructor(seed: number) {
    const words = seedWords(seed);
    const pair = (at: number) => BigInt(words[at + 1]) << 32n | BigInt(words[at]);
    const start = pair(0) << 64n | pair(2);
    this.#increment = ((pair(4) << 64n | pair(6)) << 1n | 1n) & MASK_128;
    this.#state = 0n;
    this.#step();
    this.#state = this.#state + start & MASK_128;
    this.#step();
  }

  #step(): void {
    this.#state = this.#state * MULTIPLIER + this.#increment & MASK_128;
  }

  #bits32(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    this.#step();
    const state = this.#state;
    const folded = (state >> 64n ^ state) & MASK_64;
    const turn = state >> 122n;
    const bits = (folded >> turn | folded << (64n - turn)) & MASK_64;
    this.#spare = Number(bits >> 32n);
    return Number(bits & 0xffffffffn);
  }

  /** Whole, from 0 to `last`, evenly (Lemire's method). */
  whole(last: number): number {
    if (last === 0) return 0;
    const count = BigInt(last + 1);
    const threshold = (0x1_0000_0000n - count) % count;
    for (;;) {
      const product = BigInt(this.#bits32()) * count;
      if ((product & 0xffffffffn) >= threshold) return Number(product >> 32n);
    }
  }

  /** `shuffle`: in place, its places drawn by leaving out what is too large. */
  shuffle(list: number[]): number[] {
    return exchanged(list, (last) => {
      const mask = 2 ** (32 - Math.clz32(last)) - 1;
      for (;;) {
        const value = (this.#bits32() & mask) >>> 0;
        if (value <= last) return value;
      }
    });
  }

  /** `choice(count, size, replace=False)`: Floyd's method, then shuffled. For `count` up to 10,000. */
  choice(count: number, size: number): number[] {
    const chosen = new Set<number>();
    for (let last = count - size; last < count; last++) {
      const value = this.whole(last);
      chosen.add(chosen.has(value) ? last : value);
    }
    return exchanged([...chosen], (last) => this.whole(last));
  }
}

/** From the end on, each value changes its place with one before it, or stays. */
function exchanged(list: number[], place: (last: number) => number): number[] {
  for (let i = list.length - 1; i > 0; i--) {
    const j = place(i);
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list;
}

/** `SeedSequence(seed).generate_state(8)`. */
function seedWords(seed: number): number[] {
  let factor = 0x43b0d7e5;
  const hash = (value: number): number => {
    let h = (value ^ factor) >>> 0;
    factor = Math.imul(factor, 0x931e8875) >>> 0;
    h = Math.imul(h, factor) >>> 0;
    return (h ^ h >>> 16) >>> 0;
  };
  const mix = (x: number, y: number): number => {
    const sum = Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y) >>> 0;
    return (sum ^ sum >>> 16) >>> 0;
  };
  const pool = [seed >>> 0, 0, 0, 0].map(hash);
  for (let from = 0; from < 4; from++) {
    for (let to = 0; to < 4; to++) {
      if (from !== to) pool[to] = mix(pool[to], hash(pool[from]));
    }
  }
  factor = 0x8b51f9dd;
  return Array.from({ length: 8 }, (_, i) => {
    let h = (pool[i % 4] ^ factor) >>> 0;
    factor = Math.imul(factor, 0x58f38ded) >>> 0;
    h = Math.imul(h, factor) >>> 0;
    return (h ^ h >>> 16) >>> 0;
  });
}
