/**
 * What a run is made of, as it is kept: one JSON object a line in `events.jsonl`.
 *
 * @module
 */
import { z } from "zod";
import type { TraceMonitor } from "./energy_trace.ts";

/** Where figures come from; carried by every record, file and figure. */
export type Source = "measured" | "emulated" | "simulated";

/** Kinds of runs. */
export type RunMode = "performance" | "accuracy" | "energy";

/** What a device says of itself, as a run keeps it. */
export interface DutIdentity {
  /** The vendor's name for it. */
  name: string;
  /** Its firmware. */
  profile: string;
  /** Its benchmark. */
  model: string;
}

/** The run begins, or is taken up again: what runs where. */
export interface StartRecord {
  /** Tells the kinds apart. */
  type: "start";
  /** ISO 8601, UTC. */
  time: string;
  /** Version of this record's form. */
  format: 1;
  /** Id of the benchmark, such as "kws01". */
  benchmark: string;
  /** Kind of run. */
  mode: RunMode;
  /** Where its figures come from. */
  source: Source;
  /** The source in words: the cost model of a simulated board, for example. */
  sourceText?: string;
  /** The device. */
  dut: DutIdentity;
  /** The port, as the user named it. */
  port: string;
  /** Bits per second. */
  baudRate: number;
  /** Inferences (accuracy) or windows (performance, energy) that the run is to have. */
  planned: number;
  /** Files that the run takes. */
  files: number;
  /** SHA-256 of the labels file, hex. */
  labelsSha256: string;
}

/** One performance window. */
export interface WindowRecord {
  /** Tells the kinds apart. */
  type: "window";
  /** ISO 8601, UTC. */
  time: string;
  /** From 0. */
  index: number;
  /** The input that was loaded. */
  file: string;
  /** Its class. */
  label: number;
  /** Measured inferences. */
  iterations: number;
  /** Inferences before them. */
  warmups: number;
  /** The device's clock at the start, in µs. */
  startUs: number;
  /** The device's clock at the end, in µs. */
  endUs: number;
  /** Values of `m-results`. */
  results: number[];
}

/** One inference of an accuracy run. */
export interface InferenceRecord {
  /** Tells the kinds apart. */
  type: "inference";
  /** ISO 8601, UTC. */
  time: string;
  /** From 0, through all segments of all files. */
  index: number;
  /** The file. */
  file: string;
  /** Its class. */
  label: number;
  /** Which window of the file; 0 where a file is one input. */
  segment: number;
  /** Windows of the file. */
  segments: number;
  /** The device's clock at the start, in µs; undefined where it gives none. */
  startUs?: number;
  /** The device's clock at the end, in µs. */
  endUs?: number;
  /** Values of `m-results`. */
  results: number[];
}

/** An energy monitor begins to sample, into a file of its own. Its samples count from 0. */
export interface TraceRecord {
  /** Tells the kinds apart. */
  type: "trace";
  /** ISO 8601, UTC. */
  time: string;
  /** From 0, through all traces of the session. */
  index: number;
  /** Name of the file of the samples, in the session's folder. */
  file: string;
  /** Samples a second, as the monitor takes them. */
  sampleRateHz: number;
  /** Which monitor. */
  monitor: TraceMonitor;
  /** Where its samples come from. */
  source: Source;
  /** What the monitor delivers: joules of each sample period, or amperes. */
  quantity: "energy" | "current";
  /** Voltage that the board is fed with, in V; undefined where it is not known. */
  supplyV?: number;
}

/** The timestamp pin fell. */
export interface EdgeRecord {
  /** Tells the kinds apart. */
  type: "edge";
  /** Index of the trace. */
  trace: number;
  /** When, in samples; may have a fraction. */
  sample: number;
  /** Who saw it. */
  by: "monitor" | "io-manager";
}

/** The monitor lost samples: they are NaN in the trace. */
export interface LostRecord {
  /** Tells the kinds apart. */
  type: "lost";
  /** Index of the trace. */
  trace: number;
  /** First sample that is missing. */
  sample: number;
  /** How many. */
  count: number;
  /** What the monitor says of it. */
  reason: string;
}

/** A point of the map from samples to time. */
export interface ClockRecord {
  /** Tells the kinds apart. */
  type: "clock";
  /** Index of the trace. */
  trace: number;
  /** Samples that had been taken. */
  sample: number;
  /** The monitor's own time then, in µs since sample 0. */
  timeUs: number;
}

