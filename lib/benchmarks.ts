/**
 * The one table of the benchmarks: what goes in, what comes out, how it is scored, and where the originals are.
 *
 * Figures follow the MLPerf Tiny rules (arXiv 2106.07597; v0.5 to v1.4).
 *
 * @module
 */

/** Names of the benchmarks, as firmware reports them in `m-model-[…]`. */
export type BenchmarkId = "kws01" | "vww01" | "ic01" | "ad01" | "ic02" | "sww01";

/** How a board is given its input and what the model makes of it. */
export interface InputFormat {
  /** Bytes that one `db load` carries. */
  bytes: number;
  /** Element type on the wire. */
  type: "int8" | "uint8" | "float32";
  /** Dimensions on the wire, without a batch. */
  shape: readonly number[];
  /** What the elements mean. */
  text: string;
  /** Of int8 and uint8: the real number that the float model takes for a stored one is scale · (stored − zeroPoint). */
  stored?: { scale: number; zeroPoint: number };
}

/** How one file is cut into windows, each an inference of its own. */
export interface Windowing {
  /** Bytes of a window. */
  windowBytes: number;
  /** Bytes from the start of one window to the next. */
  strideBytes: number;
}

/** Quality that the closed division asks for. */
export interface Target {
  /** `top1`: percent correct. `auc`: area under the ROC curve. `streaming`: errors of each kind. */
  metric: "top1" | "auc" | "streaming";
  /** At least this (percent, or 0–1); for `streaming` at most this many of each kind. */
  value: number;
}

/** A reference model as published. */
export interface ReferenceModel {
  /** File name. */
  file: string;
  /** Where it is published. */
  url: string;
  /** Of the file's bytes, hex; undefined where it was not checked. */
  sha256?: string;
}

/** One benchmark. */
export interface Benchmark {
  /** Its id. */
  id: BenchmarkId;
  /** Name in words. */
  title: string;
  /** Folder name in a submission. */
  folder: "kws" | "vww" | "ic" | "ad" | "ic2" | "sww";
  /** First round that had it. */
  since: string;
  /** What goes in. */
  input: InputFormat;
  /** Class names in the order of the outputs; for ad01 the two labels of its files. */
  classes: readonly string[];
  /** How many values `m-results` has. */
  resultCount: number;
  /** What the closed division asks for. */
  target: Target;
  /** Only where a file holds more than one input. */
  windowing?: Windowing;
  /** Sizes of the official evaluation sets; the first is the default one. */
  evaluationFiles: readonly number[];
  /** The int8 model of the closed division. */
  model: ReferenceModel;
  /** Where the data set and the evaluation inputs come from. */
  dataset: { name: string; url: string; licence: string };
}

const trainedModels = "https://github.com/mlcommons/tiny/raw/master/benchmark/training/";

const cifarClasses = [
  "airplane",
  "automobile",
  "bird",
  "cat",
  "deer",
  "dog",
  "frog",
  "horse",
  "ship",
  "truck",
] as const;

const cifar = {
  name: "CIFAR-10",
  url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
  licence: "as published by its authors (no licence named)",
};

const speechCommands = {
  name: "Speech Commands v2",
  url: "http://download.tensorflow.org/data/speech_commands_v0.02.tar.gz",
  licence: "CC BY 4.0",
};

