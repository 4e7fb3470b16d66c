/**
 * Thimble's own sessions, from their records.
 *
 * @module
 */
import { dirname } from "node:path";
import { InputError } from "../errors.ts";
import { parseRecord, type RunRecord } from "./events.ts";
import { readTraces } from "./read_traces.ts";
import { type RecordedSession, sessionOf } from "./session.ts";

/** Name of the file that a session is. */
export const eventsFile = "events.jsonl";

/**
 * The session that Thimble kept in a folder.
 *
 * @param path The folder, or its `events.jsonl`.
 * @throws {InputError} Where there is none, or it cannot be read; names the line.
 */
export async function readRecordedSession(path: string): Promise<RecordedSession> {
  const file = path.endsWith(".jsonl") ? path : `${path}/${eventsFile}`;
  const { records, cut } = await readRecords(file);
  const session = sessionOf(records);
  if (!session) {
    throw new InputError(`Cannot read '${file}' as it holds no start of a run`, {
      source: file,
      hint: "The run ended before its device answered: run it again",
    });
  }
  session.files = { folder: dirname(file), events: file };
  await readTraces(session, session.files.folder);
  if (cut) {
    const line = records.length + 1;
    session.findings.push({ text: "The last record was cut off and is left out", file, line });
  }
  return session;
}

/** What stands in an `events.jsonl`. */
export interface RecordsRead {
  /** Every whole line. */
  records: RunRecord[];
  /** Bytes of the file up to the end of its last whole line. */
  wholeBytes: number;
  /** Whether something stands behind them. */
  cut: boolean;
}

const largestFile = 500_000_000;

/**
 * Reads the records of an `events.jsonl`.
 *
 * @throws {InputError} Where it cannot be read; names the line.
 */
export async function readRecords(
  path: string,
  options: { mayBeMissing?: boolean } = {},
): Promise<RecordsRead> {
  let bytes: Uint8Array;
  try {
    const { size } = await Deno.stat(path);
    if (size > largestFile) throw new RangeError(`It has ${size} bytes`);
    bytes = await Deno.readFile(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound && options.mayBeMissing) {
      return { records: [], wholeBytes: 0, cut: false };
    }
    throw new InputError(`Cannot open the session '${path}'`, {
      source: path,
      cause,
      hint: "Name the folder of a session, which holds 'events.jsonl'",
    });
  }
  const wholeBytes = bytes.lastIndexOf(10) + 1;
  const lines = new TextDecoder().decode(bytes.subarray(0, wholeBytes)).split("\n").slice(0, -1);
  const records = lines.map((line, i) => {
    try {
      return parseRecord(line);
    } catch (cause) {
      throw new InputError(`Cannot read line ${i + 1} of '${path}' as it is no record of a run`, {
        source: `${path}:${i + 1}`,
        cause,
        hint:
          "The file was changed after it was written: restore it, or run again into a new folder",
      });
    }
  });
  return { records, wholeBytes, cut: wholeBytes < bytes.length };
}