/** One energy window. */
export interface EnergyWindowRecord {
  /** Tells the kinds apart. */
  type: "energy";
  /** ISO 8601, UTC. */
  time: string;
  /** From 0. */
  index: number;
  /** The input that was loaded. */
  file: string;
  /** Its class. */
  label: number;
  /** Measured inferences. */
  iterations: number;
  /** Inferences before them. */
  warmups: number;
  /** Index of the trace. */
  trace: number;
  /** First sample of the window. */
  startSample: number;
  /** Samples in it, those that are missing too. */
  samples: number;
  /** Samples in it that the monitor lost. */
  missing: number;
  /** Energy of the window in µJ. */
  energyUj: number;
  /** Values of `m-results`. */
  results: number[];
}

/** Something went wrong and was mended, or is worth knowing. */
export interface NoticeRecord {
  /** Tells the kinds apart. */
  type: "notice";
  /** ISO 8601, UTC. */
  time: string;
  /** In words. */
  text: string;
}

/** The run ended. */
export interface StopRecord {
  /** Tells the kinds apart. */
  type: "stop";
  /** ISO 8601, UTC. */
  time: string;
  /** Why. */
  reason: "done" | "cancelled" | "failed";
  /** What ended it, where it failed. */
  error?: { name: string; message: string; hint?: string };
}

/** One line of `events.jsonl`. */
export type RunRecord =
  | StartRecord
  | WindowRecord
  | InferenceRecord
  | TraceRecord
  | EdgeRecord
  | LostRecord
  | ClockRecord
  | EnergyWindowRecord
  | NoticeRecord
  | StopRecord;

const time = z.iso.datetime();
const microseconds = z.number().nonnegative();
const fileName = z.string().min(1).max(500);
const index = z.number().int().nonnegative();
const count = z.number().int().positive();
const source = z.enum(["measured", "emulated", "simulated"]);
const results = z.array(z.number()).min(1);

const recordSchema: z.ZodType<RunRecord> = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("start"),
    time,
    format: z.literal(1),
    benchmark: z.string(),
    mode: z.enum(["performance", "accuracy", "energy"]),
    source,
    sourceText: z.string().optional(),
    dut: z.object({ name: z.string(), profile: z.string(), model: z.string() }),
    port: z.string(),
    baudRate: z.number(),
    planned: count,
    files: count,
    labelsSha256: z.string(),
  }),
  z.object({
    type: z.literal("window"),
    time,
    index,
    file: fileName,
    label: index,
    iterations: count,
    warmups: index,
    startUs: microseconds,
    endUs: microseconds,
    results,
  }),
  z.object({
    type: z.literal("inference"),
    time,
    index,
    file: fileName,
    label: index,
    segment: index,
    segments: count,
    startUs: microseconds.optional(),
    endUs: microseconds.optional(),
    results,
  }),
  z.object({
    type: z.literal("trace"),
    time,
    index: index.max(100_000),
    file: z.string().regex(/^trace[0-9]{1,6}-energy\.bin$/),
    sampleRateHz: z.number().min(1).max(1e7),
    monitor: z.object({
      kind: z.string(),
      name: z.string(),
      serialNumber: z.string().optional(),
      firmwareVersion: z.string().optional(),
    }),
    source,
    quantity: z.enum(["energy", "current"]),
    supplyV: z.number().positive().optional(),
  }),
  z.object({
    type: z.literal("edge"),
    trace: index,
    sample: z.number(),
    by: z.enum(["monitor", "io-manager"]),
  }),
  z.object({
    type: z.literal("lost"),
    trace: index,
    sample: index,
    count,
    reason: z.string(),
  }),
  z.object({ type: z.literal("clock"), trace: index, sample: z.number(), timeUs: z.number() }),
  z.object({
    type: z.literal("energy"),
    time,
    index,
    file: fileName,
    label: index,
    iterations: count,
    warmups: index,
    trace: index,
    startSample: index,
    samples: count,
    missing: index,
    energyUj: z.number(),
    results,
  }),
  z.object({ type: z.literal("notice"), time, text: z.string() }),
  z.object({
    type: z.literal("stop"),
    time,
    reason: z.enum(["done", "cancelled", "failed"]),
    error: z.object({ name: z.string(), message: z.string(), hint: z.string().optional() })
      .optional(),
  }),
]);

/**
 * One line of `events.jsonl`, checked.
 *
 * @throws Whatever says why the line is none: `SyntaxError` or zod's error.
 *
 * @example
 * ```ts
 * import { parseRecord } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const record = parseRecord('{"type":"notice","time":"2026-01-01T00:00:00Z","text":"hello"}');
 * assert.equal(record.type, "notice");
 * assert.throws(() => parseRecord("{}"));
 * ```
 */
export function parseRecord(line: string): RunRecord {
  return recordSchema.parse(JSON.parse(line));
}
