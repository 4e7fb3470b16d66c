/**
 * The device under test, as the MLPerf Tiny command protocol shows it.
 *
 * @module
 */
import { type Clock, systemClock } from "../clock.ts";
import { Conversation, type Traffic } from "./conversation.ts";
import {
  DutAnswerError,
  DutError,
  DutLostError,
  DutRebootedError,
  DutRefusedError,
  DutTimeoutError,
} from "./dut_errors.ts";
import { loadInput } from "./load_input.ts";
import { parseResults, type Results } from "./parse_results.ts";
import type { SerialPort } from "./serial_port.ts";

/** What the firmware was built for. In energy mode timestamps are edges on a pin, and nothing is printed. */
export type DutMode = "performance" | "energy";

/** What a device says of itself. */
export interface DutProfile {
  /** Firmware, such as "ULPMark for tinyML Firmware V0.0.1". */
  profile: string;
  /** Benchmark, such as "kws01". */
  model: string;
}

/** What one `infer` command gave. */
export interface Inference {
  /** Measured inferences. */
  iterations: number;
  /** Inferences before the first timestamp. */
  warmups: number;
  /** The device's clock before the first measured inference, in µs; undefined in energy mode. */
  startUs?: number;
  /** The device's clock after the last one, in µs; never below `startUs` (a 32-bit clock that wrapped is mended). */
  endUs?: number;
  /** The values of `m-results`, as printed. */
  results: number[];
}

/** How a {@linkcode Dut} is connected. */
export interface DutOptions {
  /** Bits per second. @default {115200} */
  baudRate?: number;
  /** How long the board may take to start, in ms. @default {5000} */
  bootMs?: number;
  /** How long a short command may take to be answered, in ms, on top of the time on the wire. @default {2000} */
  answerMs?: number;
  /** How often a damaged exchange is tried again. @default {3} */
  retries?: number;
  /** Data bytes in one `db` command; 31 fills the firmware's command buffer, 26 go through an IO manager. @default {31} */
  chunkBytes?: number;
  /** Read every input back, not only those where something looked wrong. @default {false} */
  verifyLoads?: boolean;
  /** Where time comes from. @default {systemClock} */
  clock?: Clock;
  /** Ends every wait when it aborts. */
  signal?: AbortSignal;
  /** Called for each command and line on the wire. */
  onTraffic?: (traffic: Traffic) => void;
  /** Called when something went wrong and was mended. */
  onNotice?: (text: string) => void;
}

/**
 * A device under test on an open port. Each method is one command; damaged exchanges are mended where the protocol
 * allows it, and what cannot be mended is thrown as a {@linkcode DutError}.
 *
 * @example
 * ```ts
 * import { Dut, memoryPortPair } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const [host, device] = memoryPortPair();
 * await device.open({ baudRate: 115200 });
 * // A device that knows one command
 * (async () => {
 *   const writer = device.writable!.getWriter();
 *   for await (const _ of device.readable!) {
 *     await writer.write(new TextEncoder().encode("m-name-dut-[demo]\r\nm-ready\r\n"));
 *   }
 * })();
 * await using dut = await Dut.connect(host);
 * assert.equal(await dut.name(), "demo");
 * ```
 */
export class Dut implements AsyncDisposable {
  readonly #port: SerialPort;
  readonly #conversation: Conversation;
  readonly #options: Required<Omit<DutOptions, "signal" | "onTraffic" | "bootMs">>;
  #mode: DutMode | undefined;
  #suspicious: boolean;
  #printsUneven = false;

