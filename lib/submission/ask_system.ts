/**
 * A system's description, asked for field by field.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { systemFields, systemProblems } from "./system_description.ts";

/** Asks a person; undefined where nobody answers any more. */
export type Ask = (question: string) => Promise<string | undefined>;

/**
 * Asks for every field that is not known, until the answer can be used. An empty answer leaves an optional field empty.
 *
 * @param known Fields that are not asked for.
 * @throws {InputError} Nobody answers.
 *
 * @example
 * ```ts
 * import { askSystem } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const fields = await askSystem(
 *   (question) => Promise.resolve(question.startsWith("Status") ? "RDI" : "as asked"),
 *   { Division: "Open" },
 * );
 * assert.equal(fields["Status"], "RDI");
 * assert.equal(fields["Board Name"], "as asked");
 * ```
 */
export async function askSystem(
  ask: Ask,
  known: Readonly<Record<string, string>> = {},
): Promise<Record<string, string>> {
  const fields: Record<string, string> = { ...known };
  for (const { name, text, need } of systemFields) {
    if (Object.hasOwn(known, name)) continue;
    let question = `${name} (${text}${need === "optional" ? "; may be empty" : ""})`;
    for (;;) {
      const answer = await ask(question);
      if (answer === undefined) {
        throw new InputError(`Cannot describe the system without '${name}'`, {
          source: name,
          hint: "Answer every question, or give the description as a file: --description FILE",
        });
      }
      const value = answer.trim();
      const problems = systemProblems({ [name]: value });
      const reason = problems.find((problem) => problem.name === name)?.text;
      if (reason === undefined) {
        fields[name] = value;
        break;
      }
      question = `${name}: '${value}' ${reason} (${text})`;
    }
  }
  return fields;
}
