import { findBenchmark } from "../../benchmarks.ts";
import type { ReadRun } from "../facts.ts";
import type { SubmissionRule } from "../rule.ts";

/** What was measured, and on what. */
export const deviceRules: readonly SubmissionRule[] = [
  {
    id: "same-firmware",
    about: "result",
    since: "v0.5",
    severity: "error",
    official: "passes",
    text: "The same firmware runs in all modes",
    fix: "Build once, and run all modes with that",
    *check({ runs }) {
      for (const [name, what] of [["name", "name"], ["profile", "firmware"]] as const) {
        const said = runs.filter(({ session }) => session?.start.dut[name]);
        const first = said.find(({ mode }) => mode === "performance") ?? said[0];
        const other = said.find((run) => dut(run)[name] !== dut(first)[name]);
        if (!other) continue;
        const text = `The device's ${what} is '${dut(other)[name]}', and '${
          dut(first)[name]
        }' in '${first.name}'`;
        yield { path: other.path, text };
      }
    },
  },
  {
    id: "model-of-benchmark",
    about: "run",
    since: "v0.5",
    severity: "error",
    official: "passes",
    text: "The firmware says that it runs the benchmark of the folder",
    fix: "Put the session into the folder of its benchmark",
    *check({ run, result: { benchmark } }) {
      const model = run.session?.start.dut.model;
      const isKnown = model && findBenchmark(model);
      if (!benchmark || !isKnown || isKnown.id === benchmark.id) return;
      yield {
        path: run.path,
        text: `The device runs '${model}' in the folder of '${benchmark.id}'`,
      };
    },
  },
  {
    id: "measured",
    about: "run",
    since: "v0.5",
    severity: "error",
    official: "passes",
    text: "Figures are measured on a device",
    fix: "Run the benchmark on the board",
    *check({ run }) {
      const { source, sourceText } = run.session?.start ?? {};
      if (source !== undefined && source !== "measured") {
        yield {
          path: run.path,
          text: `Figures are ${source}${sourceText ? `: ${sourceText}` : ""}`,
        };
      } else if (run.lines.source) {
        const { text, line } = run.lines.source;
        yield { path: run.resultsPath!, line, text: `Figures are ${text}` };
      }
    },
  },
];

function dut(run: ReadRun) {
  return run.session!.start.dut;
}
