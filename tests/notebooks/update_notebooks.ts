/** Runs every notebook and saves its outputs: `deno task notebooks:update`. */
import { relative } from "node:path";
import { notebookText } from "./notebook.ts";
import { notebookFiles } from "./notebook_files.ts";
import { runNotebook } from "./notebook_runner.ts";

for (const path of notebookFiles) {
  const before = await Deno.readTextFile(path);
  const { notebook } = await runNotebook(path);
  const after = notebookText(notebook);
  if (after !== before) await Deno.writeTextFile(path, after);
  console.log(`${after === before ? "unchanged" : "updated"}  ${relative(Deno.cwd(), path)}`);
}
