/** Which energy monitor took a trace. */
export interface TraceMonitor {
  /** Its kind, such as "lpm01a". */
  kind: string;
  /** What it calls itself. */
  name: string;
  /** Its serial number, where it has one. */
  serialNumber?: string;
  /** Version of its firmware, where it says. */
  firmwareVersion?: string;
}

/** What an energy monitor sampled, with the edges that it saw. */
export interface EnergyTrace {
  /** Samples a second. */
  sampleRateHz: number;
  /**
   * Energy of each sample period in µJ; NaN where the monitor lost the sample. Empty where a session's records stand
   * alone, without its trace file.
   */
  samplesUj: Float32Array | Float64Array;
  /** Times of the edges of the timestamp pin, in seconds from the first sample. */
  timestampsS: number[];
  /** Which monitor took it, where the session says. */
  monitor?: TraceMonitor;
  /** Voltage that the board was fed with, in V, where the session says. */
  supplyV?: number;
  /** The monitor's own time at some samples, in µs since the first one: what its clock says of its sample rate. */
  clock?: { index: number; timeUs: number }[];
}

/** One window of an energy run. */
export interface EnergyWindow {
  /** From 0, in order of time. */
  index: number;
  /** How `results.txt` calls it: 2, 4 … 10 (EnergyRunner) or 0 … 4 (Python runner, Thimble). */
  number: number;
  /** The input that was loaded; empty where the session does not say. */
  file: string;
  /** Measured inferences. */
  iterations: number;
  /** Inferences before them. */
  warmups?: number;
  /** Index of its trace in the session. */
  trace: number;
  /** Start in the trace, seconds from its first sample. */
  startS: number;
  /** End in the trace. */
  endS: number;
  /** Index of its first sample in the trace. */
  startSample: number;
  /** Samples in it, those that are missing too. */
  samples: number;
  /** Samples in it that the monitor lost. */
  missing: number;
  /** Their sum in µJ, with the mean of the others in place of each missing one. */
  energyUj: number;
}
