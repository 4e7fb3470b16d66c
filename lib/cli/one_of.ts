import { InputError } from "../errors.ts";

/**
 * The value of an option that has a few; undefined where the option is not given.
 *
 * @throws {InputError} For any other value.
 */
export function oneOf<T extends string>(
  value: string | undefined,
  names: readonly T[],
  option: string,
): T | undefined {
  if (value === undefined) return undefined;
  const found = names.find((name) => name === value);
  if (found !== undefined) return found;
  throw new InputError(`Cannot read '${value}' for ${option}`, {
    source: option,
    hint: `Name ${names.join(", ")}`,
  });
}
