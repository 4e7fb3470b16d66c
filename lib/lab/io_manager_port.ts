/**
 * The bench of energy mode without hardware: a port with an IO manager behind it, and a DUT behind that.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { type Clock, systemClock, VirtualClock } from "../clock.ts";
import { portLost, type Wire, WirePort } from "../serial/wire_port.ts";
import type { Axis } from "./bench.ts";
import { Bench } from "./bench.ts";
import { ByteQueue } from "./byte_queue.ts";
import type { LabActivity, LabEdge, LabState } from "./lab.ts";
import type { TimedDut } from "./timed_dut.ts";
import { Uno } from "./uno.ts";

/** What an {@linkcode IoManagerPort} is made of. */
export interface IoManagerPortOptions {
  /** The DUT: in energy mode, at 9600 baud. */
  dut: TimedDut;
  /** Whether it has power when the port is opened. @default {true} */
  powered?: boolean;
  /** The IO manager's program in Intel HEX. @default {firmware/io-manager/io_manager.hex} */
  hex?: string;
  /** What the UNO's time follows. @default {systemClock} */
  clock?: Clock;
  /** Called at each edge of the timestamp pin, with the time that an ideal clock shows. */
  onEdge?: (edge: LabEdge) => void;
  /** Called at each change of what the DUT does. */
  onActivity?: (activity: LabActivity) => void;
}

const dutBaudRate = 9600;
/** What may wait of a host that writes, in bytes. */
const unsentBytes = 4096;
/** A step of the UNO; on a machine that cannot keep up, the UNO falls behind the clock. */
const stepMs = 1;
const longestStepUs = 250_000;
const committedHex = new URL("../../firmware/io-manager/io_manager.hex", import.meta.url);

/**
 * A port with an Arduino UNO behind it that runs the IO manager's firmware, *emulated* cycle by cycle, and a DUT at its pins.
 * Both are powered when the port is opened. The DUT's bytes and edges reach the UNO's pins when the DUT's own time says,
 * counted from the end of the command that they answer.
 *
 * @example
 * ```ts
 * import { benchmarks, Dut, IoManager, IoManagerPort, VirtualClock, VirtualDut } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const clock = new VirtualClock();
 * const port = new IoManagerPort({
 *   clock,
 *   dut: new VirtualDut({
 *     benchmark: benchmarks.kws01,
 *     model: { macs: 1000, results: () => ["1.000000"] },
 *   }),
 * });
 * const edgesUs: number[] = [];
 * await using ioManager = await IoManager.connect(port, { clock, onEdge: (us) => edgesUs.push(us) });
 * await ioManager.enableTimestamps();
 * await using dut = await Dut.connect(ioManager.dutPort, { baudRate: 9600, chunkBytes: 26, clock });
 * await dut.timestamp();
 * assert.equal(edgesUs.length, 1);
 * ```
 */
export class IoManagerPort extends WirePort {
  readonly #options: IoManagerPortOptions;
  readonly #bench: Bench;

  /** Makes a closed port. */
  constructor(options: IoManagerPortOptions) {
    super("io-manager (emulated)");
    this.#options = options;
    const { dut, powered = true, onEdge, onActivity } = options;
    this.#bench = new Bench(dut, { baudRate: dutBaudRate, powered, onEdge, onActivity });
  }

  /** How far the time of the bench has come, in µs; it goes on while the port is open. */
  get timeUs(): number {
    return this.#bench.timeUs;
  }

  /** What the DUT does now. */
  get state(): LabState {
    return this.#bench.state;
  }

  /** Gives the DUT power, or takes it; see `Lab`. */
  power(on: boolean): Promise<void> {
    return this.#bench.power(on);
  }

  /** Presses the DUT's reset button. */
  reset(): Promise<void> {
    return this.#bench.reset();
  }

