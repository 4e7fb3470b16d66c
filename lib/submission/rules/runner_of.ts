import type { ReadRun, ResultFacts } from "../facts.ts";
import { isRoundIn } from "../rounds.ts";

/** The official runners. */
export type OfficialRunner = "energyrunner" | "mlcommons";

/** Name of the file that marks a result of EnergyRunner, from v1.3. */
export const runnerMark = "EEMBC_RUNNER";

/** The runner that a result says it was made with: from v1.3 by a file, before that there was but one. */
export function namedRunner({ tree, round, result }: ResultFacts): OfficialRunner {
  const isMarked = tree.entry(`${result.path}/${runnerMark}`) !== undefined;
  return isMarked || isRoundIn(round, "v0.5", "v1.2") ? "energyrunner" : "mlcommons";
}

/** The runner that a session was made with; undefined where its files do not tell. */
export function runnerOf({ session }: ReadRun): OfficialRunner | undefined {
  // A results.txt alone looks much the same in both.
  if (!session?.files.log && !session?.files.json && !session?.files.events) return undefined;
  return session.runner === "energyrunner" ? "energyrunner" : "mlcommons";
}

/** The runner that a result's sessions were made with: EnergyRunner where any was; undefined where none tells. */
export function actualRunner({ runs }: ResultFacts): OfficialRunner | undefined {
  const runners = runs.map(runnerOf);
  return runners.find((runner) => runner === "energyrunner") ?? runners.find((runner) => runner);
}
