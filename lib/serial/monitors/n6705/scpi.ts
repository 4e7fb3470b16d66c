/**
 * Commands and answers in SCPI, with the error queue read after each.
 *
 * @module
 */
import { type Clock, systemClock } from "../../../clock.ts";
import { printable } from "../../lines.ts";
import type { SerialPort } from "../../serial_port.ts";
import {
  MonitorAnswerError,
  MonitorLostError,
  MonitorRefusedError,
  MonitorTimeoutError,
} from "../monitor_errors.ts";
import { type AnswerKind, BlockReader } from "./block_reader.ts";

/** How a {@linkcode ScpiConversation} goes. */
export interface ScpiOptions {
  /** What errors call the instrument. */
  monitor: string;
  /** How long an answer may take, in ms. */
  answerMs: number;
  /** Where time comes from. @default {systemClock} */
  clock?: Clock;
  /** Ends every wait when it aborts. */
  signal?: AbortSignal;
}

/** Errors that are read before one gives up: an instrument's queue holds 20 or so. */
const mostErrors = 32;

/** A conversation in SCPI over an open port. One command at a time; it reads only where an answer is due. */
export class ScpiConversation {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #options: ScpiOptions;
  #read: Promise<ReadableStreamReadResult<Uint8Array>> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #isLost = false;
  // An answer that did not come in time can still come.
  #isDoubtful = false;

  /** A conversation on a port. */
  constructor(port: SerialPort, options: ScpiOptions) {
    this.#options = options;
    this.#reader = port.readable!.getReader();
    this.#writer = port.writable!.getWriter();
    this.#writer.closed.catch(() => this.#isLost = true);
  }

  /** Whether the port is gone. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /**
   * Sends a command that has no answer.
   *
   * @throws {MonitorRefusedError} When the error queue is not empty afterwards.
   * @throws {MonitorTimeoutError} When the error queue cannot be read.
   * @throws {MonitorLostError} When the port vanishes.
   */
  command(text: string): Promise<void> {
    return this.#inTurn(async () => {
      await this.#send(text);
      await this.#checkErrors(text);
    });
  }

  /** As {@linkcode ScpiConversation.command}, for a question that is answered by a line. */
  query(text: string): Promise<string> {
    return this.#inTurn(async () => {
      const line = latin1(await this.#question(text, "line"));
      await this.#checkErrors(text);
      return line;
    });
  }

  /** As {@linkcode ScpiConversation.command}, for a question that is answered by a block. */
  queryBlock(text: string, options: { answerMs?: number } = {}): Promise<Uint8Array> {
    return this.#inTurn(async () => {
      const block = await this.#question(text, "block", options.answerMs);
      await this.#checkErrors(text);
      return block;
    });
  }

  /** Lets go of the port's streams. */
  async close(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
    this.#reader.releaseLock();
    this.#writer.abort().catch(() => {});
    this.#writer.releaseLock();
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(act);
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #send(text: string): Promise<void> {
    this.#options.signal?.throwIfAborted();
    try {
      await this.#writer.write(new TextEncoder().encode(text + "\n"));
    } catch (cause) {
      throw this.#lost(text, cause);
    }
  }

  async #checkErrors(about: string): Promise<void> {
    const errors: string[] = [];
    for (let i = 0; i < mostErrors; i++) {
      const line = latin1(await this.#ask("SYST:ERR?", "line"));
      if (/^[+-]?0\b/.test(line.trim())) break;
      errors.push(printable(line));
    }
    if (errors.length === 0) return;
    const { monitor } = this.#options;
    throw new MonitorRefusedError(
      `Cannot have '${about}' done as ${monitor} says ${
        errors.map((text) => `'${text}'`).join(", ")
      }`,
      { monitor, command: about, answer: errors.join("; ") },
    );
  }

  /** A question that the instrument refuses has no answer; its error queue says why. */
  async #question(text: string, kind: AnswerKind, answerMs?: number): Promise<Uint8Array> {
    try {
      return await this.#ask(text, kind, answerMs);
    } catch (error) {
      if (!(error instanceof MonitorTimeoutError)) throw error;
      await this.#checkErrors(text).catch((reason) => {
        if (!(reason instanceof MonitorTimeoutError)) throw reason;
      });
      throw error;
    }
  }

  async #ask(
    text: string,
    kind: AnswerKind,
    answerMs = this.#options.answerMs,
  ): Promise<Uint8Array> {
    const { monitor, clock = systemClock, signal } = this.#options;
    if (this.#isDoubtful) await this.#drain();
    await this.#send(text);
    this.#isDoubtful = true;
    const late = Promise.withResolvers<never>();
    late.promise.catch(() => {});
    const onAbort = () => late.reject(signal!.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    const cancel = clock.schedule(answerMs, () =>
      late.reject(
        new MonitorTimeoutError(
          `Cannot have '${text}' answered as ${monitor} says nothing within ${answerMs} ms`,
          {
            monitor,
            command: text,
            hint: "Check the cable, and that no other program talks to it",
          },
        ),
      ));
    try {
      const reader = new BlockReader(kind);
      for (;;) {
        this.#read ??= this.#reader.read();
        const { value, done } = await Promise.race([this.#read, late.promise]);
        this.#read = undefined;
        if (done) throw this.#lost(text);
        const answer = this.#take(reader, value, text);
        if (answer === undefined) continue;
        this.#isDoubtful = false;
        return answer;
      }
    } finally {
      cancel();
      signal?.removeEventListener("abort", onAbort);
    }
  }

  #take(reader: BlockReader, value: Uint8Array, command: string): Uint8Array | undefined {
    try {
      return reader.push(value);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      const { monitor } = this.#options;
      throw new MonitorAnswerError(
        `Cannot read what ${monitor} answers to '${command}': ${
          printable(cause.message).slice(0, 100)
        }`,
        { monitor, command, answer: printable(latin1(value.subarray(0, 200))), cause },
      );
    }
  }

  /** Drops what comes within a moment: it answers an earlier question. */
  async #drain(): Promise<void> {
    const { clock = systemClock } = this.#options;
    const quiet = Promise.withResolvers<undefined>();
    const cancel = clock.schedule(200, () => quiet.resolve(undefined));
    for (;;) {
      this.#read ??= this.#reader.read();
      const came = await Promise.race([this.#read, quiet.promise]);
      if (came === undefined || came.done) break;
      this.#read = undefined;
    }
    cancel();
  }

  #lost(command: string, cause?: unknown): MonitorLostError {
    this.#isLost = true;
    const { monitor } = this.#options;
    return new MonitorLostError(`Cannot go on with ${monitor} as its port is gone`, {
      monitor,
      command,
      hint: "Check the cable, and that the instrument is on",
      cause,
    });
  }
}

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}
