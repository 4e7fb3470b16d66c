/**
 * The MLCommons Python runner's `log.txt`, line by line.
 *
 * @module
 */
import type { Findings } from "../findings.ts";
import { parseValues } from "../parse_values.ts";

/** One inference or window, as far as the log shows it. */
export interface LoggedLoop {
  /** The input; empty where the log does not say. */
  file: string;
  /** Which window of the file. */
  segment?: number;
  /** Inferences that were asked for. */
  iterations?: number;
  /** Inferences before them. */
  warmups?: number;
  /** Seconds, with three decimals. */
  runtimeS?: number;
  /** Values of `m-results`. */
  results: number[];
}

const loading = /Loading file (.{1,500}?) segment (\d+)/;
const running = /Running inference with (\d+)\/(\d+) \(warmup\/measured\)/;
const retrieved = /^Device (name|profile|model) retrieved: (.{0,200})/;
const opened = /Initializing SerialDevice on port: (.{1,200}?) at (\d+) baud/;

/** Puts a log of the Python runner together. */
export class MlcommonsLog {
  /** Every loop, in order. */
  readonly loops: LoggedLoop[] = [];
  /** What the device says of itself: "name", "profile", "model". */
  readonly facts = new Map<string, string>();
  /** Streaming: times of the detections in ms; the first is the start of the run. */
  detectionsMs: number[] | undefined;
  /** The sound file that was played. */
  wavFile: string | undefined;
  /** The last port that was opened: the device's. */
  port: { name: string; baudRate: number } | undefined;
  /** Whether the log has its first line. */
  began = false;
  /** Whether the log goes on to the end of the run. */
  ended = false;

  readonly #path: string;
  readonly #findings: Findings;
  #loop: LoggedLoop | undefined;

  /** A log that is still empty; `path` is what findings name. */
  constructor(path: string, findings: Findings) {
    this.#path = path;
    this.#findings = findings;
  }

  /** Takes the next line. */
  push(line: string, number: number): void {
    const load = loading.exec(line);
    if (load) {
      this.#loop = { file: load[1], segment: Number(load[2]), results: [] };
      this.loops.push(this.#loop);
    } else if (this.#loop) this.#inLoop(line, number);
    if (this.#loop === undefined || !line.includes("ulp-mlperf:")) this.#outside(line);
  }

  #inLoop(line: string, number: number): void {
    const loop = this.#loop!;
    const run = running.exec(line);
    if (run) {
      loop.warmups = Number(run[1]);
      loop.iterations = Number(run[2]);
      return;
    }
    const runtime = /Runtime\s*:\s*([\d.]+) sec/.exec(line);
    if (runtime && loop.runtimeS === undefined) loop.runtimeS = Number(runtime[1]);
    const results = /m-results\s*:?\s*(?=\[)/.exec(line);
    if (results) {
      const { values, problem } = parseValues(line, results.index + results[0].length);
      if (problem) this.#findings.add(problem, { file: this.#path, line: number });
      loop.results = values;
    }
  }

  #outside(line: string): void {
    if (line.startsWith("Logging initialized")) this.began = true;
    else if (line.startsWith("Session logged")) this.ended = true;
    else if (line.startsWith("[") && /^\[\d+[\d,\s]*\]\s*$/.test(line)) {
      this.detectionsMs = parseValues(line, 0).values;
    }
    const fact = retrieved.exec(line);
    if (fact) this.facts.set(fact[1], fact[2].trim());
    const port = opened.exec(line);
    if (port) this.port = { name: port[1], baudRate: Number(port[2]) };
    const played = /Playing (.{1,200}?) \(length/.exec(line);
    if (played) this.wavFile = played[1];
  }
}
