/**
 * What a submission's tree holds: organisations, their systems, the results of each, the runs of each result.
 *
 * Published trees are untidy: a level more for the model or the board, long names of benchmarks, `power` for `energy`.
 * All of that is found here; whether it may be so is for the rules to say.
 *
 * @module
 */
import { type Benchmark, benchmarks } from "../benchmarks.ts";
import type { SessionMode } from "../sessions/session.ts";
import type { SubmissionTree } from "./submission_tree.ts";

/** The two divisions. */
export type Division = "closed" | "open";

/** The divisions, as folders are called. */
export const divisions: readonly Division[] = ["closed", "open"];

/** Who submits in a division. */
export interface SubmittedOrganisation {
  /** `division/organisation`. */
  path: string;
  /** Its division. */
  division: Division;
  /** Name of its folder. */
  name: string;
  /** By name. */
  systems: SubmittedSystem[];
}

/** One board with its software. */
export interface SubmittedSystem {
  /** `division/organisation/results/system`. */
  path: string;
  /** Name of its folder. */
  name: string;
  /** Where its description has to be: `division/organisation/systems/system.json`. */
  descriptionPath: string;
  /** By path. */
  results: SubmittedResult[];
}

/** One benchmark on one system. */
export interface SubmittedResult {
  /** Its folder. */
  path: string;
  /** Folders between the system and the runs, such as `kws` or `ad/AD08`. */
  name: string;
  /** Which benchmark the folders name; undefined where they name none. */
  benchmark?: Benchmark;
  /** What stands beside the benchmark in the folders' names, such as `AD08`. */
  variant?: string;
  /** Its runs. */
  runs: SubmittedRun[];
}

/** One session in a submission. */
export interface SubmittedRun {
  /** Its folder. */
  path: string;
  /** Name of the folder. */
  name: string;
  /** What the folder's name says it is. */
  mode: SessionMode;
}

/** How folders of runs have been called, misspelt ones too. */
const modes: Readonly<Record<string, SessionMode>> = {
  performance: "performance",
  accuracy: "accuracy",
  energy: "energy",
  enegy: "energy",
  power: "energy",
};

const longNames: Readonly<Record<string, Benchmark>> = {
  anomaly_detection: benchmarks.ad01,
  image_classification: benchmarks.ic01,
  keyword_spotting: benchmarks.kws01,
  visual_wake_words: benchmarks.vww01,
  streaming_wakeword: benchmarks.sww01,
  streaming_wakeword_detection: benchmarks.sww01,
};

/** The benchmark that a folder's name means: its short name, its id or its long name, in any case. */
export function benchmarkOfFolder(name: string): Benchmark | undefined {
  const key = name.toLowerCase();
  if (Object.hasOwn(longNames, key)) return longNames[key];
  return Object.values(benchmarks).find(({ folder, id }) => folder === key || id === key);
}

/** The kind of run that a folder's name means; undefined where it means none. */
export function modeOfFolder(name: string): SessionMode | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(modes, key) ? modes[key] : undefined;
}

/**
 * Finds organisations, systems, results and runs in a tree.
 *
 * @example
 * ```ts
 * import { findOrganisations, SubmissionTree } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.mkdir(`${folder}/open/org/results/board/ad/AD08/power`, { recursive: true });
 * const [{ systems: [{ results: [result] }] }] = findOrganisations(await SubmissionTree.read(folder));
 * assert.deepEqual([result.benchmark?.id, result.variant, result.runs[0].mode], ["ad01", "AD08", "energy"]);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export function findOrganisations(tree: SubmissionTree): SubmittedOrganisation[] {
  return divisions.flatMap((division) =>
    tree.folders(division).map(({ path, name }) => ({
      path,
      division,
      name,
      systems: tree.folders(`${path}/results`).map((folder) => ({
        path: folder.path,
        name: folder.name,
        descriptionPath: `${path}/systems/${folder.name}.json`,
        results: tree.folders(folder.path).flatMap(({ path }) => {
          const found = [...findResults(tree, folder.path, path)];
          return found.length > 0 ? found : [resultAt(tree, folder.path, path)];
        }),
      })),
    }))
  );
}

/** Deepest folders between a system and its runs that anybody has used are two. */
const mostLevels = 4;

function* findResults(
  tree: SubmissionTree,
  system: string,
  path: string,
  level = 1,
): Generator<SubmittedResult> {
  if (tree.folders(path).some(({ name }) => modeOfFolder(name))) {
    yield resultAt(tree, system, path);
  } else if (level < mostLevels) {
    for (const child of tree.folders(path)) {
      yield* findResults(tree, system, child.path, level + 1);
    }
  }
}

function resultAt(tree: SubmissionTree, system: string, path: string): SubmittedResult {
  const name = path.slice(system.length + 1);
  const names = name.split("/");
  const place = names.findLastIndex((part) => benchmarkOfFolder(part));
  const variant = names.filter((_, i) => i !== place).join("/");
  return {
    path,
    name,
    benchmark: place < 0 ? undefined : benchmarkOfFolder(names[place]),
    variant: variant && place >= 0 ? variant : undefined,
    runs: tree.folders(path).flatMap((folder) => {
      const mode = modeOfFolder(folder.name);
      return mode ? [{ path: folder.path, name: folder.name, mode }] : [];
    }),
  };
}

/** The benchmark that a path tells of: by the nearest name in it that has a benchmark's name as a word. */
export function benchmarkOfPath(path: string): Benchmark | undefined {
  for (const name of path.split("/").reverse()) {
    const whole = benchmarkOfFolder(name);
    if (whole) return whole;
    for (const word of name.split(/[^A-Za-z0-9]+/)) {
      const benchmark = benchmarkOfFolder(word);
      if (benchmark) return benchmark;
    }
  }
}
