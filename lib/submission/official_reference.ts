/**
 * The official models and lists, where somebody has them: a checkout of mlcommons/tiny, or a folder with the same files.
 *
 * @module
 */
import { type BenchmarkId, benchmarks } from "../benchmarks.ts";
import { ModelError } from "../model/errors.ts";
import type { Graph } from "../model/graph.ts";
import { readTflite } from "../model/tflite/read_tflite.ts";
import { type Labels, noLabels, readLabels } from "../sessions/labels.ts";
import { calibrationEntries, isCalibrationList } from "./calibration_list.ts";
import { benchmarkOfPath } from "./layout.ts";
import { SubmissionTree } from "./submission_tree.ts";

/** Official models and lists. */
export interface OfficialReference {
  /** Reference models by benchmark: float32 and int8. */
  models: ReadonlyMap<BenchmarkId, readonly Graph[]>;
  /** Samples that may be used to calibrate, by benchmark. */
  calibrations: ReadonlyMap<BenchmarkId, ReadonlySet<string>>;
  /** Classes of the evaluation inputs. */
  labels: Labels;
}

/** Names of the float32 models in the official repository and elsewhere; the int8 ones are in the table of benchmarks. */
const floatModels: Readonly<Partial<Record<BenchmarkId, readonly string[]>>> = {
  kws01: ["kws_ref_model_float32.tflite"],
  vww01: ["vww_96_float.tflite"],
  ic01: ["pretrainedResnet.tflite"],
  ad01: ["ad01_fp32.tflite", "model_ToyCar.tflite"],
  ic02: ["pretrainedResnet_large_float.tflite"],
};

/** Lists of evaluation inputs, in the official repository and elsewhere. */
const labelLists = /^(y_labels\w*|(kws|vww|ic|ad)0[12])\.csv$|^sww_long_test\.json$/;

const largestModel = 64_000_000;
const largestList = 5_000_000;

/**
 * Looks through a folder for official models and calibration lists, by their names.
 *
 * @throws {InputError} `path` is no folder that can be read, or a list of labels there holds none.
 * @throws {ModelError} A model there cannot be read.
 *
 * @example
 * ```ts
 * import { readOfficialReference } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.mkdir(`${folder}/keyword_spotting`);
 * await Deno.writeTextFile(`${folder}/keyword_spotting/quant_cal_idxs.txt`, "3667\n53\n");
 * const { calibrations } = await readOfficialReference(folder);
 * assert.deepEqual(calibrations.get("kws01"), new Set(["3667", "53"]));
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function readOfficialReference(path: string): Promise<OfficialReference> {
  const tree = await SubmissionTree.read(path);
  const models = new Map<BenchmarkId, Graph[]>();
  const calibrations = new Map<BenchmarkId, Set<string>>();
  const labels = noLabels();
  for (const entry of tree.filesBelow("")) {
    const id = benchmarkOfModelFile(entry.name);
    if (id) {
      const bytes = await tree.bytes(entry.path, largestModel);
      if (!bytes) throw new ModelError(`Cannot read the official model '${entry.path}'`);
      models.set(id, [...models.get(id) ?? [], readTflite(bytes)]);
    } else if (isCalibrationList(entry.path)) {
      const benchmark = benchmarkOfPath(entry.path);
      const bytes = await tree.bytes(entry.path, largestList);
      if (!benchmark || !bytes) continue;
      const samples = calibrations.get(benchmark.id) ?? new Set();
      for (const { sample } of calibrationEntries(new TextDecoder().decode(bytes))) {
        samples.add(sample);
      }
      calibrations.set(benchmark.id, samples);
    } else if (labelLists.test(entry.name)) {
      const { classes, occurrencesS } = await readLabels(tree.absolute(entry.path));
      for (const [file, index] of classes) labels.classes.set(file, index);
      for (const [file, times] of occurrencesS) labels.occurrencesS.set(file, times);
    }
  }
  return { models, calibrations, labels };
}

function benchmarkOfModelFile(name: string): BenchmarkId | undefined {
  return Object.values(benchmarks).find(({ id, model }) =>
    model.file === name || floatModels[id]?.includes(name)
  )?.id;
}
