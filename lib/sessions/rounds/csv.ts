/**
 * Comma-separated values as RFC 4180 has them.
 *
 * @module
 */

/** A value of a table. */
export type Cell = string | number | null;

/** One line of a table, without its end. */
export function csvLine(cells: readonly Cell[]): string {
  return cells.map((cell) => {
    if (cell === null) return "";
    const text = String(cell);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }).join(",");
}

/**
 * The cells of a table, line by line; line ends within quotes belong to the cell.
 *
 * @throws {SyntaxError} Where a quote has no end.
 */
export function parseCsv(text: string): string[][] {
  const lines: string[][] = [];
  let cells: string[] = [];
  // One cell and what ends it.
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  while (cell.lastIndex < text.length) {
    const at = cell.lastIndex;
    const match = cell.exec(text);
    if (!match) {
      const line = text.slice(0, at).split("\n").length;
      throw new SyntaxError(`Cannot read line ${line} as a quote in it stands alone`);
    }
    cells.push(match[1]?.replaceAll('""', '"') ?? match[2]);
    if (match[3] === ",") {
      if (cell.lastIndex < text.length) continue;
      cells.push("");
    }
    lines.push(cells);
    cells = [];
  }
  return lines;
}
