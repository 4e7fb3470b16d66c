/**
 * Published rounds as one table.
 *
 * @module
 */
import { join, relative } from "node:path";
import { findBenchmark } from "../../benchmarks.ts";
import type { Labels } from "../labels.ts";

import { readSessionFiles } from "../read_session_files.ts";
import { readText } from "../read_text.ts";
import { scoreSession } from "../score_session.ts";
import type { Session } from "../session.ts";
import { findCheckouts, findSessions, listFolder, type PlacedSession } from "./find_sessions.ts";
import { makeRoundRow, type RowSource, type SessionSummary } from "./make_round_row.ts";
import type { RoundRow } from "./round_row.ts";
import {
  findDescription,
  type NamedDescription,
  parseSubmittedSystem,
} from "./submitted_system.ts";

/** How {@linkcode readRounds} reads. */
export interface ReadRoundsOptions {
  /** Round of all checkouts, such as "v1.2"; without it folder names tell. */
  round?: string;
  /** Classes of inputs, for those that neither names nor sessions tell. */
  labels?: Labels;
  /** Called as the work goes on. */
  onProgress?: (progress: { done: number; total: number; path: string }) => void;
  /** Ends the work between two sessions when it aborts. */
  signal?: AbortSignal;
}

/**
 * Reads checkouts of the public result repositories (`mlcommons/tiny_results_v*`): one row a system and benchmark, with
 * figures computed from logs and traces. Nothing in a checkout makes it fail; what is odd stands in `findings`.
 *
 * Classes of inputs come from the labels given, from file names, and from those sessions of the Python runner that tell
 * them, whatever checkout they are in. Links are not followed.
 *
 * @param dirs Folders that hold `closed` or `open`, or folders of such. The round is taken from their names
 * (`tiny_results_v1.0`, `v1.3/closed`).
 * @throws {InputError} Where a folder holds no results.
 * @throws The signal's reason when it aborts.
 *
 * @example
 * ```ts
 * import { readRounds } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const checkout = await Deno.makeTempDir({ prefix: "tiny_results_v1.0_" });
 * const folder = `${checkout}/open/someone/results/board/kws/performance`;
 * await Deno.mkdir(folder, { recursive: true });
 * await Deno.writeTextFile(
 *   `${folder}/log.txt`,
 *   "dut: m-infer-start-100\ndut: m-lap-us-1000000\ndut: m-lap-us-21000000\ndut: m-infer-done\n",
 * );
 * const [row] = await readRounds(checkout);
 * assert.deepEqual([row.round, row.benchmark, row.throughputInfS], ["v1.0", "kws01", 5]);
 * ```
 */
export function readRounds(...dirs: string[]): Promise<RoundRow[]>;
/** The same with options. */
export function readRounds(
  dirs: readonly string[],
  options?: ReadRoundsOptions,
): Promise<RoundRow[]>;
export async function readRounds(
  first: string | readonly string[],
  second?: string | ReadRoundsOptions,
  ...others: string[]
): Promise<RoundRow[]> {
  const dirs = typeof first === "string"
    ? [first, ...(typeof second === "string" ? [second] : []), ...others]
    : first;
  const options = typeof second === "object" ? second : {};
  const work: (PlacedSession & { root: string; round?: string })[] = [];
  for (const dir of dirs) {
    for (const { root, round } of await findCheckouts(dir)) {
      for (const session of await findSessions(root)) {
        work.push({ ...session, root, round: options.round ?? round });
      }
    }
  }
  const labels: Labels = {
    classes: new Map(options.labels?.classes),
    occurrencesS: new Map(options.labels?.occurrencesS),
  };
  const rows = new Map<string, RowSource>();
  const systems = new Map<string, NamedDescription[]>();
  // Sessions that tell classes come first.
  const order = [
    ...work.filter(({ files }) => files.json),
    ...work.filter(({ files }) => !files.json),
  ];
  let done = 0;
  for (const placed of order) {
    options.signal?.throwIfAborted();
    const path = placed.files.folder;
    options.onProgress?.({ done: done++, total: order.length, path });
    const { session, summary } = await summarize(placed, placed.root, labels);
    if (session) learnLabels(session, labels);
    const benchmark = placed.benchmark?.id ?? session?.start.benchmark ?? "";
    const mode = placed.mode ?? session?.start.mode;
    if (!mode) continue;
    const source = await sourceOf(placed, benchmark, rows, systems);
    const known = source[mode];
    if (!known) source[mode] = summary;
    else if (summary.log && !known.log) {
      source.findings.push(`${mode}: there are several sessions, that with a log is taken`);
      source[mode] = summary;
    } else source.findings.push(`${mode}: there are several sessions, the first is taken`);
  }
  options.onProgress?.({ done, total: order.length, path: "" });
  return [...rows].sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0).map(([, row]) =>
    makeRoundRow(row)
  );
}

