/** A notebook's Stop ends its kernel. A run that the notebook started goes on, and can be attached to again. */
import assert from "node:assert/strict";
import { dirname } from "node:path";
import { benchmarks } from "../../lib/benchmarks.ts";
import { attachRun } from "../../lib/runner/background_run.ts";
import { loadVirtualBoard } from "../../lib/runner/open_virtual_board.ts";
import { openPseudoTerminal } from "../../lib/serial/pseudo_terminal.ts";
import { serveBoard } from "../../lib/serial/virtual/serve_board.ts";
import { inFolder } from "../cli/thimble.ts";
import { JupyterKernel } from "./jupyter_kernel.ts";
import { notebookFiles } from "./notebook_files.ts";
import { kernelArgv } from "./notebook_runner.ts";

Deno.test({
  name: "a run that a notebook started goes on when its kernel is killed",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      await using terminal = openPseudoTerminal();
      const session = `${folder}/session`;
      const options = {
        benchmark: "kws01",
        mode: "accuracy",
        port: terminal.path,
        session,
        data: new URL("../../data/demo/kws01", import.meta.url).pathname,
        more: ["--limit", "5"],
      };
      {
        await using kernel = await JupyterKernel.start({
          argv: kernelArgv,
          cwd: dirname(notebookFiles[0]),
          signal: AbortSignal.timeout(30_000),
        });
        const { status, evalue } = await kernel.execute(
          `const { startRun } = await import("thimble"); await startRun(${
            JSON.stringify(options)
          })`,
        );
        assert.equal(status, "ok", String(evalue));
      }
      // The kernel is gone, and the board has not said a word so far: all that comes now is the run's own doing.
      const run = await attachRun(session);
      assert.ok(await run.isRunning());
      const stop = new AbortController();
      await terminal.port.open({ baudRate: 115_200 });
      const board = await loadVirtualBoard({ benchmark: benchmarks.kws01 });
      const served = serveBoard(board, terminal.port, { signal: stop.signal });
      try {
        let inferences = 0;
        const events = run.events({ pollMs: 20 });
        let step = await events.next();
        for (; !step.done; step = await events.next()) {
          if (step.value.type === "inference") inferences++;
        }
        assert.equal(inferences, 5);
        assert.equal(step.value.inputs, 5);
      } finally {
        stop.abort();
        await served;
        await run.stop();
      }
    }),
});