/** Every benchmark, by id. */
export const benchmarks: Readonly<Record<BenchmarkId, Benchmark>> = {
  kws01: {
    id: "kws01",
    title: "Keyword spotting",
    folder: "kws",
    since: "v0.5",
    input: {
      bytes: 490,
      type: "int8",
      shape: [49, 10],
      text: "MFCC of 1 s at 16 kHz: 49 frames, 10 coefficients, quantized",
      // Of the input of kws_ref_model.tflite, with which the official files were made.
      stored: { scale: 0.5847029089927673, zeroPoint: 83 },
    },
    classes: [
      "down",
      "go",
      "left",
      "no",
      "off",
      "on",
      "right",
      "stop",
      "up",
      "yes",
      "silence",
      "unknown",
    ],
    resultCount: 12,
    target: { metric: "top1", value: 90 },
    evaluationFiles: [1000],
    model: {
      file: "kws_ref_model.tflite",
      url: trainedModels + "keyword_spotting/trained_models/kws_ref_model.tflite",
      sha256: "aeea436800704fce17b17292e4412630ad856e9d777c044c64ef748a880bd0ae",
    },
    dataset: speechCommands,
  },
  vww01: {
    id: "vww01",
    title: "Visual wake words",
    folder: "vww",
    since: "v0.5",
    input: {
      bytes: 27_648,
      type: "uint8",
      shape: [96, 96, 3],
      text: "RGB picture, 96×96",
      stored: { scale: 1 / 255, zeroPoint: 0 },
    },
    classes: ["non-person", "person"],
    resultCount: 2,
    target: { metric: "top1", value: 80 },
    evaluationFiles: [1000],
    model: {
      file: "vww_96_int8.tflite",
      url: trainedModels + "visual_wake_words/trained_models/vww_96_int8.tflite",
      sha256: "597a384c8c2c8a1276f04702f25013b7838f2f814f1ca7c174d295b73e3d6b7b",
    },
    dataset: {
      name: "COCO 2014, 96×96",
      url:
        "https://www.silabs.com/public/files/github/machine_learning/benchmarks/datasets/vw_coco2014_96.tar.gz",
      licence: "annotations CC BY 4.0, pictures under their own Flickr terms",
    },
  },
  ic01: {
    id: "ic01",
    title: "Image classification",
    folder: "ic",
    since: "v0.5",
    input: {
      bytes: 3_072,
      type: "uint8",
      shape: [32, 32, 3],
      text: "RGB picture, 32×32",
      stored: { scale: 1, zeroPoint: 0 },
    },
    classes: cifarClasses,
    resultCount: 10,
    target: { metric: "top1", value: 85 },
    evaluationFiles: [200],
    model: {
      file: "pretrainedResnet_quant.tflite",
      url: trainedModels + "image_classification/trained_models/pretrainedResnet_quant.tflite",
      sha256: "3c002613d1b2475eb51dd78dfb85a546c8ae658dee71cf6ade43b022fe205415",
    },
    dataset: cifar,
  },
  ad01: {
    id: "ad01",
    title: "Anomaly detection",
    folder: "ad",
    since: "v0.5",
    input: {
      bytes: 2_560,
      type: "float32",
      shape: [5, 128],
      text: "log-mel spectrogram: 5 frames, 128 bands",
    },
    classes: ["normal", "anomaly"],
    resultCount: 1,
    target: { metric: "auc", value: 0.85 },
    windowing: { windowBytes: 2_560, strideBytes: 512 },
    evaluationFiles: [248, 72],
    model: {
      file: "ad01_int8.tflite",
      url: trainedModels + "anomaly_detection/trained_models/ad01_int8.tflite",
      sha256: "87cf24194ef93d1d9b11a591d805526b98008e351655d29883c825c9c106ba24",
    },
    dataset: {
      name: "ToyADMOS ToyCar (DCASE 2020 task 2)",
      url: "https://zenodo.org/record/3678171/files/dev_data_ToyCar.zip",
      licence: "CC BY-NC-SA 4.0",
    },
  },
  ic02: {
    id: "ic02",
    title: "Image classification, larger model",
    folder: "ic2",
    since: "v1.4",
    input: {
      bytes: 3_072,
      type: "uint8",
      shape: [32, 32, 3],
      text: "RGB picture, 32×32",
      stored: { scale: 1, zeroPoint: 0 },
    },
    classes: cifarClasses,
    resultCount: 10,
    target: { metric: "top1", value: 91 },
    evaluationFiles: [200],
    model: {
      file: "pretrainedResnet_large_int8.tflite",
      url: trainedModels + "image_classification/trained_models/pretrainedResnet_large_int8.tflite",
    },
    dataset: cifar,
  },
  sww01: {
    id: "sww01",
    title: "Streaming wakeword",
    folder: "sww",
    since: "v1.3",
    input: {
      bytes: 1_200,
      type: "int8",
      shape: [30, 1, 40],
      text: "log filter-bank energies: 30 frames, 40 bands, streamed",
    },
    classes: ["marvin", "silence", "unknown"],
    resultCount: 3,
    target: { metric: "streaming", value: 8 },
    evaluationFiles: [1],
    model: {
      file: "str_ww_ref_model.tflite",
      url: trainedModels + "streaming_wakeword/trained_models/str_ww_ref_model.tflite",
      sha256: "3af8550895ba7d5c584277102b5075c52dcfa63ba9d2b2240f37c4e6abd5dd2b",
    },
    dataset: speechCommands,
  },
};

/**
 * The benchmark of an id or of a firmware's model name (`strww01` is what some call sww01), undefined where there is
 * none.
 *
 * @example
 * ```ts
 * import { findBenchmark } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.equal(findBenchmark("kws01")?.classes.length, 12);
 * assert.equal(findBenchmark("strww01")?.id, "sww01");
 * assert.equal(findBenchmark("constructor"), undefined);
 * ```
 */
export function findBenchmark(name: string): Benchmark | undefined {
  const id = name === "strww01" ? "sww01" : name;
  return Object.hasOwn(benchmarks, id) ? benchmarks[id as BenchmarkId] : undefined;
}

/** A run takes at least this long a window, in microseconds (MLPerf Tiny rules, performance and energy). */
export const minimumWindowUs = 10_000_000;

/** A window has at least this many inferences. */
export const minimumIterations = 10;

/** A performance or energy score is the median of this many windows. */
export const windowCount = 5;
