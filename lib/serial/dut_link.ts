/**
 * Commands to a device and their answers, over a line that may damage them.
 *
 * @module
 */
import { delay, systemClock } from "../clock.ts";
import { Conversation } from "./conversation.ts";
import {
  DutAnswerError,
  DutError,
  type DutErrorData,
  DutLostError,
  DutRebootedError,
  DutTimeoutError,
} from "./dut_errors.ts";
import { standardChunkBytes } from "./dut_extensions.ts";
import type { DutMode, DutOptions } from "./dut_options.ts";
import { PortError } from "./port_errors.ts";
import type { SerialPort } from "./serial_port.ts";

/** How long firmware waits at a new rate for a command that it understands, with a margin, in ms. */
const baudTrialMs = 2_500;

/** Options of a {@linkcode Dut} with what they are where they are not given. */
export type DutSettings = Required<
  Omit<DutOptions, "signal" | "onTraffic" | "bootMs" | "fastBaudRate">
>;

/** What lies between a {@linkcode Dut} and its device: exchanges that are mended, the rate, and the state of the line. */
export class DutLink implements AsyncDisposable {
  readonly settings: DutSettings;
  /** What the device said last of its timestamps. */
  mode: DutMode | undefined;
  /** Whether something was damaged: from then on nothing is believed that came once. */
  isDoubtful: boolean;
  readonly #port: SerialPort;
  readonly #conversation: Conversation;
  readonly #signal?: AbortSignal;
  #baudRate: number;

  /** @param port Must be open, at the rate of the options. */
  constructor(port: SerialPort, options: DutOptions) {
    this.#port = port;
    this.#conversation = new Conversation(port, options);
    this.#signal = options.signal;
    this.settings = {
      baudRate: options.baudRate ?? 115_200,
      answerMs: options.answerMs ?? 2_000,
      retries: options.retries ?? 3,
      chunkBytes: options.chunkBytes ?? standardChunkBytes,
      binaryLoads: options.binaryLoads ?? false,
      strideLoads: options.strideLoads ?? false,
      verifyLoads: options.verifyLoads ?? false,
      clock: options.clock ?? systemClock,
      onNotice: options.onNotice ?? (() => {}),
    };
    this.#baudRate = this.settings.baudRate;
    this.isDoubtful = this.settings.verifyLoads;
  }

