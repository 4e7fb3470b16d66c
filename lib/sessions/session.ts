/**
 * One run, whichever tool made it: Thimble, EEMBC's EnergyRunner or the MLCommons Python runner.
 *
 * @module
 */
import type {
  DutIdentity,
  EnergyWindowRecord,
  InferenceRecord,
  NoticeRecord,
  RunMode,
  RunRecord,
  Source,
  StartRecord,
  StopRecord,
  TraceRecord,
  WindowRecord,
} from "./events.ts";
import type { EnergyTrace, EnergyWindow } from "./energy_trace.ts";
import { EnergyRecords } from "./energy_records.ts";
import { noFigures, type PrintedFigures } from "./printed_figures.ts";

/** The tool that made a session. */
export type Runner = "thimble" | "energyrunner" | "mlcommons";

/** Kinds of sessions. */
export type SessionMode = RunMode;

/**
 * A rule that the files themselves break: `edges` are not those of the runs, `lost-samples` are missing where a window is,
 * the `trace` does not hold what was recorded of it.
 */
export type BrokenRule = "edges" | "lost-samples" | "trace";

/** What was odd in a session's files, and what was done about it. */
export interface SessionFinding {
  /** In words. */
  text: string;
  /** The rule that is broken by it, so that the session does not count; undefined where it only is odd. */
  breaks?: BrokenRule;
  /** Path of the file, where it is about one. */
  file?: string;
  /** Number of the line, from 1. */
  line?: number;
}

/** What was run, as far as the session says. */
export interface SessionStart {
  /** Id of the benchmark, such as "kws01"; empty where the session does not say. */
  benchmark: string;
  /** Kind of run. */
  mode: SessionMode;
  /** Where its figures come from. */
  source: Source;
  /** The source in words. */
  sourceText?: string;
  /** ISO 8601. */
  time?: string;
  /** What the device said of itself. */
  dut: Partial<DutIdentity>;
  /** The port, as the user named it. */
  port?: string;
  /** Bits per second. */
  baudRate?: number;
  /** Inferences (accuracy) or windows (performance, energy) that the run was to have. */
  planned?: number;
  /** Files that the run takes. */
  files?: number;
  /** SHA-256 of the labels file, hex. */
  labelsSha256?: string;
}

/** One performance window. */
export interface SessionWindow {
  /** From 0. */
  index: number;
  /** The input that was loaded; empty where the session does not say. */
  file: string;
  /** Its class, where it is known. */
  label?: number;
  /** Measured inferences. */
  iterations: number;
  /** Inferences before them. */
  warmups?: number;
  /** The device's clock at the start, in µs. */
  startUs: number;
  /** The device's clock at the end, in µs. */
  endUs: number;
  /** Values of `m-results`. On many boards wrong in performance runs: the model overwrites its input. */
  results: number[];
}

