/**
 * ToyADMOS' toy cars as the data set of anomaly detection.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename, join, resolve } from "node:path";
import { benchmarks } from "../../benchmarks.ts";
import { InputError } from "../../errors.ts";
import { DataError } from "./data_error.ts";
import type { DataSet, Example } from "./data_set.ts";
import { ExampleFinder, readExampleList } from "./example_list.ts";
import { folderWith, listFiles } from "./list_files.ts";
import { exampleAt } from "./origin.ts";

/** How {@linkcode openToyCar} goes about it. */
export interface ToyCarOptions {
  /** File that lists the recordings to calibrate with. Default: every fifth to train with, as the official list. */
  calibration?: string;
}

/** Of a recording's number: every fifth is to calibrate with. */
const CALIBRATION_STEP = 5;

/**
 * Opens ToyCar of DCASE 2020 task 2: `train/normal_id_01_00000000.wav` and so on, `test/anomaly_id_…` among them. Normal
 * sounds are 0, anomalies 1. As in the reference the last tenth of the sounds to train with is for validation.
 *
 * @param folder The one that holds `train` and `test`, or `ToyCar`.
 * @throws {DataError} For a recording whose name says neither.
 * @throws {InputError} Where there are no recordings.
 *
 * @example
 * ```ts
 * import { openToyCar } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.mkdir(`${folder}/ToyCar/test`, { recursive: true });
 * await Deno.writeFile(`${folder}/ToyCar/test/anomaly_id_01_00000003.wav`, new Uint8Array(44));
 * const { splits } = await openToyCar(folder);
 * assert.equal(splits.test[0].label, 1);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function openToyCar(folder: string, options: ToyCarOptions = {}): Promise<DataSet> {
  const root = await folderWith(
    [folder, join(folder, "ToyCar"), join(folder, "dev_data", "ToyCar")],
    ["train", "test"],
  );
  const hash = createHash("sha256");
  const read = async (part: "train" | "test") => {
    if (root === undefined) return [];
    const names = await listFiles(join(root, part), /\.wav$/i);
    return names.map((file): Example => {
      hash.update(`${part}/${file}\n`);
      const path = join(root, part, file);
      const { kind } = machineOf(file, path);
      if (part === "train" && kind === "anomaly") {
        throw new DataError(`Cannot train with '${path}': it is an anomaly`, {
          source: path,
          hint: "Only normal sounds are trained with",
        });
      }
      return exampleAt(`${part}/${file}`, kind === "anomaly" ? 1 : 0, { kind: "wav", path });
    });
  };
  const all = await read("train");
  const test = await read("test");
  if (all.length + test.length === 0) {
    throw new InputError(`Cannot find recordings of ToyCar in '${folder}'`, {
      source: folder,
      hint: "Name the folder that holds 'train' and 'test'",
    });
  }
  const kept = all.length - Math.floor(all.length / 10);
  const { dataset } = benchmarks.ad01;
  return {
    benchmark: "ad01",
    name: dataset.name,
    media: "audio",
    sampleRate: 16_000,
    classes: benchmarks.ad01.classes,
    provenance: {
      synthetic: false,
      licence: dataset.licence,
      sources: [{
        name: basename(resolve(folder)),
        url: dataset.url,
        sha256: hash.digest("hex"),
      }],
      settings: {},
      notes: [],
    },
    splits: {
      train: all.slice(0, kept),
      validation: all.slice(kept),
      test,
      calibration: options.calibration
        ? new ExampleFinder(all).all(
          await readExampleList(options.calibration),
          options.calibration,
        )
        : all.filter(({ id }) => machineOf(id, id).number % CALIBRATION_STEP === 0),
    },
  };
}

/** What the name of a recording says. */
export function machineOf(
  name: string,
  source: string,
): { kind: "normal" | "anomaly"; machine: string; number: number } {
  const match = /(normal|anomaly)_id_([0-9]{2})_([0-9]{1,8})\.\w+$/.exec(name);
  if (!match) {
    throw new DataError(`Cannot tell from its name whether '${source}' is an anomaly`, {
      source,
      hint: "Names are like 'normal_id_01_00000000.wav'",
    });
  }
  const [, kind, machine, number] = match;
  return { kind: kind as "normal" | "anomaly", machine, number: Number(number) };
}
