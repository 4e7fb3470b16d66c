import type { Findings } from "./findings.ts";
import { linesOf } from "./lines_of.ts";

/** What takes a runner's log line by line. */
export interface LogReader {
  /** Whether the first line of a whole log was there. */
  readonly began: boolean;
  /** Whether the last line of a whole log was there. */
  readonly ended: boolean;
  /** Takes the next line; lines count from 1. */
  push(line: string, number: number): void;
}

/**
 * Gives a log to its reader, and notes where it is missing or cut.
 *
 * @param path Undefined where the session has none.
 * @returns `log`.
 */
export async function readLog<Log extends LogReader>(
  path: string | undefined,
  log: Log,
  findings: Findings,
): Promise<Log> {
  if (!path) {
    findings.add("There is no log");
    return log;
  }
  const onLongLine = (line: number) =>
    findings.add("A line of more than a million characters is cut", { file: path, line });
  for await (const { lines, first } of linesOf(path, onLongLine)) {
    for (let i = 0; i < lines.length; i++) log.push(lines[i], first + i);
  }
  if (!log.began) findings.add("The log lacks its beginning", { file: path, line: 1 });
  if (!log.ended) findings.add("The log lacks its end", { file: path });
  return log;
}
