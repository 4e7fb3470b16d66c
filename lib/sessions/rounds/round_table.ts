/**
 * Rows of rounds as text and back.
 *
 * @module
 */
import { InputError } from "../../errors.ts";
import { csvLine, parseCsv } from "./csv.ts";
import { type RoundRow, roundRowKeys } from "./round_row.ts";

const numericKeys: ReadonlySet<string> = new Set<keyof RoundRow>([
  "throughputInfS",
  "latencyMs",
  "energyUjPerInf",
  "powerMw",
  "top1Percent",
  "auc",
  "truePositives",
  "falseNegatives",
  "falsePositives",
  "windows",
]);

/**
 * Rows as CSV: a line of keys, then one line a row; what is null is empty.
 *
 * @example
 * ```ts
 * import { formatRounds, parseRounds } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const rows = parseRounds("round,system,benchmark,throughputInfS\nv1.0,board,kws01,5.5\n");
 * assert.equal(rows[0].throughputInfS, 5.5);
 * assert.deepEqual(parseRounds(formatRounds(rows)), rows);
 * ```
 */
export function formatRounds(rows: readonly RoundRow[]): string {
  const lines = rows.map((row) => csvLine(roundRowKeys.map((key) => row[key])));
  return [roundRowKeys.join(","), ...lines, ""].join("\n");
}

/**
 * Rows from CSV. Columns may stand in any order; those that are not there are null.
 *
 * @throws {InputError} Where it is no such table; names the line.
 */
export function parseRounds(text: string): RoundRow[] {
  let lines: string[][];
  try {
    lines = parseCsv(text);
  } catch (cause) {
    throw new InputError("Cannot read a table of rounds", { source: "CSV", cause });
  }
  const [head = [], ...body] = lines;
  const columns = roundRowKeys.map((key) => head.indexOf(key));
  if (columns.every((column) => column < 0)) {
    throw new InputError("Cannot read a table of rounds without its line of keys", {
      source: "CSV:1",
      hint: `Its first line names the columns: ${roundRowKeys.slice(0, 4).join(",")} …`,
    });
  }
  return body.map((cells, i) =>
    Object.fromEntries(
      roundRowKeys.map((key, k) => [key, valueOf(key, cells[columns[k]] ?? "", i + 2)]),
    ) as unknown as RoundRow
  );
}

function valueOf(key: string, cell: string, line: number): string | number | null {
  if (cell === "") return null;
  if (!numericKeys.has(key)) return cell;
  const value = Number(cell);
  if (Number.isFinite(value)) return value;
  throw new InputError(`Cannot read '${cell.slice(0, 50)}' in line ${line} as ${key}`, {
    source: `CSV:${line}`,
  });
}
