/**
 * Programs as they are flashed.
 *
 * @module
 */
import { InputError } from "../../errors.ts";

/** Boards that can be flashed. */
export type FlashBoard = "nucleo" | "uno";

/** A program that is fit for a board. */
export interface FlashImage {
  /** Its file. */
  path: string;
  /** What it is for, by its addresses. */
  board: FlashBoard;
  /** The file's bytes. */
  bytes: Uint8Array<ArrayBuffer>;
  /** How the file is written. */
  format: "bin" | "hex";
  /** The board that a Thimble firmware says it is for, such as "NUCLEO-L4R5ZI". */
  builtFor?: string;
}

/** No image of these boards is larger, and Intel HEX is three times as long. */
const mostBytes = 8 << 20;
const unoBytes = 32_768;
const stmFlash = { from: 0x0800_0000, to: 0x0900_0000 };

/**
 * Reads a program in binary or Intel HEX, and finds out from its addresses which board it is for.
 *
 * @throws {InputError} Where it cannot be read, is damaged, or is for none of the boards.
 *
 * @example
 * ```ts
 * import { readFlashImage } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const image = await readFlashImage("firmware/io-manager/io_manager.hex");
 * assert.equal(image.board, "uno");
 * ```
 */
export async function readFlashImage(path: string): Promise<FlashImage> {
  const refuse = (why: string, hint: string, cause?: unknown) =>
    new InputError(`Cannot flash '${path}' as ${why}`, { source: path, hint, cause });
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    if ((await Deno.stat(path)).size > mostBytes) {
      throw refuse("it is too large", "Name a .bin or .hex");
    }
    bytes = await Deno.readFile(path);
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw refuse("it cannot be read", "Name a .bin or .hex", cause);
  }
  const text = new TextDecoder("latin1").decode(bytes);
  if (text.startsWith("\x7fELF")) {
    throw refuse("it is an ELF file", "Take the .bin or .hex that the build has made beside it");
  }
  if (text.startsWith(":")) {
    let content = "";
    const range = hexRange(text, (bytes) => content += String.fromCharCode(...bytes));
    if (range === undefined) {
      throw refuse("its Intel HEX is damaged", "Take the file as the compiler wrote it");
    }
    if (range.to <= unoBytes) return { path, board: "uno", bytes, format: "hex" };
    if (range.from >= stmFlash.from && range.to <= stmFlash.to) {
      return { path, board: "nucleo", bytes, format: "hex", builtFor: builtForOf(content) };
    }
    throw refuse("its addresses are of no board that is known", "Name an image for NUCLEO or UNO");
  }
  // A Cortex-M image begins with the stack's end and the address of the first instruction, which is odd.
  const start = bytes.length >= 8 ? new DataView(bytes.buffer).getUint32(4, true) : 0;
  if (start % 2 !== 1 || start < stmFlash.from || start >= stmFlash.to) {
    throw refuse("it is no program for an STM32", "Name a .bin or .hex for NUCLEO, a .hex for UNO");
  }
  return { path, board: "nucleo", bytes, format: "bin", builtFor: builtForOf(text) };
}

/** The board that a program says it is for, in what it shows for `profile`. */
function builtForOf(content: string): string | undefined {
  return /Thimble firmware [0-9.]+ for ([A-Z0-9-]{3,32})/.exec(content)?.[1];
}

/**
 * The addresses that a file in Intel HEX has bytes for, the last one exclusive; undefined where it is damaged.
 *
 * @param onBytes Gets the bytes, in the file's order.
 */
export function hexRange(
  text: string,
  onBytes: (bytes: readonly number[]) => void = () => {},
): { from: number; to: number } | undefined {
  let base = 0;
  let [from, to] = [Infinity, 0];
  for (const line of text.split("\n")) {
    const digits = /^:((?:[0-9a-f]{2}){5,260})\s*$/i.exec(line)?.[1];
    if (digits === undefined) {
      if (line.trim() === "") continue;
      return undefined;
    }
    const bytes = digits.match(/../g)!.map((pair) => parseInt(pair, 16));
    const [count, high, low, type, ...rest] = bytes;
    if (bytes.length !== count + 5 || bytes.reduce((a, b) => a + b) % 256 !== 0) return undefined;
    if (type === 1) return from < to ? { from, to } : undefined;
    if (type === 0) {
      const address = base + high * 256 + low;
      from = Math.min(from, address);
      to = Math.max(to, address + count);
      onBytes(rest.slice(0, count));
    } else if ((type === 2 || type === 4) && count === 2) {
      base = (rest[0] * 256 + rest[1]) * (type === 4 ? 65_536 : 16);
    } else if (type !== 3 && type !== 5) {
      return undefined;
    }
  }
  return undefined; // its end is missing
}
