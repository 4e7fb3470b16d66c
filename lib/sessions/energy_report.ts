/**
 * What an energy run is worth: its windows, how well they are known, and what speaks against them.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { CumulativeEnergy } from "../scoring/cumulative_energy.ts";
import { type EnergyDrift, energyDrift, idlePower } from "../scoring/energy_drift.ts";
import {
  type EnergyUncertainty,
  energyUncertainty,
  type UncertaintyOptions,
} from "../scoring/energy_uncertainty.ts";
import { type WindowAlignment, windowAlignment } from "../scoring/window_alignment.ts";
import type { EnergyTrace, EnergyWindow } from "./energy_trace.ts";
import type { Session } from "./session.ts";

/** One window of an {@linkcode EnergyReport}. */
export interface ReportedWindow extends EnergyWindow {
  /** Seconds. */
  durationS: number;
  /** Mean power in mW. */
  powerMw: number;
  /** µJ an inference. */
  energyUjPerInf: number;
  /** Its edges beside the steps of its power. */
  alignment: WindowAlignment;
}

/** What {@linkcode energyReport} gives. */
export interface EnergyReport {
  /** The windows. */
  windows: ReportedWindow[];
  /** Mean, median and 95 % interval of µJ an inference. */
  uncertainty: EnergyUncertainty;
  /** Drift and warm-up. */
  drift: EnergyDrift;
  /** Power while the board does nothing, in mW; undefined where the traces hold nothing but windows. */
  idleMw?: number;
  /** Median of µJ an inference above that. */
  aboveIdleUjPerInf?: number;
  /** How much faster the monitor's clock runs than its sample rate says, in parts per million; where it tells its time. */
  clockPpm?: number;
  /** What speaks against the figures, in words. */
  warnings: string[];
}

/**
 * Looks at an energy session from all sides.
 *
 * @param session With its samples, as `readSession` gives it.
 * @throws {InputError} Where it has no energy windows, or their samples are not kept.
 *
 * @example
 * ```ts
 * import { energyReport, EnergyTraceFile, formatEnergyTimestamps, readSession } from "thimble";
 * import assert from "node:assert/strict";
 *
 * // What EnergyRunner would leave of one window of 12 s at 20 mW.
 * const folder = await Deno.makeTempDir();
 * {
 *   using trace = EnergyTraceFile.create(`${folder}/trace1-energy.bin`, 1000);
 *   trace.append(new Float32Array(14_000).fill(5).fill(20, 1000, 13_000));
 * }
 * const times = formatEnergyTimestamps([0, 0.9995, 12.9995]);
 * await Deno.writeTextFile(`${folder}/trace1-timestamps.json`, times);
 * await Deno.writeTextFile(`${folder}/log.txt`, "00001.000 io: [dut]: m-infer-start-100\n");
 * const report = energyReport(await readSession(folder, { mode: "energy", benchmark: "kws01" }));
 * assert.equal(report.windows[0].energyUjPerInf, 2400);
 * assert.equal(report.idleMw, 5);
 * ```
 */
