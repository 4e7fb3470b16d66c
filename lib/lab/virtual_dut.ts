import { VirtualBoard, type VirtualBoardOptions } from "../serial/virtual/virtual_board.ts";
import type { DutEvent, DutTurn, TimedDut } from "./timed_dut.ts";

/** How long the timestamp pin stays low; the benchmark asks for 1 µs. */
const pulseUs = 2;

/**
 * A {@linkcode VirtualBoard} in energy mode as a DUT whose times are told: *simulated*, from its cost model.
 *
 * @example
 * ```ts
 * import { benchmarks, VirtualDut } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const dut = new VirtualDut({
 *   benchmark: benchmarks.kws01,
 *   model: { macs: 1000, results: () => ["1.000000"] },
 * });
 * dut.boot();
 * const { events } = dut.receive(new TextEncoder().encode("timestamp%"));
 * assert.deepEqual(events.filter((event) => "edge" in event).length, 2);
 * ```
 */
export class VirtualDut implements TimedDut {
  readonly #board: VirtualBoard;
  readonly #byteUs: number;
  #events: DutEvent[] = [];

  /** Makes a board without power. */
  constructor(options: Omit<VirtualBoardOptions, "mode" | "onEdge" | "onSend">) {
    const { baudRate = 9600 } = options;
    this.#byteUs = 10e6 / baudRate;
    this.#board = new VirtualBoard({
      ...options,
      baudRate,
      mode: "energy",
      onEdge: (timeUs) =>
        this.#events.push(
          { timeUs, edge: "falling" },
          { timeUs: timeUs + pulseUs, edge: "rising" },
        ),
      onSend: (text, startUs) => {
        for (let i = 0; i < text.length; i++) {
          this.#events.push({ timeUs: startUs + i * this.#byteUs, byte: text.charCodeAt(i) });
        }
      },
    });
  }

  /** Powers it on. Its clock starts with it, so all until its banner is out is its boot. */
  boot(): DutTurn {
    this.#events = [];
    this.#board.boot();
    return this.#turn(0);
  }

  /** Gives it bytes. */
  receive(bytes: Uint8Array): DutTurn {
    const before = bytes.subarray(0, -1);
    this.#events = [];
    this.#board.receive(before);
    const originUs = this.#board.timeUs + this.#byteUs;
    this.#board.receive(bytes.subarray(before.length));
    return this.#turn(originUs);
  }

  /** Takes its power away. */
  stop(): void {}

  #turn(originUs: number): DutTurn {
    const events = this.#events
      .map((event) => ({ ...event, timeUs: Math.max(0, event.timeUs - originUs) }))
      .sort((a, b) => a.timeUs - b.timeUs);
    return { events, endUs: Math.max(0, this.#board.timeUs - originUs) };
  }
}
