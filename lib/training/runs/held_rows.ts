import { createHash } from "node:crypto";
import { InputError } from "../../errors.ts";
import type { Example, ExampleValues, Split } from "../data/data_set.ts";
import type { FeatureSettings } from "../data/feature_settings.ts";
import { streamBatches } from "../data/stream_batches.ts";

/** Frames of a recording that windows overlap by, in values: anomaly detection. */
const windowStride = 128;

/** How {@linkcode HeldRows.read} reads. */
export interface HoldOptions {
  /** What becomes of each example. */
  features: FeatureSettings;
  /** Where chance comes from, if anything is left to it. [0] */
  seed?: number;
  /** Another number, other chance. [0] */
  epoch?: number;
  /** Values of a row; undefined: whatever an example has. A longer example is cut into windows. */
  rowSize?: number;
  threads?: number;
  /** Folder of a cache of features. */
  cache?: string;
  signal?: AbortSignal;
  /** Called with how many examples are read. */
  onProgress?: (done: number) => void;
}

/** Inputs in memory. Rows are one example each, or windows of one that overlap. */
export class HeldRows {
  private constructor(
    /** Examples end to end. */
    readonly values: ExampleValues,
    /** Where each row begins. */
    readonly starts: Uint32Array,
    /** Values of a row. */
    readonly size: number,
    /** Class of each row. */
    readonly labels: Uint8Array<ArrayBuffer>,
    /** Name of each row's example. */
    readonly ids: readonly string[],
    /** Shape of a row, where it is an example. */
    readonly shape: readonly number[],
  ) {}

  /** How many rows. */
  get count(): number {
    return this.starts.length;
  }

  /**
   * Reads a split.
   *
   * @throws {InputError} An example cannot be read, or is of another size.
   */
  static async read(split: Split, options: HoldOptions): Promise<HeldRows> {
    const { onProgress, rowSize: _, ...stream } = options;
    let values: ExampleValues = new Float32Array(0);
    let shape: readonly number[] = [];
    let size = 0;
    let done = 0;
    for await (const batch of streamBatches(split, { ...stream, batchSize: 16 })) {
      if (done === 0) {
        shape = batch.shape.slice(1);
        size = shape.reduce((product, length) => product * length, 1);
        const { constructor } = batch.values;
        values = new (constructor as Float32ArrayConstructor)(split.length * size);
      }
      values.set(batch.values, done * size);
      done += batch.shape[0];
      onProgress?.(done);
    }
    const rowSize = options.rowSize ?? size;
    const windows = size === rowSize ? 1 : (size - rowSize) / windowStride + 1;
    if (split.length > 0 && !(Number.isInteger(windows) && windows >= 1)) {
      throw new InputError(
        `Cannot give '${split[0].id}' of ${size} values to the model: it takes ${rowSize}`,
        { source: split[0].id, hint: "Name the features that the model takes: 'features.kind'" },
      );
    }
    const rows = split.length * (split.length > 0 ? windows : 0);
    const exampleOf = (row: number) => Math.floor(row / windows);
    return new HeldRows(
      values,
      Uint32Array.from(
        { length: rows },
        (_, row) => exampleOf(row) * size + row % windows * windowStride,
      ),
      rowSize,
      Uint8Array.from({ length: rows }, (_, row) => split[exampleOf(row)].label),
      Array.from({ length: rows }, (_, row) => split[exampleOf(row)].id),
      shape,
    );
  }

  /** A row as it is kept: a view. */
  row(row: number): ExampleValues {
    const start = this.starts[row];
    return this.values.subarray(start, start + this.size) as ExampleValues;
  }

  /** Rows as real numbers, times a factor. */
  gather(rows: ArrayLike<number>, scale: number): Float32Array<ArrayBuffer> {
    const x = new Float32Array(rows.length * this.size);
    for (let i = 0; i < rows.length; i++) x.set(this.row(rows[i]), i * this.size);
    if (scale !== 1) { for (let i = 0; i < x.length; i++) x[i] *= scale; }
    return x;
  }

  /** `count` rows, spread evenly, as real numbers. */
  spread(count: number, scale: number): Float32Array<ArrayBuffer> {
    const taken = Math.min(count, this.count);
    return this.gather(
      Uint32Array.from({ length: taken }, (_, i) => Math.floor(i * this.count / taken)),
      scale,
    );
  }

  /** The rows as examples that are read from memory. */
  asSplit(): Example[] {
    return Array.from(this.starts, (_, row): Example => ({
      id: this.ids[row],
      label: this.labels[row],
      read: () => Promise.resolve({ values: this.row(row), shape: this.shape }),
    }));
  }

  /** SHA-256, hex, of values and labels. */
  sha256(): string {
    const { buffer, byteOffset, byteLength } = this.values;
    return createHash("sha256").update(new Uint8Array(buffer, byteOffset, byteLength))
      .update(this.labels).digest("hex");
  }
}
