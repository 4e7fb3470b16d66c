/**
 * What EnergyRunner writes as `script.async`: JSON with bare keys, single quotes, trailing commas, comments and regular
 * expressions.
 *
 * @module
 */

/** A value of relaxed JSON. Objects are maps, so that no key can reach a prototype. */
export type RelaxedValue =
  | string
  | number
  | boolean
  | null
  | RelaxedValue[]
  | Map<string, RelaxedValue>;

const deepest = 100;

/**
 * Reads relaxed JSON. A regular expression becomes the text between its slashes.
 *
 * @throws {SyntaxError} Names the place.
 *
 * @example
 * ```ts
 * import { parseRelaxedJson } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const value = parseRelaxedJson("[{cmd: 'dut profile', ack: /dut.?: m-ready/, ms: -1,}]");
 * assert.deepEqual(value, [
 *   new Map<string, unknown>([["cmd", "dut profile"], ["ack", "dut.?: m-ready"], ["ms", -1]]),
 * ]);
 * ```
 */
export function parseRelaxedJson(text: string): RelaxedValue {
  const parser = new Parser(text);
  const value = parser.value(0);
  parser.end();
  return value;
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): RelaxedValue {
    if (depth > deepest) this.#fail("nesting is too deep");
    this.#space();
    const c = this.#text[this.#at];
    if (c === "[") return this.#array(depth);
    if (c === "{") return this.#object(depth);
    if (c === "'" || c === '"') return this.#string(c);
    if (c === "/") return this.#expression();
    return this.#word();
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) this.#fail("something stands behind the end");
  }

  #array(depth: number): RelaxedValue[] {
    const items: RelaxedValue[] = [];
    this.#at++;
    while (!this.#closes("]")) {
      items.push(this.value(depth + 1));
      this.#separator("]");
    }
    return items;
  }

  #object(depth: number): Map<string, RelaxedValue> {
    const members = new Map<string, RelaxedValue>();
    this.#at++;
    while (!this.#closes("}")) {
      const c = this.#text[this.#at];
      const key = c === "'" || c === '"' ? this.#string(c) : this.#match(/[\w$]+/y, "a key");
      this.#space();
      if (this.#text[this.#at] !== ":") this.#fail("expected ':'");
      this.#at++;
      members.set(key, this.value(depth + 1));
      this.#separator("}");
    }
    return members;
  }

  #closes(bracket: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== bracket) return false;
    this.#at++;
    return true;
  }

  #separator(bracket: string): void {
    this.#space();
    if (this.#text[this.#at] === ",") this.#at++;
    else if (this.#text[this.#at] !== bracket) this.#fail(`expected ',' or '${bracket}'`);
  }

  #string(quote: string): string {
    let value = "";
    for (let i = this.#at + 1; i < this.#text.length; i++) {
      const c = this.#text[i];
      if (c === quote) {
        this.#at = i + 1;
        return value;
      }
      if (c !== "\\") {
        value += c;
        continue;
      }
      const escaped = this.#text[++i];
      if (escaped === "u" || escaped === "x") {
        const digits = escaped === "u" ? 4 : 2;
        const code = this.#text.slice(i + 1, i + 1 + digits);
        if (!/^[0-9a-f]+$/i.test(code) || code.length < digits) this.#fail("expected hex digits");
        value += String.fromCharCode(parseInt(code, 16));
        i += digits;
      } else value += escapes.get(escaped) ?? escaped ?? "";
    }
    this.#fail("a string has no end");
  }

  // The slash within brackets or behind a backslash is part of the expression.
  #expression(): string {
    const whole = this.#match(
      /\/(?:[^/\\[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*\])+\/[a-z]*/y,
      "an expression",
    );
    return whole.slice(1, whole.lastIndexOf("/"));
  }

  #word(): number | boolean | null {
    const word = this.#match(/[-+\w.]+/y, "a value");
    if (word === "true") return true;
    if (word === "false") return false;
    if (word === "null" || word === "undefined") return null;
    const value = Number(word);
    if (Number.isNaN(value)) this.#fail(`'${word.slice(0, 20)}' is no value`);
    return value;
  }

  #match(pattern: RegExp, what: string): string {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (!match) this.#fail(`expected ${what}`);
    this.#at = pattern.lastIndex;
    return match[0];
  }

  #space(): void {
    const pattern = /(?:\s+|\/\/[^\n]*|\/\*[^]*?\*\/)*/y;
    pattern.lastIndex = this.#at;
    pattern.exec(this.#text);
    this.#at = pattern.lastIndex;
  }

  #fail(what: string): never {
    const line = this.#text.slice(0, this.#at).split("\n").length;
    throw new SyntaxError(`Cannot read line ${line} as ${what}`);
  }
}

const escapes = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["b", "\b"],
  ["f", "\f"],
  ["v", "\v"],
  ["0", "\0"],
  ["\n", ""],
]);