  /**
   * Waits until the device answers to its name. One that an interrupted run has left at the fast rate still has it.
   *
   * @throws {DutTimeoutError} When nothing answers within `bootMs`.
   */
  async findDevice({ bootMs = 5_000, fastBaudRate }: DutOptions): Promise<void> {
    try {
      await this.#handshake(bootMs);
    } catch (error) {
      const port = this.#port;
      const canBeFast = error instanceof DutTimeoutError && fastBaudRate !== undefined;
      if (!canBeFast || port.reconfigure === undefined) throw error;
      await port.reconfigure({ baudRate: fastBaudRate });
      await this.#handshake(1_000).catch(() => {
        throw error;
      });
      this.#baudRate = fastBaudRate;
    }
  }

  async #handshake(bootMs: number): Promise<void> {
    const { clock, answerMs } = this.settings;
    const end = clock.now() + bootMs;
    for (;;) {
      const left = Math.max(1, end - clock.now());
      try {
        let lines = await this.#conversation.exchange("name", { deadlineMs: Math.min(500, left) });
        this.#noteMode(lines);
        if (!lines.some(isName)) {
          // That was the `m-ready` of a boot banner: the one of the name may follow.
          lines = await this.#conversation.listen({ deadlineMs: Math.min(100, left) });
          this.#noteMode(lines);
        }
        if (lines.some(isName)) return await this.#conversation.settle({ quietMs: answerMs });
      } catch (error) {
        if (!(error instanceof DutTimeoutError)) throw error;
        this.#noteMode(this.#conversation.takeLines());
      }
      if (clock.now() >= end) throw new DutTimeoutError(bootMs, this.errorData("name"));
    }
  }

  #noteMode(lines: readonly string[]): void {
    for (const line of lines) {
      const match = /m-timestamp-mode-(performance|energy)/.exec(line);
      if (match) this.mode = match[1] as DutMode;
    }
  }

  /**
   * One command, as it is.
   *
   * @param command What errors call it, too.
   * @param extraMs What the device may take for it on top of a short command.
   * @param answerBytes About how long the answer is.
   * @param raw Bytes that are sent in its place.
   * @returns The lines of the answer.
   */
  async ask(
    command: string,
    extraMs = 0,
    answerBytes = 200,
    raw?: Uint8Array,
  ): Promise<string[]> {
    const deadlineMs = this.settings.answerMs + extraMs +
      this.#wireMs((raw?.length ?? command.length) + answerBytes);
    const lines = await this.#conversation.ask(command, { deadlineMs, raw });
    this.#noteMode(lines);
    return lines;
  }

  // The time `bytes` take on the wire, both ways, with a margin for adapters that buffer.
  #wireMs(bytes: number): number {
    return Math.ceil(bytes * 10_000 / this.#baudRate * 1.5);
  }

  /** Runs `exchange`; after a failure gets the device back to a known state and tries again. */
  async mend<T>(exchange: () => Promise<T>): Promise<T> {
    for (let attempt = 0;; attempt++) {
      try {
        return await exchange();
      } catch (error) {
        const mendable = error instanceof DutError && !(error instanceof DutLostError) &&
          !(error instanceof DutRebootedError);
        if (!mendable || attempt >= this.settings.retries) throw error;
        this.settings.onNotice(`${error.message}: trying again`);
        this.isDoubtful = true;
        await this.resynchronize(error);
      }
    }
  }

  /**
   * Brings both sides to the start of a command. What the line has swallowed may have left half a command in the device's
   * buffer, or answers on their way. `name` ends the half command and has an answer of its own.
   *
   * @throws `cause` where it cannot be done.
   */
  async resynchronize(cause: DutError): Promise<void> {
    const { answerMs } = this.settings;
    for (let attempt = 0; attempt < 4; attempt++) {
      try {
        let lines = await this.ask("name");
        // That was a late answer; the one to `name` is next.
        if (!lines.some(isName)) lines = await this.#conversation.listen({ deadlineMs: answerMs });
        if (!lines.some(isName)) continue;
        return await this.#conversation.settle({ quietMs: answerMs });
      } catch (error) {
        if (!(error instanceof DutError) || error instanceof DutLostError) throw error;
        if (error instanceof DutRebootedError) throw error;
      }
    }
    throw cause;
  }

  /**
   * What a command's answer must hold.
   *
   * @throws {DutAnswerError} Where no line does.
   */
  find(
    command: string,
    lines: readonly string[],
    pattern: RegExp,
    what: string,
  ): RegExpExecArray {
    for (const line of lines) {
      const match = pattern.exec(line);
      if (match) return match;
    }
    throw new DutAnswerError(
      `Cannot read ${what} as the answer to '${command}' does not hold it`,
      this.errorData(command),
    );
  }

  /** What an error about a command has to tell. */
  errorData(command: string): DutErrorData {
    return this.#conversation.errorData(command);
  }

  /**
   * Goes on at another rate; where the line does not carry it, at the one before. Both sides change after the answer;
   * firmware that then hears nothing it understands goes back.
   */
  async changeBaudRate(rate: number): Promise<void> {
    const { clock, onNotice } = this.settings;
    const port = this.#port;
    const before = this.#baudRate;
    if (rate === before) return;
    if (port.reconfigure === undefined) {
      onNotice(`This port cannot change its rate while it is open: staying at ${before} baud`);
      return;
    }
    const command = `baud ${rate}`;
    await this.mend(async () => {
      const pattern = new RegExp(`m-baud-${rate}(?!\\d)`);
      this.find(command, await this.ask(command), pattern, "the rate");
    });
    const began = clock.now();
    try {
      await port.reconfigure({ baudRate: rate });
      this.#baudRate = rate;
      // The device's last byte has arrived, and it may not have changed yet.
      await delay(clock, 10, this.#signal);
      const lines = await this.#conversation.ask("name", { deadlineMs: 500 });
      if (lines.some(isName)) return;
    } catch (error) {
      if (!(error instanceof DutError || error instanceof PortError)) throw error;
      if (error instanceof DutLostError) throw error;
    }
    onNotice(`The line does not carry ${rate} baud: staying at ${before}`);
    await port.reconfigure({ baudRate: before });
    this.#baudRate = before;
    await delay(clock, Math.max(0, baudTrialMs - (clock.now() - began)), this.#signal);
    await this.resynchronize(new DutTimeoutError(500, this.errorData("name")));
  }

  /** Closes the port; a rate that was changed goes back to what it was. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { baudRate } = this.settings;
    if (this.#baudRate !== baudRate) {
      // The second command, which arrives before the device changes, tells it that the change is right.
      const farewell = `baud ${baudRate}%name`;
      await this.#conversation.exchange(farewell, { deadlineMs: 300 }).catch(() => {});
    }
    await this.#conversation[Symbol.asyncDispose]();
    await this.#port.close();
  }
}

/** The answer to `name`. */
export const namePattern = /m-name-dut-\[([^\]]*)\]/;

const isName = (line: string) => namePattern.test(line);
