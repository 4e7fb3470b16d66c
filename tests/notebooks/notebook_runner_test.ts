import assert from "node:assert/strict";
import { join } from "node:path";
import type { CodeCell, Notebook } from "./notebook.ts";
import { NotebookError, runNotebook, type RunNotebookOptions } from "./notebook_runner.ts";

/** Runs cells of code as a notebook of their own. */
async function runCells(
  sources: (string | { source: string; shows: number })[],
  options?: RunNotebookOptions,
): Promise<{ cells: CodeCell[]; displayUpdates: number }> {
  const folder = await Deno.makeTempDir({ prefix: "thimble-" });
  try {
    const path = join(folder, "test.ipynb");
    const cells = sources.map((cell): CodeCell => {
      const { source, shows } = typeof cell === "string" ? { source: cell, shows: 0 } : cell;
      const outputs = new Array(shows).fill({ output_type: "display_data", data: {} });
      return { cell_type: "code", metadata: {}, source, execution_count: null, outputs };
    });
    const notebook: Notebook = { cells, metadata: {}, nbformat: 4, nbformat_minor: 5 };
    await Deno.writeTextFile(path, JSON.stringify(notebook));
    const run = await runNotebook(path, options);
    return { cells: run.notebook.cells as CodeCell[], displayUpdates: run.displayUpdates };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("runNotebook() keeps results, streams, displays and counts", async () => {
  const { cells } = await runCells([
    "const x = 20; console.log('one'); console.log('two'); x + 1",
    `await Deno.jupyter.display({ "text/html": "<b>hi</b>", "text/plain": "hi" }, { raw: true });`,
    `await Promise.resolve(x)`,
  ]);
  assert.deepEqual(cells.map((cell) => cell.execution_count), [1, 2, 3]);
  assert.deepEqual(cells.map((cell) => cell.outputs), [
    [
      { output_type: "stream", name: "stdout", text: "one\ntwo\n" },
      {
        output_type: "execute_result",
        data: { "text/plain": "21" },
        metadata: {},
        execution_count: 1,
      },
    ],
    [{
      output_type: "display_data",
      data: { "text/html": "<b>hi</b>", "text/plain": "hi" },
      metadata: {},
    }],
    [{
      output_type: "execute_result",
      data: { "text/plain": "20" },
      metadata: {},
      execution_count: 3,
    }],
  ]);
});

Deno.test("runNotebook() keeps large results", async () => {
  const { cells } = await runCells(
    [1, 2, 4].map((n) => ({
      source: `({ [Symbol.for("Jupyter.display")]: () => ({ "text/plain": "x".repeat(${n}e5) }) })`,
      shows: 1,
    })),
  );
  const lengths = cells.map(({ outputs: [output] }) =>
    output.output_type === "execute_result" && (output.data["text/plain"] as string).length
  );
  assert.deepEqual(lengths, [1e5, 2e5, 4e5]);
});

Deno.test("runNotebook() updates a display in place, from a later cell too", async () => {
  const message = (text: string) =>
    `{ data: { "text/plain": "${text}" }, metadata: {}, transient: { display_id: "bar" } }`;
  const { cells, displayUpdates } = await runCells([
    `await Deno.jupyter.broadcast("display_data", ${message("0 of 2")});
     await Deno.jupyter.broadcast("update_display_data", ${message("1 of 2")});`,
    `await Deno.jupyter.broadcast("update_display_data", ${message("2 of 2")});`,
  ]);
  assert.equal(displayUpdates, 2);
  assert.deepEqual(cells.map((cell) => cell.outputs), [
    [{ output_type: "display_data", data: { "text/plain": "2 of 2" }, metadata: {} }],
    [],
  ]);
});

Deno.test("runNotebook() waits for an output that comes after the kernel called itself idle", async () => {
  const late = "setTimeout(() => console.log('late'), 400);";
  const { cells } = await runCells([{ source: late + " undefined", shows: 1 }]);
  assert.deepEqual(cells[0].outputs.map((output) => output.output_type), ["stream"]);
});

Deno.test("runNotebook() throws where a cell throws, and names cell, code and traceback", async () => {
  await assert.rejects(
    runCells(["1 + 1", "const n = 3;\nthrow new RangeError(`n is ${n}`);", "2 + 2"]),
    (error: unknown) => {
      assert(error instanceof NotebookError);
      assert.equal(error.cell, 2);
      assert.match(error.message, /Cannot run cell 2 of 'test\.ipynb': RangeError: n is 3/);
      assert.match(error.message, /at <anonymous>/);
      assert.match(error.message, /\| const n = 3;\n +\| throw new RangeError/);
      const cells = error.notebook.cells as CodeCell[];
      assert.deepEqual(cells.map((cell) => cell.outputs[0]?.output_type), [
        "execute_result",
        "error",
        undefined,
      ]);
      return true;
    },
  );
});

Deno.test("runNotebook() throws where a cell cannot be parsed", async () => {
  await assert.rejects(
    runCells(["const = 1"]),
    (error: unknown) => error instanceof NotebookError && error.cell === 1,
  );
});

Deno.test("runNotebook() throws when time is up", async () => {
  await assert.rejects(
    runCells(["for (;;);"], { timeoutMs: 1000 }),
    (error: unknown) =>
      error instanceof NotebookError && /Not done after 1000 ms/.test(error.message),
  );
});

Deno.test("runNotebook() kills a kernel that is busy", async () => {
  const folder = await Deno.makeTempDir({ prefix: "thimble-" });
  try {
    const file = join(folder, "pid");
    const stop = new AbortController();
    const watcher = Deno.watchFs(folder);
    const run = runCells(
      ["1 + 1", `Deno.writeTextFileSync(${JSON.stringify(file)}, String(Deno.pid)); for (;;);`],
      { signal: stop.signal },
    );
    for await (const event of watcher) if (event.kind === "modify") break;
    stop.abort(new Error("Enough"));
    await assert.rejects(
      run,
      (error: unknown) =>
        error instanceof NotebookError && error.cell === 2 && /Enough/.test(error.message),
    );
    const pid = Number(await Deno.readTextFile(file));
    assert.ok(pid > 1);
    assert.throws(() => Deno.kill(pid, "SIGCONT"), Deno.errors.NotFound);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("runNotebook() throws where the kernel dies, with its last words", async () => {
  const dying = `Deno.stderr.writeSync(new TextEncoder().encode("last words\\n")); Deno.exit(3);`;
  await assert.rejects(runCells([dying]), (error: unknown) => {
    assert(error instanceof NotebookError);
    assert.match(error.message, /The kernel ended with code 3/);
    assert.match(error.message, /last words/);
    return true;
  });
});

Deno.test("runNotebook() throws where the kernel cannot start, with what it said", async () => {
  await assert.rejects(
    runCells(["1"], { argv: [Deno.execPath(), "eval", "console.error('no kernel')"] }),
    (error: unknown) =>
      error instanceof NotebookError && error.cell === 0 && /no kernel/.test(error.message),
  );
});

Deno.test("runNotebook() throws the signal's reason", async () => {
  const reason = new Error("Enough");
  await assert.rejects(
    runCells(["1"], { signal: AbortSignal.abort(reason) }),
    (error: unknown) => error instanceof NotebookError && error.cause === reason,
  );
});
