import assert from "node:assert/strict";
import { durationText, ProgressLine, type ProgressOutput } from "../../lib/cli/progress_line.ts";
import type { Progress } from "../../lib/runner/progress.ts";

class Recorder implements ProgressOutput {
  text = "";
  constructor(readonly isTerminal: boolean, readonly columns = 80) {}
  write(text: string) {
    this.text += text;
  }
}

const at = (done: number, remainingMs?: number): Progress => ({
  type: "progress",
  done,
  total: 100,
  unit: "inferences",
  text: "tst_000001_Left_2.bin",
  remainingMs,
});

Deno.test("ProgressLine writes a line for each tenth where there is no terminal", () => {
  const output = new Recorder(false);
  {
    using line = new ProgressLine("kws01 accuracy", output);
    for (let i = 0; i <= 100; i++) line.update(at(i, 60_000));
  }
  const lines = output.text.trimEnd().split("\n");
  assert.equal(lines.length, 10);
  assert.equal(lines[0], "kws01 accuracy: 10 of 100 inferences, 1 min 0 s left");
  assert.equal(lines[9], "kws01 accuracy: 100 of 100 inferences");
});

Deno.test("ProgressLine redraws one line in place, not too often, and takes it away", () => {
  const output = new Recorder(true, 60);
  let now = 0;
  {
    using line = new ProgressLine("kws01", output, () => now);
    for (let i = 1; i <= 50; i++) {
      now += 10;
      line.update(at(i));
    }
    assert.ok(output.text.split("\r").length <= 7);
    assert.ok(!output.text.includes("\n"));
    for (const drawn of output.text.split("\r\x1b[2K")) assert.ok(drawn.length < 60);
    line.note("Note: something");
    assert.ok(output.text.endsWith("\r\x1b[2KNote: something\n"));
    now += 200;
    line.update(at(60));
  }
  assert.ok(output.text.endsWith("\r\x1b[2K"));
});

Deno.test("durationText() is short", () => {
  assert.deepEqual([400, 59_000, 61_000, 7_300_000].map(durationText), [
    "1 s",
    "59 s",
    "1 min 1 s",
    "2 h 1 min",
  ]);
});
