/**
 * Lists of the samples that a quantization was calibrated with.
 *
 * @module
 */
import type { BenchmarkId } from "../benchmarks.ts";
import { benchmarkOfPath, type SubmittedOrganisation } from "./layout.ts";
import type { SubmissionTree } from "./submission_tree.ts";

/** One sample of a list. */
export interface CalibrationEntry {
  /** File name without folders and extension, or a number of a sample. */
  sample: string;
  /** From 1. */
  line: number;
}

/** A list in a submission. */
export interface CalibrationList {
  /** Where it is. */
  path: string;
  /** Its benchmark, by its path. */
  benchmark: BenchmarkId;
  /** Its samples. */
  entries: readonly CalibrationEntry[];
}

/** Whether a file is a list of calibration samples, by its name: such as `calibration.txt`, `quant_cal_idxs.txt`. */
export function isCalibrationList(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return /(calibration|quant_cal|calib_)\w*\.(txt|csv)$/i.test(name);
}

/**
 * The samples of a list: one a line, the first word of it. A line of several words that are no columns is a remark.
 */
export function calibrationEntries(text: string): CalibrationEntry[] {
  return text.split(/\r\n|\r|\n/).flatMap((line, i) => {
    const first = line.split(/[,;\t]/)[0].trim();
    if (!first || first.startsWith("#") || /\s/.test(first)) return [];
    const name = first.slice(Math.max(first.lastIndexOf("/"), first.lastIndexOf("\\")) + 1);
    return [{ sample: name.replace(/\.\w{1,5}$/, ""), line: i + 1 }];
  });
}

const mostBytes = 5_000_000;
const mostLists = 50;

/** The calibration lists of an organisation, beside its results. */
export async function readCalibrationLists(
  tree: SubmissionTree,
  organisation: SubmittedOrganisation,
): Promise<CalibrationList[]> {
  const lists: CalibrationList[] = [];
  for (const { path } of tree.filesBelow(organisation.path)) {
    if (path.startsWith(`${organisation.path}/results/`) || !isCalibrationList(path)) continue;
    const benchmark = benchmarkOfPath(path.slice(organisation.path.length + 1));
    const bytes = benchmark && await tree.bytes(path, mostBytes);
    if (!bytes) continue;
    const entries = calibrationEntries(new TextDecoder().decode(bytes));
    lists.push({ path, benchmark: benchmark.id, entries });
    if (lists.length === mostLists) break;
  }
  return lists;
}
