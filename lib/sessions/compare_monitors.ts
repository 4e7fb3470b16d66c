/**
 * Two monitors on the same run.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { coverage95, type UncertaintyOptions } from "../scoring/energy_uncertainty.ts";
import type { Interval } from "../scoring/top1.ts";
import { energyReport } from "./energy_report.ts";
import type { Session } from "./session.ts";

/** How two monitors see one window. */
export interface ComparedWindow {
  /** Its index. */
  index: number;
  /** What the first says, µJ an inference. */
  firstUj: number;
  /** What the second says. */
  secondUj: number;
  /** Second against first, in percent. */
  differencePercent: number;
  /** Its duration by the second against the first, in parts per million. */
  durationPpm: number;
}

/** What {@linkcode compareMonitors} gives. */
export interface MonitorComparison {
  /** The windows. */
  windows: ComparedWindow[];
  /** Mean of their differences, second against first, in percent. */
  meanPercent: number;
  /** 95 % interval of that mean: Student's t over the paired differences, in percent; NaN of one window. */
  interval: Interval;
  /** Whether the interval leaves zero out: the monitors differ by more than the run scatters. */
  isSystematic: boolean;
  /** |first − second| / √(U₁² + U₂²) of the means, U half the 95 % intervals (ISO/IEC 17043): they agree up to 1. */
  normalizedError: number;
  /** Whether they agree within what each claims. */
  agrees: boolean;
}

/**
 * Compares what two monitors made of the same run, window by window, so that what the board itself does differently from
 * window to window cancels out.
 *
 * @param first A session.
 * @param second The same run by another monitor: as many windows, with the same numbers of inferences.
 * @param options Accuracy of each, where it is known; without it only what scatters is claimed.
 * @throws {InputError} Where they are not of the same run, or lack their samples.
 *
 * @example
 * ```ts
 * import {
 *   compareMonitors,
 *   EnergyTraceFile,
 *   formatEnergyTimestamps,
 *   readSession,
 * } from "thimble";
 * import assert from "node:assert/strict";
 *
 * // One window of 12 s, as a monitor sees it that is off by some percent.
 * async function seenBy(factor: number) {
 *   const folder = await Deno.makeTempDir();
 *   using trace = EnergyTraceFile.create(`${folder}/trace1-energy.bin`, 1000);
 *   trace.append(new Float32Array(14_000).fill(5).fill(20 * factor, 1000, 13_000));
 *   const times = formatEnergyTimestamps([0, 0.9995, 12.9995]);
 *   await Deno.writeTextFile(`${folder}/trace1-timestamps.json`, times);
 *   await Deno.writeTextFile(`${folder}/log.txt`, "00001.000 io: [dut]: m-infer-start-100\n");
 *   return await readSession(folder, { mode: "energy", benchmark: "kws01" });
 * }
 * const { meanPercent } = compareMonitors(await seenBy(1), await seenBy(1.0125));
 * assert.equal(meanPercent.toFixed(2), "1.25");
 * ```
 */
export function compareMonitors(
  first: Session,
  second: Session,
  options: { first?: UncertaintyOptions; second?: UncertaintyOptions } = {},
): MonitorComparison {
  const [a, b] = [energyReport(first, options.first), energyReport(second, options.second)];
  const isSame = a.windows.length === b.windows.length &&
    a.windows.every(({ iterations }, i) => iterations === b.windows[i].iterations);
  if (!isSame) {
    throw new InputError("Cannot compare monitors by sessions that are not of the same run", {
      source: second.files.folder,
      hint: "Their windows have to be as many, with the same numbers of inferences",
    });
  }
  const windows = a.windows.map((window, i): ComparedWindow => {
    const other = b.windows[i];
    return {
      index: window.index,
      firstUj: window.energyUjPerInf,
      secondUj: other.energyUjPerInf,
      differencePercent: 100 * (other.energyUjPerInf / window.energyUjPerInf - 1),
      durationPpm: 1e6 * (other.durationS / window.durationS - 1),
    };
  });
  const differences = windows.map(({ differencePercent }) => differencePercent);
  const count = differences.length;
  const meanPercent = differences.reduce((sum, value) => sum + value, 0) / count;
  const squares = differences.reduce((sum, value) => sum + (value - meanPercent) ** 2, 0);
  const half = coverage95(count - 1) * Math.sqrt(squares / (count - 1) / count);
  const [u, v] = [a.uncertainty, b.uncertainty];
  const halves = [u, v].map(({ interval }) => (interval.high - interval.low) / 2);
  const normalizedError = Math.abs(u.meanUj - v.meanUj) / Math.hypot(...halves);
  return {
    windows,
    meanPercent,
    interval: { low: meanPercent - half, high: meanPercent + half },
    isSystematic: Math.abs(meanPercent) > half,
    normalizedError,
    agrees: normalizedError <= 1,
  };
}
