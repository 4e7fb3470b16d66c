import { windowCount } from "../../benchmarks.ts";
import type { RunFacts } from "../facts.ts";
import type { RuleAbout } from "../rule.ts";

/** Of the samples of a window, this share may be missing. */
const mostLost = 0.001;

/** EnergyRunner sees an edge at the start, and two for each window: the end of the load, and that of the inferences. */
const energyRunnerEdges = 2 * windowCount + 1;

const asked = { about: "run", since: "v0.5", severity: "error", official: "passes" } as const;

/** What the energy monitor saw. */
export const energyRules: readonly RuleAbout<"run">[] = [
  {
    ...asked,
    id: "energy-trace",
    text: "The samples and edges that the energy monitor gave can be read",
    fix: "Copy the trace again from where the runner wrote it",
    *check(facts) {
      const session = energySession(facts);
      if (!session || session.energyTraces.length > 0) return;
      const { files } = session;
      const isThere = session.runner === "energyrunner"
        ? files.trace && files.timestamps
        : files.json;
      if (!isThere) return; // said by another rule
      const why = session.findings.find(({ text }) => /trace|trial/.test(text))?.text;
      yield { path: traceOf(facts), text: why ?? "There is no sample" };
    },
  },
  {
    ...asked,
    id: "energy-samples",
    text: "No more than 0.1 % of an energy window's samples are missing",
    fix: "Run it again: a cable, a hub or a busy computer loses samples",
    *check(facts) {
      const session = energySession(facts);
      for (const window of session?.energyWindows ?? []) {
        const { index, trace, startS, endS } = window;
        const samples = window.samples - window.missing;
        const expected = (endS - startS) * session!.energyTraces[trace].sampleRateHz;
        // A sample at either end is a matter of rounding.
        if (expected - samples - 2 <= expected * mostLost) continue;
        const text = `Window ${index + 1} has ${samples} samples: ${
          expected.toFixed(0)
        } are expected`;
        yield { path: traceOf(facts), text };
      }
    },
  },
  {
    ...asked,
    id: "energy-edges",
    text: "The edges of the timestamp pin are consecutive, and as many as the windows need",
    fix: "Run it again: look at the wire of the timestamp pin",
    *check(facts) {
      const session = energySession(facts);
      if (!session) return;
      const edges = session.energyTraces[0]?.timestampsS.length;
      if (session.runner === "energyrunner" && edges !== undefined && edges !== energyRunnerEdges) {
        yield {
          path: traceOf(facts),
          text: `There are ${edges} edges: ${energyRunnerEdges} are expected`,
        };
      }
      const lost = session.findings.find(({ text }) => text.includes("not consecutive"));
      if (lost) yield { path: traceOf(facts), text: lost.text };
    },
  },
];

function energySession({ run }: RunFacts) {
  return run.mode === "energy" ? run.session : undefined;
}

function traceOf({ run, tree }: RunFacts): string {
  for (const name of ["trace1-timestamps.json", "results.json", "log.txt"]) {
    if (tree.entry(`${run.path}/${name}`)) return `${run.path}/${name}`;
  }
  return run.path;
}
