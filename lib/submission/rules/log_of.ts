import type { RunFacts } from "../facts.ts";

/** The log of a run, or the folder where it would be. */
export function logOf({ run, tree }: RunFacts): string {
  return tree.entry(`${run.path}/log.txt`) ? `${run.path}/log.txt` : run.path;
}
