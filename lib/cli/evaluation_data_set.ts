import { type Benchmark, benchmarks } from "../benchmarks.ts";
import { InputError } from "../errors.ts";
import { type EvaluationSet, openEvaluationSet, segmentCount } from "../runner/evaluation_set.ts";
import type { DataSet, Example, ExampleData, Provenance } from "../training/data/data_set.ts";
import { dataSetFile } from "../training/synthetic/write_evaluation_folder.ts";
import { inputElements } from "../serial/virtual/board_model.ts";

const mostDescriptionBytes = 1_000_000;

/**
 * An evaluation folder (`.bin` files and `y_labels.csv`) as a data set with a test split.
 *
 * @param benchmark Undefined where the folder is to tell: the first whose classes and sizes it has.
 * @throws {InputError} Where a file is missing or of another size, or no benchmark fits.
 */
export async function evaluationDataSet(path: string, benchmark?: Benchmark): Promise<DataSet> {
  const found = benchmark ?? await benchmarkOfFolder(path);
  const set = await openEvaluationSet(path, found);
  const description = await readDescription(set.folder);
  const classes = namesOf(description.classes, found);
  return {
    benchmark: found.id,
    name: textOf(description.name) ?? `Evaluation set for ${found.id}`,
    media: found.input.type === "uint8" ? "image" : "features",
    classes,
    provenance: provenanceOf(description.provenance, set),
    splits: {
      train: [],
      validation: [],
      calibration: [],
      test: set.files.map((entry): Example => ({
        id: entry.file,
        label: entry.label,
        read: async ({ signal } = {}) => {
          const file = `${set.folder}/${entry.file}`;
          let bytes: Uint8Array;
          try {
            bytes = await Deno.readFile(file, { signal });
          } catch (cause) {
            signal?.throwIfAborted();
            throw new InputError(`Cannot read '${file}'`, { source: file, cause });
          }
          return exampleData(bytes, found);
        },
      })),
    },
  };
}

async function benchmarkOfFolder(path: string): Promise<Benchmark> {
  let first: unknown;
  for (const benchmark of Object.values(benchmarks)) {
    try {
      await openEvaluationSet(path, benchmark, { limit: 1 });
      return benchmark;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      first ??= error;
    }
  }
  throw new InputError(`Cannot tell which benchmark '${path}' is for`, {
    source: path,
    hint: "Name it with --benchmark, for 'y_labels.csv' and files of its sizes; " +
      "of originals 'thimble data build' makes a data set",
    cause: first,
  });
}

function exampleData(bytes: Uint8Array, benchmark: Benchmark): ExampleData {
  const { shape } = benchmark.input;
  const { windowing } = benchmark;
  if (windowing) {
    // Windows overlap: rows that begin where one begins, and the rest of the last.
    const columns = windowing.strideBytes / 4;
    const rows = segmentCount(bytes.length, windowing) +
      windowing.windowBytes / windowing.strideBytes - 1;
    const whole = bytes.subarray(0, rows * windowing.strideBytes);
    return { values: valuesOf(whole, benchmark), shape: [rows, columns] };
  }
  return { values: valuesOf(bytes, benchmark), shape };
}

const valuesOf = (bytes: Uint8Array, benchmark: Benchmark) =>
  inputElements(bytes, benchmark) as ExampleData["values"];

type Fields = Readonly<Record<string, unknown>>;

/** What `dataset.json` says; empty where there is none or it cannot be read. Nothing in it is believed to be of a type. */
async function readDescription(folder: string): Promise<Fields> {
  const path = `${folder}/${dataSetFile}`;
  try {
    const { size } = await Deno.stat(path);
    if (size > mostDescriptionBytes) return {};
    return fieldsOf(JSON.parse(await Deno.readTextFile(path)));
  } catch {
    return {};
  }
}

const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? value as Fields : {};
const textOf = (value: unknown) => typeof value === "string" && value !== "" ? value : undefined;
const listOf = (value: unknown): unknown[] => Array.isArray(value) ? value.slice(0, 1000) : [];

function namesOf(value: unknown, { classes }: Benchmark): readonly string[] {
  const names = listOf(value).filter((name) => typeof name === "string");
  return names.length === classes.length ? names : classes;
}

function provenanceOf(value: unknown, { labelsSha256 }: EvaluationSet): Provenance {
  const fields = fieldsOf(value);
  const isTold = Object.keys(fields).length > 0;
  const settings = Object.entries(fieldsOf(fields.settings)).filter((entry) =>
    ["string", "number", "boolean"].includes(typeof entry[1])
  ) as [string, string | number | boolean][];
  return {
    synthetic: fields.synthetic === true,
    licence: textOf(fields.licence) ?? "not told",
    sources: [
      { name: "y_labels.csv", sha256: labelsSha256 },
      ...listOf(fields.sources).map(fieldsOf).flatMap((source) => {
        const name = textOf(source.name);
        const [url, sha256] = [textOf(source.url), textOf(source.sha256)];
        return name === undefined
          ? []
          : [{ name, ...(url === undefined ? {} : { url }), ...(sha256 ? { sha256 } : {}) }];
      }),
    ],
    settings: Object.fromEntries(settings),
    notes: isTold
      ? listOf(fields.notes).filter((note) => typeof note === "string")
      : [`Where it came from is not told: it has no '${dataSetFile}'`],
  };
}
