/**
 * CIFAR-10 as the data set of image classification.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename, join, resolve } from "node:path";
import { benchmarks } from "../../benchmarks.ts";
import { InputError } from "../../errors.ts";
import { chooseSome } from "./choose.ts";
import { DataError } from "./data_error.ts";
import type { DataSet, DataSource, Example, SplitName } from "./data_set.ts";
import { ExampleFinder, readExampleList } from "./example_list.ts";
import { folderWith, listFiles, listFolders } from "./list_files.ts";
import { CIFAR_RECORD_BYTES, exampleAt } from "./origin.ts";
import { readWhole } from "./read_whole.ts";

const { classes, dataset } = benchmarks.ic01;
const BATCHES = [..."12345"].map((n) => `data_batch_${n}.bin`).concat("test_batch.bin");

/** How {@linkcode openCifar10} goes about it. */
export interface Cifar10Options {
  /** File that lists the images to calibrate with, by name (folders of PNG files) or by place in the test split. */
  calibration?: string;
  /** For what is chosen by chance. [1] */
  seed?: number;
}

/**
 * Opens CIFAR-10: its binary batches (`data_batch_1.bin` … `test_batch.bin`), or folders of PNG files `train/CLASS` and
 * `test/CLASS`. As in the reference nothing is held back of the 50,000 images to train with; the validation split is
 * empty.
 *
 * @throws {DataError} For a batch that is cut off or names a class above 9, or a folder that is no class.
 * @throws {InputError} Where there is neither.
 *
 * @example
 * ```ts
 * import { openCifar10 } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.writeFile(`${folder}/test_batch.bin`, new Uint8Array(2 * 3073));
 * const { splits } = await openCifar10(folder);
 * assert.deepEqual([splits.test.length, splits.test[1].label], [2, 0]);
 * assert.deepEqual((await splits.test[1].read()).shape, [32, 32, 3]);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function openCifar10(folder: string, options: Cifar10Options = {}): Promise<DataSet> {
  const { seed = 1 } = options;
  const batches = await folderWith(
    [folder, join(folder, "cifar-10-batches-bin")],
    ["test_batch.bin", "data_batch_1.bin"],
  );
  const { train, test, sources } = batches ? await readBatches(batches) : await readFolders(folder);
  const notes = ["No images are held back for validation, as in the reference"];
  const missing = batches
    ? BATCHES.filter((file) => !sources.some(({ name }) => name === file))
    : [];
  if (missing.length > 0) notes.push(`Not in the folder: ${missing.join(", ")}`);
  let calibration: Example[];
  if (options.calibration) {
    calibration = new ExampleFinder([...test, ...train])
      .all(await readExampleList(options.calibration), options.calibration);
  } else {
    calibration = chooseSome(test.length > 0 ? test : train, 500, seed, 1);
    notes.push("Calibration: test images by chance, not the official ones");
  }
  const splits: Record<SplitName, Example[]> = { train, validation: [], test, calibration };
  return {
    benchmark: "ic01",
    name: dataset.name,
    media: "image",
    classes,
    provenance: {
      synthetic: false,
      licence: dataset.licence,
      sources: sources.map((source) => ({ ...source, url: dataset.url })),
      settings: { seed },
      notes,
    },
    splits,
  };
}

async function readBatches(folder: string) {
  const sources: DataSource[] = [];
  const files = (await listFiles(folder, /\.bin$/)).filter((name) => BATCHES.includes(name));
  const read = async (pattern: RegExp) => {
    const examples: Example[] = [];
    for (const file of files.filter((name) => pattern.test(name))) {
      const path = join(folder, file);
      const bytes = await readWhole(path);
      sources.push({ name: file, sha256: createHash("sha256").update(bytes).digest("hex") });
      const name = file.replace(".bin", "");
      for (const [index, label] of labelsOf(bytes, path).entries()) {
        const id = `${name}_${String(index).padStart(5, "0")}`;
        examples.push(exampleAt(id, label, { kind: "cifar", path, index }));
      }
    }
    return examples;
  };
  return { train: await read(/^data/), test: await read(/^test/), sources };
}

function labelsOf(bytes: Uint8Array, source: string): number[] {
  const count = Math.floor(bytes.length / CIFAR_RECORD_BYTES);
  if (count * CIFAR_RECORD_BYTES !== bytes.length || count === 0) {
    const offset = count * CIFAR_RECORD_BYTES;
    throw new DataError(
      `Cannot read '${source}' at byte ${offset} as it ends within image ${count}, ` +
        `after ${bytes.length - offset} of ${CIFAR_RECORD_BYTES} bytes`,
      { source, offset, hint: "Copy the file again: it was cut off" },
    );
  }
  return Array.from({ length: count }, (_, index) => {
    const offset = index * CIFAR_RECORD_BYTES;
    if (bytes[offset] < classes.length) return bytes[offset];
    throw new DataError(
      `Cannot read '${source}' at byte ${offset} as it names class ${
        bytes[offset]
      }: 0 to 9 expected`,
      { source, offset, hint: "Take the binary version of CIFAR-10, not of CIFAR-100" },
    );
  });
}

async function readFolders(folder: string) {
  const hash = createHash("sha256");
  const read = async (part: "train" | "test", where: string) => {
    const examples: Example[] = [];
    const folders = await listFolders(where);
    for (const name of folders) {
      const label = classes.indexOf(name);
      if (label < 0) {
        const source = join(where, name);
        throw new DataError(`Cannot use '${source}': there is no class '${name}'`, {
          source,
          hint: `Classes are ${classes.join(", ")}`,
        });
      }
      for (const file of await listFiles(join(where, name), /\.png$/i)) {
        const id = `${part}/${name}/${file}`;
        hash.update(`${id}\n`);
        const path = join(where, name, file);
        examples.push(exampleAt(id, label, { kind: "image", path, size: [32, 32] }));
      }
    }
    return examples;
  };
  const parts = await folderWith([folder], ["train", "test"]);
  const train = await read("train", parts ? join(folder, "train") : folder);
  const test = parts ? await read("test", join(folder, "test")) : [];
  if (train.length + test.length === 0) {
    throw new InputError(`Cannot find CIFAR-10 in '${folder}'`, {
      source: folder,
      hint: "Name the folder that holds 'test_batch.bin', or 'train' and 'test' of PNG files",
    });
  }
  return {
    train,
    test,
    sources: [{ name: basename(resolve(folder)), sha256: hash.digest("hex") }],
  };
}
