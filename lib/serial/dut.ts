/**
 * The device under test, as the MLPerf Tiny command protocol shows it.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { delay, systemClock } from "../clock.ts";
import { InputError } from "../errors.ts";
import { Conversation } from "./conversation.ts";
import {
  DutAnswerError,
  DutError,
  DutLostError,
  DutRebootedError,
  DutRefusedError,
  DutTimeoutError,
  FirmwareError,
} from "./dut_errors.ts";
import {
  announcedExtensions,
  mostChunkBytes,
  type OperatorTime,
  overlapBytes,
  parseOperatorTimes,
  standardChunkBytes,
} from "./dut_extensions.ts";
import type { DutMode, DutOptions, DutProfile, Inference } from "./dut_options.ts";
import { loadInput } from "./load_input.ts";
import { parseResults, type Results } from "./parse_results.ts";
import { PortError } from "./port_errors.ts";
import type { SerialPort } from "./serial_port.ts";

export type * from "./dut_options.ts";

/** How long firmware waits at a new rate for a command that it understands, with a margin, in ms. */
const baudTrialMs = 2_500;

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
  readonly #options: Required<Omit<DutOptions, "signal" | "onTraffic" | "bootMs" | "fastBaudRate">>;
  readonly #signal?: AbortSignal;
  #baudRate: number;
  #loaded: Uint8Array | undefined;
  #mode: DutMode | undefined;
  #suspicious: boolean;
  #printsUneven = false;

  private constructor(port: SerialPort, conversation: Conversation, options: DutOptions) {
    this.#port = port;
    this.#conversation = conversation;
    this.#signal = options.signal;
    this.#baudRate = options.baudRate ?? 115_200;
    this.#options = {
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
    this.#suspicious = this.#options.verifyLoads;
  }

  /**
   * Opens `port` and waits until the device answers to its name. The port is closed again when it does not, and when the
   * `Dut` is disposed.
   *
   * @throws {DutTimeoutError} When nothing answers within `bootMs`.
   * @throws {FirmwareError} When the firmware does not announce an extension that is asked for.
   * @throws {InputError} When an option is out of range.
   * @throws Whatever the port throws when it cannot be opened.
   */
  static async connect(port: SerialPort, options: DutOptions = {}): Promise<Dut> {
    options.signal?.throwIfAborted();
    checkChunk(options.chunkBytes);
    await port.open({ baudRate: options.baudRate ?? 115_200 });
    const conversation = new Conversation(port, options);
    const dut = new Dut(port, conversation, options);
    try {
      await dut.#findDevice(options);
      await dut.#useExtensions(options.fastBaudRate);
      return dut;
    } catch (error) {
      await dut[Symbol.asyncDispose]();
      throw error;
    }
  }

  // A device that an interrupted run has left at the fast rate still has it.
  async #findDevice({ bootMs = 5_000, fastBaudRate }: DutOptions): Promise<void> {
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
    return Math.ceil(bytes * 10_000 / this.#baudRate * 1.5);
  }

  async #ask(
    command: string,
    extraMs = 0,
    answerBytes = 200,
    raw?: Uint8Array,
  ): Promise<string[]> {
    const deadlineMs = this.#options.answerMs + extraMs +
      this.#wireMs((raw?.length ?? command.length) + answerBytes);
    const lines = await this.#conversation.ask(command, { deadlineMs, raw });
    this.#noteMode(lines);
    return lines;
  }

  async #useExtensions(fastBaudRate?: number): Promise<void> {
    const { chunkBytes, binaryLoads, strideLoads } = this.#options;
    const wanted = [
      ...(binaryLoads ? ["load-binary"] : []),
      ...(strideLoads ? ["stride"] : []),
      ...(fastBaudRate !== undefined ? ["baud"] : []),
    ];
    const isWide = chunkBytes > standardChunkBytes;
    if (wanted.length === 0 && !isWide) return;
    const { profile, extensions = [] } = await this.profile();
    const absent = wanted.find((name) => !extensions.includes(name));
    if (absent !== undefined) {
      throw new FirmwareError(
        `Cannot use '${absent}' as the firmware '${profile}' does not announce it`,
        {
          found: extensions.join(","),
          expected: absent,
          hint: "Leave the option out: the standard protocol needs none of it",
        },
      );
    }
    if (isWide && extensions.includes("chunk")) {
      const command = `chunk ${chunkBytes}`;
      await this.#mend(async () => {
        const pattern = new RegExp(`m-chunk-${chunkBytes}(?!\\d)`);
        this.#find(command, await this.#ask(command), pattern, "the size");
      });
    }
    if (fastBaudRate !== undefined) await this.#changeBaudRate(fastBaudRate);
  }

  // Both sides change after the answer; firmware that then hears nothing it understands goes back.
  async #changeBaudRate(rate: number): Promise<void> {
    const { clock, onNotice } = this.#options;
    const port = this.#port;
    const before = this.#baudRate;
    if (rate === before) return;
    if (port.reconfigure === undefined) {
      onNotice(`This port cannot change its rate while it is open: staying at ${before} baud`);
      return;
    }
    const command = `baud ${rate}`;
    await this.#mend(async () => {
      const pattern = new RegExp(`m-baud-${rate}(?!\\d)`);
      this.#find(command, await this.#ask(command), pattern, "the rate");
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
    await this.#resynchronize(new DutTimeoutError(500, this.#conversation.errorData("name")));
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

  /** Firmware and benchmark, and the extensions that it announces. */
  profile(): Promise<DutProfile> {
    return this.#mend(async () => {
      const lines = await this.#ask("profile");
      const profile = this.#find("profile", lines, /m-profile-\[([^\]]*)\]/, "the profile")[1];
      const model = this.#find("profile", lines, /m-model-\[([^\]]*)\]/, "the model")[1];
      const extensions = announcedExtensions(lines);
      return extensions ? { profile, model, extensions } : { profile, model };
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
    const { chunkBytes, binaryLoads, strideLoads, verifyLoads, retries, onNotice } = this.#options;
    const before = this.#loaded;
    this.#loaded = undefined;
    const damaged = await loadInput(bytes, {
      chunkBytes,
      attempts: 2 * retries + 1,
      // Checksums tell what has arrived, on a bad line too.
      readBack: binaryLoads ? verifyLoads : this.#suspicious,
      keptBytes: strideLoads && before ? overlapBytes(before, bytes) : 0,
      sendPiece: binaryLoads ? (piece) => this.#sendPiece(piece) : undefined,
      ask: (command, answerBytes) => this.#ask(command, 0, answerBytes),
      resynchronize: (cause) => this.#resynchronize(cause),
      errorData: (command) => this.#conversation.errorData(command),
      onNotice,
    });
    if (damaged) this.#suspicious = true;
    if (strideLoads) this.#loaded = bytes.slice();
  }

  async #sendPiece(piece: Uint8Array): Promise<string[]> {
    const command = `db raw ${piece.length} ${crc32(piece).toString(16).padStart(8, "0")}`;
    const expecting = new RegExp(`m-\\[Expecting ${piece.length} raw bytes\\]`);
    this.#find(command, await this.#ask(command), expecting, "the number of bytes");
    return await this.#ask(`(${piece.length} bytes)`, 0, 200, piece);
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

  /**
   * How long each operator of the model takes, over inferences of which each operator is timed by itself: in all that is
   * longer than an inference, by two readings of the clock an operator. The firmware has to announce `optime`.
   *
   * @param options.iterations Inferences, at least 1.
   * @param options.deadlineMs How long it may take. @default {60000}
   * @throws {DutRefusedError} When no input is loaded, or the firmware does not know the command.
   * @throws {DutAnswerError} When times cannot be read, however often it is tried.
   */
  operatorTimes(
    options: { iterations: number; deadlineMs?: number },
  ): Promise<OperatorTime[]> {
    const { iterations, deadlineMs = 60_000 } = options;
    const command = `optime ${iterations}`;
    return this.#mend(async () => {
      const times = parseOperatorTimes(await this.#ask(command, deadlineMs, 4000));
      if (times !== undefined) return times;
      throw new DutAnswerError(
        `Cannot read the times of '${command}' as operators are missing`,
        this.#conversation.errorData(command),
      );
    });
  }

  /** The values of the last inference, printed again. */
  results(options: { resultCount?: number } = {}): Promise<number[]> {
    return this.#mend(async () => {
      const results = parseResults(await this.#ask("results", 0, 400), options.resultCount);
      if (results !== undefined) return results.values;
      throw new DutAnswerError("Cannot parse 'm-results'", this.#conversation.errorData("results"));
    });
  }

  /** Closes the port; a rate that was changed goes back to what it was. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { baudRate } = this.#options;
    if (this.#baudRate !== baudRate) {
      // The second command, which arrives before the device changes, tells it that the change is right.
      const farewell = `baud ${baudRate}%name`;
      await this.#conversation.exchange(farewell, { deadlineMs: 300 }).catch(() => {});
    }
    await this.#conversation[Symbol.asyncDispose]();
    await this.#port.close();
  }
}

const namePattern = /m-name-dut-\[([^\]]*)\]/;
const lapPattern = /m-lap-us-([0-9]{1,15})(?![0-9A-Za-z])/;

function checkChunk(bytes = standardChunkBytes): void {
  if (Number.isInteger(bytes) && bytes >= 1 && bytes <= mostChunkBytes) return;
  throw new InputError(`Cannot send '${bytes}' bytes in a command`, {
    source: "chunkBytes",
    hint: `Pass a whole number from 1 to ${mostChunkBytes}`,
  });
}

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
