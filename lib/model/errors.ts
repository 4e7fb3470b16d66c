/**
 * The one error of everything that reads, checks, runs or writes a model.
 *
 * @module
 */
import { ThimbleError, type ThimbleErrorOptions } from "../errors.ts";

/** What a {@linkcode ModelError} is about, as far as it is known. */
export interface ModelErrorOptions extends ThimbleErrorOptions {
  /** The operator at fault. */
  operator?: { index: number; kind: string };
  /** The tensor at fault. */
  tensor?: { index: number; name: string };
  /** Where in the file, in bytes. */
  offset?: number;
}

/**
 * A model cannot be used: its file is damaged, or it holds something that is not supported.
 *
 * @example
 * ```ts
 * import { ModelError, readTflite } from "thimble";
 * import assert from "node:assert/strict";
 *
 * try {
 *   readTflite(new Uint8Array(100));
 * } catch (error) {
 *   assert(error instanceof ModelError);
 *   assert.equal(error.offset, 4);
 * }
 * ```
 */
export class ModelError extends ThimbleError {
  /** Name of the class. */
  override name = "ModelError";
  /** The operator at fault; undefined where none is. */
  readonly operator?: { index: number; kind: string };
  /** The tensor at fault; undefined where none is. */
  readonly tensor?: { index: number; name: string };
  /** Where in the file, in bytes; undefined where it is not about a place. */
  readonly offset?: number;

  /** Makes the error. */
  constructor(message: string, options: ModelErrorOptions = {}) {
    super(message, options);
    this.operator = options.operator;
    this.tensor = options.tensor;
    this.offset = options.offset;
  }
}
