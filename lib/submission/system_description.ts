/**
 * The description of a system: the JSON file that says what was measured.
 *
 * @module
 */
import { z } from "zod";
import { readJson } from "./json_text.ts";
import type { SubmissionTree } from "./submission_tree.ts";

/** A field of a system's description. */
export interface SystemField {
  /** Its name in the file. */
  name: string;
  /** What belongs there. */
  text: string;
  /** `required` and `expected` fields are neither absent nor empty; a result counts without the expected ones. */
  need: "required" | "expected" | "optional";
}

const required = (name: string, text: string): SystemField => ({ name, text, need: "required" });
const expected = (name: string, text: string): SystemField => ({ name, text, need: "expected" });
const optional = (name: string, text: string): SystemField => ({ name, text, need: "optional" });

/** What a system can be called: it is sold, it will be, or it will not. */
export const systemStatuses = ["available", "preview", "rdi"] as const;

/** The fields of a system's description, in the order of the official form. */
export const systemFields: readonly SystemField[] = [
  required("Submitter", "Who submits"),
  required("Division", "Closed or Open"),
  required("Status", "Available, Preview or RDI (research, development, internal)"),
  required("Board Name", "The board"),
  optional(
    "Board Memory capacity (not including SoC, processor, or accelerator)",
    "Memory on the board beside the SoC",
  ),
  optional("Board Memory type", "Its kind, such as PSRAM"),
  optional("Board storage capacity", "Storage on the board beside the SoC"),
  optional("Board storage type", "Its kind, such as QSPI flash"),
  optional("SoC Name", "The chip"),
  optional(
    "SoC Memory capacity (not including processor or accelerator)",
    "Memory on the chip, such as 768 kB",
  ),
  optional("SoC Memory type", "Its kind, such as SRAM"),
  optional("SoC storage capacity", "Storage on the chip, such as 2 MB"),
  optional("SoC storage type", "Its kind, such as flash"),
  expected("Processor(s) Name", "The processor, such as Arm Cortex-M33"),
  expected("Processor(s) Frequencies", "Its clock in the measurement, such as 160 MHz"),
  optional("Processor memory type and capacity", "Memory of the processor"),
  optional("Processor storage type and capacity", "Storage of the processor"),
  optional("Accelerator", "The accelerator, if there is one"),
  optional("Accelerator(s) Frequencies", "Its clock"),
  optional("Accelerator memory type and capacity", "Its memory"),
  optional("Accelerator storage type and capacity", "Its storage"),
  optional("Hardware Notes", "Supply voltage, and what else matters"),
  expected("Inference Framework", "What runs the model, with its version"),
  optional("Software Libraries", "Libraries of kernels, with their versions"),
  optional("Operating System", "Such as bare metal, Zephyr 3.7"),
  optional("Other Software Stack", "What else runs on the board"),
  optional("Software Notes", "What else matters"),
  optional("Quantization Method", "How the model became int8"),
  optional("Training framework (open division)", "What trained the model"),
  optional("ML Model Compiler(s)", "What turned the model into code, with its version"),
  optional("General Compiler(s)", "The compiler, with its version and flags"),
  optional("Other Software", "What else was used"),
  optional("Training and Quantization Notes", "What else matters"),
];

const status = z.string("is no text").refine(
  (value) => systemStatuses.some((status) => status === value.toLowerCase()),
  "is none of Available, Preview and RDI",
);

const division = z.string("is no text").refine(
  (value) => /^(closed|open)$/i.test(value),
  "is neither Closed nor Open",
);

const schema = z.object({
  ...Object.fromEntries(
    systemFields.map(({ name, need }) => [
      name,
      need !== "optional"
        ? z.string("is no text").trim().min(1, "is empty")
        : z.string("is no text").optional(),
    ]),
  ),
  Status: status,
  Division: division,
}).catchall(z.string("is no text"));

/** What keeps a field of a description from being used. */
export interface FieldProblem {
  /** The field. */
  name: string;
  /** What is wrong with it, as what follows its name. */
  text: string;
}

/**
 * What is wrong with a system's description that is to be submitted: fields that have to be there, and those that are no
 * text. Fields beside the official ones may be there.
 *
 * @example
 * ```ts
 * import { systemProblems } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const problems = systemProblems({ "Status": "Soon" });
 * assert.deepEqual(problems.find(({ name }) => name === "Status")?.text, "is none of Available, Preview and RDI");
 * assert.ok(problems.some(({ name }) => name === "Board Name"));
 * ```
 */
export function systemProblems(fields: Readonly<Record<string, unknown>>): FieldProblem[] {
  const { error } = schema.safeParse(fields);
  return (error?.issues ?? []).map(({ path, message }) => {
    const name = String(path[0]);
    return { name, text: Object.hasOwn(fields, name) ? message : "is missing" };
  });
}

/** A description as it was found. */
export interface SystemDescription {
  /** Where it is. */
  path: string;
  /** The file as text. */
  text: string;
  /** What it holds; undefined where it is no object of JSON. */
  fields?: Readonly<Record<string, unknown>>;
  /** Why it holds nothing. */
  error?: { text: string; line?: number; column?: number };
}

/** Larger ones are none. */
const mostBytes = 1_000_000;

/** Reads a description; undefined where there is none. */
export async function readSystemDescription(
  tree: SubmissionTree,
  path: string,
): Promise<SystemDescription | undefined> {
  const entry = tree.entry(path);
  if (entry?.kind !== "file") return undefined;
  const bytes = await tree.bytes(path, mostBytes);
  if (!bytes) {
    const text = entry.bytes > mostBytes ? `It has ${entry.bytes} bytes` : "It cannot be opened";
    return { path, text: "", error: { text } };
  }
  let text: string;
  try {
    // A mark of the byte order is left in: it is no JSON.
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { path, text: "", error: { text: "It is not UTF-8" } };
  }
  const json = readJson(text);
  if ("error" in json) return { path, text, error: json.error };
  const { value } = json;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { path, text, error: { text: "It holds no object", line: 1 } };
  }
  return { path, text, fields: value as Record<string, unknown> };
}

/**
 * A field by its official name; the form itself once had a space behind "Operating System", so spaces around names do
 * not count.
 */
export function systemField(fields: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(fields, name)) return fields[name];
  const key = Object.keys(fields).find((key) => key.trim() === name);
  return key === undefined ? undefined : fields[key];
}
