/** Numbers between brackets, as devices print them. */
export interface ParsedValues {
  /** The numbers; empty where one of them is none. */
  values: number[];
  /** What is odd. */
  problem?: string;
}

/**
 * Reads the list behind the `[` at `open`: `[0.02,0.97,]` (a comma too many), `[]` and a missing `]` occur.
 *
 * @param line The line.
 * @param open Index of the `[` in it.
 */
export function parseValues(line: string, open: number): ParsedValues {
  let end = line.indexOf("]", open);
  let problem: string | undefined;
  if (end < 0) {
    end = line.length;
    problem = "'m-results' has no end";
  }
  const text = line.slice(open + 1, end).trim();
  if (text === "") return { values: [], problem: problem ?? "'m-results' holds no value" };
  const parts = text.split(",");
  if (parts.at(-1)!.trim() === "") parts.pop();
  const values = new Array<number>(parts.length);
  for (let i = 0; i < parts.length; i++) {
    const value = Number(parts[i]);
    if (!Number.isFinite(value) || parts[i].trim() === "") {
      return { values: [], problem: "'m-results' holds what is no number" };
    }
    values[i] = value;
  }
  return { values, problem };
}
