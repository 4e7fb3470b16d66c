/**
 * Answers of a SCPI instrument: lines, and blocks of bytes (IEEE 488.2).
 *
 * @module
 */

/** What an answer is expected to be. */
export type AnswerKind = "line" | "block";

/** Longest line and largest block that is taken. */
const most = { line: 65_536, block: 2 ** 26 };

/**
 * Takes an answer apart, in whatever pieces it arrives. A block is `#`, a digit n, n digits with the length, and so many bytes,
 * closed by a line feed.
 *
 * @example
 * ```ts
 * import { BlockReader } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const reader = new BlockReader("block");
 * assert.equal(reader.push(new TextEncoder().encode("#1")), undefined);
 * const bytes = reader.push(new TextEncoder().encode("5hello\n"));
 * assert.equal(new TextDecoder().decode(bytes), "hello");
 * ```
 */
export class BlockReader {
  readonly #kind: AnswerKind;
  #head: number[] = [];
  #block: Uint8Array | undefined;
  #filled = 0;

  /** A reader at the start of an answer. */
  constructor(kind: AnswerKind) {
    this.#kind = kind;
  }

  /**
   * Takes the next bytes.
   *
   * @returns The answer once it is all there, without its line feed; undefined before. What follows it is dropped.
   * @throws {RangeError} When it is no block, or longer than any answer.
   */
  push(bytes: Uint8Array): Uint8Array | undefined {
    let at = 0;
    while (at < bytes.length && !this.#block) {
      const answer = this.#takeHead(bytes[at++]);
      if (answer) return answer;
    }
    if (!this.#block) return;
    const some = bytes.subarray(at, at + this.#block.length - this.#filled);
    this.#block.set(some, this.#filled);
    this.#filled += some.length;
    // The line feed behind it may be a while away; the next answer skips it.
    if (this.#filled === this.#block.length) return this.#block;
  }

  #takeHead(byte: number): Uint8Array | undefined {
    const head = this.#head;
    // What closes a block that was read before.
    if (head.length === 0 && (byte === 10 || byte === 13)) return;
    if (this.#kind === "line") {
      if (byte === 10) return Uint8Array.from(head.at(-1) === 13 ? head.slice(0, -1) : head);
      head.push(byte);
      if (head.length > most.line) throw new RangeError("a line that does not end");
      return;
    }
    head.push(byte);
    const digits = (head[1] ?? 49) - 48;
    if (head[0] !== 35 || !(digits >= 1 && digits <= 9) || (head.length > 2 && !isDigit(byte))) {
      throw new RangeError(`no block: '${String.fromCharCode(...head)}'`);
    }
    if (head.length < 2 + digits || head.length < 3) return;
    const length = Number(String.fromCharCode(...head.slice(2)));
    if (length > most.block) throw new RangeError(`a block of ${length} bytes`);
    this.#block = new Uint8Array(length);
  }
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}
