import { createHash } from "node:crypto";
import { join } from "node:path";
import { type BenchmarkId, benchmarks } from "../../benchmarks.ts";
import { float32Bytes, kwsBin } from "../features/bin_file.ts";
import type { BuiltSplit } from "./built_text.ts";
import type { ExampleValues, Split } from "./data_set.ts";
import type { EvaluationExample } from "./evaluation_list.ts";
import type { FeatureSettings } from "./feature_settings.ts";
import { bytesOfValues, typeOfValues } from "./origin.ts";
import type { ExampleBatch } from "./stream_batches.ts";

/** Streams the features of examples. */
export type Stream = (split: Split) => AsyncIterable<ExampleBatch>;

/** Writes the inputs of an evaluation, a file each, and their labels; says how many came after each batch. */
export async function* writeEvaluation(
  part: { path: string; benchmark: BenchmarkId; features: FeatureSettings },
  list: readonly EvaluationExample[],
  stream: Stream,
): AsyncGenerator<number, void, undefined> {
  const { path, benchmark, features } = part;
  if (list.length === 0) return;
  await Deno.mkdir(path);
  let at = 0;
  for await (const { values, shape: [count] } of stream(list.map(({ example }) => example))) {
    const size = values.length / count;
    for (let row = 0; row < count; row++) {
      const value = values.subarray(row * size, (row + 1) * size) as ExampleValues;
      await Deno.writeFile(join(path, list[at++].file), binOf(value, features));
    }
    yield count;
  }
  await Deno.writeTextFile(join(path, "y_labels.csv"), labelsText(benchmark, list));
}

/** Writes a split, its values and its labels; says how many examples came after each batch. */
export async function* writeSplit(
  path: string,
  split: Split,
  stream: Stream,
): AsyncGenerator<number, BuiltSplit, undefined> {
  const hash = createHash("sha256");
  let [count, last] = [0, -1];
  let type: BuiltSplit["type"] = "float32";
  let shape: readonly number[] = [];
  using values = await Deno.open(`${path}.bin`, { write: true, createNew: true });
  using labels = await Deno.open(`${path}.csv`, { write: true, createNew: true });
  for await (const batch of stream(split)) {
    const bytes = bytesOfValues(batch.values);
    hash.update(bytes);
    await writeAll(values, bytes);
    await writeAll(labels, labelLines(batch, split));
    type = typeOfValues(batch.values);
    shape = batch.shape.slice(1);
    count += batch.shape[0];
    // Of an example with many rows each has its own line.
    let examples = 0;
    for (const place of batch.places) if (place !== last) [last, examples] = [place, examples + 1];
    yield examples;
  }
  return { count, type, shape, sha256: hash.digest("hex") };
}

function labelLines({ places, labels }: ExampleBatch, split: Split): Uint8Array {
  const lines = Array.from(
    places,
    (place, row) => `${split[place].id},${labels[row]}\n`,
  );
  return new TextEncoder().encode(lines.join(""));
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
}

/** The `.bin` file that a board is sent: features quantized as the benchmark's are, pictures as they are. */
export function binOf(values: ExampleValues, { kind }: FeatureSettings): Uint8Array<ArrayBuffer> {
  if (!(values instanceof Float32Array)) return bytesOfValues(values);
  const isKeyword = kind === "mfcc" || kind === "lfbe" || kind === "samples";
  return isKeyword ? kwsBin(values, kind) : float32Bytes(values);
}

/** `y_labels.csv`, as the lists of each benchmark are published. */
export function labelsText(benchmark: BenchmarkId, list: readonly EvaluationExample[]): string {
  const { classes, windowing } = benchmarks[benchmark];
  const comma = benchmark === "kws01" ? ", " : ",";
  return list.map(({ file, example: { label } }) => {
    const fields = [file, classes.length, label];
    if (windowing) fields.push(windowing.windowBytes, windowing.strideBytes);
    return fields.join(comma) + "\n";
  }).join("");
}
