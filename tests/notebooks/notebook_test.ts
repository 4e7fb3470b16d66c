import assert from "node:assert/strict";
import { joinLines, type Notebook, notebookText, splitLines } from "./notebook.ts";

Deno.test("splitLines() and joinLines() undo each other", () => {
  for (const text of ["", "a", "a\n", "a\n\nb", "\n"]) {
    assert.equal(joinLines(splitLines(text)), text);
  }
  assert.deepEqual(splitLines("a\nb"), ["a\n", "b"]);
});

Deno.test("notebookText() writes as Jupyter does: sorted keys, one space, text as lines", () => {
  const notebook: Notebook = {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {},
    cells: [{
      source: "a\nb",
      cell_type: "code",
      metadata: {},
      execution_count: 1,
      outputs: [{ output_type: "stream", name: "stdout", text: "x\ny\n" }],
    }],
  };
  const text = notebookText(notebook);
  assert.ok(text.startsWith('{\n "cells": [\n  {\n   "cell_type": "code",\n'));
  assert.ok(text.endsWith('"nbformat_minor": 5\n}\n'));
  const [cell] = JSON.parse(text).cells;
  assert.deepEqual(cell.source, ["a\n", "b"]);
  assert.deepEqual(cell.outputs[0].text, ["x\n", "y\n"]);
  assert.equal(notebookText(JSON.parse(text)), text);
});
