import { CumulativeEnergy } from "../scoring/cumulative_energy.ts";
import type { RecordedSession } from "./session.ts";
import { readEnergySamples } from "./trace_file.ts";

// What rounding to float32 and another order of additions can make of a sum, relative.
const roundingError = 1e-9;

/**
 * Adds the samples of a session's trace files, and checks its energy windows against them. What cannot be read, or does
 * not fit, becomes a finding; the figures of the records stand.
 */
export async function readTraces(session: RecordedSession, folder: string): Promise<void> {
  const { traceRecords, energyTraces, energyRecords, findings } = session;
  for (const [i, { file, sampleRateHz }] of traceRecords.entries()) {
    const path = `${folder}/${file}`;
    try {
      const read = await readEnergySamples(path);
      if (read.sampleRateHz !== Math.fround(sampleRateHz)) {
        findings.push({
          text: `The trace says ${read.sampleRateHz} Hz, its record ${sampleRateHz}`,
          breaks: "trace",
          file: path,
        });
      }
      if (read.extraBytes > 0) {
        findings.push({ text: "The last sample was cut off and is left out", file: path });
      }
      energyTraces[i].samplesUj = read.samplesUj;
    } catch (error) {
      const why = error instanceof Error && error.cause instanceof Error
        ? `: ${error.cause.message}`
        : "";
      findings.push({ text: `The energy trace cannot be read${why}`, breaks: "trace", file: path });
      continue;
    }
    const energy = new CumulativeEnergy(energyTraces[i].samplesUj);
    for (const window of energyRecords.filter(({ trace }) => trace === i)) {
      const { startSample, samples, missing, energyUj } = window;
      const found = energy.between(startSample, startSample + samples);
      const difference = Math.abs(found.energy - energyUj);
      const fits = found.samples === samples && found.missing === missing &&
        difference <= Math.abs(energyUj) * roundingError;
      if (fits) continue;
      findings.push({
        text: `The trace does not hold what was recorded of energy window ${window.index + 1}`,
        breaks: "trace",
        file: path,
      });
    }
  }
}
