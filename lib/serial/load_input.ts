/**
 * Giving a device its input, chunk by chunk, over a line that may damage it.
 *
 * @module
 */
import {
  DutAnswerError,
  DutError,
  type DutErrorData,
  DutLoadError,
  DutLostError,
  DutRebootedError,
  DutRefusedError,
  DutTimeoutError,
} from "./dut_errors.ts";

/** What {@linkcode loadInput} needs of a conversation. */
export interface LoadOptions {
  /** Data bytes a command. */
  chunkBytes: number;
  /** How often the whole input may be sent. */
  attempts: number;
  /** Whether to read the input back in any case. */
  readBack: boolean;
  /** How many bytes of the input before this one its own begin with; undefined where the whole is to be sent. */
  keptBytes?: number;
  /** Sends bytes as they are, with their checksum, in pieces; undefined where they are to be sent as hex digits. */
  sendPiece?: (piece: Uint8Array) => Promise<string[]>;
  /** Sends a command and returns the lines of its answer of about `answerBytes` bytes. */
  ask: (command: string, answerBytes?: number) => Promise<string[]>;
  /** Brings both sides to the start of a command. */
  resynchronize: (cause: DutError) => Promise<void>;
  /** What an error about a command has to tell. */
  errorData: (command: string) => DutErrorData;
  /** Called when something went wrong and is being mended. */
  onNotice: (text: string) => void;
}

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += hexOfByte[byte];
  return text;
}

/** How many bytes of an input go with one checksum: what a damaged one costs against what each costs. */
const pieceBytes = 4096;

/**
 * Sends `bytes` as `db load N`, `db HEX`…; returns whether anything had to be mended. See {@linkcode Dut.load}.
 *
 * The protocol has no checksum and no position: an answer `e-[…]`, a missing answer, or a missing `m-load-done` says that
 * something is wrong, and only `db print` says what has arrived.
 */
export async function loadInput(bytes: Uint8Array, options: LoadOptions): Promise<boolean> {
  let cause: unknown;
  for (let attempt = 0; attempt < options.attempts; attempt++) {
    try {
      // What is kept of the input before is only there at first.
      const keptBytes = attempt === 0 ? options.keptBytes ?? 0 : 0;
      const doubtful = await sendOnce(bytes, keptBytes, options);
      if (!doubtful && !options.readBack) return attempt > 0;
      const stored = await readBack(bytes, options);
      if (stored === bytes.length) return attempt > 0 || doubtful;
      options.onNotice(
        `Byte ${stored} of ${bytes.length} arrived damaged, found by reading it back: sending all again`,
      );
    } catch (error) {
      if (!isMendable(error)) throw error;
      cause = error;
      options.onNotice(`${error.message}: sending all ${bytes.length} bytes again`);
      await options.resynchronize(error);
    }
  }
  // All of it arrived, and the device does not say so: no damage.
  if (cause instanceof DutAnswerError) throw cause;
  throw new DutLoadError(options.attempts, bytes.length, options.errorData("db"), { cause });
}

function isMendable(error: unknown): error is DutError {
  return error instanceof DutError && !(error instanceof DutLostError) &&
    !(error instanceof DutRebootedError) &&
    !(error instanceof DutRefusedError && /exceeds|too (large|big|many)/i.test(error.answer));
}

// Sends the input once, but for its first `keptBytes`; returns whether something looked wrong on the way.
async function sendOnce(
  bytes: Uint8Array,
  keptBytes: number,
  options: LoadOptions,
): Promise<boolean> {
  const missing = bytes.length - keptBytes;
  const announce = keptBytes > 0 ? `db shift ${missing}` : `db load ${missing}`;
  const announced = await options.ask(announce);
  const expecting = announced.map((line) => /m-\[Expecting (\d+) bytes\]/.exec(line)?.[1]).find(
    Boolean,
  );
  // The official firmware reports a lack of room as plain text.
  const tooLarge = announced.find((line) => /exceeds maximum/i.test(line));
  if (tooLarge) throw new DutRefusedError(tooLarge, options.errorData(announce));
  let doubtful = Number(expecting) !== missing;
  if (options.sendPiece) {
    await sendPieces(bytes.subarray(keptBytes), options.sendPiece, options);
    return doubtful;
  }
  let done = false;
  let failures = 0; // of the chunk at `at`
  for (let at = keptBytes; at < bytes.length;) {
    const chunk = bytes.subarray(at, at + options.chunkBytes);
    const command = "db " + toHex(chunk);
    try {
      const answer = await options.ask(command);
      done = answer.some((line) => line.includes("m-load-done"));
      at += chunk.length;
      failures = 0;
      if (done) {
        // The device has counted bytes twice.
        doubtful ||= at < bytes.length;
        break;
      }
    } catch (error) {
      if (!isMendable(error)) throw error;
      doubtful = true;
      failures++;
      options.onNotice(`${error.message}: reading the buffer back`);
      await options.resynchronize(error);
      const stored = await readBack(bytes, options);
      const answerLost = error instanceof DutTimeoutError && stored >= at + chunk.length;
      if (answerLost) {
        at += chunk.length;
        failures = 0;
      } else if (stored !== at || failures >= options.attempts) {
        throw error; // how far the device has counted is not known any more, or it never takes this chunk
      }
    }
  }
  if (!done) throw unfinished(bytes.length, options);
  return doubtful;
}

