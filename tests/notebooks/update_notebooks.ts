/**
 * Runs notebooks and saves their outputs: `deno task notebooks:update [PART_OF_NAME…]`, all of them where none is named.
 */
import { basename, relative } from "node:path";
import { notebookText } from "./notebook.ts";
import { notebookFiles } from "./notebook_files.ts";
import { runNotebook } from "./notebook_runner.ts";

const chosen = notebookFiles.filter((path) =>
  Deno.args.length === 0 || Deno.args.some((part) => basename(path).includes(part))
);
for (const path of chosen) {
  const before = await Deno.readTextFile(path);
  const start = performance.now();
  const { notebook } = await runNotebook(path);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const after = notebookText(notebook);
  if (after !== before) await Deno.writeTextFile(path, after);
  const change = after === before ? "unchanged" : "updated";
  console.log(`${change.padEnd(9)}  ${relative(Deno.cwd(), path)}  ${seconds} s`);
}
