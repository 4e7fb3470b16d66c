/**
 * Every notebook runs from top to bottom and shows what is saved in it. Where that changed on purpose:
 * `deno task notebooks:update`. What a cell shows that depends on the machine, as its ports and compilers, is saved all
 * the same, but compared by its kind only: such a cell has the tag `varies`.
 */
import assert from "node:assert/strict";
import { basename } from "node:path";
import { type CodeCell, normalizeOutput, type Output, readNotebook } from "./notebook.ts";
import { notebookFiles } from "./notebook_files.ts";
import { runNotebook } from "./notebook_runner.ts";

/** What a saved notebook may weigh: a figure has some 10 kB, the library that draws it 4.3 MB. */
const maxBytes = 200_000;

function codeCells(cells: readonly { cell_type: string }[]): CodeCell[] {
  return cells.filter((cell): cell is CodeCell => cell.cell_type === "code");
}

/** What a cell that is tagged `varies` has to show: as much, of the same kinds, whatever the machine. */
function kindsOf(outputs: readonly Output[]): string[] {
  return outputs.map((output) =>
    [output.output_type, ...("data" in output ? Object.keys(output.data).sort() : [])].join(" ")
  );
}

function varies({ metadata: { tags } }: CodeCell): boolean {
  return Array.isArray(tags) && tags.includes("varies");
}

Deno.test("notebooks/ has notebooks", () => {
  assert.notEqual(notebookFiles.length, 0);
});

for (const path of notebookFiles) {
  const name = basename(path);

  Deno.test(`${name} runs and shows what is saved in it`, async () => {
    const saved = await readNotebook(path);
    const { notebook, displayUpdates } = await runNotebook(path);
    const savedCells = codeCells(saved.cells);
    const bars = savedCells.flatMap((cell) => cell.outputs)
      .filter((output) => JSON.stringify(output).includes("<progress"));
    assert.ok(displayUpdates >= bars.length, "Every progress bar is to move in place");
    for (const [i, cell] of codeCells(notebook.cells).entries()) {
      const message = `Code cell ${
        i + 1
      } of '${name}' shows something else: run 'deno task notebooks:update'`;
      const saved = savedCells[i].outputs;
      if (varies(cell)) assert.deepEqual(kindsOf(cell.outputs), kindsOf(saved), message);
      else assert.deepEqual(cell.outputs.map(normalizeOutput), saved, message);
      assert.equal(cell.execution_count, savedCells[i].execution_count);
    }
  });

  Deno.test(`${name} is small and names its kernel`, async () => {
    const { size } = await Deno.stat(path);
    assert.ok(size <= maxBytes, `${size} bytes`);
    const { metadata, nbformat, nbformat_minor } = await readNotebook(path);
    assert.deepEqual([nbformat, nbformat_minor], [4, 5]);
    assert.deepEqual(metadata.kernelspec, {
      display_name: "Deno",
      language: "typescript",
      name: "deno",
    });
  });
}
