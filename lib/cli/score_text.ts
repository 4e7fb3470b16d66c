import { findBenchmark } from "../benchmarks.ts";
import type { PrintedComparison, Score } from "../sessions/score_session.ts";

/**
 * A score as lines for a person.
 *
 * @param sourceText Where its figures come from, in words.
 */
export function scoreText(score: Score, sourceText?: string): string {
  const benchmark = findBenchmark(score.benchmark)!;
  const lines = [`${benchmark.title} (${benchmark.id}), ${score.mode}, ${score.source}`];
  if (score.runner !== "thimble") lines[0] += `, run by ${runnerNames[score.runner]}`;
  if (sourceText) lines.push(`  ${sourceText}`);
  lines.push("", ...figureLines(score), ...printedLines(score.printed ?? []), "");
  const broken = score.findings.filter(({ rule }) => rule !== "source");
  if (broken.length === 0) {
    const not = score.source === "measured" ? "" : `, but ${score.source}: it cannot be submitted`;
    lines.push(`  Keeps the rules that can be checked here${not}`);
  } else {
    lines.push("  Not valid by the rules of the closed division, or doubtful:");
    for (const { text } of broken) lines.push(`  - ${text}`);
  }
  return lines.join("\n");
}

const runnerNames = {
  energyrunner: "EEMBC's EnergyRunner",
  mlcommons: "the MLCommons Python runner",
  thimble: "Thimble",
};

const row = (name: string, value: string, note = "") =>
  `  ${name.padEnd(11)} ${value}${note && `   ${note}`}`;

function figureLines(score: Score): string[] {
  const lines: string[] = [];
  const windows = score.windows ?? score.energyWindows ?? [];
  if (score.throughputInfS !== undefined) {
    const note = windows.length > 0
      ? `median of ${windows.length} windows`
      : "1 / mean time a frame";
    lines.push(row("Throughput", `${significant(score.throughputInfS)} inf/s`, note));
    lines.push(row("Latency", `${significant(score.latencyMs!)} ms`));
  }
  if (score.energyUjPerInf !== undefined) {
    lines.push(row("Energy", `${significant(score.energyUjPerInf)} µJ/inf`));
    lines.push(row("Power", `${significant(score.powerMw!)} mW`));
  }
  for (const [i, window] of windows.entries()) {
    const runtime = `${window.iterations} inferences in ${window.runtimeS.toFixed(3)} s`;
    const energy = score.energyWindows?.[i]?.energyUjPerInf;
    const figure = energy === undefined
      ? `${significant(window.throughputInfS)} inf/s`
      : `${significant(energy)} µJ/inf`;
    lines.push(row(`  window ${i + 1}`, figure, runtime));
  }
  lines.push(...accuracyLines(score), ...streamingLines(score));
  return lines;
}

function accuracyLines(score: Score): string[] {
  const lines: string[] = [];
  if (score.top1Percent !== undefined) {
    const { low, high } = score.top1Interval!;
    const interval = `95 % interval ${low.toFixed(1)} to ${high.toFixed(1)} %`;
    lines.push(
      row("Top-1", `${score.top1Percent.toFixed(1)} %`, `${interval}, ${score.inputs} inputs`),
    );
  }
  if (score.auc !== undefined) {
    const note = `as EnergyRunner counts it ${score.aucEnergyRunner!.toFixed(2)}`;
    lines.push(row("AUC", score.auc.toFixed(3), note));
  }
  if (score.bestThresholdAccuracyPercent !== undefined) {
    const best = `${score.bestThresholdAccuracyPercent.toFixed(1)} %`;
    lines.push(row("Best acc.", best, "threshold chosen on the test set: not a score"));
  }
  if (score.mode === "accuracy" && score.auc !== undefined) {
    const { metric, value } = findBenchmark(score.benchmark)!.target;
    const met = score.findings.some(({ rule }) => rule === "target") ? "missed" : "met";
    lines.push(
      row("Target", metric === "auc" ? `AUC ${value}: ${met}` : `top-1 ${value} %: ${met}`),
    );
  }
  return lines;
}

function streamingLines(score: Score): string[] {
  const lines: string[] = [];
  if (score.truePositives !== undefined) {
    const missed = `${score.falseNegatives} missed, ${score.falsePositives} false`;
    lines.push(row("Detections", `${score.truePositives} right, ${missed}`));
  }
  if (score.dutyCycle !== undefined) {
    const period = `a frame each ${(1000 * score.periodS!).toFixed(2)} ms`;
    lines.push(row("Duty cycle", `${(100 * score.dutyCycle).toFixed(2)} %`, period));
  }
  return lines;
}

// What the runner printed for the whole run; its windows only where they differ, as findings.
function printedLines(printed: readonly PrintedComparison[]): string[] {
  const whole = printed.filter(({ window }) => window === undefined);
  if (whole.length === 0) return [];
  const lines = ["", "  Printed by the runner:"];
  for (const { figure, printed: said, difference, agrees } of whole) {
    const note = agrees === undefined
      ? "cannot be computed from what is here"
      : agrees
      ? "computed here too"
      : `computed here ${difference! > 0 ? "+" : ""}${significant(difference!)}`;
    lines.push(`  - ${figure} ${said}: ${note}`);
  }
  return lines;
}

// Four digits that count.
function significant(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const digits = Math.max(0, 3 - Math.floor(Math.log10(Math.abs(value) || 1)));
  return value.toFixed(Math.min(6, digits));
}
