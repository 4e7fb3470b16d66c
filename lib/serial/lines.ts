/**
 * Cuts a byte stream into lines, whatever pieces it arrives in. CR LF, LF and CR end a line; empty lines are dropped. A
 * line of more than `maximumLength` bytes is handed out in pieces, so that a device that never ends one fills no memory.
 *
 * @example
 * ```ts
 * import { LineSplitter } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const lines = new LineSplitter();
 * const bytes = (text: string) => new TextEncoder().encode(text);
 * assert.deepEqual(lines.push(bytes("m-name-dut-[x]\r")), ["m-name-dut-[x]"]);
 * assert.deepEqual(lines.push(bytes("\nm-rea")), []);
 * assert.deepEqual(lines.push(bytes("dy\r\n")), ["m-ready"]);
 * ```
 */
export class LineSplitter {
  #rest = "";
  readonly #maximumLength: number;

  /**
   * A splitter at the start of a line.
   *
   * @param options.maximumLength Bytes of the longest line that stays whole.
   */
  constructor(options: { maximumLength?: number } = {}) {
    this.#maximumLength = options.maximumLength ?? 65_536;
  }

  /** What has arrived of the line that is not finished yet. */
  get rest(): string {
    return this.#rest;
  }

  /** Takes the next bytes; returns the lines that they complete, each byte a character (Latin-1). */
  push(chunk: Uint8Array): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let i = 0; i <= chunk.length; i++) {
      const byte = i < chunk.length ? chunk[i] : -1;
      if (byte !== 10 && byte !== 13 && byte !== -1) continue;
      this.#rest += latin1(chunk, start, i);
      start = i + 1;
      while (this.#rest.length >= this.#maximumLength) {
        lines.push(this.#rest.slice(0, this.#maximumLength));
        this.#rest = this.#rest.slice(this.#maximumLength);
      }
      if (byte !== -1 && this.#rest.length > 0) {
        lines.push(this.#rest);
        this.#rest = "";
      }
    }
    return lines;
  }
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  let text = "";
  for (let i = from; i < to; i += 4096) {
    text += String.fromCharCode(...bytes.subarray(i, Math.min(to, i + 4096)));
  }
  return text;
}

/**
 * Bytes that came from a device, fit for a message: control characters and what is not ASCII as `\xNN`.
 *
 * @example
 * ```ts
 * import { printable } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.equal(printable("m-ready\r\n\x1b[31m"), "m-ready\\r\\n\\x1b[31m");
 * ```
 */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x1f\x7f-\uffff]/g, (c) => {
    if (c === "\r") return "\\r";
    if (c === "\n") return "\\n";
    const code = c.charCodeAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16)}`;
  });
}
