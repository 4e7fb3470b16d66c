import { InputError, ThimbleError } from "../errors.ts";

/** A class of errors that takes its data as options, as all of Thimble's do. */
export type ErrorClass = new (message: string, options: never) => Error;

/** An error as plain data, which can come from a worker. */
export interface PlainError {
  name: string;
  message: string;
  stack?: string;
  /** What else it tells. */
  data: Record<string, unknown>;
  cause?: PlainError;
}

const baseClasses: readonly ErrorClass[] = [
  ThimbleError,
  InputError,
  Error,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
];

/** Causes of causes that are kept: a chain may be a ring. */
const MOST_CAUSES = 8;

/** An error as plain data. */
export function plainError(error: unknown, causes = MOST_CAUSES): PlainError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), data: {} };
  const { name, message, stack, cause } = error;
  return {
    name,
    message,
    stack,
    data: Object.fromEntries(Object.entries(error).filter(([, value]) => isPlain(value))),
    ...cause !== undefined && causes > 0 && { cause: plainError(cause, causes - 1) },
  };
}

/**
 * The error that plain data stand for: of its class, where that is of the language, of Thimble's base or among `classes`;
 * otherwise an `Error` of its name.
 */
export function errorOfPlain(plain: PlainError, classes: readonly ErrorClass[] = []): Error {
  const { name, message, stack, data } = plain;
  const cause = plain.cause && errorOfPlain(plain.cause, classes);
  const found = [...classes, ...baseClasses].find((each) => each.name === name) ?? Error;
  const error = new found(message, { ...data, ...cause && { cause } } as never);
  Object.assign(error, data, error.name === name ? {} : { name });
  if (stack !== undefined) error.stack = stack;
  return error;
}

function isPlain(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}
