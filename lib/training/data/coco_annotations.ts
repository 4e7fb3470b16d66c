/**
 * COCO's annotations, and which pictures have a person by the rule of the reference.
 *
 * @module
 */
import { InputError } from "../../errors.ts";
import { DataError } from "./data_error.ts";
import { jsonRecords } from "./json_records.ts";

/** What a picture counts as: persons that are all too small make it neither. */
export type PersonClass = "person" | "non-person" | "too-small";

/** A picture of the annotations. */
export interface CocoImage {
  /** File name. */
  file: string;
  /** What it counts as. */
  person: PersonClass;
}

/** A person counts where its box covers more than this of the picture. */
const LEAST_AREA = 0.025;
const CHUNK_BYTES = 2 ** 20;
/** COCO 2014 has 82,783 pictures and 604,907 annotations to train with. */
const MOST_RECORDS = 20_000_000;

interface Picture {
  file: string;
  area: number;
}

/**
 * Reads a file of annotations (`instances_train2014.json`), of any size, record by record.
 *
 * The rule, as the reference's data set was made: a picture is of a person where the box of one covers more than 2.5 % of
 * it; pictures whose persons are all smaller are left out; all others are without a person. Annotations of crowds do not
 * count, neither way.
 *
 * @returns All pictures, in the order of their ids.
 * @throws {DataError} Where it is no such file, is cut off, or a record lacks what it needs.
 *
 * @example
 * ```ts
 * import { readCocoAnnotations } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, JSON.stringify({
 *   images: [{ id: 7, file_name: "a.jpg", width: 100, height: 100 }],
 *   annotations: [{ image_id: 7, category_id: 1, iscrowd: 0, bbox: [0, 0, 20, 20] }],
 *   categories: [{ id: 1, name: "person" }],
 * }));
 * assert.deepEqual(await readCocoAnnotations(path), [{ file: "a.jpg", person: "person" }]);
 * await Deno.remove(path);
 * ```
 */
export async function readCocoAnnotations(
  path: string,
  options: { signal?: AbortSignal } = {},
): Promise<CocoImage[]> {
  const images = new Map<number, Picture>();
  /** By category and picture: the largest box. Categories come last in the file, so all are kept until then. */
  const largest = new Map<number, Map<number, number>>();
  let persons: number | undefined;
  let records = 0;
  const lists = ["images", "annotations", "categories"];
  for await (const { list, value, offset } of jsonRecords(chunksOf(path), lists, path)) {
    if (++records % 4096 === 0) options.signal?.throwIfAborted();
    const field = fieldsOf(value, path, offset);
    if (records > MOST_RECORDS) throw field.error(`it has more than ${MOST_RECORDS} records`);
    if (list === "images") {
      const id = field.number("id");
      if (images.has(id)) throw field.error(`picture ${id} is listed before`);
      const area = field.number("width") * field.number("height");
      if (!(area > 0)) throw field.error(`picture ${id} has no size`);
      images.set(id, { file: field.file("file_name"), area });
    } else if (list === "annotations") {
      if (field.flag("iscrowd")) continue;
      const [width, height] = field.box("bbox");
      const category = field.number("category_id");
      let boxes = largest.get(category);
      if (!boxes) largest.set(category, boxes = new Map());
      const id = field.number("image_id");
      boxes.set(id, Math.max(boxes.get(id) ?? 0, width * height));
    } else if (field.text("name") === "person") persons = field.number("id");
  }
  if (persons === undefined || images.size === 0) {
    throw new DataError(
      `Cannot use '${path}' as it has no ${images.size === 0 ? "pictures" : "category 'person'"}`,
      { source: path, hint: "Take 'instances_train2014.json' or 'instances_val2014.json'" },
    );
  }
  const boxes = largest.get(persons) ?? new Map<number, number>();
  return [...images].sort(([a], [b]) => a - b).map(([id, { file, area }]) => {
    const box = boxes.get(id);
    const person = box === undefined
      ? "non-person"
      : box / area > LEAST_AREA
      ? "person"
      : "too-small";
    return { file, person };
  });
}

async function* chunksOf(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path);
  } catch (cause) {
    throw new InputError(`Cannot read '${path}'`, { source: path, cause });
  }
  using _file = file;
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (;;) {
    const read = await file.read(buffer);
    if (read === null) return;
    yield buffer.subarray(0, read);
  }
}

/** The fields of a record, each checked when it is asked for. */
function fieldsOf(value: unknown, source: string, offset: number) {
  const record = value as Record<string, unknown>;
  const error = (reason: string) =>
    new DataError(`Cannot read '${source}' at byte ${offset} as ${reason}`, { source, offset });
  const own = (name: string): unknown => Object.hasOwn(record, name) ? record[name] : undefined;
  const text = (name: string): string => {
    const found = own(name);
    if (typeof found === "string") return found;
    throw error(`'${name}' is no text`);
  };
  const isNumber = (found: unknown): found is number =>
    typeof found === "number" && Number.isFinite(found);
  return {
    error,
    text,
    number(name: string): number {
      const found = own(name);
      if (isNumber(found)) return found;
      throw error(`'${name}' is no number`);
    },
    flag(name: string): boolean {
      const found = own(name);
      if (found === undefined || found === 0 || found === false) return false;
      if (found === 1 || found === true) return true;
      throw error(`'${name}' is neither 0 nor 1`);
    },
    /** Width and height. */
    box(name: string): [number, number] {
      const found = own(name);
      if (Array.isArray(found) && found.length === 4 && found.every(isNumber)) {
        return [found[2], found[3]];
      }
      throw error(`'${name}' is no box of 4 numbers`);
    },
    file(name: string): string {
      const found = text(name);
      // deno-lint-ignore no-control-regex
      if (/^[^/\\\x00-\x1f]{1,200}$/.test(found) && found !== "." && found !== "..") return found;
      throw error(`'${name}' is no plain file name`);
    },
  };
}
