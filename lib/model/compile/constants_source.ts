import { ModelError } from "../errors.ts";
import { Channels } from "../engine/channels.ts";
import { channelsPerBlock } from "../engine/layout.ts";
import type { Field, Fields } from "../engine/plan.ts";
import { cFloat, cInt, snakeCase, valueLines } from "./c_text.ts";
import { type MemoryPart, totalOf } from "./memory_part.ts";

const BLOCK = channelsPerBlock.board;

/** More than any microcontroller holds; the text of it is four times as long. */
const LARGEST_BYTES = 32 * 2 ** 20;

/** What constants are, for a table of sizes. */
export type ConstantKind = "weights" | "biases and scales" | "tables" | "parameters" | "constants";

/** The constants of a model as C, collected call by call. */
export class ConstantsSource {
  readonly #lines: string[] = [];
  readonly #bytes = new Map<ConstantKind, number>();

  /** All arrays, in the order in which they were added. */
  get text(): string {
    return this.#lines.join("\n");
  }

  /** What they take in flash. */
  get parts(): MemoryPart[] {
    return Array.from(this.#bytes, ([name, flashBytes]) => ({ name, flashBytes, ramBytes: 0 }));
  }

  /** A constant tensor, with the bytes after it that kernels may read. */
  tensor(name: string, data: Uint8Array): void {
    const values = new Int8Array(data.buffer, data.byteOffset, data.byteLength);
    this.#array(
      "constants",
      `_Alignas(16) int8_t ${name}[${values.length} + ENGINE_SLACK]`,
      values,
    );
  }

  /**
   * The parameters of a call as a struct's initializer; what they point to is added.
   *
   * @param name Of the call: arrays are called after it and their field.
   */
  initializer(name: string, fields: Fields): string {
    const members = Object.entries(fields).map(([key, field]) =>
      `.${snakeCase(key)} = ${this.#value(`${name}_${snakeCase(key)}`, key, field, name)}`
    );
    return `{${members.join(", ")}}`;
  }

  #value(array: string, key: string, field: Field, call: string): string {
    if (typeof field === "number") {
      this.#count("parameters", 4);
      return cInt(field);
    }
    if (field instanceof Int8Array) {
      this.#count("parameters", 4);
      const kind = key === "values" ? "weights" : "tables";
      this.#array(kind, `_Alignas(4) int8_t ${array}[]`, field);
      return array;
    }
    if (field instanceof Int32Array) {
      this.#count("parameters", 4);
      this.#array("tables", `int32_t ${array}[]`, field);
      return array;
    }
    if (field instanceof Channels) {
      this.#count("parameters", 4);
      this.#channels(array, field);
      return array;
    }
    if (isList(field)) {
      this.#count("parameters", 4 * field.length);
      return `{${field.map(cInt).join(", ")}}`;
    }
    if (isFloat(field)) {
      this.#count("parameters", 4);
      return cFloat(field.float32);
    }
    return this.initializer(call, field);
  }

  #array(kind: ConstantKind, declaration: string, values: Int8Array | Int32Array): void {
    this.#count(kind, values.byteLength);
    this.#lines.push(`static const ${declaration} = {\n${valueLines(values)}\n};\n`);
  }

  #channels(name: string, { bias, multiplier, shift }: Channels): void {
    const parts = [bias, multiplier, shift];
    this.#count("biases and scales", 4 * parts.length * bias.length);
    const blocks: string[] = [];
    for (let first = 0; first < bias.length; first += BLOCK) {
      const block = parts.map((part) =>
        `{${Array.from(part.subarray(first, first + BLOCK), cInt).join(", ")}}`
      );
      blocks.push(`  {${block.join(", ")}},`);
    }
    this.#lines.push(`static const engine_channels ${name}[] = {\n${blocks.join("\n")}\n};\n`);
  }

  #count(kind: ConstantKind, bytes: number): void {
    this.#bytes.set(kind, (this.#bytes.get(kind) ?? 0) + bytes);
    const { flashBytes } = totalOf(this.parts);
    if (flashBytes <= LARGEST_BYTES) return;
    throw new ModelError(
      `Cannot compile the model as its constants take ${flashBytes} bytes or more: expected at most ${LARGEST_BYTES}`,
    );
  }
}

function isList(field: Field): field is readonly number[] {
  return Array.isArray(field);
}

function isFloat(field: Field): field is { float32: number } {
  return typeof field === "object" && "float32" in field;
}
