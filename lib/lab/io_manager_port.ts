/**
 * The bench of energy mode without hardware: a port with an IO manager behind it, and a DUT behind that.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { type Clock, systemClock } from "../clock.ts";
import { portLost, type Wire, WirePort } from "../serial/wire_port.ts";
import type { Board } from "../serial/virtual/serve_board.ts";
import { boardTimeline } from "./board_timeline.ts";
import { type PinLevel, Uno } from "./uno.ts";

/** A simulated board that keeps time, such as a {@linkcode VirtualBoard}. */
export interface TimedBoard extends Board {
  /** Its clock in µs. */
  readonly timeUs: number;
}

/** What an {@linkcode IoManagerPort} is made of. */
export interface IoManagerPortOptions {
  /** Makes the DUT: in energy mode, at 9600 baud, with `onEdge` told of each timestamp. */
  board: (onEdge: (timeUs: number) => void) => TimedBoard;
  /** The IO manager's program in Intel HEX. @default {firmware/io-manager/io_manager.hex} */
  hex?: string;
  /** What the UNO's time follows. @default {systemClock} */
  clock?: Clock;
  /** Called at each falling edge of the timestamp pin, with the time in µs since power-on: what an ideal clock shows. */
  onEdge?: (timeUs: number) => void;
}

/** How long the timestamp pin stays low; the benchmark asks for 1 µs. */
const pulseUs = 2;
const dutByteUs = 10e6 / 9600;
/** What is kept for a host that does not read, and what may wait of one that writes, in bytes. */
const unreadBytes = 65_536;
const unsentBytes = 4096;
/** A step of the UNO; on a machine that cannot keep up, the UNO falls behind the clock. */
const stepMs = 1;
const longestStepUs = 250_000;
const committedHex = new URL("../../firmware/io-manager/io_manager.hex", import.meta.url);

/**
 * A port with an Arduino UNO behind it that runs the IO manager's firmware, *emulated* cycle by cycle, and a *simulated*
 * board at its pins. Both are powered when the port is opened. The board's bytes and edges reach the UNO's pins when the
 * board's own clock says, counted from the end of the command that they answer.
 *
 * @example
 * ```ts
 * import { benchmarks, Dut, IoManager, IoManagerPort, VirtualBoard, VirtualClock } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const clock = new VirtualClock();
 * const port = new IoManagerPort({
 *   clock,
 *   board: (onEdge) =>
 *     new VirtualBoard({
 *       benchmark: benchmarks.kws01,
 *       model: { macs: 1000, results: () => ["1.000000"] },
 *       mode: "energy",
 *       baudRate: 9600,
 *       onEdge,
 *     }),
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

  /** Makes a closed port. */
  constructor(options: IoManagerPortOptions) {
    super("io-manager (emulated)");
    this.#options = options;
  }

  /** Powers the UNO and the board on. */
  protected override async connect(): Promise<Wire> {
    const { hex = await readFile(committedHex, "utf8"), clock = systemClock } = this.#options;
    const host = new HostSide(this.name);
    const bench = await Bench.create(hex, host, this.#options);
    host.uno = bench.uno;
    host.follow(clock);
    return host;
  }
}

/** The UNO with the board at its pins. */
class Bench {
  readonly uno: Uno;
  readonly #board: TimedBoard;
  readonly #onEdge?: (timeUs: number) => void;
  #edgesUs: number[] = [];
  // Counts resets: what the board had still to do before one does not happen.
  #life = 0;
  #isHeld = false;
  #busyUntilUs = 0;

  static async create(
    hex: string,
    host: HostSide,
    options: IoManagerPortOptions,
  ): Promise<Bench> {
    const uno: Uno = await Uno.create({
      hex,
      onHostByte: (byte) => host.keep(byte),
      onDutByte: (byte) => bench.#receive(byte),
      onReset: (level) => bench.#reset(level),
    });
    const bench = new Bench(uno, options);
    bench.#boot();
    return bench;
  }

