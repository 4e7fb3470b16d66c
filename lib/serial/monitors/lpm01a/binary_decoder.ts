/**
 * The LPM01A's `bin_hexa` format.
 *
 * @module
 */
import type { Lpm01aSink } from "./lpm01a_sink.ts";

/** Every word's value: the high nibble e and the low twelve bits m say m·16⁻ᵉ. Exact in 32 bits. */
let wordValues: Float32Array | undefined;

/** Made once, and only where there is something to decode. */
function valuesOfWords(): Float32Array {
  return wordValues ??= Float32Array.from(
    { length: 0xf000 },
    (_, word) => (word & 0xfff) / 16 ** (word >> 12),
  );
}

/** Samples that wait for the next header; the monitor sends one every 1000. */
const mostWaiting = 2 ** 20;
/** Longest text of a message. */
const longestText = 512;

/** Lengths of messages without a text, headers and `FF FF` included; UM2269, and the published decoders of it. */
const messageLengths: Readonly<Record<number, number>> = {
  0xf3: 9, // time: 4 bytes ms, 1 byte buffer
  0xf4: 4, // end
  0xf5: 4, // overcurrent
  0xf6: 4, // target powered down
  0xf7: 6, // 2 bytes mV
};

/**
 * Decodes binary data in whatever pieces it arrives: big-endian words, with messages `F0 Fx … FF FF` between them. Words have
 * nothing to find their start by, so samples are handed on only once the message after them was found where it must be; where
 * it is at an odd place a byte was lost, and everything since the message before is damaged.
 */
export class BinaryDecoder {
  readonly #sink: Lpm01aSink;
  readonly #values = valuesOfWords();
  #carry = new Uint8Array(0);
  #waiting = new Float32Array(2048);
  #count = 0;
  #isEnded = false;
  /** Where words begin is not known. */
  #isAstray = false;
  #skipped = 0;

  /** A decoder at the start of the data. */
  constructor(sink: Lpm01aSink) {
    this.#sink = sink;
  }

  /** Whether the end was found: what follows is text. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Takes the next bytes; returns those after the end, none before it. */
  push(chunk: Uint8Array): Uint8Array {
    const bytes = this.#carry.length > 0 ? concat(this.#carry, chunk) : chunk;
    let at = 0;
    while (!this.#isEnded) {
      at = this.#isAstray ? this.#search(bytes, at) : this.#takeWords(bytes, at);
      // What is held back is for the next bytes to tell.
      if (at + 1 >= bytes.length || bytes[at] < 0xf0) break;
      const length = messageLength(bytes, at);
      if (length === undefined) break;
      if (length > 0) at = this.#takeMessage(bytes, at, length);
      else if (this.#isAstray) at = this.#skip(at);
      else at = this.#goAstray(bytes, at);
    }
    this.#carry = bytes.slice(at);
    if (!this.#isEnded) return new Uint8Array(0);
    const rest = this.#carry;
    this.#carry = new Uint8Array(0);
    return rest;
  }

  /** Hands on what still waits, for the case that no message follows. */
  finish(): void {
    let [high, low, ...rest] = this.#carry;
    this.#carry = new Uint8Array(0);
    if (this.#isAstray) return this.#tellDamage();
    if (low !== undefined && high < 0xf0) {
      this.#waiting[this.#count++] = this.#values[high << 8 | low];
      [high, ...rest] = rest;
    }
    this.#release();
    if (high !== undefined) this.#sink.damaged(0, "the data ends within a word or a message");
  }

  #takeWords(bytes: Uint8Array, at: number): number {
    const most = this.#count + ((bytes.length - at) >> 1);
    if (this.#waiting.length < most) {
      const larger = new Float32Array(Math.max(most, 2 * this.#waiting.length));
      larger.set(this.#waiting.subarray(0, this.#count));
      this.#waiting = larger;
    }
    const values = this.#values;
    const waiting = this.#waiting;
    let count = this.#count;
    const last = bytes.length - 1;
    while (at < last) {
      const word = bytes[at] << 8 | bytes[at + 1];
      if (word >= 0xf000) break;
      waiting[count++] = values[word];
      at += 2;
    }
    // Where a byte was lost a message can begin in the middle of this word: the next byte tells.
    if (count > this.#count && bytes[at - 1] === 0xf0 && at >= last) {
      count--;
      at -= 2;
    }
    this.#count = count;
    // A device that sends no message fills no memory.
    if (count >= mostWaiting) this.#release();
    return at;
  }

  #release(): void {
    if (this.#count > 0) this.#sink.samples(this.#waiting.slice(0, this.#count));
    this.#count = 0;
  }

  #takeMessage(bytes: Uint8Array, at: number, length: number): number {
    this.#tellDamage();
    this.#release();
    const kind = bytes[at + 1];
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, length);
    if (kind === 0xf3) {
      // The top bit says that the count has wrapped.
      this.#sink.time(view.getUint32(2) & 0x7fffffff, view.getUint8(6));
    } else if (kind === 0xf4) {
      this.#isEnded = true;
      this.#sink.end();
    } else if (kind === 0xf5) {
      this.#sink.text("error: overcurrent");
    } else if (kind === 0xf6) {
      this.#sink.text("target power down");
    } else if (kind === 0xf7) {
      this.#sink.text(`voltage ${view.getUint16(2)} mV`);
    } else {
      const text = String.fromCharCode(...bytes.subarray(at + 2, at + length - 2)).trim();
      this.#sink.text(kind === 0xf1 && !/^error/i.test(text) ? `error: ${text}` : text);
    }
    return at + length;
  }

  /** What is at `at` is neither a word nor a message: everything since the last message is damaged. */
  #goAstray(bytes: Uint8Array, at: number): number {
    this.#isAstray = true;
    this.#skipped = 2 * this.#count;
    this.#count = 0;
    // A message can begin in the middle of the last word.
    if (bytes[at - 1] !== 0xf0) return at;
    this.#skipped--;
    return at - 1;
  }

  #skip(at: number): number {
    this.#skipped++;
    return at + 1;
  }

  /** Skips to what can be a message. */
  #search(bytes: Uint8Array, from: number): number {
    let at = from;
    while (at < bytes.length && !(bytes[at] === 0xf0 && (bytes[at + 1] ?? 0xff) >= 0xf1)) at++;
    this.#skipped += at - from;
    return at;
  }

  #tellDamage(): void {
    if (!this.#isAstray) return;
    this.#isAstray = false;
    this.#sink.damaged((this.#skipped + 1) >> 1, "bytes of the binary data were lost");
  }
}

/** Length of the message at `at`; 0 where there is none; undefined while it is not all there. */
function messageLength(bytes: Uint8Array, at: number): number | undefined {
  const kind = bytes[at + 1];
  if (bytes[at] !== 0xf0 || kind < 0xf1) return 0;
  const known = messageLengths[kind];
  if (known !== undefined) {
    if (at + known > bytes.length) return undefined;
    return bytes[at + known - 2] === 0xff && bytes[at + known - 1] === 0xff ? known : 0;
  }
  const end = Math.min(bytes.length, at + longestText) - 1;
  for (let i = at + 2; i < end; i++) {
    if (bytes[i] === 0xff && bytes[i + 1] === 0xff) return i + 2 - at;
  }
  return at + longestText <= bytes.length ? 0 : undefined;
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}
