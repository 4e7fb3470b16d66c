/**
 * What traces cost: loading ten million samples, their sums, the energy of windows, and the figure.
 *
 * @module
 */
import { energyFigure } from "../lib/analysis/energy_figure.ts";
import { CumulativeEnergy } from "../lib/scoring/cumulative_energy.ts";
import { median } from "../lib/scoring/median.ts";
import { accumulatedSampleAt } from "../lib/scoring/sample_at.ts";
import { EnergyTraceFile, readEnergySamples } from "../lib/sessions/trace_file.ts";

const samples = 10_000_000;
const sampleRateHz = 100_000;
const rounds = 15;

/** Prints the figures. */
export async function benchTraces(): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/trace1-energy.bin`;
    write(path);
    const loads: number[] = [];
    const sums: number[] = [];
    const both: number[] = [];
    const figures: number[] = [];
    let found = await readEnergySamples(path);
    let energy = new CumulativeEnergy(found.samplesUj);
    for (let round = 0; round < rounds; round++) {
      const start = performance.now();
      found = await readEnergySamples(path);
      const loaded = performance.now();
      energy = new CumulativeEnergy(found.samplesUj);
      const summed = performance.now();
      energyFigure({ ...found, timestampsS: [10, 20] }, { source: "simulated" });
      const drawn = performance.now();
      loads.push(loaded - start);
      sums.push(summed - loaded);
      both.push(summed - start);
      figures.push(drawn - summed);
    }
    const ms = (name: string, times: number[], note = "") =>
      console.log(
        `  ${name}: median ${median(times).toFixed(1)} ms, shortest ${
          Math.min(...times).toFixed(1)
        } ms of ${rounds}${note}`,
      );
    console.log(`trace of ${samples} samples, ${4 * samples / 1e6} MB:`);
    ms("load", loads);
    ms("sums", sums);
    ms("load and sums", both, " (at most 60 asked for)");
    ms("figure data", figures, " (at most 40 asked for)");
    const windows = 100_000;
    const start = performance.now();
    let total = 0;
    for (let i = 0; i < windows; i++) {
      const first = accumulatedSampleAt(i / 2000, sampleRateHz, samples);
      total += energy.between(first, first + 5_000_000).energy;
    }
    const us = 1000 * (performance.now() - start) / windows;
    console.log(
      `  energy of a window of 50 s: ${us.toFixed(2)} µs (${(total / 1e9).toFixed(1)} kJ)`,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function write(path: string): void {
  using file = EnergyTraceFile.create(path, sampleRateHz);
  const block = new Float32Array(1_000_000);
  for (let at = 0; at < samples; at += block.length) {
    for (let i = 0; i < block.length; i++) block[i] = 0.4 + 0.01 * Math.sin(at + i);
    file.append(block);
  }
}
