import { benchmarks } from "../../benchmarks.ts";
import type { RunFacts } from "../facts.ts";
import type { RuleAbout } from "../rule.ts";

/** How often the wakeword is said in the official recording. */
const occurrences = 50;

const mostErrors = benchmarks.sww01.target.value;

/** Streaming wakeword. */
export const streamingRules: readonly RuleAbout<"run">[] = [
  {
    id: "printed-detections",
    about: "run",
    since: "v1.3",
    severity: "error",
    official: "refuses",
    text: "The results of a streaming run print its detections and its throughput",
    fix: "Hand in the results.txt that the runner wrote",
    *check({ run, result }) {
      if (run.mode !== "energy" || result.benchmark?.id !== "sww01" || !run.resultsPath) return;
      const { detections, streamingThroughputInfS } = run.lines;
      const lines = [
        detections ? [] : ["Accuracy: X True positives, X False negatives, X False positives"],
        streamingThroughputInfS ? [] : ["Estimated throughput: X inf./sec."],
      ].flat();
      for (const line of lines) yield { path: run.resultsPath, text: `There is no line '${line}'` };
    },
  },
  {
    id: "streaming-occurrences",
    about: "run",
    since: "v1.3",
    severity: "error",
    official: "refuses",
    text:
      `True positives and false negatives are ${occurrences} together: the recording says the wakeword so often`,
    fix: "Run it again with the official recording",
    *check(facts) {
      const { truePositives, falseNegatives, line } = detectionsOf(facts) ?? {};
      if (truePositives === undefined || truePositives + falseNegatives! === occurrences) return;
      const text = `${truePositives} true positives and ${falseNegatives} false negatives are ${
        truePositives + falseNegatives!
      }`;
      yield { path: facts.run.resultsPath!, line, text };
    },
  },
  {
    id: "streaming-target",
    about: "run",
    since: "v1.3",
    division: "closed",
    severity: "error",
    official: "refuses",
    text:
      `The closed division allows ${mostErrors} false positives and ${mostErrors} false negatives`,
    fix: "Choose another threshold, or submit in the open division",
    *check(facts) {
      const { falsePositives, falseNegatives, line } = detectionsOf(facts) ?? {};
      const path = facts.run.resultsPath!;
      if (falsePositives! > mostErrors) {
        yield { path, line, text: `There are ${falsePositives} false positives` };
      }
      if (falseNegatives! > mostErrors) {
        yield { path, line, text: `There are ${falseNegatives} false negatives` };
      }
    },
  },
];

function detectionsOf({ run, result }: RunFacts) {
  if (run.mode !== "energy" || result.benchmark?.id !== "sww01") return undefined;
  return run.lines.detections;
}
