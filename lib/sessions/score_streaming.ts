import type { Benchmark } from "../benchmarks.ts";
import { countDetections } from "../scoring/detections.ts";
import { dutyCycle } from "../scoring/duty_cycle.ts";
import type { ScoreFigures, ScoreFinding } from "./score.ts";
import type { StreamingRun } from "./session.ts";

/** Detections and duty cycle of a streaming run, as far as its files give them. */
export function scoreStreaming(
  { detectionsMs, occurrencesS, processing }: StreamingRun,
  benchmark: Benchmark,
  findings: ScoreFinding[],
): ScoreFigures {
  const figures: ScoreFigures = {};
  if (occurrencesS && detectionsMs.length > 0) {
    Object.assign(figures, countDetections(detectionsMs, occurrencesS));
    const { value } = benchmark.target;
    const { falseNegatives = 0, falsePositives = 0 } = figures;
    if (falseNegatives > value || falsePositives > value) {
      const text = `${falseNegatives} false negatives, ${falsePositives} false positives: ` +
        `at most ${value} of each are allowed`;
      findings.push({ rule: "target", text });
    }
  } else {
    const text = "The times of the wakewords are not known: detections are not counted";
    findings.push({ rule: "labels", text });
  }
  const { startsS = [], endsS = [] } = processing ?? {};
  if (startsS.length > 1 && startsS.length === endsS.length) {
    const { dutyCycle: share, periodS, throughputInfS } = dutyCycle(startsS, endsS);
    Object.assign(figures, { dutyCycle: share, periodS, throughputInfS });
    figures.latencyMs = 1000 / throughputInfS;
  } else {
    findings.push({ rule: "recomputed", text: "The times of the frames are not kept" });
  }
  return figures;
}
