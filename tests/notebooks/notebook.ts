/**
 * A Jupyter notebook file (nbformat 4.5), as far as running and rendering one needs it.
 *
 * @module
 */

/** Values by MIME type; text as a string or, in a file, as a list of lines. */
export type MimeBundle = Record<string, unknown>;

/** One output of a code cell. */
export type Output =
  | { output_type: "stream"; name: "stdout" | "stderr"; text: string | string[] }
  | { output_type: "display_data"; data: MimeBundle; metadata: Record<string, unknown> }
  | {
    output_type: "execute_result";
    data: MimeBundle;
    metadata: Record<string, unknown>;
    execution_count: number | null;
  }
  | { output_type: "error"; ename: string; evalue: string; traceback: string[] };

/** A cell of text. */
export interface MarkdownCell {
  cell_type: "markdown" | "raw";
  id?: string;
  metadata: Record<string, unknown>;
  source: string | string[];
}

/** A cell of code and what it printed. */
export interface CodeCell {
  cell_type: "code";
  id?: string;
  metadata: Record<string, unknown>;
  source: string | string[];
  execution_count: number | null;
  outputs: Output[];
}

/** A cell. */
export type Cell = MarkdownCell | CodeCell;

/** A notebook file. */
export interface Notebook {
  cells: Cell[];
  metadata: Record<string, unknown>;
  nbformat: number;
  nbformat_minor: number;
}

/** Text of a field that a file may hold as a list of lines. */
export function joinLines(text: string | string[]): string {
  return typeof text === "string" ? text : text.join("");
}

/** The same text as the list of lines, each with its line end, that Jupyter writes. */
export function splitLines(text: string): string[] {
  return text.split(/(?<=\n)/).filter((line) => line !== "");
}

/** Reads a notebook. */
export async function readNotebook(path: string): Promise<Notebook> {
  return JSON.parse(await Deno.readTextFile(path));
}

/** The bytes that Jupyter itself would write for a notebook: one space of indent, text as lines. */
export function notebookText(notebook: Notebook): string {
  const cells = notebook.cells.map((cell) => ({
    ...cell,
    source: splitLines(joinLines(cell.source)),
    ...(cell.cell_type === "code" ? { outputs: cell.outputs.map(normalizeOutput) } : {}),
  }));
  return JSON.stringify({ ...notebook, cells }, sortKeys, 1) + "\n";
}

/** An output as a file holds it: text as lines, so that two runs can be compared. */
export function normalizeOutput(output: Output): Output {
  if (output.output_type === "stream") {
    return { ...output, text: splitLines(joinLines(output.text)) };
  }
  if (output.output_type === "error") return output;
  const data = Object.entries(output.data).map(([mime, value]) =>
    [mime, typeof value === "string" ? splitLines(value) : value] as const
  );
  return { ...output, data: Object.fromEntries(data) };
}

/** Jupyter sorts keys, so that saving in another editor leaves no difference. */
function sortKeys(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0));
}
