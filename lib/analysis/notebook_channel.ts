/** Values by MIME type, of which a front end shows the richest that it knows. */
export type MimeBundle = Record<string, unknown>;

/** Key of the method that the Deno kernel calls to show the value of a cell; it returns a {@linkcode MimeBundle}. */
export const jupyterDisplay: unique symbol = Symbol.for("Jupyter.display");

/** The way from code in a notebook to the page: Jupyter's output channel. */
export interface NotebookChannel {
  /** Sends a message such as `display_data` or `update_display_data`. */
  broadcast(type: string, content: Record<string, unknown>): Promise<void> | void;
}

/**
 * The channel of the notebook that this code runs in; undefined outside a notebook.
 *
 * @example
 * ```ts
 * import { notebookChannel } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.equal(notebookChannel(), undefined); // This example does not run in a notebook.
 * ```
 */
export function notebookChannel(): NotebookChannel | undefined {
  try {
    // Only the kernel has it; elsewhere the mere look throws.
    return (globalThis as { Deno?: { jupyter?: NotebookChannel } }).Deno?.jupyter;
  } catch {
    return undefined;
  }
}
