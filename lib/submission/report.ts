/**
 * What a check gives.
 *
 * @module
 */
import type { SessionMode } from "../sessions/session.ts";
import type { SubmissionFinding } from "./finding.ts";
import type { SubmittedResult } from "./layout.ts";
import { isRoundIn, type Round } from "./rounds.ts";

/**
 * One benchmark on one system, checked. Figures are as its `results.txt` print them; those that they do not print, as
 * they stand in files of other names, or as they are computed.
 */
export interface CheckedResult {
  /** Its folder. */
  path: string;
  /** Its division. */
  division: string;
  /** Who submits it. */
  organisation: string;
  /** The system. */
  system: string;
  /** Id of the benchmark; undefined where the folder names none. */
  benchmark?: string;
  /** What stands beside the benchmark in folder names. */
  variant?: string;
  /** Median inferences a second; of streaming 1 / mean processing time. */
  throughputInfS?: number;
  /** Percent. */
  top1Percent?: number;
  /** Area under the ROC curve. */
  auc?: number;
  /** Median µJ an inference. */
  energyUjPerInf?: number;
  /** Of streaming. */
  detections?: { truePositives: number; falseNegatives: number; falsePositives: number };
  /** The official list whose inputs its accuracy run took; undefined where it is none that is known. */
  inputList?: string;
  /** Whether it keeps every rule that can be checked. */
  isValid: boolean;
  /** How many errors and warnings are about it. */
  errors: number;
  /** How many warnings are about it. */
  warnings: number;
  /**
   * What the official checker (v1.3, v1.4) makes of it: it is `taken`, `refused`, or left out (`omitted`); or the
   * checker `stops` before it is done. Undefined for rounds that it does not check.
   */
  official?: "taken" | "refused" | "omitted" | "stops";
}

/** What a check gives. */
export interface SubmissionReport {
  /** The folder, as it was named. */
  path: string;
  /** The round whose rules count. */
  round: Round;
  /** Whether there is a result, and no error. */
  isValid: boolean;
  /** The results, by path. */
  results: CheckedResult[];
  /** What was found. */
  findings: SubmissionFinding[];
}

/** What a run is worth. */
export interface RunFigures {
  /** Median inferences a second; of streaming 1 / mean processing time. */
  throughputInfS?: number;
  /** Percent. */
  top1Percent?: number;
  /** Area under the ROC curve, by the definition of the runner. */
  auc?: number;
  /** Median µJ an inference. */
  energyUjPerInf?: number;
  /** Of streaming. */
  detections?: { truePositives: number; falseNegatives: number; falsePositives: number };
}

/** What is kept of a run once it is checked. */
export interface CheckedRun {
  /** Kind of run. */
  mode: SessionMode;
  /** What it is worth. */
  figures: RunFigures;
  /** The official list whose files it took. */
  inputList?: string;
}

/** Sums up what was found about a result. */
export function checkedResult(
  result: SubmittedResult,
  runs: readonly CheckedRun[],
  findings: readonly SubmissionFinding[],
  round: Round,
): CheckedResult {
  const [division, organisation, , system] = result.path.split("/");
  const benchmark = result.benchmark?.id;
  const own = findings.filter((finding) => isAbout(finding, { path: result.path, benchmark }));
  const figures = (mode: SessionMode) => runs.find((run) => run.mode === mode)?.figures;
  const energy = figures("energy");
  const accuracy = figures("accuracy");
  // Of streaming the energy run gives all figures, as to the official checker.
  const speed = benchmark === "sww01" ? energy : figures("performance");
  const errors = own.filter(({ severity }) => severity === "error").length;
  return {
    path: result.path,
    division,
    organisation,
    system,
    benchmark,
    variant: result.variant,
    throughputInfS: speed?.throughputInfS,
    top1Percent: benchmark === "ad01" ? undefined : accuracy?.top1Percent,
    auc: accuracy?.auc,
    energyUjPerInf: energy?.energyUjPerInf,
    detections: energy?.detections,
    inputList: runs.find(({ mode }) => mode === "accuracy")?.inputList,
    isValid: errors === 0,
    errors,
    warnings: own.filter(({ severity }) => severity === "warning").length,
    official: isRoundIn(round, "v1.3") ? officialVerdict(own, findings) : undefined,
  };
}

/** Whether a finding is about a result, given its folder and benchmark. */
function isAbout(
  finding: SubmissionFinding,
  result: { path: string; benchmark?: string },
): boolean {
  const { scope, benchmark } = finding;
  if (benchmark !== undefined && benchmark !== result.benchmark) return false;
  return isWithin(result.path, scope) || isWithin(scope, result.path);
}

function isWithin(path: string, folder: string): boolean {
  return folder === "" || path === folder || path.startsWith(folder + "/");
}

function officialVerdict(own: readonly SubmissionFinding[], all: readonly SubmissionFinding[]) {
  if (all.some((finding) => finding.official === "stops" && isReached(finding, all))) {
    return "stops";
  }
  if (own.some(({ official }) => official === "refuses")) return "refused";
  return own.some(({ official }) => official === "omits") ? "omitted" : "taken";
}

/** What lies in an organisation, system or result that is refused is not looked at any more. */
function isReached(finding: SubmissionFinding, all: readonly SubmissionFinding[]): boolean {
  return !all.some(({ official, scope }) =>
    official === "refuses" && scope !== finding.scope && isWithin(finding.scope, scope)
  );
}
