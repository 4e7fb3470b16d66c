/**
 * The MLCommons Python runner's `results.json`.
 *
 * @module
 */
import type { Findings } from "../findings.ts";
import { timeWindows } from "../labels.ts";

/** One object of `results.json`: a window, or an inference of an accuracy run. */
export interface ResultObject {
  /** The input; empty in streaming runs. */
  file: string;
  /** Its class index. */
  label?: number;
  /** Measured inferences. */
  iterations?: number;
  /** Inferences before them. */
  warmups?: number;
  /** The device's clock in µs. */
  startUs?: number;
  /** The device's clock in µs. */
  endUs?: number;
  /** Values of `m-results`. */
  results: number[];
  /** What the energy monitor sampled. */
  power?: ResultPower;
  /** Streaming runs only. */
  streaming?: ResultStreaming;
  /** "p", "a" or "e". */
  mode?: string;
}

/** What the energy monitor sampled in one loop. */
export interface ResultPower {
  /** Energy of each millisecond in µJ; NaN where a sample is missing. */
  samplesUj: Float64Array;
  /** Index of the sample at each edge. */
  edges: number[];
  /** Whether the monitor counted the edges without a gap. */
  consecutive: boolean;
  /** Voltage of the supply in V, where the runner notes it. */
  supplyV?: number;
}

/** A streaming run. */
export interface ResultStreaming {
  /** The sound file. */
  wavFile?: string;
  /** Its length in seconds. */
  lengthS?: number;
  /** Start and end of each wakeword in seconds. */
  occurrencesS?: [number, number][];
  /** Times in ms; the first is the start of the run. */
  detectionsMs: number[];
  /** When the device began and ended to work on a frame, in seconds. */
  processing?: { startsS: number[]; endsS: number[] };
}

/**
 * Reads a `results.json`. Objects that are no results are left out; where the text is cut off, what stands before counts.
 *
 * @param place What findings name.
 */
export function parseResultsJson(text: string, findings: Findings, place: string): ResultObject[] {
  const objects: ResultObject[] = [];
  for (const value of entriesOf(text, findings, place)) {
    const object = resultObject(value, findings, place);
    if (object) objects.push(object);
    else findings.add("An entry holds no result: it is left out", { file: place });
  }
  return objects;
}

function entriesOf(text: string, findings: Findings, file: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [value];
  } catch {
    const entries = wholeObjects(text);
    findings.add(
      "The file is no valid JSON, cut off perhaps: what can be read of it counts",
      { file },
    );
    return entries;
  }
}

// The objects of a list, one by one; NaN and Infinity, which Python writes, become null.
function wholeObjects(text: string): unknown[] {
  const entries: unknown[] = [];
  let depth = 0;
  let start = -1;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === 0x5c) i++;
      else if (c === 0x22) inString = false;
    } else if (c === 0x22) inString = true;
    else if (c === 0x7b) {
      if (depth++ === 0) start = i;
    } else if (c === 0x7d && depth > 0 && --depth === 0) {
      const object = text.slice(start, i + 1).replace(/(?<=[:,[\s])-?(?:NaN|Infinity)\b/g, "null");
      try {
        entries.push(JSON.parse(object));
      } catch {
        entries.push(undefined);
      }
    }
  }
  return entries;
}

type Fields = Record<string, unknown>;

const fieldsOf = (value: unknown): Fields | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Fields
    : undefined;

function numberOf(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" ? value.slice(0, 500) : undefined;

function numbersOf(value: unknown, most: number): number[] | undefined {
  if (!Array.isArray(value) || value.length > most) return undefined;
  return value.every((item) => Number.isFinite(item)) ? value as number[] : undefined;
}

function resultObject(value: unknown, findings: Findings, file: string): ResultObject | undefined {
  const entry = fieldsOf(value);
  const infer = fieldsOf(entry?.infer);
  if (!entry || !infer) return undefined;
  const error = textOf(entry.error);
  if (error) findings.add(`The runner notes an error: '${error}'`, { file });
  const label = numberOf(entry.class);
  const startUs = numberOf(infer.start_time);
  const elapsedUs = numberOf(infer.elapsed_time);
  return {
    file: textOf(entry.file) ?? "",
    label: label !== undefined && Number.isInteger(label) && label >= 0 ? label : undefined,
    iterations: positive(numberOf(infer.iterations)),
    warmups: numberOf(infer.warmups),
    startUs,
    endUs: numberOf(infer.end_time) ??
      (startUs !== undefined && elapsedUs !== undefined ? startUs + elapsedUs : undefined),
    results: numbersOf(infer.results, 10_000) ?? [],
    power: powerOf(fieldsOf(entry.power)),
    streaming: streamingOf(infer, fieldsOf(entry.dutycycle)),
    mode: textOf(entry.mode),
  };
}

const positive = (value: number | undefined) =>
  value !== undefined && value > 0 ? value : undefined;

const mostSamples = 50_000_000;

function powerOf(power: Fields | undefined): ResultPower | undefined {
  const joules = power?.samples;
  const events = power?.timestamps;
  if (!Array.isArray(joules) || joules.length > mostSamples) return undefined;
  if (!Array.isArray(events) || events.length > 100_000) return undefined;
  const edges = events.map((event) => numberOf(event?.[1]));
  if (!edges.every((edge) => edge !== undefined && Number.isInteger(edge) && edge >= 0)) {
    return undefined;
  }
  const samplesUj = new Float64Array(joules.length);
  for (let i = 0; i < joules.length; i++) {
    const value: unknown = joules[i];
    // Python writes a sample that is missing as NaN, which is no JSON and has become null.
    if (value !== null && typeof value !== "number") return undefined;
    samplesUj[i] = value === null ? NaN : value * 1e6;
  }
  return {
    samplesUj,
    edges: edges as number[],
    consecutive: areConsecutive(events.map((event) => event?.[0])),
    supplyV: positive(numberOf(power?.voltage)),
  };
}

// The monitor's counters: decimal or hexadecimal, of so many digits that they begin anew.
function areConsecutive(counters: readonly unknown[]): boolean {
  return [10, 16].some((base) =>
    counters.every((counter, i) => {
      const before = counters[i - 1];
      if (i === 0) return true;
      if (typeof counter === "number" && typeof before === "number") return counter === before + 1;
      if (typeof counter !== "string" || typeof before !== "string") return false;
      const next = (parseInt(before, base) + 1).toString(base).padStart(before.length, "0");
      const wrapped = /^10+$/.test(next) && next.length > before.length ? next.slice(1) : next;
      return [next, wrapped].includes(counter.toLowerCase());
    })
  );
}

const mostDetections = 1_000_000;

function streamingOf(infer: Fields, duty: Fields | undefined): ResultStreaming | undefined {
  const detectionsMs = numbersOf(infer.detections, mostDetections);
  if (!detectionsMs) return undefined;
  const startsS = numbersOf(duty?.start_times_s, mostDetections);
  const endsS = numbersOf(duty?.stop_times_s, mostDetections);
  return {
    wavFile: textOf(infer.wav_file),
    lengthS: numberOf(infer.length_sec),
    occurrencesS: timeWindows(infer.detection_windows),
    detectionsMs,
    processing: startsS && endsS ? { startsS, endsS } : undefined,
  };
}