export function energyReport(session: Session, options: UncertaintyOptions = {}): EnergyReport {
  const { energyWindows, energyTraces } = session;
  const source = session.files.folder;
  if (energyWindows.length === 0) {
    throw new InputError("Cannot report on the energy of a session without energy windows", {
      source,
      hint: "Name the session of a run in mode 'energy'",
    });
  }
  const lacks = energyWindows.some(({ trace, startSample, samples }) =>
    energyTraces[trace].samplesUj.length < startSample + samples
  );
  if (lacks) {
    throw new InputError("Cannot report on the energy of a session without its samples", {
      source,
      hint: "Keep the trace files beside the session's records",
    });
  }
  const sums = energyTraces.map(({ samplesUj }) => new CumulativeEnergy(samplesUj));
  const windows = energyWindows.map((window): ReportedWindow => {
    const { startSample, samples, energyUj, iterations, trace, startS, endS } = window;
    return {
      ...window,
      durationS: endS - startS,
      powerMw: energyUj / samples * energyTraces[trace].sampleRateHz / 1000,
      energyUjPerInf: energyUj / iterations,
      alignment: windowAlignment(sums[trace], startSample, samples),
    };
  });
  const uncertainty = energyUncertainty(
    windows.map((window) => ({ ...window, samplesUj: energyTraces[window.trace].samplesUj })),
    options,
  );
  const drift = energyDrift(windows.map((window) => ({ ...window, energy: sums[window.trace] })));
  const report: EnergyReport = { windows, uncertainty, drift, warnings: [] };
  const idles = energyTraces.map(({ sampleRateHz }, i) =>
    idlePower(sums[i], windows.filter(({ trace }) => trace === i), sampleRateHz) / 1000
  ).filter(Number.isFinite);
  if (idles.length > 0) {
    const idleMw = Math.min(...idles);
    report.idleMw = idleMw;
    report.aboveIdleUjPerInf = uncertainty.medianUj * (1 - idleMw / medianPower(windows));
  }
  report.clockPpm = energyTraces.map(clockPpm).find((ppm) => ppm !== undefined);
  report.warnings = [
    ...session.findings.flatMap(({ text, breaks }) => breaks ? [text] : []),
    ...warningsOf(report),
  ];
  return report;
}

function medianPower(windows: readonly ReportedWindow[]): number {
  const powers = windows.map(({ powerMw }) => powerMw).sort((a, b) => a - b);
  return powers[powers.length >> 1];
}

// Between the first and the last point: what lies between them scatters by the resolution of the monitor's time.
function clockPpm({ clock, sampleRateHz }: EnergyTrace): number | undefined {
  const first = clock?.[0];
  const last = clock?.at(-1);
  if (!first || !last || last.timeUs - first.timeUs < 10e6) return undefined;
  return ((last.index - first.index) / sampleRateHz * 1e6 / (last.timeUs - first.timeUs) - 1) * 1e6;
}

// A crystal is good to 100 ppm, a resonator to 5000.
const mostPpm = 5000;

function warningsOf({ windows, uncertainty, drift, clockPpm }: EnergyReport): string[] {
  const warnings: string[] = [];
  const percent = (value: number) => `${value < 0 ? "−" : ""}${Math.abs(value).toFixed(2)} %`;
  for (const { index, alignment, missing, samples } of windows) {
    for (const side of ["start", "end"] as const) {
      const { isDoubtful, stepSamples } = alignment[side];
      if (!isDoubtful) continue;
      const where = stepSamples! < 0 ? "before" : "after";
      warnings.push(
        `Window ${index + 1}: the power steps ${
          Math.abs(stepSamples!)
        } samples ${where} its ${side}`,
      );
    }
    if (missing > 0) {
      warnings.push(`Window ${index + 1}: ${missing} of ${samples} samples are lost`);
    }
  }
  if (drift.isDrifting && Math.abs(drift.driftPercent) >= 0.1) {
    warnings.push(`Energy drifts: ${percent(drift.driftPercent)} from first to last window`);
  }
  if (drift.isWarmingUp) {
    warnings.push(`The first window is off: ${percent(drift.firstWindowPercent)}`);
  }
  if (Math.abs(drift.withinWindowPercent) >= 1) {
    const change = percent(drift.withinWindowPercent);
    warnings.push(`Power changes within windows: first tenth against second half ${change}`);
  }
  if (uncertainty.spreadPercent >= 5) {
    warnings.push(`Windows differ by ${percent(uncertainty.spreadPercent)}`);
  }
  if (clockPpm !== undefined && Math.abs(clockPpm) > mostPpm) {
    warnings.push(`The monitor's clock and its sample rate differ by ${clockPpm.toFixed(0)} ppm`);
  }
  return warnings;
}
