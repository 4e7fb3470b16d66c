/**
 * A session in the files of the MLCommons Python runner (v1.3–), with the lines that the official submission checker
 * looks for.
 *
 * @module
 */
import { minimumIterations, minimumWindowUs } from "../benchmarks.ts";
import { formatEnergyTimestamps } from "./energyrunner/energyrunner_trace.ts";
import type { EnergyWindowRecord, InferenceRecord, WindowRecord } from "./events.ts";
import {
  energyRunnerTimesS,
  officialEnergyLines,
  type OfficialEnergyWindow,
  officialEnergyWindows,
} from "./official_energy.ts";
import { type Score, scoreSession } from "./score_session.ts";
import type { RecordedSession } from "./session.ts";

/** The official files by name. */
export interface OfficialFiles {
  /** What happened. */
  "log.txt": string;
  /** The figures. */
  "results.txt": string;
  /** Each window or inference as an object. */
  "results.json": string;
  /**
   * Of an energy run with one trace: EnergyRunner's edges, beside the samples in `trace1-energy.bin`. Undefined where
   * the run was taken up again: that file knows one trace.
   */
  "trace1-timestamps.json"?: string;
}

/**
 * The official files of a session, as text; of an energy run with its samples, as `readSession` gives it.
 *
 * @throws {InputError} Where nothing can be scored, or the samples of an energy run are not kept.
 */
export function officialFiles(session: RecordedSession): OfficialFiles {
  const score = scoreSession(session);
  const { energyWindows, energyTraces } = session;
  const energy = officialEnergyWindows(energyWindows, energyTraces);
  const results = resultLines(session, score, energy);
  return {
    "log.txt": text(logLines(session, results)),
    "results.txt": text(results),
    "results.json": JSON.stringify(resultObjects(session, energy)) + "\n",
    ...(energyTraces.length === 1
      ? {
        "trace1-timestamps.json": formatEnergyTimestamps(
          energyRunnerTimesS(energyWindows, energyTraces[0]),
        ),
      }
      : {}),
  };
}

const text = (lines: readonly string[]) => lines.join("\n") + "\n";

// The runner's stamp: MMDD.HHMMSS, here of the time that the record has (UTC).
function stamp(time: string): string {
  const [, month, day, hour, minute, second] = /^\d+-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)/.exec(
    time,
  )!;
  return `${month}${day}.${hour}${minute}${second} ulp-mlperf:`;
}

function sourceLines(session: RecordedSession): string[] {
  const { source, sourceText } = session.start;
  return source === "measured" ? [] : [`Source: ${source}${sourceText ? `, ${sourceText}` : ""}`];
}

function logLines(session: RecordedSession, results: readonly string[]): string[] {
  const { start } = session;
  const lines = [
    "Logging initialized. Writing output to log.txt",
    ...sourceLines(session),
    `Initializing SerialDevice on port: ${start.port} at ${start.baudRate} baud`,
    `Device name retrieved: ${start.dut.name}`,
    `Device profile retrieved: ${start.dut.profile}`,
    `Device model retrieved: ${start.dut.model}`,
  ];
  const runs = {
    performance: session.windows,
    accuracy: session.inferences,
    energy: session.energyRecords,
  }[start.mode];
  runs.forEach((run, i) => lines.push(...runLines(run, i + 1)));
  for (const notice of session.notices) lines.push(`${stamp(notice.time)} Notice: ${notice.text}`);
  lines.push("--------------------", ...results.map((line) => line.trimStart()));
  // By which readers see that a log is whole.
  if (session.stop?.reason === "done") lines.push("Session logged in file log.txt");
  return lines;
}

type Run = WindowRecord | InferenceRecord | EnergyWindowRecord;

