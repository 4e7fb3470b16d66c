/**
 * What the enhanced interface board (STM32H573I-DK, v1.3) can do beyond an IO manager: play recordings to the DUT, and time what
 * it detects.
 *
 * @module
 */
import type { IoManager } from "./io_manager.ts";
import { IoManagerError } from "./io_manager_error.ts";
import { printable } from "./lines.ts";

/** When a DUT began and ended to work, in seconds of the board's clock, in steps of 10 µs. */
export interface ProcessingTimes {
  /** Its pin rose. */
  startsS: number[];
  /** Its pin fell; empty where the board's firmware does not tell. */
  stopsS: number[];
}

/** How long it may take to open a file, and to print what was recorded: up to half a megabyte at 115200 baud. */
const openMs = 5000;
const printMs = 60_000;
/** Longest piece of a line that arrives whole, see `LineSplitter`. */
const pieceLength = 65_536;

/**
 * The enhanced interface board's own commands, on an {@linkcode IoManager} that is connected to it. The board holds the SD card
 * with the recordings.
 *
 * @example
 * ```ts
 * import { InterfaceBoard, IoManager, memoryPortPair } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const [host, device] = memoryPortPair();
 * await device.open({ baudRate: 115200 });
 * // A board that knows two commands.
 * (async () => {
 *   const writer = device.writable!.getWriter();
 *   for await (const chunk of device.readable!) {
 *     const isLs = new TextDecoder().decode(chunk) === "ls%";
 *     const answer = isLs ? "sww_long_test.wav" : "tinyML Enhanced Interface Board";
 *     await writer.write(new TextEncoder().encode(`${answer}\r\nm-ready\r\n`));
 *   }
 * })();
 * await using ioManager = await IoManager.connect(host);
 * const board = new InterfaceBoard(ioManager);
 * assert.deepEqual(await board.files(), ["sww_long_test.wav"]);
 * ```
 */
export class InterfaceBoard {
  readonly #ioManager: IoManager;

  /** The board behind an IO manager; the IO manager stays whose it is. */
  constructor(ioManager: IoManager) {
    this.#ioManager = ioManager;
  }

  /**
   * Names of the files on its SD card (`ls`).
   *
   * @throws {IoManagerError} When it does not answer, or refuses, as all its commands.
   */
  async files(): Promise<string[]> {
    const lines = await this.#ioManager.ask("ls", { answerMs: openMs });
    return lines.map((line) => line.trim()).filter((line) => line !== "");
  }

  /**
   * Plays a recording to the DUT (`play`); resolves once it is over.
   *
   * @param file Its name; one without spaces and `%`.
   * @param options.durationMs How long it is.
   */
  async play(file: string, options: { durationMs: number }): Promise<void> {
    if (!/^[^\s%]+$/.test(file)) {
      throw new IoManagerError(`Cannot play '${printable(file)}' as no file is called so`, {
        command: `play ${file}`,
        lines: [],
        hint: "'ls' lists the files on the board's SD card",
      });
    }
    const answerMs = options.durationMs * 1.05 + openMs;
    await this.#ioManager.ask(`play ${file}`, { answerMs });
  }

  /** Begins to record what the DUT detects (`record_detections`); its clock begins at zero. */
  async recordDetections(): Promise<void> {
    await this.#ioManager.ask("record_detections");
  }

  /**
   * What was recorded (`print_detections`), in ms; the first marks the start of the run.
   *
   * @throws {IoManagerError} Also when the answer is no list of whole numbers.
   */
  async detectionsMs(): Promise<number[]> {
    const command = "print_detections";
    const lines = await this.#ioManager.ask(command, { answerMs: printMs });
    const at = lines.findIndex((line) => line.includes("Detection Timestamps (ms)"));
    if (at < 0) throw unreadable(command, lines);
    return numbers(command, lines, lines.slice(at + 1), /^\d{1,12}$/);
  }

  /**
   * When the DUT worked (`print_dutycycle`).
   *
   * @throws {IoManagerError} Also when the answer is no list of numbers.
   */
  async processingTimes(): Promise<ProcessingTimes> {
    const command = "print_dutycycle";
    const lines = await this.#ioManager.ask(command, { answerMs: printMs });
    const starts = lines.findIndex((line) => line.includes("Duty cycle start times (s)"));
    if (starts < 0) throw unreadable(command, lines);
    const found = lines.findIndex((line) => line.includes("Duty cycle stop times (s)"));
    const stops = found < 0 ? lines.length : found;
    const decimal = /^\d{1,9}(\.\d{1,9})?$/;
    return {
      startsS: numbers(command, lines, lines.slice(starts + 1, stops), decimal),
      stopsS: numbers(command, lines, lines.slice(stops + 1), decimal),
    };
  }

  /**
   * Sets the rate to the host (`setbaud`) for good: it is kept over a reset. The board starts again with it: connect anew.
   *
   * @param baudRate Bits per second.
   */
  async setBaud(baudRate: number): Promise<void> {
    if (!(Number.isInteger(baudRate) && baudRate >= 300 && baudRate <= 10_000_000)) {
      throw new IoManagerError(`Cannot set '${baudRate}' baud as no port has such a rate`, {
        command: `setbaud ${baudRate}`,
        lines: [],
      });
    }
    await this.#ioManager.ask(`setbaud ${baudRate}`);
  }
}

function numbers(
  command: string,
  lines: readonly string[],
  some: readonly string[],
  pattern: RegExp,
): number[] {
  // A line that is too long arrives in pieces: numbers may be cut there.
  const text = some.map((line) => line.length === pieceLength ? line : line + " ").join("");
  return text.split(/[\s,]+/).filter(Boolean).map((word) => {
    if (!pattern.test(word)) throw unreadable(command, lines, word);
    return Number(word);
  });
}

function unreadable(command: string, lines: readonly string[], word?: string): IoManagerError {
  const what = word ?? lines[0] ?? "";
  return new IoManagerError(
    `Cannot read '${printable(what).slice(0, 60)}' in the answer to '${command}'`,
    {
      command,
      lines: lines.slice(0, 20),
      hint: "Check that the interface board's firmware is that of v1.3",
    },
  );
}
