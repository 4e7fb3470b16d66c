/**
 * From the blocks that a Joulescope streams to samples, gaps and edges.
 *
 * @module
 */
import type { EventQueue } from "../event_queue.ts";
import type { SampleTracker } from "../sample_tracker.ts";
import type { StreamBlock } from "./jsdrv_values.ts";

/** Edges that wait until the first sample tells where they are. */
const mostWaiting = 4096;

/** Puts blocks in their place by the numbers of their samples; what is missing, or NaN, is told as lost. */
export class JoulescopeStream {
  readonly #queue: EventQueue;
  readonly #tracker: SampleTracker;
  readonly #scale: number;
  #origin: bigint | undefined;
  #decimate = 1;
  #level: number | undefined;
  #waiting: { id: bigint; falling: boolean }[] = [];
  #firstTime: bigint | undefined;
  #lastCounter = -1n;

  /** A stream before its first block; values are multiplied with `scale`. */
  constructor(queue: EventQueue, tracker: SampleTracker, scale: number) {
    this.#queue = queue;
    this.#tracker = tracker;
    this.#scale = scale;
  }

  /**
   * Takes a block of the quantity that is sampled.
   *
   * @throws {RangeError} When it is not sampled at the rate that was asked for.
   */
  samples(block: StreamBlock): void {
    if (block.data.kind !== "float") throw new RangeError("bits where floats are due");
    const rateHz = block.idRateHz / block.decimate;
    if (Math.abs(rateHz - this.#queue.sampleRateHz) > 1e-6 * rateHz) {
      throw new RangeError(`samples at ${rateHz} Hz`);
    }
    if (this.#origin === undefined) {
      this.#origin = block.sampleId;
      this.#decimate = block.decimate;
      for (const { id, falling } of this.#waiting.splice(0)) this.#edge(id, falling);
    }
    const at = Math.round(this.#index(block.sampleId));
    let { values } = block.data;
    const behind = this.#tracker.index - at;
    if (behind > 0) values = values.subarray(behind);
    else if (behind < 0) this.#tracker.lost(-behind, "the driver skipped samples");
    this.#runs(values);
    this.#time(block);
  }

  /** Takes a block of GPI0. */
  levels(block: StreamBlock): void {
    if (block.data.kind !== "bits") throw new RangeError("floats where bits are due");
    const { bytes, count } = block.data;
    for (let i = 0; i < count; i++) {
      const level = bytes[i >> 3] >> (i & 7) & 1;
      if (this.#level !== undefined && level !== this.#level) {
        this.#edge(block.sampleId + BigInt(i) * BigInt(block.decimate), level === 0);
      }
      this.#level = level;
    }
  }

  #index(id: bigint): number {
    return Number(id - this.#origin!) / this.#decimate;
  }

  #edge(id: bigint, falling: boolean): void {
    if (this.#origin === undefined) {
      if (this.#waiting.length < mostWaiting) this.#waiting.push({ id, falling });
    } else if (id >= this.#origin) this.#tracker.edge(falling, this.#index(id));
  }

  #runs(values: Float32Array): void {
    for (let from = 0; from < values.length;) {
      const isNaN = Number.isNaN(values[from]);
      let to = from + 1;
      while (to < values.length && Number.isNaN(values[to]) === isNaN) to++;
      if (isNaN) this.#tracker.lost(to - from, "the driver marks samples as missing");
      else {
        const run = values.subarray(from, to);
        this.#tracker.samples(
          this.#scale === 1 ? run : Float64Array.from(run, (value) => value * this.#scale),
        );
      }
      from = to;
    }
  }

  #time({ timeMap }: StreamBlock): void {
    if (!timeMap || timeMap.counter === this.#lastCounter) return;
    this.#lastCounter = timeMap.counter;
    const { time, counter, counterRateHz } = timeMap;
    // Of sample 0, by the first map.
    this.#firstTime ??= time -
      BigInt(Math.round(Number(counter - this.#origin!) / counterRateHz * 2 ** 30));
    const index = this.#index(counter);
    if (index <= 0) return;
    const timeUs = Number(time - this.#firstTime) / 2 ** 30 * 1e6;
    this.#queue.push({ type: "clock", index, timeUs });
  }
}
