import { minimumIterations, minimumWindowUs, windowCount } from "../../benchmarks.ts";
import type { ScoreFinding } from "../../sessions/score_session.ts";
import type { RunFacts } from "../facts.ts";
import type { Breach, RuleAbout } from "../rule.ts";
import { logOf } from "./log_of.ts";

const asked = { about: "run", since: "v0.5", severity: "error", official: "passes" } as const;

/** Ten seconds, ten inferences, five windows: of performance and energy runs. */
export const windowRules: readonly RuleAbout<"run">[] = [
  {
    ...asked,
    id: "window-count",
    text: `A performance or energy run has ${windowCount} windows`,
    fix: "Run it again, and hand in the whole log",
    *check(facts) {
      yield* said(facts, "window-count");
      const { session, mode } = facts.run;
      if (mode !== "performance" || !session || session.streaming) return;
      if (session.windows.length === 0) yield { path: logOf(facts), text: "There is no window" };
    },
  },
  {
    ...asked,
    id: "window-duration",
    text: `A window lasts at least ${minimumWindowUs / 1e6} seconds`,
    fix: "Run it again with more inferences in a window",
    check: (facts) => said(facts, "runtime"),
  },
  {
    ...asked,
    id: "window-iterations",
    text: `A window has at least ${minimumIterations} inferences`,
    fix: "Run it again with more inferences in a window",
    check: (facts) => said(facts, "iterations"),
  },
];

/** What the score of a session says of one of its rules. */
export function* said(facts: RunFacts, rule: ScoreFinding["rule"]): Generator<Breach> {
  for (const finding of facts.run.score?.findings ?? []) {
    if (finding.rule === rule) yield { path: logOf(facts), text: finding.text };
  }
}
