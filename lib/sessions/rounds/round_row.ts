import type { Runner } from "../session.ts";

/** One system on one benchmark in one round. What is not there is null. */
export interface RoundRow {
  /** Such as "v1.2". */
  round: string | null;
  /** "closed" or "open". */
  division: string;
  /** "available", "preview" or "rdi", as the submitter wrote it. */
  availability: string | null;
  /** Folder of the submitter. */
  organisation: string;
  /** Folder of the system; with further levels, such as that of the model, behind a slash. */
  system: string;
  /** Name of the processor. */
  processor: string | null;
  /** Its clock, with the unit. */
  clock: string | null;
  /** Name of the accelerator. */
  accelerator: string | null;
  /** Inference framework. */
  framework: string | null;
  /** Id of the benchmark, such as "kws01". */
  benchmark: string;
  /** The tool that ran it. */
  runner: Runner | null;
  /** Median over the windows, inferences a second; of sww01 1 / mean processing time. */
  throughputInfS: number | null;
  /** 1000 / throughput. */
  latencyMs: number | null;
  /** Median, µJ an inference; of sww01 µJ of the whole recording. */
  energyUjPerInf: number | null;
  /** Median of the windows' mean power. */
  powerMw: number | null;
  /** Classifiers only. */
  top1Percent: number | null;
  /** By the definition of the runner that ran it. */
  auc: number | null;
  /** sww01: wakewords that were detected. */
  truePositives: number | null;
  /** sww01: wakewords that were not. */
  falseNegatives: number | null;
  /** sww01: detections of nothing. */
  falsePositives: number | null;
  /** Performance windows in the log. */
  windows: number | null;
  /** What is odd or breaks a rule, in words. */
  findings: string | null;
  /** Path in the checkout. */
  performanceLog: string | null;
  /** Path in the checkout. */
  energyLog: string | null;
  /** Path in the checkout. */
  accuracyLog: string | null;
}

/** Keys of a row, in the order of the table. */
export const roundRowKeys = [
  "round",
  "division",
  "availability",
  "organisation",
  "system",
  "processor",
  "clock",
  "accelerator",
  "framework",
  "benchmark",
  "runner",
  "throughputInfS",
  "latencyMs",
  "energyUjPerInf",
  "powerMw",
  "top1Percent",
  "auc",
  "truePositives",
  "falseNegatives",
  "falsePositives",
  "windows",
  "findings",
  "performanceLog",
  "energyLog",
  "accuracyLog",
] as const satisfies readonly (keyof RoundRow)[];
