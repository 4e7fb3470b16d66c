import { join } from "node:path";
import { InputError } from "../../errors.ts";
import { encodePng } from "../cards/encode_png.ts";
import { encodeWav } from "../cards/encode_wav.ts";
import type { DataSet, Example, ExampleData } from "../data/data_set.ts";
import { defaultFeatures } from "../data/build_data_set.ts";
import type { EvaluationExample } from "../data/evaluation_list.ts";
import { makeFeatures } from "../data/feature_settings.ts";
import { binOf, labelsText } from "../data/write_parts.ts";
import { NewFolder } from "../new_folder.ts";

/** Options of {@linkcode writeEvaluationFolder}. */
export interface EvaluationFolderOptions {
  /** Folder that is made; it may be there, but empty. */
  out: string;
  /** Also a `.wav` or `.png` file of each example, to listen to or look at. [false] */
  media?: boolean;
  /** Ends the work; nothing is left behind. */
  signal?: AbortSignal;
}

/** Name of the file that tells where an evaluation folder came from. */
export const dataSetFile = "dataset.json";

/**
 * Writes the test split as the runner reads it: a `.bin` file an example, `y_labels.csv`, and `dataset.json` and
 * `README.md` that say what it is and how it was made. The folder appears as a whole when all is done, or not at all.
 *
 * @returns The number of examples, after progress for each.
 * @throws {InputError} Where the split is empty, the folder is not, it cannot be written, or the benchmark is sww01.
 *
 * @example
 * ```ts
 * import { benchmarks, openEvaluationSet, syntheticIc, writeEvaluationFolder } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * const set = syntheticIc({ train: 0, validation: 0, test: 5, calibration: 0 });
 * for await (const { done, total } of writeEvaluationFolder(set, { out: `${folder}/ic` })) {
 *   assert(done <= total);
 * }
 * assert.equal((await openEvaluationSet(`${folder}/ic`, benchmarks.ic01)).files.length, 5);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function* writeEvaluationFolder(
  dataSet: DataSet,
  options: EvaluationFolderOptions,
): AsyncGenerator<{ done: number; total: number; file: string }, number> {
  const { out, media = false, signal } = options;
  const examples = dataSet.splits.test;
  if (examples.length === 0) {
    throw new InputError(`Cannot write '${out}' as '${dataSet.name}' has no test examples`, {
      source: "test",
    });
  }
  if (dataSet.benchmark === "sww01") {
    throw new InputError("Cannot write files of 'sww01' as it is evaluated on one long recording", {
      source: "dataSet",
      hint: "Make one with wakewordStream()",
    });
  }
  checkNames(examples);
  signal?.throwIfAborted();
  await using folder = await NewFolder.open(out);
  try {
    const features = defaultFeatures(dataSet.benchmark);
    const list: EvaluationExample[] = [];
    for (const [index, example] of examples.entries()) {
      signal?.throwIfAborted();
      const data = await example.read({ signal });
      const stem = stemOf(example.id);
      const file = `${stem}.bin`;
      const { values } = makeFeatures(data, features, []);
      await Deno.writeFile(join(folder.path, file), binOf(values, features));
      if (media) await writeMedia(join(folder.path, stem), dataSet, data);
      list.push({ file, example });
      yield { done: index + 1, total: examples.length, file };
    }
    await Deno.writeTextFile(
      join(folder.path, "y_labels.csv"),
      labelsText(dataSet.benchmark, list),
    );
    await Deno.writeTextFile(join(folder.path, dataSetFile), descriptionOf(dataSet));
    await Deno.writeTextFile(join(folder.path, "README.md"), readmeOf(dataSet));
    signal?.throwIfAborted();
    await folder.commit();
  } catch (cause) {
    throw folder.errorOf(cause);
  }
  return examples.length;
}

const stemOf = (id: string) => id.replace(/\.wav$/, "");

/** Names become files and fields of a list. */
function checkNames(examples: readonly Example[]): void {
  const names = new Set<string>();
  for (const { id } of examples) {
    // deno-lint-ignore no-control-regex
    if (!/^[^/\\,\x00-\x20][^/\\,\x00-\x1f]{0,150}$/.test(id) || names.has(id)) {
      const reason = names.has(id) ? "two examples have it" : "it is no plain name";
      throw new InputError(`Cannot name a file '${id}' as ${reason}`, { source: id });
    }
    names.add(id);
  }
}

async function writeMedia(
  stem: string,
  { media, sampleRate = 16_000 }: DataSet,
  { values, shape }: ExampleData,
): Promise<void> {
  if (media === "audio") {
    const wav = encodeWav(Float32Array.from(values), sampleRate);
    await Deno.writeFile(`${stem}.wav`, wav);
  } else if (media === "image") {
    const [height, width, channels] = shape;
    const png = encodePng(Uint8Array.from(values), [height, width, channels]);
    await Deno.writeFile(`${stem}.png`, png);
  }
}

function descriptionOf({ benchmark, name, media, classes, provenance }: DataSet): string {
  return JSON.stringify({ benchmark, name, media, classes, split: "test", provenance }, null, 2) +
    "\n";
}

function readmeOf({ benchmark, name, splits, provenance }: DataSet): string {
  const { synthetic, licence, settings, notes } = provenance;
  return `# ${name}

${splits.test.length} inputs for ${benchmark}${
    synthetic ? ", made by a program: synthetic" : ""
  }. Licence: ${licence}.

${notes.map((note) => `* ${note}`).join("\n")}

Made with ${Object.entries(settings).map(([key, value]) => `${key} ${value}`).join(", ")}.
\`y_labels.csv\` lists the files and their classes; \`dataset.json\` says the same as this for programs.
`;
}
