/**
 * How far long work has come. Not kept with a session: it only says what is going on.
 */
export interface Progress {
  /** Tells the kinds apart. */
  type: "progress";
  /** Units that are done; may have a fraction. */
  done: number;
  /** Units in all. */
  total: number;
  /** What is counted, in the plural. */
  unit: string;
  /** What is under way, in a few words. */
  text: string;
  /** Estimated time to the end in ms; undefined while there is nothing to go by. */
  remainingMs?: number;
}

/**
 * Estimates the time to the end from the pace so far.
 *
 * @param elapsedMs Since the work began, or was taken up again.
 * @param done Units done in that time.
 * @param left Units still to do.
 *
 * @example
 * ```ts
 * import { remainingMs } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.equal(remainingMs(1000, 10, 90), 9000);
 * assert.equal(remainingMs(1000, 0, 90), undefined);
 * ```
 */
export function remainingMs(elapsedMs: number, done: number, left: number): number | undefined {
  return done > 0 ? elapsedMs / done * left : undefined;
}
