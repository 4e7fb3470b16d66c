/**
 * EnergyRunner's `log.txt`, line by line.
 *
 * A line is `SSSSS.mmm SOURCE: TEXT`, but what counts stands in tokens such as `m-lap-us-1234` that are found wherever
 * they are: devices echo commands, print without line ends, and the runner writes what it gets.
 *
 * @module
 */
import type { Findings } from "../findings.ts";
import { parseValues } from "../parse_values.ts";

/** One `infer` command, as far as the log shows it. */
export interface LoggedRun {
  /** Name of the input without its folder; empty where the log does not say. */
  file: string;
  /** Where in the file the input begins, in bytes. */
  offset: number;
  /** Inferences that were asked for. */
  iterations?: number;
  /** Inferences before them. */
  warmups?: number;
  /** The device's clock, in µs: at the start and at the end. */
  lapsUs: number[];
  /** Values of `m-results`, empty where they cannot be read; undefined where there are none. */
  results?: number[];
  /** Number of the line where it begins. */
  line: number;
}

/** Puts an EnergyRunner log together. */
export class EnergyRunnerLog {
  /** Every `infer`, in order. */
  readonly runs: LoggedRun[] = [];
  /** What the runner and the device say of themselves: "version", "model", "name", "runMode" … */
  readonly facts = new Map<string, string>();
  /** Errors that the device printed (`e-[…]`). */
  readonly errors: string[] = [];
  /** Whether the log has its first lines. */
  began = false;
  /** Whether the log goes on to the end of the run. */
  ended = false;

  readonly #path: string;
  readonly #findings: Findings;
  #file = "";
  #offset = 0;
  #dataset = "";
  #asked: { iterations?: number; warmups?: number } = {};
  #warmups: number | undefined;
  #run: LoggedRun | undefined;
  #commands = false;

  /** A log that is still empty; `path` is what findings name. */
  constructor(path: string, findings: Findings) {
    this.#path = path;
    this.#findings = findings;
  }

  /** Folder of the inputs, such as "kws01"; it tells the benchmark where the device does not. */
  get dataset(): string {
    return this.#dataset;
  }

  /** Takes the next line. */
  push(line: string, number: number): void {
    const command = line.indexOf('Command "');
    if (command >= 0) {
      this.#commands = true;
      this.#command(line.slice(command + 9));
      return;
    }
    const error = line.indexOf(" e-[");
    if (error >= 0 && this.errors.length < 1000) {
      const end = line.indexOf("]", error);
      this.errors.push(line.slice(error + 4, end < 0 ? error + 300 : end).slice(0, 300));
    }
    for (let at = line.indexOf("m-"); at >= 0; at = line.indexOf("m-", at + 2)) {
      this.#token(line, at + 2, number);
    }
  }

  #token(line: string, at: number, number: number): void {
    switch (line.charCodeAt(at)) {
      case 0x6c: // l
        if (line.startsWith("lap-us-", at)) this.#lap(wholeNumber(line, at + 7));
        return;
      case 0x72: // r
        if (line.startsWith("results-[", at)) this.#results(line, at + 8, number);
        return;
      case 0x69: // i
        if (line.startsWith("infer-start-", at)) {
          this.#start(wholeNumber(line, at + 12), number);
        } else if (line.startsWith("infer-done", at) && this.#run?.results) this.#run = undefined;
        return;
      case 0x77: // w
        if (line.startsWith("warmup-start-", at)) this.#warmups = wholeNumber(line, at + 13);
        return;
      case 0x73: // s
        this.#sequence(line, at);
        return;
      default:
        this.#fact(line, at);
    }
  }

  #start(iterations: number | undefined, number: number): void {
    this.#run = {
      file: this.#file,
      offset: this.#offset,
      iterations: iterations ?? this.#asked.iterations,
      warmups: this.#warmups ?? this.#asked.warmups,
      lapsUs: [],
      line: number,
    };
    this.#warmups = undefined;
    this.runs.push(this.#run);
  }

  // Laps outside of a run are answers to 'timestamp'.
  #lap(us: number | undefined): void {
    if (us !== undefined && this.#run && this.#run.lapsUs.length < 4) this.#run.lapsUs.push(us);
  }

  #results(line: string, open: number, number: number): void {
    const { values, problem } = parseValues(line, open);
    if (problem) this.#findings.add(problem, { file: this.#path, line: number });
    if (!this.#run) {
      // The start was lost: cut off at the front, or garbled.
      this.#start(undefined, number);
    }
    this.#run!.results ??= values;
    this.#run = undefined;
  }

  #sequence(line: string, at: number): void {
    if (line.startsWith("sequencing-i[", at)) {
      // Says the same as the parser's line 'Command "…"', which comes next.
      const command = this.#commands ? -1 : line.indexOf("-command[", at);
      if (command >= 0) this.#command(line.slice(command + 9));
    } else if (line.startsWith("session-start-id[", at)) {
      this.began = true;
      this.facts.set("session", inBrackets(line, at));
    } else if (line.startsWith("sequencer-stop", at) || line.startsWith("session-stop-id", at)) {
      this.ended = true;
    }
  }

  #command(text: string): void {
    const load = /^(?:io |dut )*bloadp? (?:dut )?"?([^"\]]+)"?(?: (\d+))?/.exec(text);
    if (load) {
      this.#run = undefined;
      this.#asked = {};
      this.#warmups = undefined;
      const parts = load[1].split(/[/\\]/);
      this.#file = parts.at(-1)!;
      this.#dataset ||= parts.at(-2) ?? "";
      this.#offset = Number(load[2] ?? 0);
      return;
    }
    const infer = /^(?:io )?dut infer (\d+)(?: (\d+))?/.exec(text);
    if (infer) {
      this.#run = undefined;
      this.#asked = {
        iterations: Number(infer[1]),
        warmups: infer[2] === undefined ? undefined : Number(infer[2]),
      };
    }
  }

  #fact(line: string, at: number): void {
    const match = /^(model|profile|name-dut|version)-?\[([^\]]*)\]/.exec(line.slice(at, at + 200));
    if (match) {
      if (!this.facts.has(match[1])) this.facts.set(match[1], match[2]);
    } else if (line.startsWith("bmark-run-name[", at)) {
      this.facts.set("benchmark", inBrackets(line, at));
      const code = /-code\[([^\]]*)\]/.exec(line.slice(at, at + 200));
      if (code) this.facts.set("code", code[1]);
    } else if (line.startsWith("bm-cfg-name[", at)) {
      const pair = /-key\[([^\]]*)\]-val\[([^\]]*)\]/.exec(line.slice(at, at + 500));
      if (pair) this.facts.set(`cfg ${pair[1]}`, pair[2]);
    }
  }
}

function inBrackets(line: string, from: number): string {
  const open = line.indexOf("[", from);
  const end = line.indexOf("]", open);
  return open < 0 || end < 0 ? "" : line.slice(open + 1, Math.min(end, open + 200));
}

// Digits may be glued to what follows; more than 16 of them are no time.
function wholeNumber(line: string, at: number): number | undefined {
  let value = 0;
  let digits = 0;
  for (; digits < 17; digits++) {
    const digit = line.charCodeAt(at + digits) - 48;
    if (!(digit >= 0 && digit <= 9)) break;
    value = value * 10 + digit;
  }
  return digits === 0 || digits === 17 ? undefined : value;
}
