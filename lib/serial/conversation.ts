/**
 * Command and answer over a port: lines in, a deadline on every wait, the last bytes at hand when something fails.
 *
 * @module
 */
import { type Clock, systemClock } from "../clock.ts";
import {
  type DutErrorData,
  DutLostError,
  DutRebootedError,
  DutRefusedError,
  DutTimeoutError,
} from "./dut_errors.ts";
import { LineSplitter, printable } from "./lines.ts";
import type { SerialPort } from "./serial_port.ts";

/** One line or command as it went over the wire, for logs. */
export interface Traffic {
  /** `host` sent it, `dut` answered it. */
  from: "host" | "dut";
  /** Without the line end or the `%`. */
  text: string;
}

/** Settings of a {@linkcode Conversation}. */
export interface ConversationOptions {
  /** Where time comes from. @default {systemClock} */
  clock?: Clock;
  /** Called for each command and each line, in order. */
  onTraffic?: (traffic: Traffic) => void;
  /** Ends every wait when it aborts. */
  signal?: AbortSignal;
}

// A device that chatters without end fills no memory: of the lines of one answer the newest are kept.
const maximumLines = 8192;
const tailLength = 256;

// Text may be glued in front of it; 'm-profile-[' is no refusal.
const refusalPattern = /(?<!m-[a-z-]*)e-\[(.*?)\]?$/;

/** Whether a line ends an answer; boards that echo, or print debug text, glue other text in front. */
const isReady = (line: string) => line.trimEnd().endsWith("m-ready");

/**
 * A conversation with a device over an open port. Commands go out one at a time; each is answered by lines up to
 * `m-ready`. Holds the port's reader and writer until it is disposed; the port itself stays open.
 */
export class Conversation implements AsyncDisposable {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #clock: Clock;
  readonly #onTraffic?: (traffic: Traffic) => void;
  readonly #signal?: AbortSignal;
  readonly #encoder = new TextEncoder();
  #lines: string[] = [];
  #tail = "";
  #lost: { cause?: unknown } | undefined;
  // Answers that are still to come: a late one must not be taken for that of a later command.
  #owed = 0;
  #booting = false;
  #wake: (() => void) | undefined;
  readonly #pump: Promise<void>;

  /**
   * Begins to read from a port.
   *
   * @param port Must be open.
   */
  constructor(port: SerialPort, options: ConversationOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#onTraffic = options.onTraffic;
    this.#signal = options.signal;
    this.#reader = port.readable!.getReader();
    this.#writer = port.writable!.getWriter();
    this.#writer.closed.catch((cause) => this.#lose(cause));
    this.#pump = this.#read();
  }

  /** The last bytes that came, escaped. */
  get tail(): string {
    return printable(this.#tail);
  }

  async #read(): Promise<void> {
    const splitter = new LineSplitter();
    try {
      for (;;) {
        const { value, done } = await this.#reader.read();
        if (done) return this.#lose();
        const lines = splitter.push(value);
        const text = String.fromCharCode(...value.subarray(Math.max(0, value.length - tailLength)));
        this.#tail = (this.#tail + text).slice(-tailLength);
        if (lines.length === 0) continue;
        for (const line of lines) {
          this.#onTraffic?.({ from: "dut", text: line });
          this.#lines.push(line);
          this.#count(line);
        }
        if (this.#lines.length > maximumLines) {
          this.#lines.splice(0, this.#lines.length - maximumLines);
        }
        this.#wake?.();
      }
    } catch (cause) {
      this.#lose(cause);
    }
  }

  // A boot banner ends with an `m-ready` that answers nothing.
  #count(line: string): void {
    if (line.includes("m-init-done")) this.#booting = true;
    if (!isReady(line)) return;
    if (!this.#booting) this.#owed = Math.max(0, this.#owed - 1);
    this.#booting = false;
  }

