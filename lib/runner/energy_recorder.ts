/**
 * Keeps what an energy monitor gives: samples in a trace file, everything else as records.
 *
 * @module
 */
import { type Clock, systemClock } from "../clock.ts";
import type { Acquisition, SamplesEvent } from "../serial/monitors/energy_monitor.ts";
import type {
  ClockRecord,
  EdgeRecord,
  LostRecord,
  NoticeRecord,
  TraceRecord,
} from "../sessions/events.ts";
import type { EnergyTraceFile } from "../sessions/trace_file.ts";

/** What a recorder is given. */
export interface EnergyRecorderOptions {
  /** What the monitor gives; taken to its end. */
  acquisition: Acquisition;
  /** Where samples go. */
  file: EnergyTraceFile;
  /** The trace. */
  trace: TraceRecord;
  /** Takes each record as soon as it is there. */
  keep: (record: EdgeRecord | LostRecord | ClockRecord | NoticeRecord) => void;
  /** Called when the monitor fails in the middle. */
  onFailure: (error: unknown) => void;
  /** Where time comes from. @default {systemClock} */
  clock?: Clock;
  /** Ends every wait when it aborts. */
  signal?: AbortSignal;
}

/** Of a monitor that tells its time more often, points closer than this are not kept, in µs. */
const clockPointUs = 1e6;

/** One acquisition, from its start to its end. */
export class EnergyRecorder {
  /** Falling edges so far, in samples, in order of arrival. */
  readonly edges: number[] = [];
  /** Resolves when the acquisition has ended, whatever ended it. */
  readonly finished: Promise<void>;
  readonly #options: EnergyRecorderOptions;
  readonly #clock: Clock;
  #lastClockUs = 0;
  #failure: unknown;
  #isOver = false;
  #wakers = new Set<() => void>();

  /** Begins to take events at once. */
  constructor(options: EnergyRecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.finished = this.#take();
  }

  /** Samples so far. */
  get length(): number {
    return this.#options.file.length;
  }

  /** Samples `start` to `end`, in µJ; they are on disk when this returns. */
  read(start: number, end: number): Float32Array {
    this.#options.file.sync();
    return this.#options.file.read(start, end);
  }

  /**
   * An edge that somebody else than the monitor saw, at a time of the host's clock.
   */
  addEdgeAt(timeMs: number): void {
    const { acquisition, trace } = this.#options;
    const sample = (timeMs - acquisition.startMs) * trace.sampleRateHz / 1000;
    this.#addEdge(Math.max(0, sample), "io-manager");
  }

  /**
   * Waits until `count` edges are there and the samples of `settleMs` behind the last of them: a further edge would have shown
   * by then.
   *
   * @returns The edges from index `from` on, in order: fewer where they do not come within `deadlineMs`.
   * @throws What the monitor fails with.
   */
  async edgesFrom(
    from: number,
    count: number,
    { settleMs, deadlineMs }: { settleMs: number; deadlineMs: number },
  ): Promise<number[]> {
    const settle = settleMs * this.#options.trace.sampleRateHz / 1000;
    const isThere = () => {
      const edges = this.edges.slice(from);
      return edges.length >= count && this.length >= Math.max(...edges) + settle;
    };
    await this.#until(isThere, deadlineMs);
    return this.edges.slice(from).sort((a, b) => a - b);
  }

  // Returns when `isThere` says so, at the deadline, or when nothing more will come.
  async #until(isThere: () => boolean, deadlineMs: number): Promise<void> {
    const { signal } = this.#options;
    const end = this.#clock.now() + deadlineMs;
    while (!isThere() && !this.#isOver) {
      signal?.throwIfAborted();
      const left = end - this.#clock.now();
      if (left <= 0) break;
      await this.#news(left);
    }
    if (this.#failure) throw this.#failure;
  }

  // Waits for an event, but no longer than `ms`.
  #news(ms: number): Promise<void> {
    const { signal } = this.#options;
    return new Promise((resolve) => {
      const wake = () => {
        this.#wakers.delete(wake);
        signal?.removeEventListener("abort", wake);
        cancel();
        resolve();
      };
      const cancel = this.#clock.schedule(ms, wake);
      this.#wakers.add(wake);
      signal?.addEventListener("abort", wake, { once: true });
    });
  }

  #wake(): void {
    for (const wake of [...this.#wakers]) wake();
  }

  async #take(): Promise<void> {
    const { acquisition, keep, trace, onFailure } = this.#options;
    try {
      for await (const event of acquisition) {
        if (event.type === "samples") this.#addSamples(event);
        else if (event.type === "edge") {
          if (event.falling) this.#addEdge(event.index, "monitor");
        } else if (event.type === "lost") {
          const { firstIndex: sample, count, reason } = event;
          keep({ type: "lost", trace: trace.index, sample, count, reason });
        } else if (event.type === "clock") {
          const { index: sample, timeUs } = event;
          if (timeUs - this.#lastClockUs < clockPointUs) continue;
          this.#lastClockUs = timeUs;
          keep({ type: "clock", trace: trace.index, sample, timeUs });
        } else {
          const text = `Energy monitor: ${event.text}`;
          keep({ type: "notice", time: new Date().toISOString(), text });
        }
      }
    } catch (error) {
      this.#failure = error;
      onFailure(error);
    } finally {
      this.#isOver = true;
      this.#wake();
    }
  }

  #addSamples({ firstIndex, values }: SamplesEvent): void {
    const { file, trace } = this.#options;
    const given = values[trace.quantity];
    if (firstIndex !== file.length || !given) {
      throw new RangeError(
        `Cannot keep samples from ${firstIndex} on as there are ${file.length} so far`,
      );
    }
    const samplesUj = new Float32Array(given.length);
    const perAmpere = 1e6 / trace.sampleRateHz;
    for (let i = 0; i < given.length; i++) {
      samplesUj[i] = trace.quantity === "energy"
        ? 1e6 * given[i]
        : given[i] * (values.voltage?.[i] ?? trace.supplyV ?? NaN) * perAmpere;
    }
    file.append(samplesUj);
    this.#wake();
  }

  #addEdge(sample: number, by: EdgeRecord["by"]): void {
    this.edges.push(sample);
    this.#options.keep({ type: "edge", trace: this.#options.trace.index, sample, by });
    this.#wake();
  }
}
