/**
 * The host's side of an IO manager: the board between the host and a DUT whose energy is measured.
 *
 * @module
 */
import { type Clock, delay, systemClock } from "../clock.ts";
import { DutPort, type DutWire } from "./dut_port.ts";
import { IoManagerError } from "./io_manager_error.ts";
import { LineSplitter, printable } from "./lines.ts";
import type { SerialPort } from "./serial_port.ts";

/** How an {@linkcode IoManager} is connected. */
export interface IoManagerOptions {
  /** Bits per second. @default {115200} */
  baudRate?: number;
  /** How long it may take to start, in ms: an UNO resets when its port is opened. @default {5000} */
  bootMs?: number;
  /** How long a command may take to be answered, in ms. @default {1000} */
  answerMs?: number;
  /** Called with each edge of the DUT's timestamp pin: the IO manager's clock in µs, modulo 2^32. */
  onEdge?: (timeUs: number) => void;
  /** Called with lines that belong to nothing: what was lost, or text of a terminal. */
  onNotice?: (text: string) => void;
  /** Where time comes from. @default {systemClock} */
  clock?: Clock;
  /** Ends every wait when it aborts. */
  signal?: AbortSignal;
}

/** Silence after which an answer that is late does not come any more. */
const quietMs = 100;
/** Lines that are kept of one answer. */
const mostLines = 1024;
const dutMark = "[dut]: ";

/**
 * An IO manager on an open port. The DUT behind it is a port of its own, {@linkcode IoManager.dutPort}: a `Dut` works on
 * it as on any other, at 9600 baud and with 26 data bytes a command.
 *
 * @example
 * ```ts
 * import { IoManager, memoryPortPair } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const [host, device] = memoryPortPair();
 * await device.open({ baudRate: 115200 });
 * // An IO manager that knows one command; see IoManagerPort for one that knows all.
 * (async () => {
 *   const writer = device.writable!.getWriter();
 *   for await (const _ of device.readable!) {
 *     await writer.write(new TextEncoder().encode("m-name-iomanager-[demo]\r\nm-ready\r\n"));
 *   }
 * })();
 * await using ioManager = await IoManager.connect(host);
 * assert.equal(ioManager.name, "demo");
 * ```
 */
export class IoManager implements AsyncDisposable {
  /** The DUT behind the IO manager; closed at first. */
  readonly dutPort: SerialPort;
  readonly #port: SerialPort;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #options: IoManagerOptions;
  readonly #pump: Promise<void>;
  #dut: DutWire | undefined;
  #lines: string[] = [];
  #isReady = false;
  #isLost = false;
  // The last command was not answered: its answer may come during the next one.
  #isDoubtful = false;
  // A banner has begun: its `m-ready` answers nothing.
  #isBooting = false;
  #wake: (() => void) | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #command = "";
  #name = "";

