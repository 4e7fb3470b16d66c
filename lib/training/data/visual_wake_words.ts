/**
 * COCO 2014 as the data set of person detection.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename, join, resolve } from "node:path";
import { benchmarks } from "../../benchmarks.ts";
import { InputError } from "../../errors.ts";
import { chooseSome } from "./choose.ts";
import { readCocoAnnotations } from "./coco_annotations.ts";
import { DataError } from "./data_error.ts";
import type { DataSet, Example } from "./data_set.ts";
import { ExampleFinder, readExampleList } from "./example_list.ts";
import { folderWith, listFiles, listFolders } from "./list_files.ts";
import { exampleAt } from "./origin.ts";

const SIZE = [96, 96] as const;
/** Of each class. */
const MOST_TESTED = 500;
/** Of fewer pictures none are held back to test with: a tenth of a class would be next to nothing. */
const FEW = 1000;
const { classes, dataset } = benchmarks.vww01;

/** How {@linkcode openVisualWakeWords} goes about it. */
export interface VisualWakeWordsOptions {
  /** File that lists the test pictures, such as the benchmark's `y_labels.csv`. Default: some that are held back. */
  test?: string;
  /** File that lists the pictures to calibrate with, by name. */
  calibration?: string;
  /** For what is chosen by chance. [1] */
  seed?: number;
  /** Ends the reading of annotations. */
  signal?: AbortSignal;
}

/** A picture, with its class. */
interface Labelled {
  file: string;
  label: number;
  path: string;
}

/**
 * Opens COCO 2014: `annotations/instances_train2014.json` and `…val2014.json` beside the folders `train2014` and
 * `val2014` ({@linkcode readCocoAnnotations} says who counts as a person), or the reference's own data set, folders
 * `person` and `non_person` of pictures. Pictures come out as 96 × 96 pixels by {@linkcode resizeImage}.
 *
 * As in the reference both parts of COCO are brought together, and the first tenth of each class, by file name, is held
 * back for validation. The benchmark's own list of test pictures is of all of them; without a list half of those held back
 * are tested with, at most 500 of each class, and of fewer than 1000 pictures all.
 *
 * @throws {DataError} For annotations that cannot be read, or a folder that is no class.
 * @throws {InputError} Where there is neither.
 *
 * @example
 * ```ts
 * import { openVisualWakeWords } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.mkdir(`${folder}/person`);
 * await Deno.writeFile(`${folder}/person/COCO_val2014_000000343218.jpg`, new Uint8Array(9));
 * const { splits } = await openVisualWakeWords(folder);
 * assert.equal(splits.train[0].label, 1);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function openVisualWakeWords(
  folder: string,
  options: VisualWakeWordsOptions = {},
): Promise<DataSet> {
  const { seed = 1 } = options;
  const notes: string[] = [];
  const ready = await folderWith([folder, join(folder, "vw_coco2014_96")], [
    "person",
    "non_person",
  ]);
  const pictures = ready ? await readFolders(ready) : await readCoco(folder, notes, options.signal);
  const hash = createHash("sha256");
  const byClass = classes.map((_, label) =>
    pictures.filter((picture) => picture.label === label)
      .sort((a, b) => a.file < b.file ? -1 : 1)
      .map(({ file, path }): Example => {
        hash.update(`${label} ${file}\n`);
        return exampleAt(file, label, { kind: "image", path, size: SIZE });
      })
  );
  const heldBack = byClass.map((examples) => examples.slice(0, Math.floor(examples.length / 10)));
  const train = byClass.flatMap((examples, label) => examples.slice(heldBack[label].length));
  const all = byClass.flat();
  if (all.length === 0) {
    throw new InputError(`Cannot find a picture in '${folder}'`, { source: folder });
  }
  const listed = (list: string) => readExampleList(list).then((lines) => finder.all(lines, list));
  const finder = new ExampleFinder(all);
  let test: Example[];
  let validation = heldBack.flat();
  if (options.test) {
    test = await listed(options.test);
    const trained = new Set(train);
    const both = test.filter((example) => trained.has(example)).length;
    notes.push(`${both} of ${test.length} test pictures are trained with, as in the reference`);
  } else if (all.length < FEW) {
    test = all;
    notes.push(`Test: all pictures, those trained with too, as there are fewer than ${FEW}`);
  } else {
    const most = (held: readonly Example[]) => Math.min(MOST_TESTED, held.length >> 1);
    test = heldBack.flatMap((held, label) => chooseSome(held, most(held), seed, 2, label));
    const tested = new Set(test);
    validation = validation.filter((example) => !tested.has(example));
    notes.push("Test: pictures by chance of those held back, not the official ones");
  }
  const calibration = options.calibration
    ? await listed(options.calibration)
    : chooseSome(train, 100, seed, 1);
  if (!options.calibration) {
    notes.push("Calibration: pictures to train with, by chance, not the official ones");
  }
  return {
    benchmark: "vww01",
    name: dataset.name,
    media: "image",
    classes,
    provenance: {
      synthetic: false,
      licence: dataset.licence,
      sources: [{
        name: basename(resolve(folder)),
        url: ready ? dataset.url : "https://cocodataset.org",
        sha256: hash.digest("hex"),
      }],
      settings: { seed },
      notes,
    },
    splits: { train, validation, test, calibration },
  };
}

async function readFolders(folder: string): Promise<Labelled[]> {
  const names = ["non_person", "person"];
  for (const name of await listFolders(folder)) {
    if (names.includes(name)) continue;
    throw new DataError(`Cannot use '${join(folder, name)}': it is no class`, {
      source: join(folder, name),
      hint: `Classes are ${names.join(" and ")}`,
    });
  }
  const pictures: Labelled[] = [];
  for (const [label, name] of names.entries()) {
    for (const file of await listFiles(join(folder, name), /\.(jpe?g|png)$/i)) {
      pictures.push({ file, label, path: join(folder, name, file) });
    }
  }
  return pictures;
}

async function readCoco(
  folder: string,
  notes: string[],
  signal?: AbortSignal,
): Promise<Labelled[]> {
  const where = join(folder, "annotations");
  const files = await listFiles(where, /^instances_(train|val)\d*\.json$/);
  if (files.length === 0) {
    throw new InputError(`Cannot find COCO's annotations in '${folder}'`, {
      source: folder,
      hint: "Name the folder that holds 'annotations', 'train2014' and 'val2014', " +
        "or 'person' and 'non_person'",
    });
  }
  const pictures: Labelled[] = [];
  let missing = 0;
  for (const annotations of files) {
    const part = annotations.slice("instances_".length, -".json".length);
    const there = new Set(await listFiles(join(folder, part), /\.(jpe?g|png)$/i));
    const images = await readCocoAnnotations(join(where, annotations), { signal });
    for (const { file, person } of images) {
      if (!there.has(file)) missing++;
      else if (person !== "too-small") {
        const label = person === "person" ? 1 : 0;
        pictures.push({ file, label, path: join(folder, part, file) });
      }
    }
    const small = images.filter(({ person }) => person === "too-small").length;
    notes.push(`Left out of '${part}', as persons there are all too small: ${small} pictures`);
  }
  notes.push(
    "Pictures are made from the originals; the reference keeps its own as JPEG, with some loss",
  );
  if (missing > 0) notes.push(`In the annotations but not in the folders: ${missing} pictures`);
  return pictures;
}
