/** Rounds of the benchmark, the oldest first. */
export const rounds = ["v0.5", "v0.7", "v1.0", "v1.1", "v1.2", "v1.3", "v1.4"] as const;

/** A round of the benchmark; rules differ from one to the next. */
export type Round = typeof rounds[number];

/**
 * The round of a name such as "v1.3" or "1.3"; undefined where there is none.
 *
 * @example
 * ```ts
 * import { findRound } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.equal(findRound("1.3"), "v1.3");
 * assert.equal(findRound("v0.6"), undefined);
 * ```
 */
export function findRound(name: string): Round | undefined {
  return rounds.find((round) => round === name || round === `v${name}`);
}

/** Whether a round lies from `since` to `until`, both included. */
export function isRoundIn(round: Round, since: Round, until: Round = rounds.at(-1)!): boolean {
  const place = rounds.indexOf(round);
  return rounds.indexOf(since) <= place && place <= rounds.indexOf(until);
}