/** One inference of an accuracy run. */
export interface SessionInference {
  /** From 0, through all segments of all files. */
  index: number;
  /** The file; empty where the session does not say. */
  file: string;
  /** Its class, where it is known. */
  label?: number;
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

/** A streaming run: what was played, what was heard. */
export interface StreamingRun {
  /** The sound file. */
  file?: string;
  /** Its length in seconds. */
  lengthS?: number;
  /** Start and end of each occurrence of the wakeword in seconds; undefined where the session does not say. */
  occurrencesS?: [number, number][];
  /** Times of the detections in ms; the first is the start of the run, not a detection. */
  detectionsMs: number[];
  /** When the device began and ended to work on a frame, in seconds. */
  processing?: { startsS: number[]; endsS: number[] };
}

/** A run: what its files or records add up to. */
export interface Session {
  /** The tool that made it. */
  runner: Runner;
  /** What the tool says of itself, such as "ML Performance 1.0.1, 3.0.10". */
  runnerVersion?: string;
  /** What was run; of a run that was taken up again the newest start. */
  start: SessionStart;
  /** When the run began first, ISO 8601. */
  began?: string;
  /** Performance windows by index; of repeated ones the last. */
  windows: SessionWindow[];
  /** Inferences by index; of repeated ones the last. */
  inferences: SessionInference[];
  /** Windows over which energy was integrated, by index. */
  energyWindows: EnergyWindow[];
  /** What the energy monitor sampled. */
  energyTraces: EnergyTrace[];
  /** Only of a streaming run. */
  streaming?: StreamingRun;
  /** What `results.txt` says. */
  printed: PrintedFigures;
  /** In order. */
  notices: Pick<NoticeRecord, "text">[];
  /** How the run ended; undefined where it is running, was killed, or its files do not say. */
  stop?: Pick<StopRecord, "reason" | "error">;
  /** The files it was read from, by what they hold. */
  files: SessionFiles;
  /** What was odd in its files, such as a last line that was cut. */
  findings: SessionFinding[];
}

/** Paths of the files of a session, where they are there. */
export interface SessionFiles {
  /** Folder of all. */
  folder: string;
  /** `events.jsonl`. */
  events?: string;
  /** What happened. */
  log?: string;
  /** The figures, as the runner printed them. */
  results?: string;
  /** The Python runner's `results.json`. */
  json?: string;
  /** EnergyRunner's `script.async`. */
  script?: string;
  /** EnergyRunner's samples. */
  trace?: string;
  /** EnergyRunner's edges. */
  timestamps?: string;
}

/** A session of Thimble's own, put together from its records. */
export interface RecordedSession extends Session {
  /** Always "thimble". */
  runner: "thimble";
  /** The newest start: a run that was taken up again has several. */
  start: StartRecord;
  /** When the run began first, ISO 8601. */
  began: string;
  /** Performance windows by index; of repeated ones the last. */
  windows: WindowRecord[];
  /** Inferences by index; of repeated ones the last. */
  inferences: InferenceRecord[];
  /** Energy windows by index, as they were recorded; of repeated ones the last. */
  energyRecords: EnergyWindowRecord[];
  /** What each of the energy traces is. */
  traceRecords: TraceRecord[];
  /** In order. */
  notices: NoticeRecord[];
  /** How the run ended. */
  stop?: StopRecord;
}

/**
 * Puts records together; undefined where none is a start. Energy traces have their edges, but no samples: those are in
 * files beside the records, and `readSession` adds them.
 *
 * @example
 * ```ts
 * import { sessionOf } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.equal(sessionOf([]), undefined);
 * ```
 */
export function sessionOf(records: Iterable<RunRecord>): RecordedSession | undefined {
  let start: StartRecord | undefined;
  let began: string | undefined;
  let stop: StopRecord | undefined;
  const windows = new Map<number, WindowRecord>();
  const inferences = new Map<number, InferenceRecord>();
  const notices: NoticeRecord[] = [];
  const energy = new EnergyRecords();
  for (const record of records) {
    switch (record.type) {
      case "start":
        start = record;
        began ??= record.time;
        stop = undefined;
        break;
      case "window":
        windows.set(record.index, record);
        break;
      case "inference":
        inferences.set(record.index, record);
        break;
      case "notice":
        notices.push(record);
        break;
      case "stop":
        stop = record;
        break;
      default:
        energy.add(record);
    }
  }
  if (!start || !began) return undefined;
  const byIndex = <T extends { index: number }>(map: Map<number, T>) =>
    [...map.values()].sort((a, b) => a.index - b.index);
  return {
    runner: "thimble",
    start,
    began,
    windows: byIndex(windows),
    inferences: byIndex(inferences),
    ...energy.session(),
    printed: noFigures(),
    notices,
    stop,
    files: { folder: "" },
    findings: [],
  };
}

/** Whether a run has all that it was to have. */
export function isComplete(session: Session): boolean {
  const { mode, planned } = session.start;
  const done = {
    performance: session.windows,
    accuracy: session.inferences,
    energy: session.energyWindows,
  }[mode];
  return done.length === planned && done.every((record, i) => record.index === i);
}
