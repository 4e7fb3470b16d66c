/**
 * Runs a notebook from top to bottom in a kernel of its own and keeps every output.
 *
 * `jupyter nbconvert --execute` would need Python, and drops outputs of the Deno kernel, which may call itself idle
 * before the last of them is out.
 *
 * @module
 */
import { basename, dirname, resolve } from "node:path";
import { JupyterKernel } from "./jupyter_kernel.ts";
import { joinLines, type Notebook, readNotebook } from "./notebook.ts";
import { OutputCollector } from "./output_collector.ts";

/** How a notebook is run. */
export interface RunNotebookOptions {
  /**
   * For the whole notebook.
   *
   * @default {60_000}
   */
  timeoutMs?: number;
  /**
   * Silence after which a cell's outputs count as complete.
   *
   * @default {60}
   */
  graceMs?: number;
  /** Command of the kernel, as in a kernelspec; by default this Deno. */
  argv?: readonly string[];
  /** Folder of the kernel; by default the notebook's. */
  cwd?: string;
  /** Variables on top of this process's own. */
  env?: Record<string, string>;
  /** Ends the run. */
  signal?: AbortSignal;
}

/** What a run made. */
export interface NotebookRun {
  /** The notebook with fresh outputs and counts; the file is not touched. */
  notebook: Notebook;
  /** How many displays were updated in place. */
  displayUpdates: number;
}

/** A cell failed, or did not end in time. */
export class NotebookError extends Error {
  override name = "NotebookError";
  /** Position among all cells, from 1; 0 before the first. */
  readonly cell: number;
  /** The notebook with the outputs so far. */
  readonly notebook: Notebook;

  constructor(message: string, options: ErrorOptions & { cell: number; notebook: Notebook }) {
    super(message, options);
    this.cell = options.cell;
    this.notebook = options.notebook;
  }
}

/** Command of the kernel that this process would start. */
export const kernelArgv: readonly string[] = [
  Deno.execPath(),
  "jupyter",
  "--kernel",
  "--conn",
  "{connection_file}",
];

/**
 * Runs every code cell in order.
 *
 * @throws {NotebookError} when a cell throws, the kernel ends or time is up.
 */
export async function runNotebook(
  path: string,
  options: RunNotebookOptions = {},
): Promise<NotebookRun> {
  const notebook = await readNotebook(path);
  const { timeoutMs = 60_000 } = options;
  const deadline = new AbortController();
  const timer = setTimeout(
    () => deadline.abort(new DOMException(`Not done after ${timeoutMs} ms`, "TimeoutError")),
    timeoutMs,
  );
  const signal = AbortSignal.any([deadline.signal, ...options.signal ? [options.signal] : []]);
  const collector = new OutputCollector();
  let cellNumber = 0;
  let source = "";
  try {
    await using kernel = await JupyterKernel.start({
      argv: options.argv ?? kernelArgv,
      cwd: options.cwd ?? dirname(resolve(path)),
      // Colours would be escape sequences in the outputs.
      env: { NO_COLOR: "1", ...options.env },
      signal,
    });
    kernel.onOutput = (message) => collector.collect(message);
    for (const [i, cell] of notebook.cells.entries()) {
      if (cell.cell_type !== "code") continue;
      cellNumber = i + 1;
      source = joinLines(cell.source);
      const expected = cell.outputs.length;
      cell.outputs = [];
      const reply = await kernel.execute(source, (id) => collector.register(id, cell.outputs), {
        graceMs: options.graceMs,
        isComplete: () => cell.outputs.length >= expected,
      });
      cell.execution_count = reply.execution_count as number;
      if (reply.status !== "ok") throw cellFailure(reply, kernel.tail);
    }
    return { notebook, displayUpdates: collector.updates };
  } catch (error) {
    const where = cellNumber === 0 ? "the kernel" : `cell ${cellNumber}`;
    const reason = error instanceof Error ? error.message : String(error);
    throw new NotebookError(
      `Cannot run ${where} of '${basename(path)}': ${reason}${quoteSource(source)}`,
      { cell: cellNumber, notebook, cause: error },
    );
  } finally {
    clearTimeout(timer);
  }
}

function cellFailure(reply: Record<string, unknown>, tail: string): Error {
  const traceback = Array.isArray(reply.traceback) ? reply.traceback.join("\n") : "";
  return new Error(
    [`${reply.ename}: ${reply.evalue}`, traceback, tail].filter(Boolean).join("\n"),
  );
}

function quoteSource(source: string): string {
  if (source === "") return "";
  return "\n" + source.split("\n").slice(0, 20).map((line) => `    | ${line}`).join("\n");
}
