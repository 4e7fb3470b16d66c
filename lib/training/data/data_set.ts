/**
 * A data set of a benchmark: what its examples are, where they came from, and how they are split.
 *
 * @module
 */
import type { BenchmarkId } from "../../benchmarks.ts";

/** Values of one example, of the type that they are kept in. */
export type ExampleValues =
  | Float32Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

/** One example, read. */
export interface ExampleData {
  /** Row by row, as `shape` has it. Sound: full scale ±1. Pictures: 0 … 255. */
  values: ExampleValues;
  /** Sound: [samples]. Pictures: [height, width, channels]. Features: as their maker says. */
  shape: readonly number[];
}

/** One example: known by name and class, read when it is asked for. */
export interface Example {
  /** Name within its split: a path or file name where it came from a file. */
  id: string;
  /** Class index, in the order of the data set's classes. */
  label: number;
  /**
   * Reads it. Nothing is kept: reading again does the work again.
   *
   * @throws {InputError} For a file that is missing or damaged.
   */
  read(options?: { signal?: AbortSignal }): Promise<ExampleData>;
  /** Plain data from which a worker can read it as well; undefined where only `read` can. */
  origin?: ExampleOrigin;
}

/** Where an example comes from, as plain data. */
export type ExampleOrigin =
  /** A recording, or a second of one. */
  | { kind: "wav"; path: string; start?: number; samples?: number }
  /** A picture (JPEG or PNG); resized where it is of another size. */
  | { kind: "image"; path: string; size?: readonly [height: number, width: number] }
  /** A record of a CIFAR-10 binary batch. */
  | { kind: "cifar"; path: string; index: number }
  /** Values as they are, within a file. */
  | {
    kind: "values";
    path: string;
    start: number;
    type: "float32" | "int16" | "int8" | "uint8";
    shape: readonly number[];
  }
  /** An example of a synthetic data set: it lies nowhere, but is made. */
  | {
    kind: "synthetic";
    set: "kws" | "ic" | "vww" | "ad" | "sww";
    seed: number;
    split: SplitName;
    index: number;
  };

/** What the examples are used for. */
export type SplitName = "train" | "validation" | "test" | "calibration";

/** Examples in an order that is the same each time. */
export type Split = readonly Example[];

/** One file or folder that a data set was made from. */
export interface DataSource {
  /** Its name. */
  name: string;
  /** Where it is published; undefined for what was made here. */
  url?: string;
  /** SHA-256, hex, of its bytes, or for a folder of the list of its files; undefined where none was computed. */
  sha256?: string;
}

/** Where a data set came from. */
export interface Provenance {
  /** Whether it was made by a program rather than recorded. */
  synthetic: boolean;
  /** Under what terms. */
  licence: string;
  /** What it was made from. */
  sources: readonly DataSource[];
  /** Settings that it was made with, such as a seed. */
  settings: Readonly<Record<string, string | number | boolean>>;
  /** What is not as in the reference, each a sentence. */
  notes: readonly string[];
}

/** A data set. Examples are read one by one, so that it takes little memory whatever its size. */
export interface DataSet {
  /** The benchmark that it is for. */
  benchmark: BenchmarkId;
  /** Its name, in words. */
  name: string;
  /** What an example is, read. */
  media: "audio" | "image" | "features";
  /** Only for sound. */
  sampleRate?: number;
  /** Class names, in the order of the labels. */
  classes: readonly string[];
  /** Where it came from. */
  provenance: Provenance;
  /** Examples by use; a split may be empty. */
  splits: Readonly<Record<SplitName, Split>>;
}
