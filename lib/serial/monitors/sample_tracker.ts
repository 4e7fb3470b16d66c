/**
 * Counts samples, and keeps the count right where some are missing.
 *
 * @module
 */
import type { Quantity } from "./energy_monitor.ts";
import type { EventQueue } from "./event_queue.ts";
import { MonitorStoppedError } from "./monitor_errors.ts";

/** NaNs that are handed out at once. */
const gapChunk = 65_536;
/** A gap that is longer than this is no gap any more. */
const longestGapS = 10;

/**
 * Turns what a device sends into events with sample indices: every gap is told, and filled with NaN, so that the sample
 * after it has the index that it would have had.
 */
export class SampleTracker {
  readonly #queue: EventQueue;
  readonly #quantity: Quantity;
  readonly #monitor: string;
  #index = 0;
  #anchor: { index: number; timeUs: number } | undefined;
  #lastUs = -Infinity;

  /** A tracker at sample 0. */
  constructor(queue: EventQueue, options: { quantity: Quantity; monitor: string }) {
    this.#queue = queue;
    this.#quantity = options.quantity;
    this.#monitor = options.monitor;
  }

  /** Index of the next sample. */
  get index(): number {
    return this.#index;
  }

  /** Samples arrived; `also` are those of other quantities. */
  samples(
    values: Float32Array | Float64Array,
    also: { readonly [quantity in Quantity]?: Float32Array | Float64Array } = {},
  ): void {
    if (values.length === 0) return;
    this.#queue.push({
      type: "samples",
      firstIndex: this.#index,
      count: values.length,
      values: { ...also, [this.#quantity]: values },
    });
    this.#index += values.length;
  }

  /** Samples are missing here. */
  lost(count: number, reason: string): void {
    const most = longestGapS * this.#queue.sampleRateHz;
    if (!(count <= Math.max(most, 1))) {
      return this.#queue.fail(
        new MonitorStoppedError(
          `Cannot go on as ${count} samples are missing: more than ${longestGapS} s`,
          { monitor: this.#monitor, answer: reason, hint: "Lower the sample rate, and run again" },
        ),
      );
    }
    this.#queue.push({ type: "lost", firstIndex: this.#index, count, reason });
    for (let left = count; left > 0; left -= gapChunk) {
      const values = new Float64Array(Math.min(left, gapChunk)).fill(NaN);
      this.samples(values);
    }
  }

  /** The timestamp pin changed, now or at a sample index. */
  edge(falling: boolean, index = this.#index): void {
    this.#queue.push({ type: "edge", index, falling });
  }

  /** Something for the log. */
  note(text: string): void {
    this.#queue.push({ type: "note", text });
  }

  /**
   * The device tells its time, which counts what it sampled: where fewer samples arrived since its first time, the others
   * were lost. A time is told in ms, cut off, so that less than two of a ms's samples are no proof.
   */
  time(timeUs: number): void {
    const { sampleRateHz } = this.#queue;
    if (timeUs < this.#lastUs) {
      return this.note(`The monitor's time went back from ${this.#lastUs} to ${timeUs} µs`);
    }
    this.#lastUs = timeUs;
    this.#anchor ??= { index: this.#index, timeUs };
    const expected = this.#anchor.index + (timeUs - this.#anchor.timeUs) * sampleRateHz / 1e6;
    const missing = expected - this.#index;
    const slack = Math.max(1, sampleRateHz / 1000) + 0.5;
    if (missing > slack) {
      this.lost(Math.round(missing), "the monitor's time is ahead of its samples");
    } else if (missing < -slack) {
      this.note(`${Math.round(-missing)} samples more than the monitor's time tells`);
      this.#anchor = { index: this.#index, timeUs };
    }
    this.#queue.push({
      type: "clock",
      index: this.#index,
      timeUs: timeUs - this.#anchor.timeUs + this.#anchor.index * 1e6 / sampleRateHz,
    });
  }
}