  private constructor(uno: Uno, { board, onEdge }: IoManagerPortOptions) {
    this.uno = uno;
    this.#onEdge = onEdge;
    this.#board = board((timeUs) => this.#edgesUs.push(timeUs));
  }

  // An open line, or one that is driven high, lets a board run whose reset is active low.
  #reset(level: PinLevel): void {
    this.#isHeld = level === "low";
    if (this.#isHeld) this.#life++;
    else this.#boot();
  }

  #boot(): void {
    this.#life++;
    this.#busyUntilUs = 0;
    const text = this.#board.boot();
    // Its clock starts with it, so all until its banner is out is its boot.
    const endUs = this.#board.timeUs;
    this.#play(text, endUs - text.length * dutByteUs, 0);
  }

  #receive(byte: number): void {
    if (this.#isHeld) return;
    const beforeUs = this.#board.timeUs;
    const text = this.#board.receive(Uint8Array.of(byte));
    // The UNO's time is that of the byte's stop bit: the byte itself is over.
    this.#play(text, beforeUs + dutByteUs, beforeUs + dutByteUs);
  }

  // `nowUs`: what the board's clock shows now. A board that is still busy with a command begins the next one after it.
  #play(text: string, startUs: number, nowUs: number): void {
    const turn = { text, startUs, endUs: this.#board.timeUs, edgesUs: this.#edgesUs };
    this.#edgesUs = [];
    const life = this.#life;
    const offsetUs = Math.max(this.uno.timeUs, this.#busyUntilUs) - nowUs;
    const events = boardTimeline(turn, dutByteUs);
    if (events.length > 0) this.#busyUntilUs = turn.endUs + offsetUs;
    const next = (index: number) => {
      if (index === events.length) return;
      const event = events[index];
      this.uno.at(event.timeUs + offsetUs, () => {
        if (life !== this.#life) return;
        if ("byte" in event) this.uno.sendDut([event.byte]);
        else this.#pulse();
        next(index + 1);
      });
    };
    next(0);
  }

  #pulse(): void {
    this.#onEdge?.(this.uno.timeUs);
    this.uno.setTimestampPin(false);
    this.uno.at(this.uno.timeUs + pulseUs, () => this.uno.setTimestampPin(true));
  }
}

/** The host's end of the UNO's UART. */
class HostSide implements Wire {
  uno!: Uno;
  readonly #name: string;
  #unread: number[] = [];
  #closed = false;
  #wakeReader: (() => void) | undefined;
  #wakeWriter: (() => void) | undefined;
  #cancelStep: (() => void) | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  keep(byte: number): void {
    if (this.#unread.length < unreadBytes) this.#unread.push(byte);
  }

  /** Lets the UNO's time follow a clock. */
  follow(clock: Clock): void {
    let lastMs = clock.now();
    const step = () => {
      const nowMs = clock.now();
      this.uno.run(Math.min((nowMs - lastMs) * 1000, longestStepUs));
      lastMs = nowMs;
      if (this.#unread.length > 0) this.#wakeReader?.();
      if (this.uno.queuedFromHost < unsentBytes) this.#wakeWriter?.();
      this.#cancelStep = clock.schedule(stepMs, step);
    };
    this.#cancelStep = clock.schedule(stepMs, step);
  }

  async read(): Promise<Uint8Array | null> {
    while (this.#unread.length === 0) {
      if (this.#closed) return null;
      await new Promise<void>((resolve) => this.#wakeReader = resolve);
      this.#wakeReader = undefined;
    }
    return Uint8Array.from(this.#unread.splice(0));
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += unsentBytes) {
      while (this.uno.queuedFromHost >= unsentBytes && !this.#closed) {
        await new Promise<void>((resolve) => this.#wakeWriter = resolve);
        this.#wakeWriter = undefined;
      }
      if (this.#closed) throw portLost(this.#name);
      this.uno.sendHost(bytes.subarray(at, at + unsentBytes));
    }
  }

  close(): void {
    this.#closed = true;
    this.#cancelStep?.();
    this.#wakeReader?.();
    this.#wakeWriter?.();
  }
}
