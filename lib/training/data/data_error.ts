/**
 * What is wrong with a file of a data set.
 *
 * @module
 */
import { InputError, type ThimbleErrorOptions } from "../../errors.ts";

/**
 * A file or folder of a data set is not what it has to be.
 *
 * @example
 * ```ts
 * import { DataError, openCifar10 } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.writeFile(`${folder}/test_batch.bin`, new Uint8Array(4000));
 * await assert.rejects(openCifar10(folder), (error) => {
 *   assert(error instanceof DataError);
 *   return error.offset === 3073; // where the image begins that is cut off
 * });
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export class DataError extends InputError {
  /** Name of the class. */
  override name = "DataError";
  /** Where in the file, in bytes; undefined for a folder. */
  readonly offset?: number;

  /** Makes the error. */
  constructor(
    message: string,
    options: ThimbleErrorOptions & { source: string; offset?: number },
  ) {
    super(message, options);
    this.offset = options.offset;
  }
}