function unfinished(bytes: number, options: LoadOptions): DutAnswerError {
  return new DutAnswerError(
    `Cannot finish loading as no 'm-load-done' came for ${bytes} bytes`,
    options.errorData("db"),
    { hint: "Firmware has to print it after the last byte; where it does, the line has lost it" },
  );
}

// A piece that the device says has not arrived whole is sent again at the same place. After anything else it is not known
// how far the device has counted.
async function sendPieces(
  bytes: Uint8Array,
  send: (piece: Uint8Array) => Promise<string[]>,
  options: LoadOptions,
): Promise<void> {
  let done = false;
  let failures = 0; // of the piece at `at`
  for (let at = 0; at < bytes.length;) {
    const piece = bytes.subarray(at, at + pieceBytes);
    try {
      done = (await send(piece)).some((line) => line.includes("m-load-done"));
      at += piece.length;
      failures = 0;
    } catch (error) {
      const isNotTaken = error instanceof DutRefusedError &&
        /^(Wrong checksum|Too few bytes): /.test(error.answer);
      if (!isNotTaken || ++failures >= options.attempts) throw error;
      options.onNotice(`${error.message}: sending these ${piece.length} bytes again`);
    }
  }
  if (!done) throw unfinished(bytes.length, options);
}

const rowBytes = 8;
const mostReadings = 6;

/**
 * How many bytes from the start of the device's buffer equal ours. What is read back may be damaged on its way too: a
 * row that equals ours once is right, one that differs is believed when it reads the same twice.
 */
async function readBack(bytes: Uint8Array, options: LoadOptions): Promise<number> {
  const expected: string[] = [];
  for (let at = 0; at < bytes.length; at += rowBytes) {
    expected.push(toHex(bytes.subarray(at, at + rowBytes)));
  }
  const right = new Array<boolean>(expected.length).fill(false);
  const seen = expected.map(() => new Set<string>());
  for (let reading = 0; reading < mostReadings; reading++) {
    for (const [row, hex] of (await readRows(expected.length, options)).entries()) {
      if (hex === undefined) continue;
      if (hex === expected[row]) right[row] = true;
      else if (seen[row].has(hex)) return row * rowBytes + commonBytes(hex, expected[row]);
      else seen[row].add(hex);
    }
    if (right.every(Boolean)) return bytes.length;
  }
  return right.indexOf(false) * rowBytes;
}

// The buffer's rows as hex digits; undefined where one is not whole. Where lines are missing or too many, only those in
// front of the first damaged one are at their places.
async function readRows(count: number, options: LoadOptions): Promise<(string | undefined)[]> {
  let lines: string[];
  try {
    lines = await options.ask("db print", count * 40);
  } catch (error) {
    if (!isMendable(error)) throw error;
    await options.resynchronize(error);
    return [];
  }
  // A device that echoes puts the command in front of the first row, or on a line of its own.
  const [first, ...others] = lines.slice(0, -1).map((line) => line.trimEnd());
  const echoless = first?.replace(/^db print%?/, "");
  const rows = (echoless ? [echoless, ...others] : others).map((line, row) => {
    const hex = /^m-buffer-([0-9a-f]{2}(?:-[0-9a-f]{2}){0,7})$/i.exec(line)?.[1].replaceAll(
      "-",
      "",
    );
    return hex?.length === 2 * rowBytes || row === count - 1 ? hex?.toLowerCase() : undefined;
  });
  if (rows.length === count) return rows;
  const firstDamaged = rows.indexOf(undefined);
  return rows.slice(0, firstDamaged < 0 ? count : firstDamaged);
}

function commonBytes(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a.slice(at, at + 2) === b.slice(at, at + 2)) at += 2;
  return at / 2;
}
