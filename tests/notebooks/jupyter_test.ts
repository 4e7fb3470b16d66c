/** A notebook through the real Jupyter: `nbconvert` starts the kernel by the kernelspec that `thimble notebook` writes. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { findOnPath } from "../../lib/cli/kernelspec.ts";
import { runNotebookCommand } from "../../lib/cli/notebook.ts";
import { testWith } from "../reference.ts";
import { type CodeCell, normalizeOutput, type Output, readNotebook } from "./notebook.ts";
import { notebookFiles } from "./notebook_files.ts";

const machine = { env: Deno.env.toObject(), os: Deno.build.os, execPath: Deno.execPath() };
const nbconvert = findOnPath("jupyter-nbconvert", machine);
const needs = {
  present: nbconvert !== undefined,
  otherwise: "no jupyter-nbconvert: 'apt-get install --no-install-recommends jupyter-nbconvert'",
};
const [firstRun] = notebookFiles;

/** Runs nbconvert with a kernelspec of its own; returns what it wrote. */
async function convert(to: "notebook" | "html", ...options: string[]): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "thimble-" });
  try {
    const env = { ...machine.env, JUPYTER_DATA_DIR: join(folder, "data"), NO_COLOR: "1" };
    const code = await runNotebookCommand(["--write-kernelspec-only", dirname(firstRun)], {
      ...machine,
      env,
      print: () => {},
    });
    assert.equal(code, 0);
    const { success, stderr } = await new Deno.Command(nbconvert!, {
      args: ["--to", to, ...options, "--output-dir", folder, "--output", "out", firstRun],
      env,
      stdout: "null",
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    return await Deno.readTextFile(join(folder, to === "html" ? "out.html" : "out.ipynb"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const codeCells = (cells: readonly { cell_type: string }[]) =>
  cells.filter((cell): cell is CodeCell => cell.cell_type === "code");

/** Plotly on its way to the page, which the saved notebook does not hold. */
const isPlotly = (output: Output) =>
  output.output_type === "display_data" &&
  /^(<script>[^]*thimblePlotlyPieces|$)/.test([output.data["text/html"]].flat().join(""));

testWith(
  needs,
  "nbconvert runs a notebook by the kernelspec, and shows what is saved",
  async () => {
    const saved = codeCells((await readNotebook(firstRun)).cells);
    const ran = codeCells(JSON.parse(await convert("notebook", "--execute")).cells);
    assert.deepEqual(
      ran.map(({ execution_count }) => execution_count),
      saved.map(({ execution_count }) => execution_count),
    );
    // The Deno kernel may call itself idle before an output is out: nbconvert then drops that output. So not all may be there.
    let shown = 0;
    for (const [i, { outputs }] of ran.entries()) {
      for (const output of outputs.filter((output) => !isPlotly(output)).map(normalizeOutput)) {
        assert.ok(
          saved[i].outputs.some((expected) => isDeepStrictEqual(expected, output)),
          `Code cell ${i + 1} shows something else: ${JSON.stringify(output).slice(0, 300)}`,
        );
        shown++;
      }
    }
    assert.ok(shown >= 5, `${shown} outputs`);
  },
);

testWith(needs, "nbconvert makes a page of a saved notebook; figures are text there", async () => {
  const html = await convert("html");
  assert.match(html, /<h1[^>]*>A first run/);
  assert.match(html, /Top-1: 90\.8 %/);
  assert.match(html, /<table data-thimble-table/);
});
