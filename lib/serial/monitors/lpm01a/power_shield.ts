/**
 * Commands and answers of ST's PowerShield firmware (UM2269), with the data of an acquisition between them.
 *
 * @module
 */
import { type Clock, delay, systemClock } from "../../../clock.ts";
import { printable } from "../../lines.ts";
import type { SerialPort } from "../../serial_port.ts";
import { MonitorLostError, MonitorRefusedError, MonitorTimeoutError } from "../monitor_errors.ts";
import { AsciiDecoder } from "./ascii_decoder.ts";
import { BinaryDecoder } from "./binary_decoder.ts";
import type { Lpm01aSink } from "./lpm01a_sink.ts";

/** How a {@linkcode PowerShield} is talked to. */
export interface PowerShieldOptions {
  /** What errors call it. */
  monitor: string;
  /** How long an answer may take, in ms. */
  answerMs: number;
  /** Where time comes from. @default {systemClock} */
  clock?: Clock;
  /** Ends every wait when it aborts. */
  signal?: AbortSignal;
  /** Called with lines that answer nothing. */
  onNotice?: (text: string) => void;
}

/** Data that is on its way, and who gets it. */
interface Running {
  sink: Lpm01aSink;
  isBinary: boolean;
  onBytes: () => void;
  onLost: (error: MonitorLostError) => void;
}

/** How long the detail of an error, or a further line of an answer, may be behind its first line. */
const detailMs = 200;

/** A PowerShield on an open port. */
export class PowerShield {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #options: PowerShieldOptions;
  readonly #clock: Clock;
  readonly #pump: Promise<void>;
  readonly #ascii: AsciiDecoder;
  #binary: BinaryDecoder | undefined;
  #isBinaryDue = false;
  #running: Running | undefined;
  #lines: string[] = [];
  #isListening = false;
  #isLost = false;
  #lastLine = "";
  #wakes = new Set<() => void>();
  #last: Promise<unknown> = Promise.resolve();

