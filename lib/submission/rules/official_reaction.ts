import type { SessionMode } from "../../sessions/session.ts";
import type { ResultFacts } from "../facts.ts";
import type { OfficialReaction } from "../finding.ts";

/** Runs that a result has to have. */
export function requiredModes({ result }: ResultFacts): readonly SessionMode[] {
  return result.benchmark?.id === "sww01" ? ["energy"] : ["performance", "accuracy"];
}

/** What the official checker does with a result that lacks a run: it looks for folders of just these names. */
export function onMissingRun(facts: ResultFacts, mode: SessionMode): OfficialReaction {
  if (!requiredModes(facts).includes(mode)) return "passes";
  return mode === "accuracy" ? onBadAccuracy(facts) : "omits";
}

/**
 * What the official checker does with a result whose accuracy it does not accept: it refuses it where it has a
 * throughput, and leaves it out where it has none.
 */
export function onBadAccuracy({ runs }: ResultFacts): OfficialReaction {
  const throughput = runs.find(({ name }) => name === "performance")?.lines.throughputInfS;
  const energy = runs.find(({ name }) => name === "energy");
  const isRead = throughput && !Number.isNaN(throughput.value);
  const isTaken = isRead && (!energy || energy.lines.energyUjPerInf);
  return isTaken ? "refuses" : "omits";
}
