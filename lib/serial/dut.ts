/**
 * The device under test, as the MLPerf Tiny command protocol shows it.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { InputError } from "../errors.ts";
import { DutAnswerError, FirmwareError } from "./dut_errors.ts";
import {
  announcedExtensions,
  mostChunkBytes,
  type OperatorTime,
  overlapBytes,
  parseOperatorTimes,
  standardChunkBytes,
} from "./dut_extensions.ts";
import { DutLink, namePattern } from "./dut_link.ts";
import type { DutMode, DutOptions, DutProfile, Inference } from "./dut_options.ts";
import { DutResults } from "./dut_results.ts";
import { lapPattern, readInferenceTimes } from "./dut_times.ts";
import { loadInput } from "./load_input.ts";
import type { SerialPort } from "./serial_port.ts";

export type * from "./dut_options.ts";

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
  readonly #link: DutLink;
  readonly #results: DutResults;
  #loaded: Uint8Array | undefined;

  private constructor(link: DutLink) {
    this.#link = link;
    this.#results = new DutResults(link);
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
    const link = new DutLink(port, options);
    const dut = new Dut(link);
    try {
      await link.findDevice(options);
      await dut.#useExtensions(options.fastBaudRate);
      return dut;
    } catch (error) {
      await dut[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What the boot banner said; undefined where the board had started before. */
  get mode(): DutMode | undefined {
    return this.#link.mode;
  }

  async #useExtensions(fastBaudRate?: number): Promise<void> {
    const { chunkBytes, binaryLoads, strideLoads } = this.#link.settings;
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
      await this.#link.mend(async () => {
        const pattern = new RegExp(`m-chunk-${chunkBytes}(?!\\d)`);
        this.#link.find(command, await this.#link.ask(command), pattern, "the size");
      });
    }
    if (fastBaudRate !== undefined) await this.#link.changeBaudRate(fastBaudRate);
  }

  /** The vendor's name for the device, from `m-name-dut-[…]`. */
  name(): Promise<string> {
    return this.#link.mend(async () => {
      const lines = await this.#link.ask("name");
      return this.#link.find("name", lines, namePattern, "the name")[1];
    });
  }

  /** Firmware and benchmark, and the extensions that it announces. */
  profile(): Promise<DutProfile> {
    return this.#link.mend(async () => {
      const lines = await this.#link.ask("profile");
      const profile = this.#link.find("profile", lines, /m-profile-\[([^\]]*)\]/, "the profile")[1];
      const model = this.#link.find("profile", lines, /m-model-\[([^\]]*)\]/, "the model")[1];
      const extensions = announcedExtensions(lines);
      return extensions ? { profile, model, extensions } : { profile, model };
    });
  }

  /**
   * The device's clock in µs; undefined where the firmware is in energy mode and prints none.
   */
  timestamp(): Promise<number | undefined> {
    return this.#link.mend(async () => {
      const lines = await this.#link.ask("timestamp");
      if (!lines.some((line) => line.includes("m-lap"))) {
        this.#link.mode = "energy";
        return undefined;
      }
      this.#link.mode = "performance";
      return Number(this.#link.find("timestamp", lines, lapPattern, "the time")[1]);
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
    const { chunkBytes, binaryLoads, strideLoads, verifyLoads, retries, onNotice } =
      this.#link.settings;
    const before = this.#loaded;
    this.#loaded = undefined;
    const damaged = await loadInput(bytes, {
      chunkBytes,
      attempts: 2 * retries + 1,
      // Checksums tell what has arrived, on a bad line too.
      readBack: binaryLoads ? verifyLoads : this.#link.isDoubtful,
      keptBytes: strideLoads && before ? overlapBytes(before, bytes) : 0,
      sendPiece: binaryLoads ? (piece) => this.#sendPiece(piece) : undefined,
      ask: (command, answerBytes) => this.#link.ask(command, 0, answerBytes),
      resynchronize: (cause) => this.#link.resynchronize(cause),
      errorData: (command) => this.#link.errorData(command),
      onNotice,
    });
    if (damaged) this.#link.isDoubtful = true;
    if (strideLoads) this.#loaded = bytes.slice();
  }

  async #sendPiece(piece: Uint8Array): Promise<string[]> {
    const command = `db raw ${piece.length} ${crc32(piece).toString(16).padStart(8, "0")}`;
    const expecting = new RegExp(`m-\\[Expecting ${piece.length} raw bytes\\]`);
    this.#link.find(command, await this.#link.ask(command), expecting, "the number of bytes");
    return await this.#link.ask(`(${piece.length} bytes)`, 0, 200, piece);
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
    return this.#link.mend(async () => {
      const lines = await this.#link.ask(command, deadlineMs, 400);
      const times = readInferenceTimes(
        lines,
        this.mode === "energy",
        this.#link.errorData(command),
      );
      const results = await this.#results.confirm(command, lines, resultCount);
      return { iterations, warmups, ...times, results };
    });
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
    return this.#link.mend(async () => {
      const times = parseOperatorTimes(await this.#link.ask(command, deadlineMs, 4000));
      if (times !== undefined) return times;
      throw new DutAnswerError(
        `Cannot read the times of '${command}' as operators are missing`,
        this.#link.errorData(command),
      );
    });
  }

  /** The values of the last inference, printed again. */
  results(options: { resultCount?: number } = {}): Promise<number[]> {
    return this.#link.mend(async () => {
      const results = await this.#results.again(options.resultCount);
      if (results !== undefined) return results.values;
      throw new DutAnswerError("Cannot parse 'm-results'", this.#link.errorData("results"));
    });
  }

  /** Closes the port; a rate that was changed goes back to what it was. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#link[Symbol.asyncDispose]();
  }
}

function checkChunk(bytes = standardChunkBytes): void {
  if (Number.isInteger(bytes) && bytes >= 1 && bytes <= mostChunkBytes) return;
  throw new InputError(`Cannot send '${bytes}' bytes in a command`, {
    source: "chunkBytes",
    hint: `Pass a whole number from 1 to ${mostChunkBytes}`,
  });
}