async function sourceOf(
  placed: PlacedSession & { root: string; round?: string },
  benchmark: string,
  rows: Map<string, RowSource>,
  systems: Map<string, NamedDescription[]>,
): Promise<RowSource> {
  const { root, round, division, organisation } = placed;
  const system = placed.system.join("/");
  const key = [round ?? "", root, division, organisation, system, benchmark].join("\0");
  let source = rows.get(key);
  if (!source) {
    const folder = join(root, division, organisation, "systems");
    let descriptions = systems.get(folder);
    if (!descriptions) systems.set(folder, descriptions = await readDescriptions(folder));
    const description = findDescription(placed.system, descriptions);
    const findings = description ? [] : ["there is no description of the system"];
    source = { round, division, organisation, system, benchmark, description, findings };
    rows.set(key, source);
  }
  return source;
}

const largestDescription = 1_000_000;

async function readDescriptions(folder: string, depth = 2): Promise<NamedDescription[]> {
  const { files, folders } = await listFolder(folder);
  const found: NamedDescription[] = [];
  for (const file of files) {
    if (!/\.json$/i.test(file) || file.startsWith("._")) continue;
    try {
      const text = await readText(join(folder, file), largestDescription);
      found.push({ file, description: parseSubmittedSystem(text) });
    } catch {
      // Too large or not readable: as if it were not there.
    }
  }
  if (depth > 0) {
    for (const name of folders) {
      found.push(...await readDescriptions(join(folder, name), depth - 1));
    }
  }
  return found;
}

async function summarize(
  { files, benchmark, mode, findings }: PlacedSession,
  root: string,
  labels: Labels,
): Promise<{ session?: Session; summary: SessionSummary }> {
  const path = (file: string | undefined) =>
    file === undefined ? undefined : relative(root, file).replaceAll("\\", "/");
  const inCheckout = (text: string) => text.replaceAll(`${root}/`, "");
  let session: Session | undefined;
  try {
    session = await readSessionFiles(files, { benchmark: benchmark?.id, mode, labels, findings });
    const score = session.start.benchmark ? scoreSession(session) : undefined;
    const sizes = findBenchmark(session.start.benchmark)?.evaluationFiles ?? [];
    return {
      session,
      summary: {
        runner: session.runner,
        score: score && figuresOf(score),
        windows: session.windows.length,
        wholeSet: sizes.includes(score?.inputs ?? 0),
        printed: session.printed,
        findings: [
          ...session.findings.map(({ text, line }) => line ? `${text} (line ${line})` : text),
          ...(score?.findings ?? []).map(({ text }) => text),
        ].map(inCheckout),
        log: path(files.log),
      },
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      session,
      summary: {
        runner: session?.runner ?? (files.json ? "mlcommons" : "energyrunner"),
        windows: 0,
        wholeSet: false,
        printed: session?.printed ?? { windows: [], energyWindows: [], messages: [] },
        findings: [...findings.list().map(({ text }) => text), message].map(inCheckout),
        log: path(files.log),
      },
    };
  }
}

// Without windows and files, which would keep whole logs in memory.
function figuresOf(score: ReturnType<typeof scoreSession>): SessionSummary["score"] {
  const { throughputInfS, energyUjPerInf, powerMw, top1Percent, auc, aucEnergyRunner } = score;
  const { truePositives, falseNegatives, falsePositives } = score;
  return {
    throughputInfS,
    energyUjPerInf,
    powerMw,
    top1Percent,
    auc,
    aucEnergyRunner,
    truePositives,
    falseNegatives,
    falsePositives,
  };
}

// The Python runner's sessions tell the class of each input, and the times of the wakewords.
function learnLabels(session: Session, labels: Labels): void {
  if (session.runner !== "mlcommons") return;
  for (const { file, label } of [...session.inferences, ...session.windows]) {
    if (file && label !== undefined && !labels.classes.has(file)) labels.classes.set(file, label);
  }
  const { file, occurrencesS } = session.streaming ?? {};
  if (file && occurrencesS && !labels.occurrencesS.has(file)) {
    labels.occurrencesS.set(file, occurrencesS);
  }
}
