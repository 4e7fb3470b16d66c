import type { ReadRun, RunFacts } from "../facts.ts";
import type { OfficialLines, PrintedLine } from "../official_lines.ts";
import type { Breach, RuleAbout } from "../rule.ts";
import { onBadAccuracy } from "./official_reaction.ts";
import { said } from "./window_rules.ts";

/** What `results.txt` prints, and whether the log says the same. */
export const figureRules: readonly RuleAbout<"run">[] = [
  {
    id: "results-text",
    about: "run",
    since: "v0.5",
    severity: "error",
    official: "omits",
    text: "A results.txt is a few lines of text in UTF-8",
    fix: "Hand in the results.txt that the runner wrote",
    *check({ run }) {
      if (!run.resultsProblem) return;
      const official = run.mode === "accuracy" ? "stops" : "omits";
      yield { path: run.resultsPath!, text: run.resultsProblem, official };
    },
  },
  {
    id: "printed-throughput",
    about: "run",
    since: "v0.5",
    severity: "error",
    official: "omits",
    text: "The results of a performance run print the median throughput",
    fix: "Hand in the results.txt that the runner wrote",
    *check({ run, result }) {
      if (run.mode !== "performance" || result.benchmark?.id === "sww01") return;
      yield* missing(run, run.lines.throughputInfS, "Median throughput is X inf./sec.");
    },
  },
  {
    id: "printed-energy",
    about: "run",
    since: "v0.5",
    severity: "error",
    official: "omits",
    text: "The results of an energy run print the median energy of an inference",
    fix: "Hand in the results.txt that the runner wrote",
    *check({ run }) {
      if (run.mode !== "energy") return;
      yield* missing(run, run.lines.energyUjPerInf, "Median energy cost is X uJ/inf.");
    },
  },
  {
    id: "printed-accuracy",
    about: "run",
    since: "v0.5",
    severity: "error",
    official: "refuses",
    text: "The results of an accuracy run print its accuracy, in the open division too",
    fix: "Hand in the results.txt that the runner wrote",
    *check(facts) {
      const printed = printedAccuracy(facts);
      if (!printed) return;
      const { figure, metric } = printed;
      const form = metric === "auc" ? "AUC: X" : "Top-1: X%";
      for (const breach of missing(facts.run, figure, form)) {
        const isOpen = facts.organisation.division === "open";
        const onNone = isOpen ? "passes" : onBadAccuracy(facts);
        yield { ...breach, official: figure && Number.isNaN(figure.value) ? "stops" : onNone };
      }
    },
  },
  {
    id: "quality-target",
    about: "run",
    since: "v0.5",
    division: "closed",
    severity: "error",
    official: "refuses",
    text:
      "The closed division asks for 90 % of kws, 85 % of ic, 80 % of vww, 91 % of ic2, an AUC of 0.85 of ad",
    fix: "Quantize the model with more care, or submit in the open division",
    *check(facts) {
      const printed = printedAccuracy(facts);
      if (!printed?.figure || !(printed.figure.value < printed.target)) return;
      if (printed.figure.value === 0) return; // said by another rule
      const { figure: { value, line }, metric, target } = printed;
      const text = metric === "auc"
        ? `The AUC is ${value}: ${target} is asked for`
        : `Top-1 is ${value} %: ${target} % is asked for`;
      yield { path: facts.run.resultsPath!, line, text, official: onBadAccuracy(facts) };
    },
  },
  {
    id: "computed-accuracy",
    about: "run",
    since: "v0.5",
    division: "closed",
    severity: "error",
    official: "passes",
    text: "The quality target is reached by the outputs in the log, not by what is printed alone",
    fix: "Quantize the model with more care, or submit in the open division",
    *check(facts) {
      const printed = printedAccuracy(facts);
      if (!printed || (printed.figure && printed.figure.value < printed.target)) return; // said by another rule
      yield* said(facts, "target");
    },
  },
  {
    id: "figures-agree",
    about: "run",
    since: "v0.5",
    severity: "error",
    official: "passes",
    text: "What results.txt prints is what the log gives",
    fix: "Hand in the results.txt that the runner wrote for this log",
    *check({ run, result }) {
      if (!run.resultsPath) return;
      for (const { figure, window, printed, computed } of run.score?.printed ?? []) {
        const most = mostDifference[figure];
        if (!most || window !== undefined || computed === undefined) continue;
        if (most.of === "share" && printed === 0) continue; // said by another rule
        // What the Python runner prints behind "Top 1%" of ad01 is no accuracy.
        if (result.benchmark?.id === "ad01" && figure === "top1Percent") continue;
        const { of, difference } = most;
        if (Math.abs(printed - computed) <= difference * (of === "share" ? Math.abs(printed) : 1)) {
          continue;
        }
        const name = most.name;
        const text = `The ${name} is printed as ${printed}: the log gives ${
          Number(computed.toFixed(4))
        }`;
        yield { path: run.resultsPath, line: lineOf(run.lines, figure), text };
      }
    },
  },
];

/** How far a printed figure may be from what the log gives: more than rounding and the runners' own oddities make. */
const mostDifference: Readonly<
  Record<string, { name: string; of: "share" | "value"; difference: number }>
> = {
  throughputInfS: { name: "throughput", of: "share", difference: 0.002 },
  energyUjPerInf: { name: "energy", of: "share", difference: 0.002 },
  top1Percent: { name: "top-1 accuracy", of: "value", difference: 0.15 },
  auc: { name: "AUC", of: "value", difference: 0.006 },
  aucEnergyRunner: { name: "AUC", of: "value", difference: 0.015 },
  truePositives: { name: "number of true positives", of: "value", difference: 0 },
  falseNegatives: { name: "number of false negatives", of: "value", difference: 0 },
  falsePositives: { name: "number of false positives", of: "value", difference: 0 },
};

function lineOf(lines: OfficialLines, figure: string): number | undefined {
  switch (figure) {
    case "throughputInfS":
      return (lines.throughputInfS ?? lines.streamingThroughputInfS)?.line;
    case "energyUjPerInf":
      return lines.energyUjPerInf?.line;
    case "top1Percent":
      return lines.top1Percent?.line;
    case "auc":
    case "aucEnergyRunner":
      return lines.auc?.line;
    default:
      return lines.detections?.line;
  }
}

/** What to say where a line that the official checker looks for is not there, or says nothing. */
function* missing(
  { resultsPath: path, resultsProblem }: ReadRun,
  figure: PrintedLine | undefined,
  form: string,
): Generator<Breach> {
  if (!path || resultsProblem) return; // said by another rule
  const line = figure?.line;
  if (!figure) yield { path, text: `There is no line '${form}'` };
  else if (Number.isNaN(figure.value)) {
    yield { path, line, text: `What stands in the line '${form}' is no number` };
  } else if (figure.value === 0) {
    // The official checker does not tell nought from nothing.
    yield { path, line, text: `What stands in the line '${form}' is 0`, official: "refuses" };
  }
}

/** What an accuracy run prints of the figure that its benchmark is judged by. */
function printedAccuracy({ run, result }: RunFacts) {
  if (run.mode !== "accuracy" || !result.benchmark) return undefined;
  const { metric, value: target } = result.benchmark.target;
  if (metric === "streaming") return undefined;
  const figure = metric === "auc" ? run.lines.auc : run.lines.top1Percent;
  return { figure, metric, target };
}
