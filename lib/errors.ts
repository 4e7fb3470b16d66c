/**
 * The one base of Thimble's errors: a message that names what was attempted, data to act on, and what to try next.
 *
 * @module
 */

/** Options of a {@linkcode ThimbleError}. */
export interface ThimbleErrorOptions extends ErrorOptions {
  /** What a person can try next, as a full clause: "Check the cable". */
  hint?: string;
}

/**
 * Base class of every error that Thimble throws on purpose. Subclasses add the data that the failure is about.
 *
 * @example Tell Thimble's errors from faults in a program
 * ```ts
 * import { ThimbleError } from "thimble";
 * import assert from "node:assert/strict";
 *
 * class ProbeError extends ThimbleError {
 *   override name = "ProbeError";
 * }
 * const error = new ProbeError("Cannot open 'probe'", { hint: "Plug it in" });
 * assert(error instanceof ThimbleError);
 * assert.equal(error.hint, "Plug it in");
 * ```
 */
export class ThimbleError extends Error {
  /** Name of the class. */
  override name = "ThimbleError";
  /** What to try next; undefined where the message says it all. */
  readonly hint?: string;

  /** Makes the error. */
  constructor(message: string, options: ThimbleErrorOptions = {}) {
    super(message, options);
    this.hint = options.hint;
  }
}

/** An input from outside (a file, a configuration, an argument) cannot be used. Carries where it came from. */
export class InputError extends ThimbleError {
  /** Name of the class. */
  override name = "InputError";
  /** The file or argument at fault. */
  readonly source: string;

  /** Makes the error. */
  constructor(message: string, options: ThimbleErrorOptions & { source: string }) {
    super(message, options);
    this.source = options.source;
  }
}
