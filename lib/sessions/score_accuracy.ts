import type { Benchmark } from "../benchmarks.ts";
import {
  anomalySweepAuc,
  bestPrecisionRecallMean,
  bestThresholdAccuracy,
  energyRunnerAuc,
  macroAuc,
  rocAuc,
} from "../scoring/auc.ts";
import { confusionMatrix } from "../scoring/confusion_matrix.ts";
import { top1 } from "../scoring/top1.ts";
import type { ScoredFile, ScoreFigures, ScoreFinding } from "./score.ts";
import type { Session, SessionInference } from "./session.ts";

type LabelledFile = Omit<ScoredFile, "label"> & { label?: number };

// Files whose windows are all there.
function wholeFiles(inferences: readonly SessionInference[]): LabelledFile[] {
  const byFirstIndex = Map.groupBy(inferences, ({ index, segment }) => index - segment);
  const files: LabelledFile[] = [];
  for (const segments of byFirstIndex.values()) {
    const { file, label, results } = segments[0];
    if (segments.length !== segments[0].segments) continue;
    const outputs = segments.length === 1
      ? results
      : [segments.reduce((sum, segment) => sum + segment.results[0], 0) / segments.length];
    files.push({ file, label, outputs });
  }
  return files;
}

/** Top-1 and both AUCs of an accuracy run; undefined where it has no whole file. */
export function scoreAccuracy(
  session: Session,
  benchmark: Benchmark,
  findings: ScoreFinding[],
): ScoreFigures | undefined {
  const files = wholeFiles(session.inferences);
  if (files.length === 0) return undefined;
  checkInputs(files.length, session, benchmark, findings);
  const labelled = files.filter((file): file is ScoredFile => file.label !== undefined);
  if (labelled.length < files.length) {
    const text =
      `The class of ${files.length - labelled.length} of ${files.length} inputs is not ` +
      "known: accuracy is not computed";
    findings.push({ rule: "labels", text });
    return { inputs: files.length };
  }
  const metrics = accuracyFigures(labelled, benchmark);
  checkTarget(metrics, benchmark, findings);
  return { ...metrics, inputs: files.length, files: labelled };
}

function checkInputs(
  count: number,
  { start }: Session,
  benchmark: Benchmark,
  findings: ScoreFinding[],
): void {
  if (!benchmark.evaluationFiles.includes(count)) {
    const sizes = benchmark.evaluationFiles.join(" or ");
    findings.push({ rule: "inputs", text: `${count} inputs: the official set has ${sizes}` });
  } else if (start.files !== undefined && count < start.files) {
    findings.push({ rule: "inputs", text: `${count} of ${start.files} inputs` });
  }
}

function checkTarget(figures: ScoreFigures, benchmark: Benchmark, findings: ScoreFinding[]): void {
  const { metric, value } = benchmark.target;
  const reached = metric === "auc" ? figures.auc : figures.top1Percent;
  if (reached !== undefined && reached >= value) return;
  const figure = reached === undefined || Number.isNaN(reached)
    ? "not defined"
    : metric === "auc"
    ? reached.toFixed(3)
    : `${reached.toFixed(1)} %`;
  const asked = metric === "auc" ? value : `${value} %`;
  findings.push({ rule: "target", text: `${metric} is ${figure}: the target is ${asked}` });
}

/**
 * Top-1 and both AUCs of labelled files; for ad01 AUCs and what tools print beside them.
 *
 * @param files At least one.
 */
export function accuracyFigures(
  files: readonly ScoredFile[],
  benchmark: Benchmark,
): ScoreFigures {
  const labels = files.map(({ label }) => label);
  if (benchmark.id === "ad01") {
    const scores = files.map(({ outputs }) => outputs[0]);
    return {
      auc: rocAuc(scores, labels.map((label) => label === 1)),
      aucEnergyRunner: anomalySweepAuc(scores, labels),
      bestThresholdAccuracyPercent: bestThresholdAccuracy(scores, labels),
      bestPrecisionRecallMeanPercent: bestPrecisionRecallMean(scores, labels),
    };
  }
  const outputs = files.map((file) => file.outputs);
  const { percent, interval } = top1(outputs, labels);
  return {
    top1Percent: percent,
    top1Interval: interval,
    auc: macroAuc(outputs, labels),
    aucEnergyRunner: energyRunnerAuc(outputs, labels),
    confusion: confusionMatrix(outputs, labels, benchmark.classes.length),
  };
}
