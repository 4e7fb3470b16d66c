import type { ExampleData } from "../data/data_set.ts";
import { lfbe } from "../features/lfbe.ts";

const ROWS = 16;
const COLUMNS = 17;
const WORDS = ROWS * (COLUMNS - 1) / 32;
/** Bits of 256 in which two examples that are nearly the same may differ. */
const NEAR = 10;

/** A coarse look at an example: 256 bits, alike for examples that are alike. */
export type Likeness = Uint32Array;

/**
 * The difference hash of a picture, a spectrogram or a map of features: averaged down to 16 rows of 17 cells, a bit tells
 * whether a cell is brighter than its left neighbour. Brightness, contrast, coding and a little noise change few bits.
 *
 * @returns undefined where there is too little to see: hardly any cell differs from its neighbour.
 */
export function likenessOf(
  data: ExampleData,
  media: "audio" | "image" | "features",
): Likeness | undefined {
  const map = mapOf(data, media);
  if (map === undefined) return undefined;
  if (media !== "image") removeMeans(map);
  const grid = shrink(map);
  const bits = new Uint32Array(WORDS);
  let ones = 0;
  let ties = 0;
  for (let row = 0; row < ROWS; row++) {
    for (let column = 1; column < COLUMNS; column++) {
      const at = row * COLUMNS + column;
      if (grid[at] === grid[at - 1]) ties++;
      if (!(grid[at] > grid[at - 1])) continue;
      const bit = row * (COLUMNS - 1) + column - 1;
      bits[bit >> 5] |= 1 << (bit & 31);
      ones++;
    }
  }
  return ones < 32 || ties > 192 ? undefined : bits;
}

/** Whether two of them differ in few bits only. */
export function isNear(a: Likeness, b: Likeness): boolean {
  let differing = 0;
  for (let word = 0; word < WORDS && differing <= NEAR; word++) {
    differing += ones(a[word] ^ b[word]);
  }
  return differing <= NEAR;
}

function ones(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Takes each column's mean off it: what a band has all the time, as noise does, tells no two recordings apart. */
function removeMeans({ values, rows, columns }: ValueMap): void {
  for (let column = 0; column < columns; column++) {
    let sum = 0;
    for (let at = column; at < values.length; at += columns) sum += values[at];
    for (let at = column; at < values.length; at += columns) values[at] -= sum / rows;
  }
}

/** Values in rows and columns. */
export interface ValueMap {
  /** [rows, columns]. */
  values: Float32Array;
  /** Of a spectrogram or a row of features: time. */
  rows: number;
  /** Of a spectrogram: bands. */
  columns: number;
}

/** What there is to see of an example; undefined for sound that is too short. */
export function mapOf(
  { values, shape }: ExampleData,
  media: "audio" | "image" | "features",
): ValueMap | undefined {
  if (media === "audio") return spectrogram(Float32Array.from(values));
  if (media === "image" && shape.length === 3) {
    const [rows, columns, channels] = shape;
    const grey = new Float32Array(rows * columns);
    for (let i = 0; i < grey.length; i++) {
      for (let channel = 0; channel < channels; channel++) {
        grey[i] += values[i * channels + channel];
      }
    }
    return { values: grey, rows, columns };
  }
  const columns = shape.findLast((size) => size > 1) ?? 1;
  const rows = Math.floor(values.length / columns);
  return rows < 1 ? undefined : { values: Float32Array.from(values), rows, columns };
}

/** [time, 40 bands], of at most 250 columns of time. */
function spectrogram(samples: Float32Array): ValueMap | undefined {
  if (samples.length < 512) return undefined;
  const hopSamples = Math.min(65_536, Math.max(128, Math.ceil(samples.length / 250)));
  let most = 0;
  for (const sample of samples) most = Math.max(most, Math.abs(sample));
  if (most > 0) samples = samples.map((sample) => sample / most);
  const values = lfbe(samples, { windowSamples: 512, hopSamples });
  return { values, rows: values.length / 40, columns: 40 };
}

/** Means over a grid of 16 × 17 cells. */
function shrink({ values, rows, columns }: ValueMap): Float64Array {
  const grid = new Float64Array(ROWS * COLUMNS);
  for (let r = 0; r < ROWS; r++) {
    const [top, bottom] = cell(r, ROWS, rows);
    for (let c = 0; c < COLUMNS; c++) {
      const [left, right] = cell(c, COLUMNS, columns);
      let sum = 0;
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) sum += values[y * columns + x];
      }
      grid[r * COLUMNS + c] = sum / ((bottom - top) * (right - left));
    }
  }
  return grid;
}

/** Where a cell begins and ends; at least one value wide. */
function cell(index: number, cells: number, size: number): [number, number] {
  const start = Math.min(size - 1, Math.floor(index * size / cells));
  return [start, Math.max(start + 1, Math.floor((index + 1) * size / cells))];
}
