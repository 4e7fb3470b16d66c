/**
 * Calibration inputs from files.
 *
 * @module
 */
import { basename, join } from "node:path";
import { type Benchmark, benchmarks } from "../../benchmarks.ts";
import { InputError } from "../../errors.ts";
import { elementCount, type Tensor } from "../../model/graph.ts";

/** Inputs to calibrate on. */
export interface CalibrationData {
  /** Real numbers: inputs of the model, one after another. */
  inputs: Float32Array;
  /** The files that they are from. */
  files: readonly string[];
  /**
   * Scale and zero point that the int8 model's input has to have, so that files of bytes can be given to it as they are;
   * undefined where float32 was read.
   */
  input?: { scale: number; zeroPoint: number };
}

/** What stored bytes stand for: real = scale · (stored − zeroPoint). */
export interface StoredInput {
  /** See {@linkcode StoredInput}. */
  scale: number;
  /** See {@linkcode StoredInput}. */
  zeroPoint: number;
  /** Whether bytes are −128 to 127, rather than 0 to 255. */
  signed: boolean;
}

/** How {@linkcode readCalibration} reads files. */
export interface ReadCalibrationOptions {
  /** Of files of bytes. By the size of the model's input where left out: as kws01, ic01 or vww01 have them. */
  stored?: StoredInput;
  /** At most so many inputs, spread evenly over those there are. */
  count?: number;
}

/** More than any calibration needs, less than fills the memory. */
const mostBytes = 2 ** 30;

/**
 * Reads inputs for calibration.
 *
 * - A `.f32` file: float32, little-endian, one input after another.
 * - A folder: its `.f32` files, or its `.bin` files as the benchmark's evaluation sets have them, in the order of their
 *   names. A `.bin` file of as many bytes as the model takes values holds bytes; a longer one float32, cut into
 *   windows as the benchmark does it (ad01: 2560 bytes, a stride of 512).
 *
 * @param tensor The float model's input.
 * @throws {InputError} The path is not there, has nothing to read, or a file does not fit the model.
 *
 * @example
 * ```ts
 * import { readCalibration } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const file = await Deno.makeTempFile({ suffix: ".f32" });
 * await Deno.writeFile(file, new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer));
 * const { inputs } = await readCalibration(file, { name: "x", shape: [1, 2], type: "float32" });
 * assert.equal(inputs.length, 4);
 * await Deno.remove(file);
 * ```
 */
export async function readCalibration(
  path: string,
  tensor: Tensor,
  options: ReadCalibrationOptions = {},
): Promise<CalibrationData> {
  const elements = elementCount(tensor.shape);
  const stored = options.stored ?? storedInput(elements);
  const files = await filesOf(path);
  let asBytes = false;
  const parts: Float32Array[] = [];
  let bytes = 0;
  for (const file of files) {
    const { size } = await Deno.stat(file);
    bytes += size;
    if (bytes > mostBytes) {
      throw new InputError(`Cannot calibrate on '${path}' as it holds more than 1 GiB`, {
        source: file,
        hint: "A few hundred inputs are enough",
      });
    }
    asBytes ||= isBytes(file, size, elements);
    parts.push(inputsOf(file, await Deno.readFile(file), elements, stored));
  }
  const all = spread(joined(parts), elements, options.count);
  return {
    inputs: all,
    files: files.map((file) => basename(file)),
    // Images are uint8 in the file, and less 128 in the model.
    input: asBytes && stored
      ? { scale: stored.scale, zeroPoint: stored.zeroPoint - (stored.signed ? 0 : 128) }
      : undefined,
  };
}

/** What bytes stand for in the files of the benchmark that has inputs of so many. */
function storedInput(elements: number): StoredInput | undefined {
  const benchmark = Object.values(benchmarks).find(({ input }) =>
    input.stored && input.bytes === elements
  );
  return benchmark?.input.stored &&
    { ...benchmark.input.stored, signed: benchmark.input.type === "int8" };
}

/** A `.bin` file holds bytes where it has one for each value. */
function isBytes(file: string, size: number, elements: number): boolean {
  return file.endsWith(".bin") && size === elements;
}

