/**
 * What can go wrong on the way from a publisher to a folder.
 *
 * @module
 */
import { InputError, type ThimbleErrorOptions } from "../../errors.ts";

/**
 * Why a fetch failed: `permission` (this program may not reach the host), `address` (plain http, or too many
 * redirects), `status` (the server refused), `connection`, `stalled`, `truncated`, `size`, `checksum`, `busy` (another
 * program writes the same file).
 */
export type FetchFailure =
  | "permission"
  | "address"
  | "status"
  | "connection"
  | "stalled"
  | "truncated"
  | "size"
  | "checksum"
  | "busy";

/**
 * A file cannot be fetched, or is not the one that was published.
 *
 * @example
 * ```ts
 * import { FetchError } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const error = new FetchError("Cannot fetch 'https://host/x'", {
 *   source: "https://host/x",
 *   failure: "status",
 *   status: 404,
 * });
 * assert.deepEqual([error.failure, error.status], ["status", 404]);
 * ```
 */
export class FetchError extends InputError {
  /** Name of the class. */
  override name = "FetchError";
  /** Which kind of failure. */
  readonly failure: FetchFailure;
  /** HTTP status, where `failure` is `status`. */
  readonly status?: number;

  /** Makes the error; `source` is the URL or the file. */
  constructor(
    message: string,
    options: ThimbleErrorOptions & { source: string; failure: FetchFailure; status?: number },
  ) {
    super(message, options);
    this.failure = options.failure;
    this.status = options.status;
  }
}

/**
 * An archive is damaged, larger than it may be, or would write outside of its folder.
 *
 * @example
 * ```ts
 * import { ArchiveError } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const error = new ArchiveError("Cannot unpack '../x' from 'a.zip' as it leads out of the folder", {
 *   source: "a.zip",
 * });
 * assert.equal(error.source, "a.zip");
 * ```
 */
export class ArchiveError extends InputError {
  /** Name of the class. */
  override name = "ArchiveError";
}