  #lose(cause?: unknown): void {
    this.#lost ??= { cause };
    this.#wake?.();
  }

  /** Takes away, and returns, what has arrived without being asked for. */
  takeLines(): string[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  /** What an error about `command` has to tell. */
  errorData(command: string): DutErrorData {
    return {
      command: command.length > 60 ? command.slice(0, 57) + "…" : command,
      lastBytes: this.tail,
    };
  }

  /**
   * As {@linkcode Conversation.ask}, whatever the lines say.
   *
   * @throws {DutTimeoutError} When the answer takes longer than `deadlineMs`.
   * @throws {DutLostError} When the port vanishes.
   */
  exchange(
    command: string,
    options: { deadlineMs: number; raw?: Uint8Array },
  ): Promise<string[]> {
    this.takeLines();
    this.#owed++;
    this.#onTraffic?.({ from: "host", text: command });
    const bytes = options.raw ?? this.#encoder.encode(command + "%");
    // Not awaited: a device that takes no bytes is caught by the deadline of its answer, a lost port by `closed`.
    this.#writer.write(bytes).catch((cause) => this.#lose(cause));
    return this.#untilReady(command, options.deadlineMs);
  }

  /**
   * Sends `command` and returns the lines of its answer, the one with `m-ready` last.
   *
   * @param command Without the `%`.
   * @param options.deadlineMs How long the whole answer may take.
   * @param options.raw Bytes to be sent in place of the command, which is only their name then.
   * @throws {DutTimeoutError} When it takes longer.
   * @throws {DutRefusedError} When the answer holds an `e-[…]`.
   * @throws {DutRebootedError} When a boot banner comes instead.
   * @throws {DutLostError} When the port vanishes.
   */
  async ask(
    command: string,
    options: { deadlineMs: number; raw?: Uint8Array },
  ): Promise<string[]> {
    const lines = await this.exchange(command, options);
    for (const line of lines) {
      const refusal = refusalPattern.exec(line);
      if (refusal) throw new DutRefusedError(refusal[1], this.errorData(command));
      if (line.includes("m-init-done")) throw new DutRebootedError(this.errorData(command));
    }
    return lines;
  }

  /**
   * Waits for lines up to one with `m-ready`, such as those of a boot banner; returns what came, also when the time was
   * over before.
   *
   * @throws {DutLostError} When the port vanishes.
   */
  async listen(options: { deadlineMs: number }): Promise<string[]> {
    try {
      return await this.#untilReady("(boot)", options.deadlineMs);
    } catch (error) {
      if (error instanceof DutTimeoutError) return this.takeLines();
      throw error;
    }
  }

  /**
   * Lets answers that are late come in, and drops them, until none is due or none comes for `quietMs`.
   *
   * @throws {DutLostError} When the port vanishes.
   */
  async settle(options: { quietMs: number }): Promise<void> {
    while (this.#owed > 0) {
      const before = this.#owed;
      await this.listen({ deadlineMs: options.quietMs });
      if (this.#owed >= before) this.#owed = 0;
    }
    this.takeLines();
  }

  #untilReady(command: string, deadlineMs: number): Promise<string[]> {
    return new Promise((resolve, reject) => {
      let checked = 0;
      const finish = (settle: () => void) => {
        this.#wake = undefined;
        cancel();
        this.#signal?.removeEventListener("abort", check);
        settle();
      };
      const check = () => {
        if (this.#signal?.aborted) return finish(() => reject(this.#signal!.reason));
        checked = Math.min(checked, Math.max(0, this.#lines.length - 1));
        for (; checked < this.#lines.length; checked++) {
          if (!isReady(this.#lines[checked])) continue;
          const answer = this.#lines.splice(0, checked + 1);
          return finish(() => resolve(answer));
        }
        if (this.#lost) {
          const error = new DutLostError(this.errorData(command), { cause: this.#lost.cause });
          finish(() => reject(error));
        }
      };
      const cancel = this.#clock.schedule(deadlineMs, () => {
        finish(() => reject(new DutTimeoutError(deadlineMs, this.errorData(command))));
      });
      this.#wake = check;
      this.#signal?.addEventListener("abort", check, { once: true });
      check();
    });
  }

  /** Lets go of the port's streams. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel().catch(() => {});
    this.#reader.releaseLock();
    await this.#pump;
    this.#writer.abort().catch(() => {});
    this.#writer.releaseLock();
  }
}
