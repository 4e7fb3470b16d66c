/**
 * Values as C writes them.
 *
 * @module
 */

/** Columns of a line of values. */
const LINE_COLUMNS = 118;

/** An int32. INT32_MIN has no literal in C. */
export function cInt(value: number): string {
  return value === -(2 ** 31) ? "(-2147483647 - 1)" : String(value);
}

/** A finite float32: the shortest decimals of its exact value as a double, which C reads back to the same float32. */
export function cFloat(value: number): string {
  const text = String(Math.fround(value));
  return /[.e]/.test(text) ? `${text}f` : `${text}.0f`;
}

/** A string literal of printable ASCII; what else is there becomes '?'. */
export function cString(text: string): string {
  const plain = text.replace(/[^ -~]/g, "?");
  // An escaped '?' cannot begin a trigraph.
  return `"${plain.replace(/["\\?]/g, "\\$&")}"`;
}

/** `stripRows` as `strip_rows`, `zeroPoint1` as `zero_point1`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Values in lines, with a comma after each. */
export function valueLines(values: Iterable<number>): string {
  const lines: string[] = [];
  let line = " ";
  for (const value of values) {
    const text = ` ${cInt(value)},`;
    if (line.length + text.length > LINE_COLUMNS) {
      lines.push(line);
      line = " ";
    }
    line += text;
  }
  if (line !== " ") lines.push(line);
  return lines.join("\n");
}

/** A long line, broken after commas. */
export function wrapped(text: string): string {
  const lines: string[] = [];
  let line = "";
  for (const part of text.split(/(?<=,) /)) {
    if (line && line.length + part.length >= LINE_COLUMNS) {
      lines.push(line);
      line = `  ${part}`;
    } else {
      line += line ? ` ${part}` : part;
    }
  }
  return [...lines, line].join("\n");
}
