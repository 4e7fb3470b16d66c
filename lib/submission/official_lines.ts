/**
 * The lines of `results.txt` that the official checker reads, as it reads them: of several the last.
 *
 * @module
 */

/** A figure as it is printed. */
export interface PrintedLine {
  /** Its value; not a number where what stands there is none. */
  value: number;
  /** From 1. */
  line: number;
}

/** What the official checker finds in a `results.txt`. */
export interface OfficialLines {
  /** `Median throughput is X inf./sec.` */
  throughputInfS?: PrintedLine;
  /** `Top-1: X%` or `Top 1% = X` */
  top1Percent?: PrintedLine;
  /** `AUC: X` or `AUC = X` */
  auc?: PrintedLine;
  /** `Median energy cost is X uJ/inf.` */
  energyUjPerInf?: PrintedLine;
  /** `Estimated throughput: X inf./sec.`, of streaming. */
  streamingThroughputInfS?: PrintedLine;
  /** `Average duty cycle: X`, of streaming. */
  dutyCycle?: PrintedLine;
  /** `Accuracy: X True positives, X False negatives, X False positives` */
  detections?: {
    truePositives: number;
    falseNegatives: number;
    falsePositives: number;
    /** From 1. */
    line: number;
  };
  /** What Thimble writes where figures are not measured: `Source: simulated`. The official checker does not read it. */
  source?: { text: string; line: number };
}

const patterns: Readonly<Record<Exclude<keyof OfficialLines, "detections" | "source">, RegExp>> = {
  throughputInfS: /^.* Median throughput is\s+([\d.]+) inf\.\/sec\./,
  top1Percent: /^.* Top[- ]1%?\s?[:=] ([\d.]+)/,
  auc: /^.* AUC\s?[:=] ([\d.]+)/,
  energyUjPerInf: /Median energy cost is ([\d.]+) uJ\/inf/,
  streamingThroughputInfS: /Estimated throughput: ([\d.]+) inf\.\/sec\./,
  dutyCycle: /Average duty cycle: ([\d.]+)/,
};

const detections = /Accuracy: (\d+) True positives, (\d+) False negatives, (\d+) False positives/;

/** Longer lines hold something else. */
const longestLine = 1_000_000;

/**
 * Finds the lines that the official checker looks for.
 *
 * @example
 * ```ts
 * import { readOfficialLines } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const { throughputInfS } = readOfficialLines("0803.2127 ulp-mlperf: Median throughput is  34.489 inf./sec.\n");
 * assert.deepEqual(throughputInfS, { value: 34.489, line: 1 });
 * ```
 */
export function readOfficialLines(text: string): OfficialLines {
  const found: OfficialLines = {};
  for (const [i, line] of text.split(/\r\n|\r|\n/).entries()) {
    if (line.length > longestLine) continue;
    for (const [name, pattern] of Object.entries(patterns)) {
      const match = pattern.exec(line);
      if (match) {
        found[name as keyof typeof patterns] = { value: Number(match[1]), line: i + 1 };
      }
    }
    const told = /^Source: (.*)$/.exec(line);
    if (told) found.source = { text: told[1], line: i + 1 };
    const match = detections.exec(line);
    if (match) {
      const [truePositives, falseNegatives, falsePositives] = match.slice(1).map(Number);
      found.detections = { truePositives, falseNegatives, falsePositives, line: i + 1 };
    }
  }
  return found;
}
