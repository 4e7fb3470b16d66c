import type { Benchmark } from "../benchmarks.ts";
import { labelOf, type Labels } from "./labels.ts";
import type { SessionInference } from "./session.ts";

/** An inference of an accuracy run as a log has it. */
export interface LoggedInference {
  /** The file; empty where the log does not say. */
  file: string;
  /** Its class, where the log says it. */
  label?: number;
  /** Which window of the file, where the log says it. */
  segment?: number;
  /** The device's clock in µs. */
  startUs?: number;
  /** The device's clock in µs. */
  endUs?: number;
  /** Values of `m-results`. */
  results: number[];
}

/**
 * Numbers the inferences of a run, and those of each file within it. Inferences that follow each other on one file are
 * its windows; a window that is repeated counts once, the last. As many windows as most files have, all are to have.
 */
export function inferencesOf(
  logged: readonly LoggedInference[],
  benchmark: Benchmark | undefined,
  labels?: Labels,
): SessionInference[] {
  const windowed = benchmark?.windowing !== undefined;
  const files: Map<number, LoggedInference>[] = [];
  let current: Map<number, LoggedInference> | undefined;
  let last: string | undefined;
  for (const inference of logged) {
    if (!windowed || !current || inference.file !== last) {
      current = new Map();
      files.push(current);
      last = inference.file;
    }
    current.set(inference.segment ?? current.size, inference);
  }
  const expected = files.reduce((most, file) => Math.max(most, file.size), 0);
  const inferences: SessionInference[] = [];
  let first = 0;
  for (const file of files) {
    for (const [segment, inference] of [...file].sort(([a], [b]) => a - b)) {
      inferences.push({
        index: first + segment,
        file: inference.file,
        label: inference.label ?? (benchmark && labelOf(benchmark, inference.file, labels)),
        segment,
        segments: windowed ? expected : 1,
        startUs: inference.startUs,
        endUs: inference.endUs,
        results: inference.results,
      });
    }
    first += windowed ? expected : 1;
  }
  return inferences;
}