async function filesOf(path: string): Promise<string[]> {
  let isDirectory: boolean;
  try {
    ({ isDirectory } = await Deno.stat(path));
  } catch (cause) {
    throw new InputError(`Cannot open the calibration data '${path}'`, {
      source: path,
      cause,
      hint: "Name a .f32 file, or a folder of .f32 or .bin files",
    });
  }
  if (!isDirectory) return [path];
  const names: string[] = [];
  for await (const { name, isFile } of Deno.readDir(path)) if (isFile) names.push(name);
  names.sort();
  const float = names.filter((name) => name.endsWith(".f32"));
  const chosen = float.length ? float : names.filter((name) => name.endsWith(".bin"));
  if (chosen.length) return chosen.map((name) => join(path, name));
  throw new InputError(`Cannot calibrate on '${path}' as it has no .f32 and no .bin files`, {
    source: path,
    hint: "'thimble data features' makes them from recordings",
  });
}

function inputsOf(
  file: string,
  bytes: Uint8Array<ArrayBuffer>,
  elements: number,
  stored?: StoredInput,
): Float32Array {
  const refuse = (hint: string) =>
    new InputError(
      `Cannot calibrate on '${file}' as its ${bytes.length} bytes are no inputs of ${elements} values`,
      { source: file, hint },
    );
  if (isBytes(file, bytes.length, elements)) {
    if (!stored) throw refuse("Say what its bytes stand for with --scale and --zero-point");
    const { scale, zeroPoint, signed } = stored;
    const values = signed ? new Int8Array(bytes.buffer) : bytes;
    return Float32Array.from(values, (value) => scale * (value - zeroPoint));
  }
  if (bytes.length === 0 || bytes.length % 4 !== 0) {
    throw refuse("Write float32, little-endian, one input after another");
  }
  const values = new Float32Array(bytes.buffer);
  const windowing = file.endsWith(".bin") ? windowingOf(elements) : undefined;
  if (!windowing) {
    if (values.length % elements !== 0) {
      throw refuse("Write float32, little-endian, one input after another");
    }
    return values;
  }
  const stride = windowing.strideBytes / 4;
  const count = Math.floor((values.length - elements) / stride) + 1;
  if (count < 1) throw refuse("It is shorter than a window");
  return joined(
    Array.from({ length: count }, (_, i) => values.subarray(i * stride, i * stride + elements)),
  );
}

function windowingOf(elements: number): Benchmark["windowing"] {
  return Object.values(benchmarks).find(({ windowing }) => windowing?.windowBytes === 4 * elements)
    ?.windowing;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

function spread(inputs: Float32Array, elements: number, count?: number): Float32Array {
  const there = inputs.length / elements;
  if (count === undefined || count >= there) return inputs;
  return joined(Array.from({ length: count }, (_, i) => {
    const index = Math.floor(i * there / count);
    return inputs.subarray(index * elements, (index + 1) * elements);
  }));
}

/**
 * The rule of the closed division: quantization may be calibrated on samples of the official list alone.
 *
 * @param files Names of the files used; folders and endings do not count.
 * @param official The list's samples, without folders and endings.
 * @throws {InputError} Naming the first that is not on the list, and how many are not.
 *
 * @example
 * ```ts
 * import { checkCalibrationList } from "thimble";
 * import assert from "node:assert/strict";
 *
 * checkCalibrationList(["a/deer_1.bin"], ["deer_1", "frog_2"]);
 * assert.throws(() => checkCalibrationList(["cat_3.bin"], ["deer_1", "frog_2"]));
 * ```
 */
export function checkCalibrationList(files: readonly string[], official: readonly string[]): void {
  const listed = new Set(official);
  const others = files.filter((file) => !listed.has(basename(file).replace(/\.\w{1,5}$/, "")));
  if (others.length === 0) return;
  throw new InputError(
    `Cannot calibrate on '${
      others[0]
    }' in the closed division as the official list does not have it` +
      (others.length > 1 ? ` (nor ${others.length - 1} others)` : ""),
    {
      source: others[0],
      hint: "Calibrate on samples of the official list, or submit to the open division",
    },
  );
}
