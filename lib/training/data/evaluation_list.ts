/**
 * Which examples a benchmark is evaluated with, and what their files are called.
 *
 * @module
 */
import { benchmarks } from "../../benchmarks.ts";
import { shuffledPlaces } from "./choose.ts";
import type { DataSet, Example } from "./data_set.ts";
import { ExampleFinder, readExampleList } from "./example_list.ts";
import { NumpyRandom } from "./numpy_random.ts";
import { machineOf } from "./toy_car.ts";

/** One input of an evaluation. */
export interface EvaluationExample {
  /** Name of its `.bin` file. */
  file: string;
  /** What it is made of. */
  example: Example;
}

/** Which examples are chosen. */
export interface EvaluationListOptions {
  /** File that lists them: a published `y_labels.csv`, or names or places in the test split. */
  list?: string;
  /** Without a list: how many, for kws01 and vww01. [1000] */
  count?: number;
  /** Without a list: for what is chosen by chance. [1] */
  seed?: number;
}

/** The seed that the official list of ic01 was drawn with. */
const IC_SEED = 8108;
const IC_PER_CLASS = 20;

/**
 * The examples that a benchmark is evaluated with, in their order, with the names of their files.
 *
 * Without a list: for ic01 20 images of each class, drawn as the official list was (`get_perf_samples_idxs.py`: NumPy's
 * generator, seed 8108; from all 10,000 test images these are the official 200); for ad01 each tenth recording from
 * number 3 on, which is the official list; for the others a choice by chance, as the official one follows from an order
 * of files that is not published.
 *
 * @throws {InputError} For a list that does not fit the data set.
 *
 * @example
 * ```ts
 * import { evaluationList, openToyCar } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.mkdir(`${folder}/test`);
 * for (const number of ["00000003", "00000004"]) {
 *   await Deno.writeFile(`${folder}/test/normal_id_01_${number}.wav`, new Uint8Array(44));
 * }
 * const list = await evaluationList(await openToyCar(folder));
 * assert.deepEqual(list.map(({ file }) => file), ["normal_id_01_00000003_hist_librosa.bin"]);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function evaluationList(
  dataSet: DataSet,
  options: EvaluationListOptions = {},
): Promise<EvaluationExample[]> {
  const { list, count = 1000, seed = 1 } = options;
  const { test } = dataSet.splits;
  if (list !== undefined) return await listed(dataSet, list);
  switch (dataSet.benchmark) {
    case "ad01":
      return toyCarList(test).map((example) => ({
        file: `${stemOf(example.id)}_hist_librosa.bin`,
        example,
      }));
    case "ic01":
    case "ic02":
      return officialDraw(test).map((example) => ({ file: `${stemOf(example.id)}.bin`, example }));
    case "vww01": {
      const half = Math.ceil(count / 2);
      const of = (label: number) => drawn(test.filter((each) => each.label === label), half, seed);
      return [...of(1), ...of(0)]
        .map((example) => ({ file: `${stemOf(example.id)}.bin`, example }));
    }
    default:
      return drawn(test, count, seed).map((example, at) => ({
        file: keywordFile(example, at),
        example,
      }));
  }
}

function stemOf(id: string): string {
  return id.slice(id.lastIndexOf("/") + 1).replace(/\.\w{1,5}$/, "")
    .replace(/^COCO_(train|val)20\d\d_/, "");
}

/** `tst_000000_Stop_7.bin`, as `make_bin_files.py` has it. */
function keywordFile({ label }: Example, at: number): string {
  const word = benchmarks.kws01.classes[label] ?? String(label);
  const name = word[0].toUpperCase() + word.slice(1);
  return `tst_${String(at).padStart(6, "0")}_${name}_${label}.bin`;
}

function drawn(examples: readonly Example[], count: number, seed: number): Example[] {
  return [...shuffledPlaces(examples.length, seed, 0).subarray(0, count)]
    .map((place) => examples[place]);
}

/** As many of each class, in the official order. */
function officialDraw(test: readonly Example[]): Example[] {
  const random = new NumpyRandom(IC_SEED);
  const chosen = benchmarks.ic01.classes.flatMap((_, label) => {
    const ofClass = test.filter((example) => example.label === label);
    return random.choice(ofClass.length, Math.min(IC_PER_CLASS, ofClass.length))
      .map((place) => ofClass[place]);
  });
  return random.shuffle(chosen.map((_, place) => place)).map((place) => chosen[place]);
}

/** Each tenth recording from number 3 on: normal ones first, by machine; all of them where there is none such. */
function toyCarList(test: readonly Example[]): Example[] {
  const named = test.map((example) => ({ example, ...machineOf(example.id, example.id) }));
  const chosen = named.filter(({ number }) => number % 10 === 3);
  return (chosen.length > 0 ? chosen : named)
    .sort((a, b) =>
      a.example.label - b.example.label || Number(a.machine) - Number(b.machine) ||
      a.number - b.number
    )
    .map(({ example }) => example);
}

async function listed(dataSet: DataSet, list: string): Promise<EvaluationExample[]> {
  const { splits: { test }, benchmark } = dataSet;
  const lines = await readExampleList(list);
  const finder = new ExampleFinder(test);
  const isFile = (name: string) => /\.bin$/i.test(name);
  // CIFAR-10's binary files hold no names. The official list is known by its classes: it is the official draw.
  if (benchmark === "ic01" && lines.every(({ name }) => finder.find(name) === undefined)) {
    const draw = officialDraw(test);
    const same = draw.length === lines.length &&
      draw.every(({ label }, at) => label === lines[at].label);
    if (same) return draw.map((example, at) => ({ file: lines[at].name, example }));
  }
  return finder.all(lines, list).map((example, at) => ({
    file: isFile(lines[at].name)
      ? lines[at].name.slice(lines[at].name.lastIndexOf("/") + 1)
      : benchmark === "kws01"
      ? keywordFile(example, at)
      : `${stemOf(example.id)}${benchmark === "ad01" ? "_hist_librosa" : ""}.bin`,
    example,
  }));
}
