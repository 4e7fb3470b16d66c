/**
 * Energy windows as the official runners write them.
 *
 * @module
 */
import { minimumWindowUs } from "../benchmarks.ts";
import { InputError } from "../errors.ts";
import { CumulativeEnergy } from "../scoring/cumulative_energy.ts";
import { median } from "../scoring/median.ts";
import type { EnergyTrace, EnergyWindow } from "./energy_trace.ts";

/** The Python runner's samples are of milliseconds, whatever the monitor's rate. */
const officialRateHz = 1000;
/** What is kept before a window (its load) and behind it, in ms. */
const mostBeforeMs = 5000;
const afterMs = 100;

/** What the Python runner keeps of one window. */
export interface OfficialPower {
  /** Energy of each millisecond in J. */
  samples: number[];
  /** A counter and the index of a sample, for each edge. */
  timestamps: [string, number][];
  /** Always null, as the runner writes it. */
  extracted_power: null;
  /** Voltage of the supply in V. */
  voltage?: number;
}

/** One window as the Python runner has it. */
export interface OfficialEnergyWindow {
  /** From 0. */
  index: number;
  /** Measured inferences. */
  iterations: number;
  /** Samples that were lost; the mean of the window stands for them. */
  missing: number;
  /** What `results.json` holds. */
  power: OfficialPower;
  /** Seconds, by its samples. */
  elapsedS: number;
  /** J of the window, by its samples. */
  energyJ: number;
}

/**
 * The windows in samples of a millisecond. At a monitor's rate of 1000 Hz they are its samples; at another one each takes
 * the energy of its millisecond, and edges move to the nearest.
 *
 * @throws {InputError} Where the samples of a window are not kept.
 */
export function officialEnergyWindows(
  windows: readonly EnergyWindow[],
  traces: readonly EnergyTrace[],
): OfficialEnergyWindow[] {
  const lacks = windows.find(({ trace, startSample, samples }) =>
    traces[trace].samplesUj.length < startSample + samples
  );
  if (lacks) {
    throw new InputError(
      `Cannot write the official files as the samples of window ${lacks.index + 1} are not kept`,
      { source: "trace", hint: "Put the trace file back beside 'events.jsonl'" },
    );
  }
  const sums = traces.map(({ samplesUj }) => new CumulativeEnergy(samplesUj));
  return windows.map((window, i) => {
    const { sampleRateHz, supplyV } = traces[window.trace];
    const energy = sums[window.trace];
    const perMs = sampleRateHz / officialRateHz;
    const startMs = Math.round(window.startSample / perMs);
    const endMs = Math.round((window.startSample + window.samples) / perMs);
    const before = windows[i - 1];
    const previousMs = before?.trace === window.trace
      ? Math.round((before.startSample + before.samples) / perMs)
      : 0;
    const firstMs = Math.max(previousMs, startMs - mostBeforeMs);
    const lastMs = Math.min(endMs + afterMs, Math.floor(energy.length / perMs));
    const fillJ = 1e-6 * window.energyUj / window.samples * perMs;
    const samples: number[] = [];
    for (let ms = firstMs; ms < lastMs; ms++) {
      const joules = 1e-6 * stretch(energy, ms * perMs, (ms + 1) * perMs);
      // As many digits as float32 has, and two to spare.
      samples.push(Number((Number.isNaN(joules) ? fillJ : joules).toPrecision(9)));
    }
    const [start, end] = [startMs - firstMs, endMs - firstMs];
    const counter = (k: number) => String(k).padStart(2, "0");
    return {
      index: window.index,
      iterations: window.iterations,
      missing: window.missing,
      power: {
        samples,
        timestamps: [[counter(2 * i), start], [counter(2 * i + 1), end]],
        extracted_power: null,
        voltage: supplyV,
      },
      elapsedS: end / officialRateHz - start / officialRateHz,
      energyJ: new CumulativeEnergy(Float64Array.from(samples)).between(start, end).energy,
    };
  });
}

// Energy between two moments that may lie within samples; NaN where samples are missing in it.
function stretch(energy: CumulativeEnergy, from: number, to: number): number {
  const [first, last] = [Math.floor(from), Math.floor(to)];
  const { measured, missing } = energy.between(first, last);
  const part = (index: number, share: number) => {
    if (share === 0) return 0;
    const one = energy.between(index, index + 1);
    return one.missing > 0 ? NaN : one.measured * share;
  };
  return missing > 0 ? NaN : measured - part(first, from - first) + part(last, to - last);
}

/** The lines of `results.txt`, as the Python runner prints them. */
export function officialEnergyLines(windows: readonly OfficialEnergyWindow[]): string[] {
  const rule = "-".repeat(57);
  const each = windows.flatMap(({ index, iterations, elapsedS, energyJ }) => [
    `Energy data for trial ${index}`,
    `  Elapsed time  : ${elapsedS}${
      elapsedS * 1e6 < minimumWindowUs ? "  <<<< below minimum duration" : ""
    }`,
    `  Inferences    : ${iterations}`,
    `  Power         : ${(1e3 * energyJ / elapsedS).toFixed(4)} mW.`,
    `  Total Energy  : ${(1e6 * energyJ).toFixed(3)} uJ`,
    `  Energy/Inf    : ${(1e6 * energyJ / iterations).toFixed(3)} uJ/inf`,
  ]);
  const cost = median(windows.map(({ energyJ, iterations }) => 1e6 * energyJ / iterations));
  const lost = windows.reduce((sum, { missing }) => sum + missing, 0);
  return [
    "Power Edition Output",
    ...each,
    rule,
    `Median energy cost is ${cost.toFixed(4)} uJ/inf.`,
    rule,
    ...(lost > 0 ? [`Note: for ${lost} lost samples stands the mean of their window`] : []),
  ];
}

/**
 * Times for EnergyRunner's `trace1-timestamps.json`: the start of the trace, then start and end of each window. They lie
 * half a sample early, so that they fall between two samples however EnergyRunner's time is rounded.
 */
export function energyRunnerTimesS(
  windows: readonly EnergyWindow[],
  { sampleRateHz }: EnergyTrace,
): number[] {
  const timeS = (sample: number) => Number((Math.max(0, sample - 0.5) / sampleRateHz).toFixed(9));
  return [
    0,
    ...windows.flatMap(({ startSample, samples }) => [
      timeS(startSample),
      timeS(startSample + samples),
    ]),
  ];
}
