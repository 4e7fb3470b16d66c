/**
 * The one table of what can be fetched: where it is published, how large it is, its checksum, its licence.
 *
 * @module
 */
import { type BenchmarkId, benchmarks } from "../../benchmarks.ts";
import type { ArchiveLimits } from "./unpack.ts";

/** Names of what can be fetched. */
export type FetchSetId = "kws" | "ic" | "vww" | "ad" | "models" | "eval";

/** A checksum as published. */
export interface PublishedDigest {
  /** MD5 where nothing better is published: it finds damage, but no forgery. */
  algorithm: "sha256" | "md5";
  /** Lower case. */
  hex: string;
}

/** One file as published. */
export interface RemoteFile {
  /** File name. */
  file: string;
  /** Where it is. */
  url: string;
  /** Its size; undefined where it was not published. */
  bytes?: number;
  /** Undefined where none was published. */
  digest?: PublishedDigest;
  /** Only for archives: how it is unpacked. */
  archive?: {
    /** How it is packed. */
    format: "tar.gz" | "zip";
    /** More than any honest copy holds. */
    limits: ArchiveLimits;
    /** Steps that are taken off the front of every path. */
    strip?: number;
    /** The one folder that is wanted. */
    only?: string;
  };
}

/** What is fetched as one. */
export interface FetchSet {
  /** Its name. */
  id: string;
  /** What it is, in words. */
  title: string;
  /** Under what terms, by whom. */
  licence: string;
  /** Its files. */
  files: readonly RemoteFile[];
}

/** Sizes and SHA-256 of the reference models, beyond those in the table of benchmarks. */
const modelBytes: Readonly<Record<string, number>> = {
  "kws_ref_model.tflite": 53_936,
  "vww_96_int8.tflite": 333_288,
  "pretrainedResnet_quant.tflite": 98_496,
  "ad01_int8.tflite": 276_976,
  "str_ww_ref_model.tflite": 74_520,
};

const floatModels: readonly {
  benchmark: BenchmarkId;
  file: string;
  bytes: number;
  sha256: string;
}[] = [
  {
    benchmark: "kws01",
    file: "kws_ref_model_float32.tflite",
    bytes: 43_392,
    sha256: "e5004c6f1012246e33fa068d8488325538e0444073cd361f5a7edb40c73f12d2",
  },
  {
    benchmark: "vww01",
    file: "vww_96_float.tflite",
    bytes: 866_284,
    sha256: "115bbc094d2119561320a21f01b6500a18bea8cc8589282ab007097bec8af38c",
  },
  {
    benchmark: "ic01",
    file: "pretrainedResnet.tflite",
    bytes: 318_144,
    sha256: "b5c0046d6e0328b4956afd6baa29555a29b1f1c65bdd45aaed75b7cd484d9f79",
  },
  {
    benchmark: "ad01",
    file: "ad01_fp32.tflite",
    bytes: 1_067_648,
    sha256: "c66636f4d7f8af8b10518e7be750a22c9d8d46ec97326b40b0d94c097e0aad9b",
  },
];

function models(): RemoteFile[] {
  const int8 = Object.values(benchmarks).map(({ model: { file, url, sha256 } }) => ({
    file,
    url,
    bytes: modelBytes[file],
    digest: sha256 === undefined ? undefined : { algorithm: "sha256" as const, hex: sha256 },
  }));
  const float = floatModels.map(({ benchmark, file, bytes, sha256 }) => ({
    file,
    url: new URL(file, benchmarks[benchmark].model.url).href,
    bytes,
    digest: { algorithm: "sha256" as const, hex: sha256 },
  }));
  return [...int8, ...float];
}

/** Everything that can be fetched, by name. */
export const fetchSets: Readonly<Record<FetchSetId, FetchSet>> = {
  kws: {
    id: "kws",
    title: "Speech Commands v2: recordings of 35 words, for kws01 and sww01",
    licence: "CC BY 4.0, Pete Warden and Google",
    files: [{
      file: "speech_commands_v0.02.tar.gz",
      url: benchmarks.kws01.dataset.url,
      bytes: 2_428_923_189,
      digest: {
        algorithm: "sha256",
        hex: "af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58",
      },
      archive: { format: "tar.gz", limits: { entries: 200_000, bytes: 6e9 } },
    }],
  },
  ic: {
    id: "ic",
    title: "CIFAR-10, binary version: 60 000 pictures, for ic01 and ic02",
    licence: "none named; its authors ask to be cited: Alex Krizhevsky, Learning Multiple Layers " +
      "of Features from Tiny Images, 2009",
    files: [{
      file: "cifar-10-binary.tar.gz",
      url: benchmarks.ic01.dataset.url,
      bytes: 170_052_171,
      digest: {
        algorithm: "sha256",
        hex: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
      },
      archive: { format: "tar.gz", limits: { entries: 100, bytes: 4e8 } },
    }],
  },
  vww: {
    id: "vww",
    title: "COCO 2014 as pictures of 96×96, with and without a person, for vww01",
    licence: "annotations CC BY 4.0, COCO Consortium; each picture under its own Flickr terms",
    files: [{
      file: "vw_coco2014_96.tar.gz",
      url: benchmarks.vww01.dataset.url,
      bytes: 234_810_765,
      digest: {
        algorithm: "sha256",
        hex: "f8746b9e44f8a7a4293f73be9ba6e8da9239fe69798d42364aae62b915cfab58",
      },
      archive: { format: "tar.gz", limits: { entries: 500_000, bytes: 3e9 } },
    }],
  },
  ad: {
    id: "ad",
    title: "ToyADMOS ToyCar (DCASE 2020 task 2, development set): recordings, for ad01",
    licence: "CC BY-NC-SA 4.0 (not for commercial use), NTT and Hitachi",
    files: [{
      file: "dev_data_ToyCar.zip",
      url: benchmarks.ad01.dataset.url,
      bytes: 1_816_443_231,
      digest: { algorithm: "md5", hex: "4dec75ca8d9f666aa9e4c1894a740501" },
      archive: { format: "zip", limits: { entries: 50_000, bytes: 6e9 } },
    }],
  },
  models: {
    id: "models",
    title: "The reference models of all benchmarks: int8, and float32 where there is one",
    licence: "Apache-2.0, MLCommons and contributors",
    files: models(),
  },
  eval: {
    id: "eval",
    title: "The runner's data: inputs of kws01 and the label lists",
    licence: "its files are copyright of their creators; Speech Commands is CC BY 4.0",
    files: [{
      file: "benchmark-runner-ml.tar.gz",
      url: "https://github.com/eembc/benchmark-runner-ml/archive/" +
        "cf7c2f2634608a7c0ea7458ab7cb3379f2863424.tar.gz",
      digest: {
        algorithm: "sha256",
        hex: "87e431a6b4d3f011d672180a3fb1f08856d8074310f37653d5388ec2affc5209",
      },
      archive: {
        format: "tar.gz",
        limits: { entries: 20_000, bytes: 5e8 },
        strip: 1,
        only: "datasets",
      },
    }],
  },
};

/**
 * What can be fetched under a name; undefined where there is nothing.
 *
 * @example
 * ```ts
 * import { findFetchSet } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.equal(findFetchSet("ic")?.files[0].bytes, 170_052_171);
 * assert.equal(findFetchSet("constructor"), undefined);
 * ```
 */
export function findFetchSet(name: string): FetchSet | undefined {
  return Object.hasOwn(fetchSets, name) ? fetchSets[name as FetchSetId] : undefined;
}
