import type { SoftLabels } from "./soft_labels.ts";
import type { TrainingBatches } from "./training_batches.ts";

/** A batch as a plan takes it. */
export interface LabelledBatch {
  x: Float32Array;
  y: Float32Array | Uint8Array;
  /** Its examples. */
  count: number;
}

type Source = AsyncGenerator<LabelledBatch, void, undefined>;

/** Batches with their labels. In the middle of an epoch the next one is begun: its threads need a while to start. */
export class LabelledBatches {
  readonly #batches: TrainingBatches;
  readonly #labels: "classes" | "inputs" | SoftLabels;
  #upcoming?: {
    epoch: number;
    source: Source;
    first: Promise<IteratorResult<LabelledBatch, void>>;
  };

  /** @param labels What the model is to give: classes, its inputs, or probabilities. */
  constructor(batches: TrainingBatches, labels: "classes" | "inputs" | SoftLabels) {
    this.#batches = batches;
    this.#labels = labels;
  }

  /** The batches of an epoch, from one of them on. */
  async *epoch(epoch: number, from: number, isLast: boolean): Source {
    const { steps } = this.#batches;
    const ready = this.#upcoming;
    const isReady = ready?.epoch === epoch && from === 0;
    const source = isReady ? ready.source : this.#source(epoch, from);
    let next = isReady ? ready.first : source.next();
    this.#upcoming = undefined;
    try {
      for (let batch = from;; batch++) {
        const { value, done } = await next;
        if (done) return;
        if (!isLast && batch >= Math.floor(steps / 2) && !this.#upcoming) this.#begin(epoch + 1);
        yield value;
        next = source.next();
      }
    } finally {
      await source.return();
    }
  }

  /** Ends what was begun for an epoch that does not come. */
  async end(): Promise<void> {
    const upcoming = this.#upcoming;
    this.#upcoming = undefined;
    await upcoming?.source.return();
  }

  #begin(epoch: number): void {
    const source = this.#source(epoch, 0);
    const first = source.next();
    // Whoever comes to it hears of its failure.
    first.catch(() => {});
    this.#upcoming = { epoch, source, first };
  }

  async *#source(epoch: number, from: number): Source {
    for await (const { x, labels } of this.#batches.epoch(epoch, from)) {
      const y = this.#labels === "classes"
        ? labels
        : this.#labels === "inputs"
        ? x
        : await this.#labels.of(x, labels);
      yield { x, y, count: labels.length };
    }
  }
}
