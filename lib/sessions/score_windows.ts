import { minimumIterations, minimumWindowUs, windowCount } from "../benchmarks.ts";
import { median } from "../scoring/median.ts";
import type { ScoredEnergyWindow, ScoredWindow, ScoreFigures, ScoreFinding } from "./score.ts";
import type { Session } from "./session.ts";

/** Share of a window's samples that the monitor may lose. */
export const mostMissing = 0.001;

/** No monitor measures more, and no board takes it: a sample that says so was damaged. */
const mostPowerMw = 1e6;

/** Throughput of a performance run; undefined where it has no window. */
export function scorePerformance(
  { windows }: Session,
  findings: ScoreFinding[],
): ScoreFigures | undefined {
  if (windows.length === 0) return undefined;
  const scored = windows.map(({ file, iterations, startUs, endUs }): ScoredWindow => {
    const runtimeS = (endUs - startUs) / 1e6;
    return { file, iterations, runtimeS, throughputInfS: iterations / runtimeS };
  });
  checkWindows(scored, windows.map(({ index }) => index + 1), findings);
  const throughputInfS = median(scored.map((window) => window.throughputInfS));
  return { throughputInfS, latencyMs: 1000 / throughputInfS, windows: scored };
}

/**
 * Energy and throughput of an energy run; undefined where it has no window. Of a streaming run, whose one window is
 * the whole recording, only the energy counts.
 */
export function scoreEnergy(
  { energyWindows, energyTraces, streaming }: Session,
  findings: ScoreFinding[],
): ScoreFigures | undefined {
  if (energyWindows.length === 0) return undefined;
  const scored = energyWindows.map((window): ScoredEnergyWindow => {
    const { file, iterations, startS, endS, samples, energyUj } = window;
    const runtimeS = endS - startS;
    const sampledS = samples / energyTraces[window.trace].sampleRateHz;
    return {
      file,
      iterations,
      runtimeS,
      throughputInfS: iterations / runtimeS,
      energyUj,
      energyUjPerInf: energyUj / iterations,
      powerMw: energyUj / sampledS / 1000,
    };
  });
  scored.forEach(({ powerMw }, i) => {
    if (powerMw > 0 && powerMw < mostPowerMw) return;
    const text = `Window ${energyWindows[i].index + 1} has a mean power of ${powerMw} mW`;
    findings.push({ rule: "power", text });
  });
  const supplies = new Set(energyWindows.map(({ trace }) => energyTraces[trace].supplyV));
  if (supplies.size > 1) {
    const volts = [...supplies].map((supplyV) =>
      supplyV === undefined ? "unknown" : `${supplyV} V`
    );
    findings.push({
      rule: "supply",
      text: `The windows had several supplies: ${volts.join(", ")}`,
    });
  }
  for (const { index, samples, missing } of energyWindows) {
    if (missing <= samples * mostMissing) continue;
    const share = (100 * missing / samples).toFixed(2);
    findings.push({
      rule: "lost-samples",
      text: `Window ${index + 1} lacks ${share} % of its samples: at most 0.1 % may be lost`,
    });
  }
  const figures: ScoreFigures = {
    energyUjPerInf: median(scored.map((window) => window.energyUjPerInf)),
    powerMw: median(scored.map((window) => window.powerMw)),
    energyWindows: scored,
  };
  if (streaming) return figures;
  checkWindows(scored, energyWindows.map(({ index }) => index + 1), findings);
  const throughputInfS = median(scored.map((window) => window.throughputInfS));
  return { ...figures, throughputInfS, latencyMs: 1000 / throughputInfS };
}

function checkWindows(
  windows: readonly ScoredWindow[],
  numbers: readonly number[],
  findings: ScoreFinding[],
): void {
  if (windows.length !== windowCount) {
    findings.push({
      rule: "window-count",
      text: `${windows.length} windows: ${windowCount} are asked for`,
    });
  }
  windows.forEach(({ iterations, runtimeS }, i) => {
    if (runtimeS * 1e6 < minimumWindowUs) {
      const lasts = `${runtimeS.toFixed(3)} s`;
      const text = `Window ${numbers[i]} lasts ${lasts}: at least 10 s are asked for`;
      findings.push({ rule: "runtime", text });
    }
    if (iterations < minimumIterations) {
      const text = `Window ${
        numbers[i]
      } has ${iterations} inferences: at least ${minimumIterations} are asked for`;
      findings.push({ rule: "iterations", text });
    }
  });
}
