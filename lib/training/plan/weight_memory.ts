import type { Weight } from "./value.ts";
import { type Buffer, partOf, type PlanMemory } from "./plan_memory.ts";

/** Places of weights begin at multiples of so many floats: a cache line. */
const ALIGNMENT_FLOATS = 16;

/** Where weights lie: all that are trained in one block, with blocks of the same layout for gradients and optimisers. */
export class WeightMemory {
  /** Floats of a block of trained weights. */
  readonly trainedFloats: number;
  /** The trained weights. */
  readonly trained: Buffer;
  /** Their gradients. */
  readonly gradients: Buffer;
  readonly #places = new Map<Weight, Buffer>();
  readonly #firstFloats = new Map<Weight, number>();

  constructor(memory: PlanMemory, readonly all: readonly Weight[]) {
    let floats = 0;
    for (const weight of all.filter(({ trainable }) => trainable)) {
      this.#firstFloats.set(weight, floats);
      floats += Math.ceil(weight.size / ALIGNMENT_FLOATS) * ALIGNMENT_FLOATS;
    }
    this.trainedFloats = floats;
    this.trained = memory.allocate(floats);
    this.gradients = memory.allocate(floats);
    for (const weight of all) {
      this.#places.set(
        weight,
        weight.trainable ? this.within(this.trained, weight) : memory.allocate(weight.size),
      );
    }
  }

  /** A weight's place. */
  of(weight: Weight): Buffer {
    const place = this.#places.get(weight);
    if (!place) throw new Error(`The weight '${weight.name}' is not in the graph's list`);
    return place;
  }

  /** The place of a trained weight's gradient. */
  gradientOf(weight: Weight): Buffer {
    return this.within(this.gradients, weight);
  }

  /** The place in a block that is laid out as the trained weights are. */
  within(block: Buffer, weight: Weight): Buffer {
    return partOf(block, this.#firstFloats.get(weight)!, weight.size);
  }
}
