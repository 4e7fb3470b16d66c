/**
 * Command-line arguments, with errors that tell what to write.
 *
 * @module
 */
import { parseArgs, type ParseArgsConfig } from "node:util";
import { type Benchmark, benchmarks, findBenchmark } from "../benchmarks.ts";
import { InputError } from "../errors.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

/**
 * Reads options and positional arguments.
 *
 * @throws {InputError} For an option that is not known or lacks its value.
 */
export function readArguments<O extends Options>(
  args: readonly string[],
  options: O,
  command: string,
) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split(". ")[0] : String(cause);
    throw new InputError(`Cannot read the arguments: ${reason}`, {
      source: "arguments",
      hint: `'thimble ${command} --help' lists them`,
    });
  }
}

/** The value of an option that must be there. */
export function required(value: string | undefined, option: string): string {
  if (value) return value;
  throw new InputError(`Cannot go on without ${option}`, {
    source: option,
    hint: `Add ${option} and its value`,
  });
}

/** A benchmark by its id. */
export function benchmarkOf(value: string, option = "--benchmark"): Benchmark {
  const benchmark = findBenchmark(value);
  if (benchmark) return benchmark;
  throw new InputError(`Cannot find a benchmark '${value}'`, {
    source: option,
    hint: `Name one of ${Object.keys(benchmarks).join(", ")}`,
  });
}

/** A whole number of at least `least`; undefined where the option is not given. */
export function wholeNumber(
  value: string | undefined,
  option: string,
  least = 1,
): number | undefined {
  if (value === undefined) return undefined;
  if (/^[0-9]{1,9}$/.test(value) && Number(value) >= least) return Number(value);
  throw new InputError(`Cannot read '${value}' for ${option}`, {
    source: option,
    hint: `Write a whole number of at least ${least}`,
  });
}

/**
 * The positional arguments, exactly as many as there are names.
 *
 * @throws {InputError} Where there are more or fewer.
 */
export function positionals(
  parsed: { positionals: readonly string[] },
  names: readonly string[],
): readonly string[] {
  if (parsed.positionals.length === names.length) return parsed.positionals;
  throw new InputError(
    `Cannot go on with ${parsed.positionals.length} arguments: ${names.join(" and ")} expected`,
    { source: "arguments", hint: `Write ${names.join(" ")} after the command` },
  );
}

/** What {@linkcode realNumber} takes. */
interface RealNumberOptions {
  /** The least that it may be. */
  least?: number;
  /** It has to be greater than this. */
  above?: number;
  /** What to write. */
  hint?: string;
}

/**
 * A number; undefined where the option is not given.
 *
 * @throws {InputError} Where it is none, or out of range.
 */
export function realNumber(
  value: string | undefined,
  option: string,
  { least = -Infinity, above = -Infinity, hint = "Write a number" }: RealNumberOptions = {},
): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  const isNumber = value.trim() !== "" && Number.isFinite(number);
  if (isNumber && number >= least && number > above) return number;
  throw new InputError(`Cannot read '${value}' for ${option}`, { source: option, hint });
}

/**
 * One of a few words; undefined where the option is not given.
 *
 * @throws {InputError} Where it is another.
 */
export function oneOf<const T extends string>(
  value: string,
  option: string,
  allowed: readonly T[],
): T;
export function oneOf<const T extends string>(
  value: string | undefined,
  option: string,
  allowed: readonly T[],
): T | undefined;
export function oneOf<const T extends string>(
  value: string | undefined,
  option: string,
  allowed: readonly T[],
): T | undefined {
  if (value === undefined) return undefined;
  const found = allowed.find((name) => name === value);
  if (found !== undefined) return found;
  throw new InputError(`Cannot read '${value}' for ${option}`, {
    source: option,
    hint: `Name ${allowed.slice(0, -1).join(", ")} or ${allowed.at(-1)}`,
  });
}
