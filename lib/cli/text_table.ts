/**
 * A table as lines of text: numbers to the right, words to the left.
 *
 * @param header One name a column.
 * @param rows As many cells a row.
 */
export function alignColumns(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const isNumber = header.map((_, c) => rows.every((row) => /^[-−]?[\d.,]*\s?%?$/.test(row[c])));
  const widths = header.map((name, c) =>
    Math.max(name.length, ...rows.map((row) => row[c].length))
  );
  const line = (cells: readonly string[]) =>
    "  " + cells
      .map((cell, c) => (isNumber[c] ? cell.padStart(widths[c]) : cell.padEnd(widths[c])))
      .join("  ").trimEnd();
  return [line(header), ...rows.map(line)].join("\n");
}