function runLines(run: Run, number: number): string[] {
  const at = stamp(run.time);
  const isWindow = run.type !== "inference";
  const iterations = isWindow ? run.iterations : 1;
  const warmups = isWindow ? run.warmups : 0;
  const head = [
    `${at} Loading file ${run.file} segment ${isWindow ? 0 : run.segment}`,
    `${at} Load complete.`,
    `Running inference with ${warmups}/${iterations} (warmup/measured) iterations ...`,
    "done",
  ];
  if (run.type === "energy") {
    return [...head, `Captured samples:${run.samples} timestamps:2`];
  }
  const seconds = run.startUs === undefined || run.endUs === undefined
    ? 0
    : (run.endUs - run.startUs) / 1e6;
  const throughput = seconds > 0 ? iterations / seconds : 0;
  return [
    ...head,
    `${at} Performance results for window ${number}:`,
    `${at}   # Inferences : ${String(iterations).padStart(13)}`,
    `${at}   Runtime      : ${seconds.toFixed(3).padStart(10)} sec.`,
    `${at}   Throughput   : ${throughput.toFixed(3).padStart(10)} inf./sec.`,
    `${at}   m-results    : [${run.results.map(pythonFloat).join(", ")}]`,
  ];
}

// Whole numbers with one decimal, as Python prints floats.
function pythonFloat(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

function resultLines(
  session: RecordedSession,
  score: Score,
  energy: readonly OfficialEnergyWindow[],
): string[] {
  const lines = sourceLines(session);
  const at = stamp(session.stop?.time ?? session.start.time);
  const rule = `${at} ${"-".repeat(57)}`;
  score.windows?.forEach((window, i) => {
    const met = window.runtimeS * 1e6 >= minimumWindowUs && window.iterations >= minimumIterations;
    lines.push(
      `Performance results for window ${i + 1}`,
      `    # Inferences : ${window.iterations}`,
      `    Runtime: ${pythonFloat(window.runtimeS)} sec.`,
      `    Throughput: ${pythonFloat(window.throughputInfS)} inf./sec.`,
      `    Runtime requirements have ${met ? "" : "not "}been met.`,
    );
  });
  if (energy.length > 0) lines.push(...officialEnergyLines(energy));
  else if (score.throughputInfS !== undefined) {
    const figure = score.throughputInfS.toFixed(3).padStart(10);
    lines.push(rule, `${at} Median throughput is ${figure} inf./sec.`, rule);
  }
  if (score.top1Percent !== undefined) lines.push(`${at} Top 1% = ${score.top1Percent.toFixed(1)}`);
  if (score.auc !== undefined) lines.push(`${at} AUC = ${score.auc.toFixed(3)}`);
  for (const finding of score.findings) lines.push(`${at} Note: ${finding.text}`);
  return lines;
}

// One object a window or inference, as the official runner writes them.
function resultObjects(
  session: RecordedSession,
  energy: readonly OfficialEnergyWindow[],
): unknown[] {
  const { start } = session;
  const windowed = start.benchmark === "ad01";
  const common = (run: Run, segments: number | null) => ({
    file: run.file,
    classes: String(windowed ? 2 : run.results.length),
    class: String(run.label),
    bytes_to_send: windowed ? "2560" : null,
    stride: windowed ? "512" : null,
    total_length: segments,
  });
  const infer = (run: WindowRecord | InferenceRecord, iterations: number, warmups: number) => {
    const { startUs, endUs } = run;
    const timed = startUs !== undefined && endUs !== undefined;
    const elapsed = timed ? { elapsed_time: endUs - startUs } : {};
    return {
      ...(timed ? { start_time: startUs, end_time: endUs } : {}),
      results: run.results,
      ...elapsed,
      total_inferences: 1,
      iterations,
      warmups,
      ...(run.type === "window"
        ? { throughput: iterations / ((run.endUs - run.startUs) / 1e6) }
        : {}),
    };
  };
  if (start.mode === "energy") {
    return session.energyRecords.map((run, i) => ({
      ...common(run, windowed ? 1 : null),
      infer: {
        results: run.results,
        total_inferences: 1,
        iterations: run.iterations,
        warmups: run.warmups,
      },
      power: energy[i].power,
      mode: "e",
    }));
  }
  return start.mode === "performance"
    ? session.windows.map((run) => ({
      ...common(run, windowed ? 1 : null),
      infer: infer(run, run.iterations, run.warmups),
      mode: "p",
    }))
    : session.inferences.map((run) => ({
      ...common(run, windowed ? run.segments : null),
      infer: infer(run, 1, 0),
      mode: "a",
    }));
}
