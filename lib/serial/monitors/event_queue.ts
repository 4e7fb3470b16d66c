/**
 * Between a device that sends when it wants and a loop that takes when it can.
 *
 * @module
 */
import type { Clock } from "../../clock.ts";
import type { Acquisition, MonitorEvent } from "./energy_monitor.ts";
import { MonitorError, MonitorTimeoutError } from "./monitor_errors.ts";

/** Samples that may wait: 11 minutes of an LPM01A at its fastest, half a gigabyte. */
const mostSamples = 2 ** 26;

/** Silence after which a device does not come back. */
const silence = { ms: 5000, samples: 5 };

/**
 * Events of one acquisition, kept until they are taken. A device that falls silent ends it with an error: twice {@linkcode silence}
 * at the latest.
 */
export class EventQueue implements Acquisition {
  readonly sampleRateHz: number;
  readonly startMs: number;
  readonly #monitor: string;
  #events: MonitorEvent[] = [];
  #at = 0;
  #samples = 0;
  #end: { error?: unknown } | undefined;
  #isTaken = false;
  #wake: (() => void) | undefined;
  #isAlive = true;
  #unwatch = () => {};

  /** An empty queue that begins now; `monitor` is what errors call the device. */
  constructor(options: { monitor: string; sampleRateHz: number; clock: Clock }) {
    const { monitor, sampleRateHz, clock } = options;
    this.sampleRateHz = sampleRateHz;
    this.startMs = clock.now();
    this.#monitor = monitor;
    const silentMs = Math.max(silence.ms, silence.samples * 1000 / sampleRateHz);
    const watch = () => {
      if (!this.#isAlive) return this.fail(this.#silent(silentMs));
      this.#isAlive = false;
      this.#unwatch = clock.schedule(silentMs, watch);
    };
    watch();
  }

  /** Says that the device sends, though nothing that makes an event. */
  touch(): void {
    this.#isAlive = true;
  }

  /** Whether it has ended: nothing is added any more. */
  get isEnded(): boolean {
    return this.#end !== undefined;
  }

  /** Adds an event. */
  push(event: MonitorEvent): void {
    if (this.#end) return;
    this.#isAlive = true;
    this.#events.push(event);
    if (event.type === "samples") this.#samples += event.count;
    if (this.#samples > mostSamples) {
      return this.fail(
        new MonitorError(`Cannot go on sampling as ${this.#samples} samples wait to be taken`, {
          monitor: this.#monitor,
          hint: "Take the events in a loop while the acquisition runs",
        }),
      );
    }
    this.#wake?.();
  }

  /** Ends it after what is there. */
  end(): void {
    this.#end ??= {};
    this.#unwatch();
    this.#wake?.();
  }

  /** Ends it with an error, after what is there. */
  fail(error: unknown): void {
    this.#end ??= { error };
    this.#unwatch();
    this.#wake?.();
  }

  #silent(silentMs: number): MonitorTimeoutError {
    return new MonitorTimeoutError(
      `Cannot go on sampling as ${this.#monitor} has sent nothing for ${silentMs} ms`,
      { monitor: this.#monitor, hint: "Check the cable and the monitor; then run again" },
    );
  }

  /** The events, once. */
  [Symbol.asyncIterator](): AsyncIterator<MonitorEvent> {
    if (this.#isTaken) {
      throw new TypeError("Cannot take the events of an acquisition twice");
    }
    this.#isTaken = true;
    return this.#take();
  }

  async *#take(): AsyncGenerator<MonitorEvent> {
    for (;;) {
      while (this.#at < this.#events.length) {
        const event = this.#events[this.#at++];
        if (this.#at === this.#events.length) {
          this.#events = [];
          this.#at = 0;
        }
        if (event.type === "samples") this.#samples -= event.count;
        yield event;
      }
      if (this.#end) {
        if ("error" in this.#end) throw this.#end.error;
        return;
      }
      await new Promise<void>((resolve) => this.#wake = resolve);
      this.#wake = undefined;
    }
  }
}
