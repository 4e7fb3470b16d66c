/** The first notebook promises that one line makes it run on a real board: here on one behind a serial device. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { benchmarks } from "../../lib/benchmarks.ts";
import { loadVirtualBoard } from "../../lib/runner/open_virtual_board.ts";
import { openPseudoTerminal } from "../../lib/serial/pseudo_terminal.ts";
import { serveBoard } from "../../lib/serial/virtual/serve_board.ts";
import { joinLines, readNotebook } from "./notebook.ts";
import { notebookFiles } from "./notebook_files.ts";
import { runNotebook } from "./notebook_runner.ts";

Deno.test({
  name: "01_first_run.ipynb runs on a serial device after one line was changed",
  ignore: Deno.build.os === "windows",
  async fn() {
    const [path] = notebookFiles;
    const notebook = await readNotebook(path);
    await using terminal = openPseudoTerminal();
    let changed = 0;
    for (const cell of notebook.cells) {
      if (cell.cell_type !== "code") continue;
      cell.source = joinLines(cell.source).replace(
        /^const connection = await openVirtualBoard.*\n\/\/ (const connection = .*)\n/m,
        (_, line) => (changed++, line.replace("/dev/ttyACM0", terminal.path) + "\n"),
      );
    }
    assert.equal(changed, 1);
    const stop = new AbortController();
    await terminal.port.open({ baudRate: 115_200 });
    const board = await loadVirtualBoard({ benchmark: benchmarks.kws01 });
    const served = serveBoard(board, terminal.port, { signal: stop.signal });
    const copy = join(await Deno.makeTempDir({ prefix: "thimble-" }), "real.ipynb");
    try {
      await Deno.writeTextFile(copy, JSON.stringify(notebook));
      const run = await runNotebook(copy, { cwd: dirname(path) });
      const texts = run.notebook.cells.flatMap((cell) =>
        cell.cell_type === "code" ? cell.outputs : []
      ).map((output) => "data" in output ? String(output.data["text/plain"]) : "");
      const figures = texts.filter((text) => /^(Throughput|Top-1): /.test(text));
      assert.equal(figures.length, 2);
      // The board behind the serial device is a virtual one, and says so in its profile.
      for (const text of figures) assert.match(text, /\nkws01 .*simulated/);
    } finally {
      stop.abort();
      await served;
      await Deno.remove(dirname(copy), { recursive: true });
    }
  },
});
