/**
 * A submission's description of its system, `systems/BOARD.json`.
 *
 * @module
 */

/** What a system is made of, as its submitter says. */
export interface SubmittedSystem {
  /** Every field by its name, as text. */
  fields: ReadonlyMap<string, string>;
  /** "available", "preview" or "rdi", as written. */
  availability?: string;
  /** Name of the board. */
  board?: string;
  /** Name of the processor. */
  processor?: string;
  /** Its clock, with the unit. */
  clock?: string;
  /** Name of the accelerator. */
  accelerator?: string;
  /** Inference framework. */
  framework?: string;
  /** Why the text is no valid JSON; undefined where it is. */
  problem?: string;
}

const mostText = 1_000_000;

/**
 * Reads a system description. Of text that is no valid JSON (a comma or brace is missing, a string holds a control
 * character) every pair of strings is taken that can be found.
 */
export function parseSubmittedSystem(text: string): SubmittedSystem {
  const clean = text.slice(0, mostText).replace(/^\uFEFF/, "");
  let fields: Map<string, string>;
  let problem: string | undefined;
  try {
    fields = fieldsOf(JSON.parse(clean));
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
    fields = pairsOf(clean);
  }
  const find = (pattern: RegExp) => {
    for (const [name, value] of fields) {
      if (pattern.test(name.toLowerCase().replaceAll(/[^a-z]/g, "")) && meansSomething(value)) {
        return value;
      }
    }
    return undefined;
  };
  return {
    fields,
    availability: find(/^(status|availability)$/),
    board: find(/^(boardname|board|systemname|system)$/),
    processor: find(/^processors?names?$|^processors?$|^cpu(name)?$/),
    clock: find(/^processors?(frequenc(y|ies)|clocks?)$/),
    accelerator: find(/^accelerators?(names?)?$/),
    framework: find(/^(inference)?framework$/),
    problem,
  };
}

const meansSomething = (value: string) => !/^(|-|n\/?a|none)$/i.test(value.trim());

function fieldsOf(value: unknown): Map<string, string> {
  const fields = new Map<string, string>();
  if (typeof value !== "object" || value === null) return fields;
  for (const [name, field] of Object.entries(value)) fields.set(name.trim(), textOf(field));
  return fields;
}

function textOf(field: unknown): string {
  if (typeof field === "string") return plain(field);
  if (Array.isArray(field)) return field.map(textOf).join(", ").slice(0, 1000);
  return field === null || field === undefined ? "" : plain(JSON.stringify(field));
}

// One line without control characters, of a length that fits a table.
// deno-lint-ignore no-control-regex
const plain = (text: string) => text.replaceAll(/[\x00-\x1f\x7f]+/g, " ").trim().slice(0, 1000);

function pairsOf(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  const pair = /"([^"\\\n]{1,200})"\s*:\s*"((?:[^"\\]|\\[^])*)"/g;
  for (const [, name, value] of text.matchAll(pair)) {
    if (!fields.has(name.trim())) fields.set(name.trim(), plain(value.replaceAll(/\\(.)/g, "$1")));
  }
  return fields;
}

/** A description and the file that it comes from. */
export interface NamedDescription {
  /** Name of the file without its folder. */
  file: string;
  /** What it says. */
  description: SubmittedSystem;
}

const bare = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
const shortestName = 4;

/**
 * The description of a system among those of its submitter. Files are not always called as the folders of the results
 * are: the one that shares most of its name is taken; undefined where none shares any.
 *
 * @param folders Names of the folders between `results` and the sessions, without those of benchmark and mode.
 */
export function findDescription(
  folders: readonly string[],
  descriptions: readonly NamedDescription[],
): SubmittedSystem | undefined {
  const whole = bare(folders.join(""));
  const shared = ({ file, description }: NamedDescription) => {
    const name = bare(file.replace(/\.json$/i, "").replaceAll(/system|description/gi, ""));
    const board = bare(description.board ?? "");
    if (name === whole) return Infinity;
    const inName = folders.map(bare).filter((part) =>
      part.length >= shortestName && name.includes(part)
    );
    let length = inName.reduce((sum, part) => sum + part.length, 0);
    if (name.length >= shortestName && whole.includes(name)) length = Math.max(length, name.length);
    if (length === 0 && board.length >= shortestName && whole.includes(board)) {
      length = board.length / 2;
    }
    // Of several that hold the name, the one that says least else.
    return length === 0 ? 0 : length - Math.abs(name.length - whole.length) / 100;
  };
  let best: NamedDescription | undefined;
  let most = 0;
  for (const candidate of descriptions) {
    const length = shared(candidate);
    if (length > most) [best, most] = [candidate, length];
  }
  return best?.description;
}
