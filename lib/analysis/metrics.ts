/**
 * The figures of a result: what they are called, what is better.
 *
 * @module
 */
import type { ResultRow } from "./result_row.ts";

/** Keys of a result that are figures. */
export type MetricKey =
  | "latencyMs"
  | "throughputInfS"
  | "energyUjPerInf"
  | "powerMw"
  | "top1Percent"
  | "auc"
  | "modelBytes"
  | "macs"
  | "ramBytes";

/** How a figure is written and judged. */
export interface Metric {
  /** For titles of axes, with the unit. */
  title: string;
  /** For hover texts and tables. */
  name: string;
  /** Behind the number; empty where it has none. */
  unit: string;
  /** Whether a small or a large figure is better. */
  better: "low" | "high";
  /** Whether ratios matter: the axis is logarithmic. */
  log: boolean;
}

/** All of them. */
export const metrics: Readonly<Record<MetricKey, Metric>> = {
  latencyMs: { title: "Latency (ms)", name: "latency", unit: "ms", better: "low", log: true },
  throughputInfS: {
    title: "Throughput (inferences/s)",
    name: "throughput",
    unit: "inferences/s",
    better: "high",
    log: true,
  },
  energyUjPerInf: {
    title: "Energy (µJ/inference)",
    name: "energy",
    unit: "µJ/inference",
    better: "low",
    log: true,
  },
  powerMw: { title: "Power (mW)", name: "power", unit: "mW", better: "low", log: true },
  top1Percent: { title: "Top-1 (%)", name: "top-1", unit: "%", better: "high", log: false },
  auc: { title: "AUC", name: "AUC", unit: "", better: "high", log: false },
  modelBytes: { title: "Model (bytes)", name: "model", unit: "bytes", better: "low", log: true },
  macs: { title: "Multiply-accumulates", name: "MACs", unit: "", better: "low", log: true },
  ramBytes: { title: "RAM (bytes)", name: "RAM", unit: "bytes", better: "low", log: true },
};

/** A row's figure, where it has one that is a number. */
export function figureOf(row: Partial<ResultRow>, key: MetricKey): number | undefined {
  const value = row[key];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