  /** Begins to read from a port. */
  constructor(port: SerialPort, options: PowerShieldOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const sinkOf = () => this.#running?.sink;
    this.#ascii = new AsciiDecoder({
      samples: (values) => sinkOf()?.samples(values),
      damaged: (count, reason) => sinkOf()?.damaged(count, reason),
      time: (timeMs, percent) => sinkOf()?.time(timeMs, percent),
      end: () => sinkOf()?.end(),
      text: (text) => this.#takeText(text),
    });
    this.#reader = port.readable!.getReader();
    this.#writer = port.writable!.getWriter();
    this.#writer.closed.catch(() => this.#lose());
    this.#pump = this.#read();
  }

  /** Whether the port is gone. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** The last line of text that came, printable. */
  get lastLine(): string {
    return this.#lastLine;
  }

  /**
   * Sends a command and waits for its answer.
   *
   * @param options.more Whether lines follow the answer.
   * @returns What stands behind the command's echo, and the lines that follow.
   * @throws {MonitorRefusedError} When the answer is `error`, with its detail.
   * @throws {MonitorTimeoutError} When none comes.
   * @throws {MonitorLostError} When the port vanishes.
   */
  ask(command: string, options: { answerMs?: number; more?: boolean } = {}): Promise<string> {
    return this.#inTurn(() => this.#ask(command, options));
  }

  async #ask(command: string, options: { answerMs?: number; more?: boolean }): Promise<string> {
    const answer = new RegExp(`^(ack|error)\\b\\s*${escaped(command.split(" ")[0])}\\b`);
    const line = await this.#exchange(command, (line) => answer.test(line), options.answerMs);
    const isError = line.startsWith("error");
    let text = line.replace(/^(ack|error)\s*/, "");
    text = text.startsWith(command) ? text.slice(command.length).trim() : text;
    if (!isError && !options.more) {
      this.#isListening = false;
      return text;
    }
    const isDetail = (line: string) => /error detail/i.test(line);
    if (isError) await this.#until(isDetail, detailMs).catch(() => {});
    else await delay(this.#clock, detailMs, this.#options.signal);
    this.#isListening = false;
    if (!isError) return [text, ...this.#lines].join(" ").trim();
    const detail = this.#lines.find(isDetail)?.replace(/^.*error detail\s*:?\s*/i, "") ?? text;
    throw new MonitorRefusedError(
      `Cannot have '${command}' done as ${this.#options.monitor} refuses it: '${detail}'`,
      { monitor: this.#options.monitor, command, answer: detail },
    );
  }

  /** Starts an acquisition; its data go to `sink` until {@linkcode PowerShield.release}. */
  async start(running: Running): Promise<void> {
    this.#running = running;
    try {
      await this.ask("start");
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** Ends an acquisition; its last data have gone to the sink afterwards. */
  stop(): Promise<void> {
    return this.#inTurn(() => this.#stop());
  }

  async #stop(): Promise<void> {
    // It refuses where it has ended by itself in the same moment.
    const isDone = (line: string) => /Acquisition completed|^error\s+stop\b/i.test(line);
    try {
      await this.#exchange("stop", isDone);
    } finally {
      this.#isListening = false;
      this.#binary?.finish();
      this.release();
    }
  }

  /** What comes from now on is no data of an acquisition. */
  release(): void {
    this.#running = undefined;
    this.#binary = undefined;
    this.#isBinaryDue = false;
  }

  /** Sends a command whose answer does not matter. */
  send(command: string): void {
    this.#writer.write(new TextEncoder().encode(command + "\r\n")).catch(() => this.#lose());
  }

  /** Lets go of the port's streams. */
  async close(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
    this.#reader.releaseLock();
    await this.#pump;
    this.#writer.abort().catch(() => {});
    this.#writer.releaseLock();
  }

  /** One command at a time. */
  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(act);
    this.#last = turn.catch(() => {});
    return turn;
  }

  #exchange(
    command: string,
    isAnswer: (line: string) => boolean,
    answerMs = this.#options.answerMs,
  ): Promise<string> {
    this.#lines = [];
    this.#isListening = true;
    this.send(command);
    return this.#until(isAnswer, answerMs, command);
  }

  /** Waits for a line; takes it, and those before it, away. */
  #until(matches: (line: string) => boolean, deadlineMs: number, command = ""): Promise<string> {
    const { monitor, signal } = this.#options;
    return new Promise((resolve, reject) => {
      let checked = 0;
      const finish = (settle: () => void) => {
        cancel();
        this.#wakes.delete(check);
        signal?.removeEventListener("abort", check);
        settle();
      };
      const fail = (error: unknown) =>
        finish(() => {
          if (command) this.#isListening = false;
          reject(error);
        });
      const check = () => {
        if (signal?.aborted) return fail(signal.reason);
        for (; checked < this.#lines.length; checked++) {
          const line = this.#lines[checked];
          if (!matches(line)) continue;
          if (command) this.#lines.splice(0, checked + 1).slice(0, -1).forEach(this.#notice);
          return finish(() => resolve(line));
        }
        if (this.#isLost) fail(this.#lostError(command));
      };
      const cancel = this.#clock.schedule(deadlineMs, () =>
        fail(
          new MonitorTimeoutError(
            `Cannot have '${command}' done as ${monitor} does not answer within ${deadlineMs} ms`,
            {
              monitor,
              command,
              answer: this.#lastLine,
              hint: "Check the port and the cable; the button on the board resets it",
            },
          ),
        ));
      this.#wakes.add(check);
      signal?.addEventListener("abort", check, { once: true });
      check();
    });
  }

  readonly #notice = (line: string): void => {
    if (this.#running) this.#running.sink.text(line);
    else this.#options.onNotice?.(line);
  };

  #takeText(text: string): void {
    const line = printable(text.replace(/^(\s*PowerShield >\s*)+/, "")).slice(0, 1000);
    if (line === "") return;
    this.#lastLine = line;
    if (this.#running?.isBinary && /^ack\s*start\b/.test(line)) this.#isBinaryDue = true;
    const isData = this.#running && /^(event|summary)\b/i.test(line);
    if (isData || !this.#isListening) return this.#notice(line);
    if (this.#lines.length < 256) this.#lines.push(line);
    for (const wake of [...this.#wakes]) wake();
  }

  #take(chunk: Uint8Array): void {
    while (chunk.length > 0) {
      if (this.#binary && !this.#binary.isEnded) {
        chunk = this.#binary.push(chunk);
        continue;
      }
      if (this.#isBinaryDue) {
        // Data begin with F0, which no line of text holds; lines may still come before them.
        const at = chunk.indexOf(0xf0);
        this.#ascii.push(at < 0 ? chunk : chunk.subarray(0, at));
        if (at < 0) return;
        this.#ascii.reset();
        this.#isBinaryDue = false;
        this.#binary = new BinaryDecoder(this.#running!.sink);
        chunk = chunk.subarray(at);
        continue;
      }
      chunk = chunk.subarray(this.#ascii.push(chunk, () => this.#isBinaryDue));
    }
  }

  async #read(): Promise<void> {
    try {
      for (;;) {
        const { value, done } = await this.#reader.read();
        if (done) break;
        this.#running?.onBytes();
        this.#take(value);
      }
    } catch {
      // As at the end.
    }
    this.#lose();
  }

  #lostError(command: string): MonitorLostError {
    const { monitor } = this.#options;
    return new MonitorLostError(`Cannot go on with ${monitor} as its port is gone`, {
      monitor,
      command,
      answer: this.#lastLine,
      hint: "Check the cable, and that nothing else resets the monitor",
    });
  }

  #lose(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#running?.onLost(this.#lostError(""));
    for (const wake of [...this.#wakes]) wake();
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
