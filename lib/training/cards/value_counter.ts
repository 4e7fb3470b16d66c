import type { ExampleData } from "../data/data_set.ts";
import type { Spread, ValueReport } from "./data_report.ts";

const SILENCE_DB = -120;

/** Counts values of examples as they come; keeps none of them. */
export class ValueCounter {
  readonly #media: "audio" | "image" | "features";
  readonly #sampleRate: number;
  #least = Infinity;
  #most = -Infinity;
  #constant = 0;
  #clipped = 0;
  #count = 0;
  readonly #channels: { count: number; sum: number; squares: number }[] = [];
  readonly #levels: number[] = [];
  readonly #durations: number[] = [];

  constructor(media: "audio" | "image" | "features", sampleRate = 16_000) {
    this.#media = media;
    this.#sampleRate = sampleRate;
  }

  add({ values, shape }: ExampleData): void {
    const channels = this.#media === "image" && shape.length === 3 ? shape[2] : 1;
    let least = Infinity;
    let most = -Infinity;
    let all = 0;
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      let squares = 0;
      for (let i = channel; i < values.length; i += channels) {
        const value = values[i];
        sum += value;
        squares += value * value;
        if (value < least) least = value;
        if (value > most) most = value;
      }
      const total = this.#channels[channel] ??= { count: 0, sum: 0, squares: 0 };
      total.count += values.length / channels;
      total.sum += sum;
      total.squares += squares;
      all += squares;
    }
    this.#count++;
    this.#least = Math.min(this.#least, least);
    this.#most = Math.max(this.#most, most);
    if (least === most) this.#constant++;
    if (this.#media !== "audio") return;
    const level = Math.sqrt(all / Math.max(1, values.length));
    this.#levels.push(level > 0 ? Math.max(SILENCE_DB, 20 * Math.log10(level)) : SILENCE_DB);
    this.#durations.push(values.length / this.#sampleRate);
    if (most >= 32_767 / 32_768 || least <= -1) this.#clipped++;
  }

  /** All that came; undefined where nothing did. */
  report(): ValueReport | undefined {
    if (this.#count === 0 || !Number.isFinite(this.#least)) return undefined;
    const channels = this.#channels.map(moments);
    const whole = moments(this.#channels.reduce((a, b) => ({
      count: a.count + b.count,
      sum: a.sum + b.sum,
      squares: a.squares + b.squares,
    })));
    return {
      least: this.#least,
      most: this.#most,
      ...whole,
      constant: this.#constant,
      ...(this.#media === "image" ? { channels } : {}),
      ...(this.#media === "audio"
        ? {
          levelDb: spread(this.#levels),
          durationS: spread(this.#durations),
          clipped: this.#clipped,
        }
        : {}),
    };
  }
}

function moments({ count, sum, squares }: { count: number; sum: number; squares: number }) {
  const mean = sum / count;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / count - mean * mean)) };
}

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.round(part * (sorted.length - 1))];
  return {
    least: at(0),
    lowQuartile: at(0.25),
    median: at(0.5),
    highQuartile: at(0.75),
    most: at(1),
  };
}
