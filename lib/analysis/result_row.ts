/**
 * Results in one shape, whoever measured them: published rounds, one's own sessions, sweeps.
 *
 * @module
 */
import { findBenchmark } from "../benchmarks.ts";
import { ThimbleError } from "../errors.ts";
import type { RoundRow } from "../sessions/rounds/round_row.ts";
import type { Score } from "../sessions/score.ts";
import { boardOf } from "./board_of.ts";
import type { FigureSource } from "./figure.ts";

/** One system on one benchmark. What is not known is null. */
export interface ResultRow {
  /** What figures and tables call it. */
  name: string;
  /** The board, spelled alike for all; see {@linkcode boardOf}. */
  board: string | null;
  /** The software that ran the model: a part of the system's name, or whoever submitted it. */
  stack: string | null;
  /** Who measured it. */
  organisation: string | null;
  /** Such as "v1.2"; null of one's own. */
  round: string | null;
  /** "closed" or "open". */
  division: string | null;
  /** Id of the benchmark, such as "kws01". */
  benchmark: string;
  /** Where the figures come from. */
  source: FigureSource;
  /** Of one inference, ms. */
  latencyMs: number | null;
  /** Inferences a second. */
  throughputInfS: number | null;
  /** µJ an inference. */
  energyUjPerInf: number | null;
  /** Mean power while inferring, mW. */
  powerMw: number | null;
  /** Percent correct; classifiers only. */
  top1Percent: number | null;
  /** Area under the ROC curve, 0–1. */
  auc: number | null;
  /** Of the model file. */
  modelBytes: number | null;
  /** Multiply-accumulates of an inference. */
  macs: number | null;
  /** RAM of the firmware or arena. */
  ramBytes: number | null;
}

const nothing = {
  board: null,
  stack: null,
  organisation: null,
  round: null,
  division: null,
  latencyMs: null,
  throughputInfS: null,
  energyUjPerInf: null,
  powerMw: null,
  top1Percent: null,
  auc: null,
  modelBytes: null,
  macs: null,
  ramBytes: null,
} as const;

/**
 * Published rounds as results.
 *
 * The mean power while inferring is energy / latency where the round does not state it. The energy of sww01 is that of a
 * whole recording, not of an inference, and is left out.
 *
 * @example The fastest keyword spotters of v1.3
 * ```ts
 * import { loadPublished, publishedResults } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const rows = publishedResults(await loadPublished())
 *   .filter(({ round, benchmark }) => round === "v1.3" && benchmark === "kws01")
 *   .sort((a, b) => a.latencyMs! - b.latencyMs!);
 * assert(rows[0].latencyMs! < 10);
 * ```
 */
export function publishedResults(rows: readonly RoundRow[]): ResultRow[] {
  return rows.map((row) => {
    const { board, stack } = boardOf(row.system);
    const { latencyMs } = row;
    const energyUjPerInf = row.benchmark === "sww01" ? null : row.energyUjPerInf;
    return {
      ...nothing,
      name: `${row.organisation} ${row.system}`,
      board,
      stack: stack ?? row.organisation,
      organisation: row.organisation,
      round: row.round,
      division: row.division,
      benchmark: row.benchmark,
      source: "published",
      latencyMs,
      throughputInfS: row.throughputInfS,
      energyUjPerInf,
      powerMw: row.powerMw ?? (latencyMs && energyUjPerInf ? energyUjPerInf / latencyMs : null),
      top1Percent: row.top1Percent,
      auc: row.auc,
    };
  });
}

/** A system of one's own: what it is called, what is known of it, and the scores of its sessions. */
export interface OwnResult extends Partial<Omit<ResultRow, "benchmark" | "source">> {
  /** What figures and tables call it. */
  name: string;
  /** Scores of the same benchmark, such as of a performance, an energy and an accuracy run. */
  scores: readonly Score[];
}

