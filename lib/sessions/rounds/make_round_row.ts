/**
 * From the sessions of a system to its row.
 *
 * @module
 */
import { median } from "../../scoring/median.ts";
import type { Score } from "../score.ts";
import type { Runner, Session } from "../session.ts";
import type { RoundRow } from "./round_row.ts";
import type { SubmittedSystem } from "./submitted_system.ts";

/** A session as far as a row needs it, so that its logs and traces need not be kept. */
export interface SessionSummary {
  /** The tool. */
  runner: Runner;
  /** Its score without windows and files; undefined where nothing could be scored. */
  score?: Pick<
    Score,
    | "throughputInfS"
    | "energyUjPerInf"
    | "powerMw"
    | "top1Percent"
    | "auc"
    | "aucEnergyRunner"
    | "truePositives"
    | "falseNegatives"
    | "falsePositives"
  >;
  /** Windows in the log. */
  windows: number;
  /** Whether all inputs of an official set were scored. */
  wholeSet: boolean;
  /** What the runner printed. */
  printed: Session["printed"];
  /** In words. */
  findings: string[];
  /** Path of the log in the checkout. */
  log?: string;
}

/** Where a row belongs, and its sessions. */
export interface RowSource {
  /** Of the row. */
  round?: string;
  /** Of the row. */
  division: string;
  /** Of the row. */
  organisation: string;
  /** Of the row. */
  system: string;
  /** Of the row. */
  benchmark: string;
  /** What the submitter says of the system. */
  description?: SubmittedSystem;
  /** What was odd about folders and files. */
  findings: string[];
  /** The sessions. */
  performance?: SessionSummary;
  /** The sessions. */
  energy?: SessionSummary;
  /** The sessions. */
  accuracy?: SessionSummary;
}

/** Puts a row together. Figures that cannot be computed are those that the runner printed, and `findings` says so. */
export function makeRoundRow(source: RowSource): RoundRow {
  const { performance, energy, accuracy, description } = source;
  const findings = [...source.findings];
  const streaming = source.benchmark === "sww01";
  if (description?.problem) findings.push("the system's description is no valid JSON");
  const speed = speedOf(source, findings);
  const cost = energy && energyOf(energy, findings);
  const quality = accuracy && accuracyOf(accuracy, source.benchmark === "ad01", findings);
  const heard = streaming ? detectionsOf(performance, energy, findings) : undefined;
  for (const mode of ["performance", "energy", "accuracy"] as const) {
    for (const text of source[mode]?.findings ?? []) findings.push(`${mode}: ${text}`);
  }
  return {
    round: source.round ?? null,
    division: source.division,
    availability: description?.availability ?? null,
    organisation: source.organisation,
    system: source.system,
    processor: description?.processor ?? null,
    clock: description?.clock ?? null,
    accelerator: description?.accelerator ?? null,
    framework: description?.framework ?? null,
    benchmark: source.benchmark,
    runner: (performance ?? accuracy ?? energy)?.runner ?? null,
    throughputInfS: figure(speed),
    latencyMs: speed ? figure(1000 / speed) : null,
    energyUjPerInf: figure(cost?.energyUjPerInf),
    powerMw: figure(cost?.powerMw),
    top1Percent: figure(quality?.top1Percent),
    auc: figure(quality?.auc),
    truePositives: figure(heard?.truePositives),
    falseNegatives: figure(heard?.falseNegatives),
    falsePositives: figure(heard?.falsePositives),
    windows: performance && !streaming ? performance.windows : null,
    findings: findings.length > 0 ? findings.join("; ") : null,
    performanceLog: performance?.log ?? null,
    energyLog: energy?.log ?? null,
    accuracyLog: accuracy?.log ?? null,
  };
}

const figure = (value: number | undefined) =>
  value !== undefined && Number.isFinite(value) ? value : null;

function speedOf({ performance, energy }: RowSource, findings: string[]): number | undefined {
  if (performance?.score?.throughputInfS !== undefined) return performance.score.throughputInfS;
  if (performance?.printed.throughputInfS !== undefined) {
    findings.push("throughput is as printed");
    return performance.printed.throughputInfS;
  }
  const inEnergy = energy?.score?.throughputInfS ?? energy?.printed.throughputInfS;
  if (inEnergy !== undefined) findings.push("throughput is that of the energy run");
  return inEnergy;
}

function energyOf({ score, printed }: SessionSummary, findings: string[]) {
  if (score?.energyUjPerInf !== undefined) return score;
  if (printed.energyUjPerInf === undefined) return undefined;
  findings.push("energy is as printed");
  const powers = printed.energyWindows.map(({ powerMw }) => powerMw).filter((mw) =>
    mw !== undefined
  );
  return {
    energyUjPerInf: printed.energyUjPerInf,
    powerMw: powers.length > 0 ? median(powers) : undefined,
  };
}

function accuracyOf(accuracy: SessionSummary, anomaly: boolean, findings: string[]) {
  const { score, printed, wholeSet, runner } = accuracy;
  const computed = {
    top1Percent: score?.top1Percent,
    auc: runner === "energyrunner" ? score?.aucEnergyRunner : score?.auc,
  };
  // A part of the inputs is not the score of the run.
  if (wholeSet && computed.auc !== undefined) return computed;
  const said = { top1Percent: anomaly ? undefined : printed.top1Percent, auc: printed.auc };
  if (said.top1Percent === undefined && said.auc === undefined) return computed;
  findings.push("accuracy is as printed");
  return said;
}

function detectionsOf(
  performance: SessionSummary | undefined,
  energy: SessionSummary | undefined,
  findings: string[],
) {
  for (const session of [performance, energy]) {
    if (session?.score?.truePositives !== undefined) return session.score;
  }
  const printed = [performance, energy]
    .map((session) => session?.printed)
    .find((figures) => figures?.truePositives !== undefined);
  if (printed) findings.push("detections are as printed");
  return printed;
}