  private constructor(port: SerialPort, conversation: Conversation, options: DutOptions) {
    this.#port = port;
    this.#conversation = conversation;
    this.#options = {
      baudRate: options.baudRate ?? 115_200,
      answerMs: options.answerMs ?? 2_000,
      retries: options.retries ?? 3,
      chunkBytes: options.chunkBytes ?? 31,
      verifyLoads: options.verifyLoads ?? false,
      clock: options.clock ?? systemClock,
      onNotice: options.onNotice ?? (() => {}),
    };
    this.#suspicious = this.#options.verifyLoads;
  }

  /**
   * Opens `port` and waits until the device answers to its name. The port is closed again when it does not, and when the
   * `Dut` is disposed.
   *
   * @throws {DutTimeoutError} When nothing answers within `bootMs`.
   * @throws Whatever the port throws when it cannot be opened.
   */
  static async connect(port: SerialPort, options: DutOptions = {}): Promise<Dut> {
    options.signal?.throwIfAborted();
    await port.open({ baudRate: options.baudRate ?? 115_200 });
    const conversation = new Conversation(port, options);
    const dut = new Dut(port, conversation, options);
    try {
      await dut.#handshake(options.bootMs ?? 5_000);
      return dut;
    } catch (error) {
      await dut[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What the boot banner said; undefined where the board had started before. */
  get mode(): DutMode | undefined {
    return this.#mode;
  }

  async #handshake(bootMs: number): Promise<void> {
    const { clock } = this.#options;
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
        if (lines.some(isName)) {
          return await this.#conversation.settle({ quietMs: this.#options.answerMs });
        }
      } catch (error) {
        if (!(error instanceof DutTimeoutError)) throw error;
        this.#noteMode(this.#conversation.takeLines());
      }
      if (clock.now() >= end) {
        throw new DutTimeoutError(bootMs, this.#conversation.errorData("name"));
      }
    }
  }

  #noteMode(lines: readonly string[]): void {
    for (const line of lines) {
      const match = /m-timestamp-mode-(performance|energy)/.exec(line);
      if (match) this.#mode = match[1] as DutMode;
    }
  }

  // The time `bytes` take on the wire, both ways, with a margin for adapters that buffer.
  #wireMs(bytes: number): number {
    return Math.ceil(bytes * 10_000 / this.#options.baudRate * 1.5);
  }

  async #ask(command: string, extraMs = 0, answerBytes = 200): Promise<string[]> {
    const deadlineMs = this.#options.answerMs + extraMs +
      this.#wireMs(command.length + answerBytes);
    const lines = await this.#conversation.ask(command, { deadlineMs });
    this.#noteMode(lines);
    return lines;
  }

  // Runs `exchange`; after a failure gets the device back to a known state and tries again.
  async #mend<T>(exchange: () => Promise<T>): Promise<T> {
    for (let attempt = 0;; attempt++) {
      try {
        return await exchange();
      } catch (error) {
        const mendable = error instanceof DutError && !(error instanceof DutLostError) &&
          !(error instanceof DutRebootedError);
        if (!mendable || attempt >= this.#options.retries) throw error;
        this.#options.onNotice(`${error.message}: trying again`);
        this.#suspicious = true;
        await this.#resynchronize(error);
      }
    }
  }

  // What the line has swallowed may have left half a command in the device's buffer, or answers on their way. `name`
  // ends the half command and has an answer of its own; then both sides are at the start of a command again.
  async #resynchronize(cause: DutError): Promise<void> {
    const { answerMs } = this.#options;
    for (let attempt = 0; attempt < 4; attempt++) {
      try {
        let lines = await this.#ask("name");
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

  #find(
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
      this.#conversation.errorData(command),
    );
  }

  /** The vendor's name for the device, from `m-name-dut-[…]`. */
  name(): Promise<string> {
    return this.#mend(async () => {
      const lines = await this.#ask("name");
      return this.#find("name", lines, namePattern, "the name")[1];
    });
  }

  /** Firmware and benchmark. */
  profile(): Promise<DutProfile> {
    return this.#mend(async () => {
      const lines = await this.#ask("profile");
      const profile = this.#find("profile", lines, /m-profile-\[([^\]]*)\]/, "the profile")[1];
      const model = this.#find("profile", lines, /m-model-\[([^\]]*)\]/, "the model")[1];
      return { profile, model };
    });
  }

  /**
   * The device's clock in µs; undefined where the firmware is in energy mode and prints none.
   */
  timestamp(): Promise<number | undefined> {
    return this.#mend(async () => {
      const lines = await this.#ask("timestamp");
      if (!lines.some((line) => line.includes("m-lap"))) {
        this.#mode = "energy";
        return undefined;
      }
      this.#mode = "performance";
      return Number(this.#find("timestamp", lines, lapPattern, "the time")[1]);
    });
  }

  /**
   * Gives the device an input. A chunk that was damaged is found by reading the buffer back (`db print`) and sent again;
   * from then on every input is read back, as the line is known to be bad.
   *
   * @param bytes At least 1; a device takes at most 27,648 by the official firmware.
   * @throws {DutLoadError} When the input does not arrive whole.
   * @throws {DutRefusedError} When the device has no room for it.
   */
  async load(bytes: Uint8Array): Promise<void> {
    const { chunkBytes, retries, onNotice } = this.#options;
    const damaged = await loadInput(bytes, {
      chunkBytes,
      attempts: 2 * retries + 1,
      readBack: this.#suspicious,
      ask: (command, answerBytes) => this.#ask(command, 0, answerBytes),
      resynchronize: (cause) => this.#resynchronize(cause),
      errorData: (command) => this.#conversation.errorData(command),
      onNotice,
    });
    if (damaged) this.#suspicious = true;
  }

  /**
   * Runs inferences on the input that was loaded.
   *
   * @param options.iterations Measured inferences, at least 1.
   * @param options.warmups Inferences before them. @default {0}
   * @param options.resultCount How many values `m-results` must hold; any number where it is not given.
   * @param options.deadlineMs How long it may take. @default {60000}
   * @throws {DutAnswerError} When times or results cannot be read, however often it is tried.
   */
  infer(
    options: { iterations: number; warmups?: number; resultCount?: number; deadlineMs?: number },
  ): Promise<Inference> {
    const { iterations, warmups = 0, resultCount, deadlineMs = 60_000 } = options;
    const command = `infer ${iterations} ${warmups}`;
    return this.#mend(async () => {
      const lines = await this.#ask(command, deadlineMs, 400);
      const laps = lines.flatMap((line) => lapPattern.exec(line)?.[1] ?? []).map(Number);
      if (this.#mode !== "energy" && laps.length !== 2) {
        throw new DutAnswerError(
          `Cannot read the times of '${command}' as the answer holds ${laps.length} timestamps: expected 2`,
          this.#conversation.errorData(command),
          {
            hint: laps.length === 0
              ? "Firmware that was built for energy mode prints none: build it for performance mode"
              : undefined,
          },
        );
      }
      const [startUs] = laps;
      const endUs = afterWrap(startUs, laps[1]);
      if (endUs < startUs) {
        throw new DutAnswerError(
          `Cannot use the times of '${command}' as the clock goes back, from ${startUs} to ${endUs} µs`,
          this.#conversation.errorData(command),
          { hint: "The DUT's timestamp has to count microseconds and never go back" },
        );
      }
      const results = await this.#confirm(command, lines, resultCount);
      return { iterations, warmups, startUs, endUs, results };
    });
  }

  // A digit that was lost or changed on the line leaves a number that looks well. Where the line is known to be bad, or
  // the values are not all printed alike, they are asked for again, and count when they come twice the same.
  async #confirm(command: string, lines: readonly string[], count?: number): Promise<number[]> {
    const first = parseResults(lines, count);
    if (first && !this.#suspicious && (first.even || this.#printsUneven)) return first.values;
    let second: Results | undefined;
    try {
      second = parseResults(await this.#ask("results", 0, 400), count);
    } catch (error) {
      if (!(error instanceof DutRefusedError) || !first) throw error;
      second = first; // firmware without the command
    }
    if (first && second && first.values.every((value, i) => value === second.values[i])) {
      this.#printsUneven ||= !first.even;
      return first.values;
    }
    throw new DutAnswerError(
      first && second
        ? `Cannot trust 'm-results' of '${command}' as it reads differently the second time`
        : `Cannot parse 'm-results' of '${command}'${reasonOf(lines, count)}`,
      this.#conversation.errorData(command),
    );
  }

  /** The values of the last inference, printed again. */
  results(options: { resultCount?: number } = {}): Promise<number[]> {
    return this.#mend(async () => {
      const results = parseResults(await this.#ask("results", 0, 400), options.resultCount);
      if (results !== undefined) return results.values;
      throw new DutAnswerError("Cannot parse 'm-results'", this.#conversation.errorData("results"));
    });
  }

  /** Closes the port. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#conversation[Symbol.asyncDispose]();
    await this.#port.close();
  }
}

const namePattern = /m-name-dut-\[([^\]]*)\]/;
const lapPattern = /m-lap-us-([0-9]{1,15})(?![0-9A-Za-z])/;

const isName = (line: string) => namePattern.test(line);

// The device's clock may be 32 bits wide. An end below the start is one wrap where that gives less than half the range,
// 36 minutes; otherwise the clock has gone back.
function afterWrap(startUs: number, endUs: number): number {
  if (endUs >= startUs) return endUs;
  const wrappedUs = endUs + 2 ** 32;
  return wrappedUs >= startUs && wrappedUs - startUs < 2 ** 31 ? wrappedUs : endUs;
}

// Why no line of an answer holds `count` values, where it is their number.
function reasonOf(lines: readonly string[], count?: number): string {
  if (count === undefined) return "";
  const found = parseResults(lines)?.values.length;
  return found === undefined || found === count
    ? ` as ${count} values`
    : ` as it holds ${found} values: expected ${count}`;
}