  /** Powers the UNO and the DUT on. */
  protected override async connect(): Promise<Wire> {
    const { hex = await readFile(committedHex, "utf8"), clock = systemClock } = this.#options;
    const host = await HostSide.create(this.name, hex, clock, this.#bench);
    try {
      await this.#bench.attach(host);
    } catch (error) {
      await host.close();
      throw error;
    }
    host.follow();
    return host;
  }
}

/** The host's end of the UNO's UART; the UNO, whose time the bench follows. */
class HostSide implements Wire, Axis {
  readonly #name: string;
  readonly #uno: Uno;
  readonly #clock: Clock;
  readonly #bench: Bench;
  readonly #received = new ByteQueue();
  #error: unknown;
  #isClosed = false;
  #isPaused = false;
  #isFollowing = false;
  #lastMs = 0;
  #targetUs = 0;
  #wakeWriter: (() => void) | undefined;
  #cancelStep: (() => void) | undefined;

  static async create(name: string, hex: string, clock: Clock, bench: Bench): Promise<HostSide> {
    const command: number[] = [];
    const uno: Uno = await Uno.create({
      hex,
      onHostByte: (byte) => host.#received.put(Uint8Array.of(byte)),
      onDutByte: (byte) => {
        command.push(byte);
        if (byte !== 0x25) return;
        // The UNO's time is that of the byte's stop bit: the byte itself is over.
        bench.receive(Uint8Array.from(command.splice(0))).catch(() => {});
      },
      // An open line, or one that is driven high, lets a board run whose reset is active low.
      onReset: (level) => {
        command.length = 0;
        bench.hold(level === "low");
      },
    });
    const host = new HostSide(name, uno, clock, bench);
    return host;
  }

  private constructor(name: string, uno: Uno, clock: Clock, bench: Bench) {
    this.#name = name;
    this.#uno = uno;
    this.#clock = clock;
    this.#bench = bench;
  }

  get timeUs(): number {
    return this.#uno.timeUs;
  }

  at(timeUs: number, callback: () => void): void {
    this.#uno.at(timeUs, callback);
  }

  byte(byte: number): void {
    this.#uno.sendDut([byte]);
  }

  edge(falling: boolean): void {
    this.#uno.setTimestampPin(!falling);
  }

  fail(error: unknown): void {
    this.#error = error;
    this.#received.end(error);
    this.#wakeWriter?.();
  }

  pause(): () => void {
    this.#isPaused = true;
    this.#uno.stop();
    const release = this.#clock instanceof VirtualClock ? this.#clock.hold() : undefined;
    return () => {
      this.#isPaused = false;
      this.#lastMs = this.#clock.now();
      if (this.#isFollowing) this.#advance();
      release?.();
    };
  }

  /** Lets the UNO's time follow the clock. */
  follow(): void {
    this.#isFollowing = true;
    this.#lastMs = this.#clock.now();
    this.#advance();
  }

  // Runs to the target, and goes on with the next step where nothing pauses it on its way.
  #advance(): void {
    if (this.#isClosed || this.#isPaused) return;
    this.#uno.runUntil(this.#targetUs);
    if (this.#uno.queuedFromHost < unsentBytes) this.#wakeWriter?.();
    if (this.#isPaused) return;
    this.#cancelStep = this.#clock.schedule(stepMs, () => {
      const nowMs = this.#clock.now();
      this.#targetUs += Math.min((nowMs - this.#lastMs) * 1000, longestStepUs);
      this.#lastMs = nowMs;
      this.#advance();
    });
  }

  read(): Promise<Uint8Array | null> {
    return this.#received.read();
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += unsentBytes) {
      while (this.#uno.queuedFromHost >= unsentBytes && !this.#isOver) {
        await new Promise<void>((resolve) => this.#wakeWriter = resolve);
        this.#wakeWriter = undefined;
      }
      if (this.#isOver) throw portLost(this.#name, this.#error);
      this.#uno.sendHost(bytes.subarray(at, at + unsentBytes));
    }
  }

  get #isOver(): boolean {
    return this.#isClosed || this.#error !== undefined;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelStep?.();
    this.#received.end();
    this.#wakeWriter?.();
    await this.#bench.detach();
  }
}
