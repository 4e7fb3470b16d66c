import type { z } from "zod";
import { InputError } from "../errors.ts";

/**
 * A value from JSON that a schema accepts.
 *
 * @param what What it is, for the error: "recipe".
 * @param options.source Where it comes from.
 * @param options.hint What may stand in it.
 * @throws {InputError} It is no JSON, or holds something else; names the first thing that is wrong.
 */
export function parseJson<T>(
  text: string,
  schema: z.ZodType<T>,
  what: string,
  options: { source: string; hint: string },
): T {
  const { source, hint } = options;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InputError(`Cannot read the ${what} '${source}' as it is no JSON`, { source, cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue.path.length ? issue.path.join(".") : "it";
  throw new InputError(
    `Cannot read the ${what} '${source}' as '${where}' is wrong: ${issue.message}`,
    { source, hint },
  );
}
