import type { Interval } from "../scoring/top1.ts";
import type { Source } from "./events.ts";
import type { BrokenRule, Runner, SessionMode } from "./session.ts";

/** A rule that a session does not keep, or a reason to doubt its figures. */
export interface ScoreFinding {
  /**
   * Short name of the rule. `labels`: classes of inputs are not known, so nothing can be said of accuracy. `recomputed`:
   * logs or traces are missing, so only printed figures are there. `printed`: the runner printed another figure.
   * `lost-samples`: more than 0.1 % of a window's samples are missing. `edges`: the edges of the timestamp pin are not those
   * of the runs. `supply`: the windows were not all fed with one voltage. `power`: no board takes that much, or gives power.
   * `trace`: the samples are not those that the windows were recorded from.
   */
  rule:
    | BrokenRule
    | "complete"
    | "window-count"
    | "runtime"
    | "iterations"
    | "supply"
    | "power"
    | "inputs"
    | "target"
    | "source"
    | "labels"
    | "recomputed"
    | "printed";
  /** What is wrong, with figures. */
  text: string;
}

/** One performance window, scored. */
export interface ScoredWindow {
  /** The input that was loaded. */
  file: string;
  /** Measured inferences. */
  iterations: number;
  /** Seconds of the device's clock; in energy runs of the monitor's. */
  runtimeS: number;
  /** Inferences a second. */
  throughputInfS: number;
}

/** One energy window, scored. */
export interface ScoredEnergyWindow extends ScoredWindow {
  /** µJ of all inferences. */
  energyUj: number;
  /** µJ of one inference. */
  energyUjPerInf: number;
  /** Mean power in mW. */
  powerMw: number;
}

/** One file of an accuracy run. */
export interface ScoredFile {
  /** The input that was loaded. */
  file: string;
  /** Class index; for ad01 1 for an anomaly. */
  label: number;
  /** Class outputs; for ad01 the one file score, the mean of its windows' errors. */
  outputs: number[];
}

/** One printed figure. */
export interface PrintedComparison {
  /** Key of the figure in `Score`, or in its windows. */
  figure: string;
  /** Number of the window as it is printed; undefined for the figures of the whole run. */
  window?: number;
  /** As the runner printed it. */
  printed: number;
  /** As it is computed here; undefined where it cannot be. */
  computed?: number;
  /** Computed − printed. */
  difference?: number;
  /** Whether the computed figure rounds to the printed one; undefined where there is none. */
  agrees?: boolean;
}

/** What a session is worth, computed from its logs and traces. Figures that its mode does not give are undefined. */
export interface Score {
  /** What is run. */
  benchmark: string;
  /** Kind of run. */
  mode: SessionMode;
  /** The tool that ran it. */
  runner: Runner;
  /** Where its figures come from. */
  source: Source;
  /** Whether it keeps every rule of the closed division that can be seen here. */
  valid: boolean;
  /** Why not. */
  findings: ScoreFinding[];
  /** Median over the windows, inferences a second; of streaming 1 / mean processing time. */
  throughputInfS?: number;
  /** Of one inference, in ms: 1000 / throughput. */
  latencyMs?: number;
  /** The windows, scored. */
  windows?: ScoredWindow[];
  /** Median over the windows, µJ an inference. */
  energyUjPerInf?: number;
  /** Median of the windows' mean power, in mW. */
  powerMw?: number;
  /** The energy windows, scored. */
  energyWindows?: ScoredEnergyWindow[];
  /** Percent; classifiers only. */
  top1Percent?: number;
  /** 95 % interval of it, in percent (Wilson). */
  top1Interval?: Interval;
  /** Area under the ROC curve as the MLCommons Python runner prints it (scikit-learn's definition). */
  auc?: number;
  /** The same as EEMBC's EnergyRunner prints it (a sweep over thresholds). */
  aucEnergyRunner?: number;
  /** ad01 only: what EnergyRunner prints as "Top-1", chosen on the test set: not a score. */
  bestThresholdAccuracyPercent?: number;
  /** ad01 only: what the Python runner prints as "Top 1%", chosen on the test set: no accuracy, not a score. */
  bestPrecisionRecallMeanPercent?: number;
  /** Files that were scored. */
  inputs?: number;
  /** Rows true, columns predicted; classifiers only. */
  confusion?: number[][];
  /** The files, in order. */
  files?: ScoredFile[];
  /** Streaming: occurrences that were detected. */
  truePositives?: number;
  /** Streaming: occurrences that were not. */
  falseNegatives?: number;
  /** Streaming: detections without an occurrence. */
  falsePositives?: number;
  /** Streaming: share of the time that the device works, 0–1. */
  dutyCycle?: number;
  /** Streaming: seconds from frame to frame. */
  periodS?: number;
  /** What the runner printed, beside what is computed here; undefined where it printed nothing. */
  printed?: PrintedComparison[];
}

/** Figures of a score, without what it is the score of. */
export type ScoreFigures = Omit<
  Score,
  "benchmark" | "mode" | "runner" | "source" | "valid" | "findings" | "printed"
>;
