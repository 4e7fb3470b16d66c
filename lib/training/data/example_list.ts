/**
 * Lists of examples, as they are published: names or places, one a line.
 *
 * @module
 */
import { InputError } from "../../errors.ts";
import type { Example } from "./data_set.ts";
import { readWhole } from "./read_whole.ts";

const MOST_LIST_BYTES = 10_000_000;

/** One line of a list. */
export interface ListedExample {
  /** Its name, or its place from 0. */
  name: string;
  /** Its class, where the list has one (the third field of a `y_labels.csv`). */
  label?: number;
  /** From 1. */
  line: number;
}

/**
 * Reads a list: a line an example, of which the first field counts, and of three and more the third as its class. Lines
 * of several words that are no fields are remarks.
 *
 * @throws {InputError} Where the file is missing, too large, or lists nothing.
 *
 * @example
 * ```ts
 * import { readExampleList } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, "emu_s_002009.bin, 10, 2\n");
 * assert.deepEqual(await readExampleList(path), [{ name: "emu_s_002009.bin", label: 2, line: 1 }]);
 * await Deno.remove(path);
 * ```
 */
export async function readExampleList(path: string): Promise<ListedExample[]> {
  const text = new TextDecoder().decode(await readWhole(path, { most: MOST_LIST_BYTES }));
  const list = text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/).flatMap((line, i) => {
    const fields = line.split(/[,;\t]/).map((field) => field.trim());
    const [name] = fields;
    if (!name || name.startsWith("#") || /\s/.test(name)) return [];
    const label = /^[0-9]{1,3}$/.test(fields[2] ?? "") ? Number(fields[2]) : undefined;
    return [label === undefined ? { name, line: i + 1 } : { name, label, line: i + 1 }];
  });
  if (list.length > 0) return list;
  throw new InputError(`Cannot use '${path}' as it lists nothing`, { source: path });
}

/**
 * What is left of a name where different lists call the same example differently: no folders, no extension, nothing
 * that only says where it came from.
 */
export function nameKey(name: string): string {
  return name
    .slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1)
    .replace(/\.\w{1,5}$/, "")
    .replace(/^COCO_(train|val)20\d\d_/, "")
    .replace(/_hist_librosa$/, "");
}

/** Finds examples by names and places. */
export class ExampleFinder {
  readonly #examples: readonly Example[];
  readonly #byId = new Map<string, Example>();
  /** Undefined where several have the name. */
  readonly #byKey = new Map<string, Example | undefined>();

  /** Takes the examples among which to look. */
  constructor(examples: readonly Example[]) {
    this.#examples = examples;
    for (const example of examples) {
      const key = nameKey(example.id);
      this.#byId.set(example.id, example);
      const isOther = this.#byKey.has(key) && this.#byKey.get(key) !== example;
      this.#byKey.set(key, isOther ? undefined : example);
    }
  }

  /** The example of a name or place; undefined where there is none, or more than one. */
  find(name: string): Example | undefined {
    const byName = this.#byId.get(name) ?? this.#byKey.get(nameKey(name));
    return byName ?? (/^[0-9]{1,7}$/.test(name) ? this.#examples[Number(name)] : undefined);
  }

  /**
   * The examples of a list, in its order.
   *
   * @throws {InputError} For a name that is not there, or one whose class is another in the list.
   */
  all(list: readonly ListedExample[], source: string): Example[] {
    return list.map(({ name, label, line }) => {
      const fail = (reason: string, hint?: string) =>
        new InputError(`Cannot use line ${line} of '${source}' as ${reason}`, { source, hint });
      const example = this.find(name);
      if (!example) {
        throw fail(
          `'${name}' is not among the ${this.#examples.length} examples`,
          "Take a list of this data set, of names or of places from 0",
        );
      }
      if (label !== undefined && label !== example.label) {
        throw fail(`'${name}' is of class ${example.label} here, not of ${label}`);
      }
      return example;
    });
  }
}
