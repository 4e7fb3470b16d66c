/**
 * What the records of an energy run add up to.
 *
 * @module
 */
import type { EnergyTrace, EnergyWindow } from "./energy_trace.ts";
import type {
  ClockRecord,
  EdgeRecord,
  EnergyWindowRecord,
  LostRecord,
  TraceRecord,
} from "./events.ts";

/** The part of a session that is about energy. */
export interface EnergyPart {
  energyWindows: EnergyWindow[];
  energyTraces: EnergyTrace[];
  energyRecords: EnergyWindowRecord[];
  traceRecords: TraceRecord[];
}

/** Collects the records of an energy run. Those of a trace that was never begun are left out. */
export class EnergyRecords {
  readonly #traces: { record: TraceRecord; trace: EnergyTrace }[] = [];
  readonly #windows = new Map<number, EnergyWindowRecord>();

  /** Takes the next record. */
  add(record: TraceRecord | EdgeRecord | LostRecord | ClockRecord | EnergyWindowRecord): void {
    if (record.type === "trace") {
      const { sampleRateHz, monitor, supplyV } = record;
      const trace = {
        sampleRateHz,
        samplesUj: new Float32Array(0),
        timestampsS: [],
        monitor,
        supplyV,
        clock: [],
      };
      // In order, from 0: whatever else a file says would be a hole in the list.
      if (record.index === this.#traces.length) this.#traces.push({ record, trace });
      return;
    }
    const trace = this.#traces[record.trace]?.trace;
    if (!trace) return;
    if (record.type === "edge") trace.timestampsS.push(record.sample / trace.sampleRateHz);
    else if (record.type === "clock") {
      trace.clock!.push({ index: record.sample, timeUs: record.timeUs });
    } else if (record.type === "energy") this.#windows.set(record.index, record);
  }

  /** What they add up to. */
  session(): EnergyPart {
    for (const { trace } of this.#traces) trace.timestampsS.sort((a, b) => a - b);
    const energyRecords = [...this.#windows.values()].sort((a, b) => a.index - b.index);
    return {
      energyTraces: this.#traces.map(({ trace }) => trace),
      traceRecords: this.#traces.map(({ record }) => record),
      energyRecords,
      energyWindows: energyRecords.map((record) => {
        const { index, file, iterations, warmups, trace, startSample, samples } = record;
        const { missing, energyUj } = record;
        const { sampleRateHz } = this.#traces[trace].trace;
        return {
          index,
          number: index,
          file,
          iterations,
          warmups,
          trace,
          startS: startSample / sampleRateHz,
          endS: (startSample + samples) / sampleRateHz,
          startSample,
          samples,
          missing,
          energyUj,
        };
      }),
    };
  }
}
