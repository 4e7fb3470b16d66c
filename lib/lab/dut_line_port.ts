import { type Clock, VirtualClock } from "../clock.ts";
import { portLost, type Wire, WirePort } from "../serial/wire_port.ts";
import type { Axis, Bench } from "./bench.ts";
import { ByteQueue } from "./byte_queue.ts";

/** The DUT of a bench with nothing in between: bytes take their time, by `clock`, both ways. */
export class DutLinePort extends WirePort {
  readonly #bench: Bench;
  readonly #clock: Clock;
  readonly #baudRate: number;

  /** Makes a closed port. */
  constructor(bench: Bench, clock: Clock, baudRate: number) {
    super("dut (lab)");
    this.#bench = bench;
    this.#clock = clock;
    this.#baudRate = baudRate;
  }

  protected override async connect(): Promise<Wire> {
    const wire = new DutLine(this.name, this.#bench, this.#clock, 10e6 / this.#baudRate);
    try {
      await this.#bench.attach(wire);
    } catch (error) {
      await wire.close();
      throw error;
    }
    return wire;
  }
}

class DutLine implements Wire, Axis {
  readonly #name: string;
  readonly #bench: Bench;
  readonly #clock: Clock;
  readonly #byteUs: number;
  readonly #originMs: number;
  readonly #received = new ByteQueue();
  readonly #cancels = new Set<() => void>();
  #pausedMs = 0;
  #pausedAtMs: number | undefined;
  #error: unknown;
  #isClosed = false;
  #wakeWriter: (() => void) | undefined;

  constructor(name: string, bench: Bench, clock: Clock, byteUs: number) {
    this.#name = name;
    this.#bench = bench;
    this.#clock = clock;
    this.#byteUs = byteUs;
    this.#originMs = clock.now();
  }

  get timeUs(): number {
    const nowMs = this.#pausedAtMs ?? this.#clock.now();
    return (nowMs - this.#originMs - this.#pausedMs) * 1000;
  }

  at(timeUs: number, callback: () => void): void {
    const cancel = this.#clock.schedule((timeUs - this.timeUs) / 1000, () => {
      this.#cancels.delete(cancel);
      callback();
    });
    this.#cancels.add(cancel);
  }

  pause(): () => void {
    this.#pausedAtMs = this.#clock.now();
    const release = this.#clock instanceof VirtualClock ? this.#clock.hold() : undefined;
    return () => {
      this.#pausedMs += this.#clock.now() - this.#pausedAtMs!;
      this.#pausedAtMs = undefined;
      release?.();
    };
  }

  // A byte is there when it has ended.
  byte(byte: number): void {
    this.at(this.timeUs + this.#byteUs, () => this.#received.put(Uint8Array.of(byte)));
  }

  edge(): void {}

  fail(error: unknown): void {
    this.#error = error;
    this.#received.end(error);
    this.#wakeWriter?.();
  }

  read(): Promise<Uint8Array | null> {
    return this.#received.read();
  }

  async write(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wakeWriter = resolve;
      this.at(this.timeUs + bytes.length * this.#byteUs, resolve);
    });
    this.#wakeWriter = undefined;
    if (this.#isClosed || this.#error !== undefined) throw portLost(this.#name, this.#error);
    await this.#bench.receive(bytes.slice()).catch(() => {});
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const cancel of this.#cancels) cancel();
    this.#received.end();
    this.#wakeWriter?.();
    await this.#bench.detach();
  }
}
