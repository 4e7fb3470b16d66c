/** What an energy monitor sampled, with the edges that it saw. */
export interface EnergyTrace {
  /** Samples a second. */
  sampleRateHz: number;
  /** Energy of each sample period in µJ. */
  samplesUj: Float32Array | Float64Array;
  /** Times of the edges of the timestamp pin, in seconds from the first sample. */
  timestampsS: number[];
}

/** One window of an energy run. */
export interface EnergyWindow {
  /** From 0, in order of time. */
  index: number;
  /** How `results.txt` calls it: 2, 4 … 10 (EnergyRunner) or 0 … 4 (Python runner). */
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
  /** Samples in it. */
  samples: number;
  /** Their sum in µJ. */
  energyUj: number;
}
