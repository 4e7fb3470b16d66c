/**
 * The PPK2's samples.
 *
 * @module
 */
import type { Ppk2Modifiers } from "./ppk2_modifiers.ts";

/** What a {@linkcode Ppk2Decoder} calls, in the order of the stream. */
export interface Ppk2Sink {
  /** Samples in A; the array is the sink's to keep. */
  samples(values: Float64Array): void;
  /** Samples are missing: the device numbers them modulo 64. */
  lost(count: number, reason: string): void;
  /** D0 fell, or rose, at the sample that comes `ahead` samples after those told so far. */
  edge(ahead: number, falling: boolean): void;
}

/** Volts a step of the converter, which are four. */
const voltsPerStep = 1.8 / 163_840;
const wordBytes = 4;
/** Words that must be numbered in turn before a place is trusted again. */
const proofWords = 4;
const counterMask = 63;

/** The filter that the maker's own program has: a change of range makes a spike, which an average hides. */
const spike = { alpha: 0.18, alphaOfRange4: 0.06, samples: 3 };

const wordAt = (bytes: Uint8Array, at: number) =>
  (bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24) >>> 0;
const counterOf = (word: number) => word >>> 18 & counterMask;

/**
 * Decodes samples in whatever pieces they arrive: little-endian words of 14 bits value, 3 bits range, a bit that is not used, 6
 * bits counter, 8 bits logic inputs. A gap in the counter is told; where bytes were lost the words are found again by it.
 */
export class Ppk2Decoder {
  readonly #sink: Ppk2Sink;
  readonly #modifiers: Ppk2Modifiers;
  readonly #volts: number;
  #carry = new Uint8Array(0);
  #expected: number | undefined;
  #level: number | undefined;
  #average = NaN;
  #averageOfRange4 = NaN;
  #range = -1;
  #settled = 0;
  #afterSpike = 0;

  /** A decoder at the start of the data. */
  constructor(sink: Ppk2Sink, options: { modifiers: Ppk2Modifiers; supplyVolts: number }) {
    this.#sink = sink;
    this.#modifiers = options.modifiers;
    this.#volts = options.supplyVolts;
  }

  /** Takes the next bytes. */
  push(chunk: Uint8Array): void {
    const bytes = new Uint8Array(this.#carry.length + chunk.length);
    bytes.set(this.#carry);
    bytes.set(chunk, this.#carry.length);
    const values = new Float64Array(bytes.length >> 2);
    let count = 0;
    let at = 0;
    const flush = () => {
      if (count > 0) this.#sink.samples(values.slice(0, count));
      count = 0;
    };
    while (at + wordBytes <= bytes.length) {
      const word = wordAt(bytes, at);
      if (this.#expected !== undefined && counterOf(word) !== this.#expected) {
        if (at + (proofWords + 1) * wordBytes > bytes.length) break;
        const shift = [0, 1, 2, 3].find((shift) => isInTurn(bytes, at + shift));
        if (shift === undefined) {
          at += wordBytes;
          continue;
        }
        flush();
        at += shift;
        const missing = counterOf(wordAt(bytes, at)) - this.#expected & counterMask;
        this.#sink.lost(missing, shift > 0 ? "bytes were lost" : "the counter of samples jumped");
        this.#expected = counterOf(wordAt(bytes, at));
        continue;
      }
      this.#expected = counterOf(word) + 1 & counterMask;
      const level = word >>> 24 & 1;
      if (this.#level !== undefined && level !== this.#level) this.#sink.edge(count, level === 0);
      this.#level = level;
      values[count++] = this.#amperes(word);
      at += wordBytes;
    }
    flush();
    this.#carry = bytes.slice(at);
  }

  #amperes(word: number): number {
    const { r, gs, gi, o, s, i, ug } = this.#modifiers;
    const range = Math.min(word >>> 14 & 7, 4);
    const raw = ((word & 0x3fff) * 4 - o[range]) * (voltsPerStep / r[range]);
    const ampere = ug[range] *
      (raw * (gs[range] * raw + gi[range]) + s[range] * this.#volts + i[range]);
    return this.#withoutSpike(ampere, range);
  }

  #withoutSpike(ampere: number, range: number): number {
    const mix = (average: number, alpha: number) =>
      Number.isNaN(average) ? ampere : alpha * ampere + (1 - alpha) * average;
    const [before, beforeOfRange4] = [this.#average, this.#averageOfRange4];
    this.#average = mix(before, spike.alpha);
    this.#averageOfRange4 = mix(beforeOfRange4, spike.alphaOfRange4);
    if (this.#range < 0) this.#range = range;
    let filtered = ampere;
    if (range !== this.#range || this.#afterSpike > 0) {
      if (range !== this.#range) {
        this.#settled = 0;
        this.#afterSpike = spike.samples;
      } else this.#settled++;
      if (range === 4) {
        if (this.#settled < 2) [this.#average, this.#averageOfRange4] = [before, beforeOfRange4];
        filtered = this.#averageOfRange4;
      } else filtered = this.#average;
      this.#afterSpike--;
    }
    this.#range = range;
    return filtered;
  }
}

/** Whether words that are numbered in turn begin here. */
function isInTurn(bytes: Uint8Array, at: number): boolean {
  if (at + proofWords * wordBytes > bytes.length) return false;
  const first = counterOf(wordAt(bytes, at));
  for (let i = 1; i < proofWords; i++) {
    if (counterOf(wordAt(bytes, at + i * wordBytes)) !== (first + i & counterMask)) return false;
  }
  return true;
}
