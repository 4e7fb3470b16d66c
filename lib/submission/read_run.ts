/**
 * The files of a submitted run, read.
 *
 * @module
 */
import { ThimbleError } from "../errors.ts";
import type { Labels } from "../sessions/labels.ts";
import { readSession } from "../sessions/read_session.ts";
import { type Score, scoreSession } from "../sessions/score_session.ts";
import type { Session } from "../sessions/session.ts";
import type { ReadRun } from "./facts.ts";
import type { SubmittedResult, SubmittedRun } from "./layout.ts";
import { readOfficialLines } from "./official_lines.ts";
import type { SubmissionTree } from "./submission_tree.ts";

/** A `results.txt` is a few kilobytes. */
const mostResultsBytes = 8_000_000;

/** All files of a run together; the largest published are logs of some 100 MB. */
const mostRunBytes = 300_000_000;

/**
 * Reads a run. Whatever is wrong with its files is told, not thrown.
 *
 * @param labels Classes of inputs, where their names do not tell them.
 */
export async function readRun(
  tree: SubmissionTree,
  result: SubmittedResult,
  run: SubmittedRun,
  labels?: Labels,
): Promise<ReadRun> {
  return { ...run, ...await results(tree, run), ...await session(tree, result, run, labels) };
}

async function results(
  tree: SubmissionTree,
  run: SubmittedRun,
): Promise<Pick<ReadRun, "resultsPath" | "resultsProblem" | "lines">> {
  const resultsPath = `${run.path}/results.txt`;
  const entry = tree.entry(resultsPath);
  if (entry?.kind !== "file") return { lines: {} };
  const bytes = await tree.bytes(resultsPath, mostResultsBytes);
  const size = `It has ${entry.bytes} bytes: more than ${mostResultsBytes} are not read`;
  if (!bytes) return { resultsPath, resultsProblem: size, lines: {} };
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return { resultsPath, lines: readOfficialLines(text) };
  } catch {
    return { resultsPath, resultsProblem: "It is not UTF-8", lines: {} };
  }
}

async function session(
  tree: SubmissionTree,
  result: SubmittedResult,
  run: SubmittedRun,
  labels?: Labels,
): Promise<Pick<ReadRun, "session" | "score" | "unreadable">> {
  const children = tree.children(run.path);
  const isPlain = children.every(({ kind }) => kind === "file" || kind === "folder");
  // Links, pipes and missing files break rules of their own.
  if (!isPlain || !children.some(({ kind }) => kind === "file")) return {};
  const bytes = children.reduce((sum, child) => sum + child.bytes, 0);
  if (bytes > mostRunBytes) {
    return { unreadable: `Its files have ${bytes} bytes: more than ${mostRunBytes} are not read` };
  }
  try {
    const options = { benchmark: result.benchmark?.id, mode: run.mode, labels };
    const session = await readSession(tree.absolute(run.path), options);
    return { session, score: scoreOf(session) };
  } catch (error) {
    // Readers of others' files are to survive anything; if one does not, the tree is checked all the same.
    const { message } = error as Error;
    const reason = error instanceof ThimbleError
      ? message
      : `An error was not foreseen: ${message}`;
    return { unreadable: reason.replaceAll(tree.root + "/", "") };
  }
}

function scoreOf(session: Session): Score | undefined {
  try {
    return scoreSession(session);
  } catch (error) {
    if (error instanceof ThimbleError) return undefined;
    throw error;
  }
}
