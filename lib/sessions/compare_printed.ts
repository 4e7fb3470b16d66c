/**
 * What a runner printed, beside what its logs and traces give.
 *
 * @module
 */
import type { PrintedEnergyWindow, PrintedWindow } from "./printed_figures.ts";
import type { PrintedComparison, ScoreFigures } from "./score.ts";
import type { Session } from "./session.ts";

// How far a figure can be from what is printed of it, for the digits that runners print.
type Tolerance = (printed: number) => number;

const decimals = (count: number): Tolerance => () => 0.5 * 10 ** -count;
const significant = (digits: number): Tolerance => (printed) =>
  printed === 0 ? 0 : 0.5 * 10 ** (Math.floor(Math.log10(Math.abs(printed))) - digits + 1);
const allDigits: Tolerance = (printed) => Math.abs(printed) * 1e-9;

/**
 * Every figure that the runner printed, in order, beside the computed one. What stands behind "Top-1" of ad01 is
 * compared with what it is: the best accuracy over thresholds (EnergyRunner), or the best mean of precision and recall
 * (Python runner).
 */
export function comparePrinted(session: Session, score: ScoreFigures): PrintedComparison[] {
  const { printed, streaming } = session;
  const python = session.runner === "mlcommons";
  const anomaly = session.start.benchmark === "ad01";
  const comparisons: PrintedComparison[] = [];
  const compare = (
    figure: string,
    printed: number | undefined,
    computed: number | undefined,
    tolerance: Tolerance,
    window?: number,
  ) => {
    if (printed === undefined) return;
    const comparison: PrintedComparison = { figure, printed };
    if (window !== undefined) comparison.window = window;
    if (computed !== undefined) {
      comparison.computed = computed;
      comparison.difference = computed - printed;
      // A tie can go either way in binary.
      comparison.agrees = Math.abs(computed - printed) <= tolerance(printed) * (1 + 1e-6) + 1e-12;
    }
    comparisons.push(comparison);
  };
  compare(
    "throughputInfS",
    printed.throughputInfS,
    score.throughputInfS,
    streaming ? significant(5) : decimals(3),
  );
  const energyDecimals = decimals(python ? 4 : 3);
  compare("energyUjPerInf", printed.energyUjPerInf, score.energyUjPerInf, energyDecimals);
  const top1 = anomaly
    ? python ? "bestPrecisionRecallMeanPercent" as const : "bestThresholdAccuracyPercent" as const
    : "top1Percent" as const;
  compare(top1, printed.top1Percent, score[top1], decimals(1));
  const auc = python ? "auc" as const : "aucEnergyRunner" as const;
  compare(auc, printed.auc, score[auc], decimals(python ? 3 : 2));
  for (const key of ["truePositives", "falseNegatives", "falsePositives"] as const) {
    compare(key, printed[key], score[key], decimals(0));
  }
  compare("dutyCycle", printed.dutyCycle, score.dutyCycle, significant(5));
  compare("periodS", printed.periodS, score.periodS, significant(5));

  const windowDigits = python ? allDigits : decimals(3);
  for (const window of printed.windows) {
    const computed = windowOf(session, score, window);
    for (const key of ["iterations", "runtimeS", "throughputInfS"] as const) {
      const digits = key === "iterations" ? decimals(0) : windowDigits;
      compare(key, window[key], computed?.[key], digits, window.number);
    }
  }
  for (const window of printed.energyWindows) {
    const index = session.energyWindows.findIndex(({ number }) => number === window.number);
    const computed = score.energyWindows?.[index];
    for (const [key, digits] of energyDigits(python)) {
      compare(key, window[key], computed?.[key], digits, window.number);
    }
  }
  return comparisons;
}

function energyDigits(
  python: boolean,
): [Exclude<keyof PrintedEnergyWindow, "number" | "startS">, Tolerance][] {
  return [
    ["iterations", decimals(0)],
    ["runtimeS", python ? allDigits : decimals(2)],
    ["energyUj", decimals(3)],
    ["powerMw", decimals(python ? 4 : 6)],
    ["energyUjPerInf", decimals(3)],
  ];
}

// EnergyRunner counts the loads between the windows too; the Python runner counts from 1.
function windowOf(session: Session, score: ScoreFigures, { number }: PrintedWindow) {
  if (session.runner === "mlcommons") return score.windows?.[number - 1];
  if (session.start.mode === "energy") {
    const index = session.energyWindows.findIndex((window) => window.number === number);
    return score.energyWindows?.[index];
  }
  return score.windows?.[number / 2 - 1];
}
