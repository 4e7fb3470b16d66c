/** The notebook about firmware runs where there is neither a compiler nor QEMU. */
import assert from "node:assert/strict";
import type { CodeCell } from "./notebook.ts";
import { notebookFiles } from "./notebook_files.ts";
import { runNotebook } from "./notebook_runner.ts";

Deno.test("10_port_the_firmware.ipynb runs without a compiler, on WebAssembly", async () => {
  const path = notebookFiles.find((path) => path.endsWith("10_port_the_firmware.ipynb"))!;
  const empty = await Deno.makeTempDir({ prefix: "thimble-" });
  try {
    const { notebook } = await runNotebook(path, { env: { PATH: empty, THIMBLE_QEMU: "" } });
    const text = (id: string) => {
      const cell = notebook.cells.find((cell): cell is CodeCell => cell.id === id)!;
      return JSON.stringify(cell.outputs);
    };
    assert.match(text("lab"), /Not native: .*wasm: simulated/);
    assert.match(text("accuracy"), /24 of 24 outputs are the same/);
    assert.match(text("profile"), /0 CONV_2D takes 99 % of 121,440 multiply-accumulates/);
  } finally {
    await Deno.remove(empty);
  }
});
