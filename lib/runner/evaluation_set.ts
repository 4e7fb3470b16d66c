/**
 * The inputs of a run: a folder of files and its `y_labels.csv`.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Benchmark, Windowing } from "../benchmarks.ts";
import { InputError } from "../errors.ts";

/** One file of an evaluation set. */
export interface EvaluationFile {
  /** Name within the folder. */
  file: string;
  /** Class index; for ad01 1 for an anomaly. */
  label: number;
  /** How it is cut; undefined where the file is one input. */
  windowing?: Windowing;
}

/** A folder with inputs, checked. */
export interface EvaluationSet {
  /** Path of the folder that holds the files. */
  folder: string;
  /** The files, in order. */
  files: EvaluationFile[];
  /** SHA-256 of `y_labels.csv`, hex. */
  labelsSha256: string;
}

/** Name of the list of files and labels. */
export const labelsFile = "y_labels.csv";

const largestLabels = 10_000_000;
const largestInput = 50_000_000;

/**
 * Reads the text of a `y_labels.csv`: a line a file, `name, classes, class` and, where a file holds several windows,
 * `window bytes, stride bytes`. Spaces, empty lines and a byte-order mark are let pass.
 *
 * @param source What errors call it.
 * @throws {InputError} Names the line that cannot be read.
 *
 * @example
 * ```ts
 * import { benchmarks, parseLabels } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseLabels("tst_000000_Stop_7.bin, 12, 7\n", benchmarks.kws01), [
 *   { file: "tst_000000_Stop_7.bin", label: 7 },
 * ]);
 * ```
 */
export function parseLabels(
  text: string,
  benchmark: Benchmark,
  source: string = labelsFile,
): EvaluationFile[] {
  const files: EvaluationFile[] = [];
  const names = new Set<string>();
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  lines.forEach((line, i) => {
    if (line.trim() === "") return;
    const fail = (reason: string) => {
      const shown = line.length > 80 ? line.slice(0, 79) + "…" : line;
      return new InputError(`Cannot read line ${i + 1} of '${source}' ('${shown}') as ${reason}`, {
        source: `${source}:${i + 1}`,
        hint:
          "A line is 'file, number of classes, class', for ad01 with ', window bytes, stride bytes'",
      });
    };
    const fields = line.split(",").map((field) => field.trim());
    const [file, ...rest] = fields;
    if (rest.length !== 2 && rest.length !== 4) {
      throw fail(`it has ${fields.length} fields: expected 3 or 5`);
    }
    // deno-lint-ignore no-control-regex
    if (!/^[^/\\\x00-\x1f]{1,200}$/.test(file) || file === "." || file === "..") {
      throw fail("its file is no plain name");
    }
    if (names.has(file)) throw fail("its file is listed before: it would count twice");
    names.add(file);
    const numbers = rest.map((field) => /^[0-9]{1,9}$/.test(field) ? Number(field) : NaN);
    if (numbers.some(Number.isNaN)) throw fail("not all its numbers are whole numbers");
    const [classes, label, windowBytes, strideBytes] = numbers;
    const classCount = benchmark.classes.length;
    if (classes !== classCount) {
      throw fail(`it says ${classes} classes: '${benchmark.id}' has ${classCount}`);
    }
    if (label >= classCount) throw fail(`class ${label} is not below ${classCount}`);
    if (windowBytes === undefined) {
      const { windowing } = benchmark;
      files.push(windowing ? { file, label, windowing } : { file, label });
      return;
    }
    if (windowBytes !== benchmark.input.bytes || strideBytes < 1) {
      throw fail(
        `its windows are not of ${benchmark.input.bytes} bytes with a stride of 1 or more`,
      );
    }
    files.push({ file, label, windowing: { windowBytes, strideBytes } });
  });
  if (files.length === 0) {
    throw new InputError(`Cannot use '${source}' as it lists no file`, { source });
  }
  return files;
}

/**
 * Opens the evaluation set in `path`, or in the folder of the benchmark's id below it: every file is there and of the
 * right size.
 *
 * @param options.limit Take only this many files, from the start.
 * @throws {InputError} Names what is missing or wrong, before anything runs.
 */
export async function openEvaluationSet(
  path: string,
  benchmark: Benchmark,
  options: { limit?: number } = {},
): Promise<EvaluationSet> {
  const { folder, bytes } = await readLabels(path, benchmark);
  const source = `${folder}/${labelsFile}`;
  const files = parseLabels(new TextDecoder().decode(bytes), benchmark, source)
    .slice(0, options.limit);
  for (const entry of files) await checkFile(folder, entry, benchmark);
  const labelsSha256 = createHash("sha256").update(bytes).digest("hex");
  return { folder, files, labelsSha256 };
}

async function readLabels(path: string, benchmark: Benchmark) {
  for (const folder of [path, `${path}/${benchmark.id}`]) {
    const file = `${folder}/${labelsFile}`;
    try {
      const { size } = await Deno.stat(file);
      if (size > largestLabels) {
        throw new InputError(`Cannot use '${file}' as it has ${size} bytes`, { source: file });
      }
      return { folder, bytes: await Deno.readFile(file) };
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      if (error instanceof Deno.errors.NotADirectory) continue;
      if (error instanceof InputError) throw error;
      throw new InputError(`Cannot read '${file}'`, { source: file, cause: error });
    }
  }
  throw new InputError(`Cannot find '${labelsFile}' in '${path}'`, {
    source: path,
    hint: `Name the folder that holds the inputs of '${benchmark.id}' and '${labelsFile}'`,
  });
}

async function checkFile(folder: string, entry: EvaluationFile, benchmark: Benchmark) {
  const path = `${folder}/${entry.file}`;
  const fail = (reason: string) =>
    new InputError(`Cannot use '${path}' as ${reason}`, { source: path });
  let info: Deno.FileInfo;
  try {
    info = await Deno.stat(path);
  } catch {
    throw fail(`it is listed in '${labelsFile}' but cannot be opened`);
  }
  if (!info.isFile) throw fail("it is no file");
  const { bytes } = benchmark.input;
  if (entry.windowing ? info.size < bytes || info.size > largestInput : info.size !== bytes) {
    throw fail(`it has ${info.size} bytes: ${entry.windowing ? "at least " : ""}${bytes} expected`);
  }
}

/**
 * How many windows a file of `size` bytes gives; 1 where files are not cut.
 *
 * @example
 * ```ts
 * import { benchmarks, segmentCount } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.equal(segmentCount(102_400, benchmarks.ad01.windowing), 196);
 * assert.equal(segmentCount(490), 1);
 * ```
 */
export function segmentCount(size: number, windowing?: Windowing): number {
  return windowing ? Math.floor((size - windowing.windowBytes) / windowing.strideBytes) + 1 : 1;
}

/** Window `segment` of a file's bytes; the whole file where it is not cut. */
export function segmentOf(bytes: Uint8Array, segment: number, windowing?: Windowing): Uint8Array {
  if (!windowing) return bytes;
  const start = segment * windowing.strideBytes;
  return bytes.subarray(start, start + windowing.windowBytes);
}
