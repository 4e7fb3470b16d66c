/**
 * Which class an input belongs to.
 *
 * @module
 */
import { join } from "node:path";
import { type Benchmark, findBenchmark } from "../benchmarks.ts";
import { InputError } from "../errors.ts";
import { cifarClass } from "./cifar_classes.ts";

/** Classes of inputs, from lists or from sessions that tell them. */
export interface Labels {
  /** Class index by file name. */
  classes: Map<string, number>;
  /** Start and end of each wakeword in seconds, by sound file. */
  occurrencesS: Map<string, [number, number][]>;
}

/** Labels that know nothing yet. */
export function noLabels(): Labels {
  return { classes: new Map(), occurrencesS: new Map() };
}

/**
 * Class index of an input: from the labels, or from its name. Names of kws01 end in the class
 * (`tst_000000_Stop_7.bin`), names of ad01 begin with it (`anomaly_id_01_…`), names of ic01 and ic02 are nouns that
 * belong to one class (`fallow_deer_s_000481.bin`). Names of vww01 tell nothing.
 *
 * @returns Undefined where nothing tells it.
 *
 * @example
 * ```ts
 * import { benchmarks, labelOf } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.equal(labelOf(benchmarks.kws01, "tst_000000_Stop_7.bin"), 7);
 * assert.equal(labelOf(benchmarks.ad01, "anomaly_id_01_00000000.bin"), 1);
 * assert.equal(labelOf(benchmarks.vww01, "000000343218.bin"), undefined);
 * ```
 */
export function labelOf(benchmark: Benchmark, file: string, labels?: Labels): number | undefined {
  const listed = labels?.classes.get(file);
  if (listed !== undefined && listed < benchmark.classes.length) return listed;
  switch (benchmark.id) {
    case "kws01": {
      const match = /^tst_\d+_([A-Za-z]+)_(\d{1,2})\.\w+$/.exec(file);
      const index = match ? Number(match[2]) : NaN;
      return benchmark.classes[index] === match?.[1].toLowerCase() && match ? index : undefined;
    }
    case "ad01":
      return file.startsWith("normal_") ? 0 : file.startsWith("anomaly_") ? 1 : undefined;
    case "ic01":
    case "ic02":
      return cifarClass(file);
    default:
      return undefined;
  }
}

/**
 * Reads label lists: `y_labels.csv` files (`file, classes, class`) and the JSON of streaming runs (`wav_file`,
 * `detection_windows`).
 *
 * @param path A folder, which is searched two levels deep, or one file.
 * @throws {InputError} Where there is none.
 */
export async function readLabels(path: string): Promise<Labels> {
  const labels = noLabels();
  try {
    if ((await Deno.stat(path)).isFile) await readList(path, labels);
    else await readFolder(path, labels, 2);
  } catch (cause) {
    throw new InputError(`Cannot read labels from '${path}'`, { source: path, cause });
  }
  if (labels.classes.size + labels.occurrencesS.size === 0) {
    throw new InputError(`Cannot find labels in '${path}'`, {
      source: path,
      hint: "Name a folder with 'y_labels.csv' files, as the benchmark's data sets have them",
    });
  }
  return labels;
}

async function readFolder(folder: string, labels: Labels, depth: number): Promise<void> {
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory && depth > 0) await readFolder(path, labels, depth - 1);
    else if (entry.isFile) await readList(path, labels);
  }
}

const largestList = 20_000_000;

async function readList(path: string, labels: Labels): Promise<void> {
  const isJson = path.endsWith(".json");
  if (!isJson && !path.endsWith(".csv")) return;
  if ((await Deno.stat(path)).size > largestList) return;
  const text = await Deno.readTextFile(path);
  if (isJson) addOccurrences(text, labels);
  else addClasses(text, labels);
}

function addClasses(text: string, labels: Labels): void {
  for (const line of text.split("\n")) {
    const [file, , index] = line.split(",").map((cell) => cell.trim());
    if (file && /^\d{1,3}$/.test(index ?? "")) labels.classes.set(file, Number(index));
  }
}

function addOccurrences(text: string, labels: Labels): void {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return; // Some other file.
  }
  if (!Array.isArray(list)) return;
  for (const entry of list) {
    const windows = timeWindows(entry?.detection_windows);
    if (typeof entry?.wav_file === "string" && windows) {
      labels.occurrencesS.set(entry.wav_file, windows);
    }
  }
}

const mostWindows = 1000;

/** A list of `[start, end]` in seconds; undefined where it is none, or far too long. */
export function timeWindows(value: unknown): [number, number][] | undefined {
  if (!Array.isArray(value) || value.length > mostWindows) return undefined;
  const fits = value.every((pair) =>
    Array.isArray(pair) && pair.length === 2 && pair.every((time) => Number.isFinite(time))
  );
  return fits ? value as [number, number][] : undefined;
}

/** A benchmark by its id or by what folders are called: "kws", "keyword_spotting", "ic01_int8". */
export function benchmarkOfName(name: string): Benchmark | undefined {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_");
  const found = folderNames.find(([pattern]) => pattern.test(plain));
  return found && findBenchmark(found[1]);
}

const folderNames: [RegExp, string][] = [
  [/^ic0?2(_|$)/, "ic02"],
  [/^ic(01)?(_|$)|^image_class/, "ic01"],
  [/^kws(01)?(_|$)|^keyword_/, "kws01"],
  [/^vww(01)?(_|$)|^visual_wake|^person_det/, "vww01"],
  [/^ad(01)?(_|$)|^anomaly_/, "ad01"],
  [/^(str)?_?sww(01)?(_|$)|^strww|^streaming_/, "sww01"],
];
