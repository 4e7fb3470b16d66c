/**
 * The LPM01A's `ascii_dec` format, and everything else that it says in text.
 *
 * @module
 */
import { printable } from "../../lines.ts";
import type { Lpm01aSink } from "./lpm01a_sink.ts";

const cr = 13;
const lf = 10;
/** Longest line that is kept whole; the values of a line fit many times over. */
const longestLine = 4096;
const valueLength = 7;

/** Exact up to 1e22, so that a division by them gives the double nearest to the decimal number. */
const powersOfTen = Float64Array.from({ length: 100 }, (_, n) => Number(`1e${n}`));

/** What can stand behind the last value of a line. */
const message = /^(TimeStamp:|event \d|summary |end$)/i;

const isLetter = (byte: number) => byte >= 65 && byte <= 122;
const isDigit = (byte: number) => byte >= 48 && byte <= 57;

/** Whether a value such as `6409-07` begins at `at`; there must be seven bytes. */
function isValue(bytes: Uint8Array, at: number): boolean {
  const sign = bytes[at + 4];
  return (sign === 45 || sign === 43) &&
    isDigit(bytes[at]) && isDigit(bytes[at + 1]) && isDigit(bytes[at + 2]) &&
    isDigit(bytes[at + 3]) && isDigit(bytes[at + 5]) && isDigit(bytes[at + 6]);
}

function valueAt(bytes: Uint8Array, at: number): number {
  // 48 a digit: 48 · 1111 and 48 · 11.
  const mantissa = bytes[at] * 1000 + bytes[at + 1] * 100 + bytes[at + 2] * 10 + bytes[at + 3] -
    53_328;
  const power = powersOfTen[bytes[at + 5] * 10 + bytes[at + 6] - 528];
  return bytes[at + 4] === 45 ? mantissa / power : mantissa * power;
}

/**
 * Decodes text in whatever pieces it arrives: `6409-07` is 6409·10⁻⁷, one or more a line; `TimeStamp: 003s 245ms, buff 07%`
 * is a time; `end` is the end; any other line is text. A line that has digits where it cannot be read is damaged.
 *
 * @example
 * ```ts
 * import { AsciiDecoder } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const values: number[] = [];
 * const decoder = new AsciiDecoder({
 *   samples: (some) => values.push(...some),
 *   damaged: () => values.push(NaN),
 *   time: () => {},
 *   text: () => {},
 *   end: () => {},
 * });
 * for (const piece of ["6409-07\r\n12", "34-06\r", "\n"]) {
 *   decoder.push(new TextEncoder().encode(piece));
 * }
 * assert.deepEqual(values, [640.9e-6, 1234e-6]);
 * ```
 */
export class AsciiDecoder {
  readonly #sink: Lpm01aSink;
  readonly #line = new Uint8Array(longestLine);
  #length = 0;
  #values = new Float64Array(1024);
  #count = 0;

  /** A decoder at the start of a line. */
  constructor(sink: Lpm01aSink) {
    this.#sink = sink;
  }

  /**
   * Takes the next bytes.
   *
   * @param until Called after each line of text: true makes it stop there.
   * @returns How many bytes it took; all of them, unless `until` made it stop.
   */
  push(chunk: Uint8Array, until?: () => boolean): number {
    const most = (chunk.length + this.#length) / valueLength + 1;
    if (this.#values.length < most) this.#values = new Float64Array(Math.ceil(most));
    const last = chunk.length - valueLength;
    for (let i = 0; i < chunk.length;) {
      // A value and a line end; what arrives in pieces, and what is anything else, goes through #line.
      while (
        this.#length === 0 && i < last && (chunk[i + valueLength] === cr) && isValue(chunk, i)
      ) {
        this.#values[this.#count++] = valueAt(chunk, i);
        i += valueLength + 1;
        if (chunk[i] === lf) i++;
      }
      if (i >= chunk.length) break;
      const byte = chunk[i++];
      if (byte === cr || byte === lf) {
        if (this.#length > 0 && this.#finishLine() && until?.()) return i;
      } else {
        this.#line[this.#length++] = byte;
        if (this.#length === longestLine && this.#finishLine() && until?.()) return i;
      }
    }
    this.#flush();
    return chunk.length;
  }

  /** Forgets a line that has begun. */
  reset(): void {
    this.#length = 0;
  }

  #flush(): void {
    if (this.#count === 0) return;
    this.#sink.samples(this.#values.slice(0, this.#count));
    this.#count = 0;
  }

  /** Returns whether it was text. */
  #finishLine(): boolean {
    const line = this.#line.subarray(0, this.#length);
    this.#length = 0;
    if (isDigit(line[0]) || line[0] === 45 || line[0] === 43) {
      this.#takeValues(line);
      return false;
    }
    this.#takeText(String.fromCharCode(...line).trim());
    return true;
  }

  #takeText(text: string): void {
    this.#flush();
    const time = /^TimeStamp: *(\d{1,9})s +(\d{1,3})ms(?:, *buff +(\d{1,3})%)?/i.exec(text);
    if (time) this.#sink.time(Number(time[1]) * 1000 + Number(time[2]), Number(time[3] ?? 0));
    else if (text === "end") this.#sink.end();
    else if (text !== "") this.#sink.text(text);
  }

  #takeValues(line: Uint8Array): void {
    let isDamaged = false;
    const tell = () => {
      if (!isDamaged) return;
      this.#flush();
      this.#sink.damaged(
        1,
        `damaged line '${printable(String.fromCharCode(...line)).slice(0, 60)}'`,
      );
      isDamaged = false;
    };
    for (let i = 0; i < line.length;) {
      if (i + valueLength <= line.length && isValue(line, i)) {
        tell();
        if (this.#count === this.#values.length) this.#flush();
        this.#values[this.#count++] = valueAt(line, i);
        i += valueLength;
      } else if (!isDamaged && isLetter(line[i])) {
        const rest = String.fromCharCode(...line.subarray(i)).trim();
        if (message.test(rest)) return this.#takeText(rest);
        isDamaged = true;
        i++;
      } else {
        isDamaged ||= line[i] !== 32 && line[i] !== 9;
        i++;
      }
    }
    tell();
  }
}
