/**
 * What a data set card says, as plain data.
 *
 * @module
 */
import type { BenchmarkId } from "../../benchmarks.ts";
import type { Provenance, SplitName } from "../data/data_set.ts";

/** One example, by its place. */
export interface ExampleName {
  /** Its split. */
  split: SplitName;
  /** Its name within the split. */
  id: string;
  /** Its class index. */
  label: number;
}

/** Five figures of a distribution. */
export interface Spread {
  /** Smallest. */
  least: number;
  /** A quarter is below it. */
  lowQuartile: number;
  /** Half are below it. */
  median: number;
  /** A quarter is above it. */
  highQuartile: number;
  /** Largest. */
  most: number;
}

/** Values of the examples of a split that were read. */
export interface ValueReport {
  /** Smallest. */
  least: number;
  /** Largest. */
  most: number;
  /** Mean. */
  mean: number;
  /** Standard deviation. */
  deviation: number;
  /** Only for pictures: mean and deviation of each channel. */
  channels?: { mean: number; deviation: number }[];
  /** Only for sound: root mean square of each example, in decibels of full scale; digital silence counts as -120. */
  levelDb?: Spread;
  /** Only for sound: length of each example in seconds. */
  durationS?: Spread;
  /** Only for sound: examples that touch full scale. */
  clipped?: number;
  /** Examples all of whose values are the same: digital silence, an empty picture. */
  constant: number;
}

/** One split. */
export interface SplitReport {
  /** Which. */
  split: SplitName;
  /** Examples in it. */
  count: number;
  /** Examples of each class, in the order of the classes. */
  byClass: number[];
  /** Examples that were read; the figures below are of these. */
  read: number;
  /** Different shapes of examples, the most frequent first, at most eight. */
  shapes: { shape: readonly number[]; count: number }[];
  /** Of the values; undefined where none was read. */
  values?: ValueReport;
  /** SHA-256 over names, classes and contents of what was read, in order; hex. */
  sha256: string;
}

/** Examples that are the same, or nearly. */
export interface DuplicateReport {
  /** `exact`: the same values. `near`: the same coarse picture, or the same coarse spectrogram. */
  kind: "exact" | "near";
  /** The examples, at most ten. */
  examples: ExampleName[];
  /** How many there are. */
  count: number;
  /** Whether they are of more than one split but calibration, which is part of another: what is trained on is scored with. */
  acrossSplits: boolean;
  /** Whether they are of more than one class: one of them is wrong. */
  acrossClasses: boolean;
}

/** All that was found of duplicates. */
export interface DuplicatesReport {
  /** Groups, those across splits first; at most {@linkcode mostDuplicateGroups}. */
  groups: DuplicateReport[];
  /** Groups of the same values. */
  exact: number;
  /** Of these, those across splits. */
  exactAcrossSplits: number;
  /** Pairs across splits that are nearly the same. */
  nearAcrossSplits: number;
}

/** Groups of duplicates that are listed. */
export const mostDuplicateGroups = 50;

/** An example to look at and to listen to. */
export interface SampleReport extends ExampleName {
  /** A PNG file as a data URI: the picture, the spectrogram, or the features as a map. */
  picture: string;
  /** In which size it is well seen, in pixels. */
  pictureSize: readonly [width: number, height: number];
  /** Only for sound: a WAV file as a data URI; the first seconds where it is long. */
  sound?: string;
}

/** What a data set is, measured. */
export interface DataReport {
  /** Its name. */
  name: string;
  /** The benchmark that it is for. */
  benchmark: BenchmarkId;
  /** What an example is. */
  media: "audio" | "image" | "features";
  /** Only for sound. */
  sampleRate?: number;
  /** Class names, in the order of the labels. */
  classes: readonly string[];
  /** Where it came from. */
  provenance: Provenance;
  /** The splits that have examples. */
  splits: SplitReport[];
  /** Among what was read. */
  duplicates: DuplicatesReport;
  /** Of each class some. */
  samples: SampleReport[];
}