  /**
   * Opens `port` and waits until an IO manager answers to its name. The port is closed again when none does, and when the
   * `IoManager` is disposed.
   *
   * @throws {IoManagerError} When none answers within `bootMs`.
   * @throws Whatever the port throws when it cannot be opened.
   */
  static async connect(port: SerialPort, options: IoManagerOptions = {}): Promise<IoManager> {
    options.signal?.throwIfAborted();
    await port.open({ baudRate: options.baudRate ?? 115_200 });
    const ioManager = new IoManager(port, options);
    try {
      await ioManager.#handshake(options.bootMs ?? 5000);
      return ioManager;
    } catch (error) {
      await ioManager[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(port: SerialPort, options: IoManagerOptions) {
    this.#port = port;
    this.#options = options;
    this.#reader = port.readable!.getReader();
    this.#writer = port.writable!.getWriter();
    this.#writer.closed.catch(() => this.#lose());
    this.#pump = this.#read();
    this.dutPort = new DutPort((wire) => this.#dut = wire, (text) => this.#passOn(text));
  }

  /** What it calls itself. */
  get name(): string {
    return this.#name;
  }

  /**
   * Sends a command and returns the lines of its answer, without `m-ready`.
   *
   * @param command Without the `%`.
   * @param options.answerMs How long the answer may take, in ms. @default {that of the IO manager}
   * @throws {IoManagerError} When the answer holds an `e-[…]`, does not come, or the port vanishes.
   */
  async ask(command: string, options: { answerMs?: number } = {}): Promise<string[]> {
    const { answerMs = this.#options.answerMs ?? 1000 } = options;
    const lines = await this.#exchange(command, answerMs);
    const refusal = lines.find((line) => line.startsWith("e-["));
    if (refusal !== undefined) {
      throw new IoManagerError(
        `Cannot have '${command}' done as the IO manager says '${refusal}'`,
        {
          command,
          lines,
        },
      );
    }
    return lines;
  }

  /**
   * The IO manager's clock in µs, modulo 2^32.
   *
   * @throws {IoManagerError} As {@linkcode IoManager.ask} does.
   */
  async timestamp(): Promise<number> {
    const lines = await this.ask("timestamp");
    const times = lines.map(lapUs).filter((timeUs) => timeUs !== undefined);
    const nowUs = times.pop();
    // Edges can come in between; the time is told last.
    for (const timeUs of times) this.#options.onEdge?.(timeUs);
    if (nowUs !== undefined) return nowUs;
    throw new IoManagerError("Cannot tell the IO manager's time as its answer has none", {
      command: "timestamp",
      lines,
    });
  }

  /** Has falling edges of the DUT's timestamp pin reported to `onEdge`. */
  async enableTimestamps(): Promise<void> {
    await this.ask("tm 0");
    await this.ask("enable-timer");
  }

  /** Ends what {@linkcode IoManager.enableTimestamps} began. */
  async disableTimestamps(): Promise<void> {
    await this.ask("disable-timer");
  }

  /** Closes the port. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dutPort.close();
    await this.#reader.cancel().catch(() => {});
    this.#reader.releaseLock();
    await this.#pump;
    this.#writer.abort().catch(() => {});
    this.#writer.releaseLock();
    await this.#port.close();
  }

  async #handshake(bootMs: number): Promise<void> {
    const clock = this.#options.clock ?? systemClock;
    const end = clock.now() + bootMs;
    for (;;) {
      try {
        const left = Math.max(1, end - clock.now());
        const lines = await this.#exchange("name", Math.min(500, left));
        const name = lines.map(nameIn).find(Boolean);
        if (name !== undefined) {
          this.#name = name;
          return;
        }
      } catch (error) {
        if (!(error instanceof IoManagerError) || this.#isLost || clock.now() >= end) throw error;
      }
      if (clock.now() >= end) {
        throw new IoManagerError(`Cannot find an IO manager as what answers to 'name' is none`, {
          command: "name",
          lines: this.#lines,
          hint: "A DUT in performance mode is connected without an IO manager",
        });
      }
    }
  }

  // One command at a time.
  #exchange(command: string, deadlineMs: number): Promise<string[]> {
    const turn = this.#last.then(() => this.#exchangeNow(command, deadlineMs));
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #exchangeNow(command: string, deadlineMs: number): Promise<string[]> {
    const { clock = systemClock, signal } = this.#options;
    if (this.#isDoubtful) await delay(clock, quietMs, signal);
    this.#isDoubtful = true;
    this.#command = command;
    this.#lines = [];
    this.#isReady = false;
    this.#writer.write(latin1(command + "%")).catch(() => this.#lose());
    return await new Promise((resolve, reject) => {
      const finish = (settle: () => void) => {
        this.#wake = undefined;
        cancel();
        signal?.removeEventListener("abort", check);
        settle();
      };
      const fail = (why: string) => {
        const error = new IoManagerError(`Cannot have '${printable(command)}' done as ${why}`, {
          command,
          lines: this.#lines,
          hint: "Check the cable, and that the IO manager's firmware is on the board",
        });
        finish(() => reject(error));
      };
      const check = () => {
        if (signal?.aborted) finish(() => reject(signal.reason));
        else if (this.#isReady) finish(() => resolve(this.#lines));
        else if (this.#isLost) fail("the IO manager is gone");
      };
      const cancel = clock.schedule(
        deadlineMs,
        () => fail(`the IO manager does not answer within ${deadlineMs} ms`),
      );
      this.#wake = check;
      signal?.addEventListener("abort", check, { once: true });
      check();
    });
  }

  async #passOn(command: string): Promise<void> {
    await this.ask(`dut ${command}`);
  }

  async #read(): Promise<void> {
    const splitter = new LineSplitter();
    try {
      for (;;) {
        const { value, done } = await this.#reader.read();
        if (done) break;
        for (const line of splitter.push(value)) this.#take(line);
      }
    } catch {
      // As at the end.
    }
    this.#lose();
  }

  #take(line: string): void {
    const edgeUs = this.#command === "timestamp" && this.#wake ? undefined : lapUs(line);
    if (line.startsWith(dutMark)) {
      this.#dut?.keep(latin1(line.slice(dutMark.length) + "\r\n"));
    } else if (edgeUs !== undefined) {
      this.#options.onEdge?.(edgeUs);
    } else if (line === "m-init-done") {
      this.#isBooting = true;
      if (this.#name !== "") this.#options.onNotice?.("The IO manager has started again");
    } else if (line === "m-ready") {
      this.#isReady = !this.#isBooting;
      this.#isBooting = false;
      if (this.#isReady) this.#isDoubtful = false;
      this.#wake?.();
    } else if (/ lost: \d+\]$/.test(line) || !this.#wake) {
      this.#options.onNotice?.(printable(line));
    } else if (this.#lines.length < mostLines) {
      this.#lines.push(line);
    }
  }

  #lose(): void {
    this.#isLost = true;
    this.#wake?.();
    this.#dut?.end();
  }
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** The name in a line; the enhanced interface board says it without any mark. */
function nameIn(line: string): string | undefined {
  return /m-name-iomanager-\[(.*)\]/.exec(line)?.[1] ??
    /^.*\bInterface Board\b.*$/i.exec(line)?.[0];
}

function lapUs(line: string): number | undefined {
  const match = /^m-lap-us-(\d{1,10})$/.exec(line);
  return match ? Number(match[1]) : undefined;
}