/**
 * One's own sessions as results, one row each: figures of several runs of the same system come together.
 *
 * @throws {ThimbleError} No scores, or of several benchmarks, or some simulated and some measured.
 *
 * @example
 * ```ts
 * import { ownResults } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const score = {
 *   benchmark: "kws01", runner: "thimble", source: "measured", valid: true, findings: [],
 * } as const;
 * const [row] = ownResults([{
 *   name: "pruned",
 *   board: "NUCLEO-L4R5ZI",
 *   modelBytes: 21_000,
 *   scores: [
 *     { ...score, findings: [], mode: "performance", throughputInfS: 20, latencyMs: 50 },
 *     { ...score, findings: [], mode: "accuracy", top1Percent: 90.4 },
 *   ],
 * }]);
 * assert.equal(row.latencyMs, 50);
 * assert.equal(row.top1Percent, 90.4);
 * ```
 */
export function ownResults(systems: readonly OwnResult[]): ResultRow[] {
  return systems.map(({ scores, ...known }) => {
    const benchmarks = new Set(scores.map(({ benchmark }) => benchmark));
    const sources = new Set(scores.map(({ source }) => source));
    const [benchmark] = benchmarks;
    const [source] = sources;
    if (benchmarks.size !== 1 || sources.size !== 1) {
      const what = benchmarks.size !== 1
        ? `${benchmarks.size} benchmarks`
        : `${[...sources].join(" and ")} figures`;
      throw new ThimbleError(`Cannot make one result of '${known.name}' as it has ${what}`, {
        hint: "Give each system the scores of one benchmark, from one kind of device",
      });
    }
    const first = (pick: (score: Score) => number | undefined) =>
      scores.map(pick).find((value) => value !== undefined) ?? null;
    // The performance run says how fast, even where an energy run says so too.
    const fast = [...scores].sort((a, b) =>
      Number(b.mode === "performance") - Number(a.mode === "performance")
    );
    const ofFastest = (pick: (score: Score) => number | undefined) =>
      fast.map(pick).find((value) => value !== undefined) ?? null;
    return {
      ...nothing,
      latencyMs: ofFastest(({ latencyMs }) => latencyMs),
      throughputInfS: ofFastest(({ throughputInfS }) => throughputInfS),
      energyUjPerInf: first(({ energyUjPerInf }) => energyUjPerInf),
      powerMw: first(({ powerMw }) => powerMw),
      top1Percent: first(({ top1Percent }) => top1Percent),
      auc: first(({ auc }) => auc),
      ...known,
      benchmark: findBenchmark(benchmark)?.id ?? benchmark,
      source,
    };
  });
}

/** A data frame of danfojs. */
export type Frame = InstanceType<(typeof import("danfojs"))["DataFrame"]>;

/**
 * Rows as a data frame of danfojs, which is loaded only then (0.5 s): `groupby`, `merge`, `query` and the like.
 *
 * @param rows With the same keys; what a row lacks becomes null.
 * @throws {ThimbleError} There are no rows, so no columns.
 *
 * @example The mean energy of each board
 * ```ts
 * import { frame, loadPublished, publishedResults } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const rows = publishedResults(await loadPublished())
 *   .filter(({ benchmark, energyUjPerInf }) => benchmark === "ic01" && energyUjPerInf !== null);
 * const means = (await frame(rows)).groupby(["board"]).col(["energyUjPerInf"]).mean();
 * assert.deepEqual(means.columns, ["board", "energyUjPerInf_mean"]);
 * ```
 */
export async function frame(rows: readonly object[]): Promise<Frame> {
  if (rows.length === 0) throw new ThimbleError("Cannot make a data frame of no rows");
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const { DataFrame } = await import("danfojs");
  const cells = rows.map((row) =>
    columns.map((key) =>
      (Object.hasOwn(row, key) ? (row as Record<string, unknown>)[key] : null) ?? null
    )
  );
  return new DataFrame(cells as (string | number | boolean | null)[][], { columns });
}
