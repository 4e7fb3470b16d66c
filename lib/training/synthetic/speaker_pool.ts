import type { SplitName } from "../data/data_set.ts";
import { KeyedRandom } from "./keyed_random.ts";
import { makeSpeaker, type Speaker } from "./speak.ts";

const SPEAKERS = 2;

/** Speakers of each split, and the number of the first: nobody speaks in two, but calibration hears those of training. */
const pools: Readonly<Record<SplitName, { first: number; count: number }>> = {
  train: { first: 0, count: 400 },
  validation: { first: 400, count: 80 },
  test: { first: 480, count: 120 },
  calibration: { first: 0, count: 400 },
};

/** The people of a seed, each made when first heard. */
export class SpeakerPool {
  readonly #seed: number;
  readonly #known = new Map<number, Speaker>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** The number of someone who speaks in a split. */
  pick(split: SplitName, random: KeyedRandom): number {
    const { first, count } = pools[split];
    return first + random.whole(count);
  }

  speaker(number: number): Speaker {
    const known = this.#known.get(number);
    if (known) return known;
    const made = makeSpeaker(new KeyedRandom(this.#seed, SPEAKERS, number));
    this.#known.set(number, made);
    return made;
  }
}
