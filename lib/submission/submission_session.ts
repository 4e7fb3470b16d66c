import { type Benchmark, findBenchmark } from "../benchmarks.ts";
import { InputError } from "../errors.ts";
import { readSession } from "../sessions/read_session.ts";
import { scoreSession } from "../sessions/score_session.ts";
import type { Session } from "../sessions/session.ts";

/** A session that can be submitted. */
export interface SubmissionSession {
  /** Where it is. */
  source: string;
  /** What it ran. */
  benchmark: Benchmark;
  /** The session. */
  session: Session;
}

/**
 * Reads a session that is to be submitted.
 *
 * @param source Its folder.
 * @throws {InputError} It cannot be read, does not say which benchmark it ran, or was not measured on a device.
 *
 * @example
 * ```ts
 * import { InputError, readSubmissionSession } from "thimble";
 * import assert from "node:assert/strict";
 *
 * await assert.rejects(readSubmissionSession("no/such/folder"), InputError);
 * ```
 */
export async function readSubmissionSession(source: string): Promise<SubmissionSession> {
  const session = await readSession(source);
  const { start } = session;
  const benchmark = findBenchmark(start.benchmark);
  if (!benchmark) {
    throw new InputError(
      `Cannot submit '${source}' as it does not say which benchmark it ran`,
      { source, hint: "Name the folder of one session, with its log" },
    );
  }
  if (start.source !== "measured") {
    throw new InputError(
      `Cannot submit '${source}' as its figures are ${start.source}, not measured`,
      { source, hint: "Run the benchmark on the board" },
    );
  }
  return { source, benchmark, session };
}

/** The accuracy that a session gives, in words; undefined where it gives none. */
export function describeAccuracy({ session, benchmark }: SubmissionSession): string | undefined {
  const { top1Percent, auc, truePositives, falseNegatives, falsePositives } = scoreSession(session);
  if (truePositives !== undefined) {
    return `${truePositives} true positives, ${falseNegatives} false negatives, ${falsePositives} false positives`;
  }
  if (benchmark.target.metric === "auc") {
    return auc === undefined ? undefined : `AUC ${auc.toFixed(3)}`;
  }
  return top1Percent === undefined ? undefined : `top-1 ${top1Percent.toFixed(1)} %`;
}
