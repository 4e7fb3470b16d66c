/**
 * Data sets that {@linkcode buildDataSet} wrote.
 *
 * @module
 */
import { join } from "node:path";
import { findBenchmark } from "../../benchmarks.ts";
import { InputError } from "../../errors.ts";
import { builtFormat } from "./built_text.ts";
import { DataError } from "./data_error.ts";
import type { DataSet, DataSource, Example, Provenance, SplitName } from "./data_set.ts";
import { exampleAt, type ValuesType } from "./origin.ts";
import { readWhole } from "./read_whole.ts";

const MOST_TEXT_BYTES = 1_000_000;
const MOST_LABELS_BYTES = 2 ** 30;
const BYTES: Readonly<Record<ValuesType, number>> = { float32: 4, int16: 2, int8: 1, uint8: 1 };

/**
 * Opens a data set that {@linkcode buildDataSet} wrote. Examples are read from its files one by one.
 *
 * @throws {InputError} Where a file is missing.
 * @throws {DataError} Where a file is not what it has to be.
 *
 * @example
 * ```ts
 * import { openBuiltDataSet } from "thimble";
 * import assert from "node:assert/strict";
 *
 * await assert.rejects(openBuiltDataSet("nowhere"), { name: "InputError" });
 * ```
 */
export async function openBuiltDataSet(folder: string): Promise<DataSet> {
  const path = join(folder, "data_set.json");
  const bytes = await readWhole(path, { most: MOST_TEXT_BYTES });
  const fail = (reason: string) =>
    new DataError(`Cannot use '${path}' as ${reason}`, {
      source: path,
      hint: "Build the data set again",
    });
  let text: unknown;
  try {
    text = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new DataError(`Cannot read '${path}' as it is not JSON`, { source: path, cause });
  }
  const field = new Fields(text, fail);
  if (field.text("format") !== builtFormat) throw fail("it is of another format");
  const benchmark = findBenchmark(field.text("benchmark"));
  if (!benchmark) throw fail("its benchmark is not known");
  const media = field.text("media");
  if (media !== "audio" && media !== "image" && media !== "features") {
    throw fail("its media is not known");
  }
  const classes = field.list("classes").map(String);
  const all = field.fields("splits");
  const split = async (name: SplitName): Promise<Example[]> => {
    if (!all.has(name)) return [];
    const { count, type, shape } = splitOf(all.fields(name), fail);
    return await readSplit(folder, name, { count, type, shape, classes: classes.length });
  };
  return {
    benchmark: benchmark.id,
    name: field.text("name"),
    media,
    ...(field.has("sampleRate") ? { sampleRate: field.number("sampleRate") } : {}),
    classes,
    provenance: provenanceOf(field.fields("provenance")),
    splits: {
      train: await split("train"),
      validation: await split("validation"),
      test: await split("test"),
      calibration: await split("calibration"),
    },
  };
}

/** The members of an object, each checked when it is asked for. */
class Fields {
  readonly #value: Record<string, unknown>;
  readonly #fail: (reason: string) => Error;

  constructor(value: unknown, fail: (reason: string) => Error) {
    if (typeof value !== "object" || value === null) throw fail("an object is expected");
    this.#value = value as Record<string, unknown>;
    this.#fail = fail;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#value, name);
  }

  #own<T>(name: string, kind: string, is: (value: unknown) => boolean): T {
    const value = this.has(name) ? this.#value[name] : undefined;
    if (is(value)) return value as T;
    throw this.#fail(`'${name}' is no ${kind}`);
  }

  text(name: string): string {
    return this.#own(name, "text", (value) => typeof value === "string");
  }

  number(name: string): number {
    return this.#own(name, "number", (value) => typeof value === "number");
  }

  flag(name: string): boolean {
    return this.#own(name, "true or false", (value) => typeof value === "boolean");
  }

  list(name: string): unknown[] {
    return this.#own(name, "list", Array.isArray);
  }

  fields(name: string): Fields {
    return new Fields(this.has(name) ? this.#value[name] : undefined, this.#fail);
  }

  /** Texts, numbers and flags, by name. */
  plain(): Record<string, string | number | boolean> {
    return Object.fromEntries(
      Object.entries(this.#value).filter((entry): entry is [string, string | number | boolean] =>
        ["string", "number", "boolean"].includes(typeof entry[1])
      ),
    );
  }
}

function provenanceOf(field: Fields): Provenance {
  const source = (value: unknown): DataSource => {
    const text = new Fields(value, (reason) => new InputError(reason, { source: "sources" }));
    return {
      name: text.text("name"),
      ...(text.has("url") ? { url: text.text("url") } : {}),
      ...(text.has("sha256") ? { sha256: text.text("sha256") } : {}),
    };
  };
  return {
    synthetic: field.flag("synthetic"),
    licence: field.text("licence"),
    sources: field.list("sources").map(source),
    settings: field.fields("settings").plain(),
    notes: field.list("notes").map(String),
  };
}

function splitOf(field: Fields, fail: (reason: string) => Error) {
  const count = field.number("count");
  const type = field.text("type");
  const shape = field.list("shape");
  const isSize = (value: unknown) =>
    typeof value === "number" && Number.isSafeInteger(value) && value > 0 && value < 2 ** 31;
  if (!Number.isSafeInteger(count) || count < 0) throw fail(`a split has ${count} rows`);
  if (!Object.hasOwn(BYTES, type)) throw fail("a split's type is not known");
  if (shape.length > 8 || !shape.every(isSize)) throw fail("a split's shape is not one");
  return { count, type: type as ValuesType, shape: shape as number[] };
}

async function readSplit(
  folder: string,
  name: SplitName,
  split: { count: number; type: ValuesType; shape: readonly number[]; classes: number },
): Promise<Example[]> {
  const { count, type, shape, classes } = split;
  if (count === 0) return [];
  const path = join(folder, `${name}.bin`);
  const rowBytes = shape.reduce((product, size) => product * size, BYTES[type]);
  let size: number;
  try {
    ({ size } = await Deno.stat(path));
  } catch (cause) {
    throw new InputError(`Cannot read '${path}'`, { source: path, cause });
  }
  if (size !== count * rowBytes) {
    const offset = Math.min(size, count * rowBytes);
    throw new DataError(
      `Cannot use '${path}' as it has ${size} bytes: ${count * rowBytes} expected`,
      { source: path, offset, hint: "Build the data set again" },
    );
  }
  const labels = join(folder, `${name}.csv`);
  const text = new TextDecoder().decode(await readWhole(labels, { most: MOST_LABELS_BYTES }));
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  if (lines.length !== count) {
    throw new DataError(
      `Cannot use '${labels}' as it has ${lines.length} lines: ${count} expected`,
      {
        source: labels,
      },
    );
  }
  return lines.map((line, row) => {
    const comma = line.lastIndexOf(",");
    const label = /^[0-9]{1,3}$/.test(line.slice(comma + 1)) ? Number(line.slice(comma + 1)) : NaN;
    if (comma < 0 || !(label < classes)) {
      throw new DataError(`Cannot use line ${row + 1} of '${labels}' as it names no class`, {
        source: labels,
      });
    }
    return exampleAt(line.slice(0, comma), label, {
      kind: "values",
      path,
      start: row * rowBytes,
      type,
      shape,
    });
  });
}
