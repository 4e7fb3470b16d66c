import assert from "node:assert/strict";
import { InputError } from "../../lib/errors.ts";
import { linesOf } from "../../lib/sessions/lines_of.ts";
import { withFiles } from "./with_files.ts";

async function read(content: string | Uint8Array) {
  const lines: string[] = [];
  const cut: number[] = [];
  await withFiles({ "log.txt": content }, async (folder) => {
    for await (const batch of linesOf(`${folder}/log.txt`, (line) => cut.push(line))) {
      assert.equal(batch.first, lines.length + 1);
      lines.push(...batch.lines);
    }
  });
  return { lines, cut };
}

Deno.test("linesOf() gives every line, wherever the pieces of the file end", async () => {
  const text = Array.from({ length: 60_000 }, (_, i) => `${i} ${"é✓".repeat(i % 7)}`).join("\n");
  assert.ok(text.length > 400_000, "several pieces");
  assert.deepEqual((await read(text)).lines, text.split("\n"));
  assert.deepEqual((await read("")).lines, [""]);
  assert.deepEqual((await read("a\n")).lines, ["a", ""]);
});

Deno.test("linesOf() cuts a line that has no end, and goes on behind it", async () => {
  const { lines, cut } = await read(`a\n${"x".repeat(3_000_000)}\nb`);
  assert.deepEqual([lines[0], lines[2], lines.length], ["a", "b", 3]);
  assert.equal(lines[1].length, 1 << 20);
  assert.deepEqual(cut, [2]);
});

Deno.test("linesOf() survives what is no text", async () => {
  const { lines } = await read(new Uint8Array([0xff, 0xfe, 10, 0xc3, 10, 65]));
  assert.deepEqual(lines, ["\ufffd\ufffd", "\ufffd", "A"]);
});

Deno.test("linesOf() refuses a file that no session has", async () => {
  await withFiles({ "log.txt": "" }, async (folder) => {
    const path = `${folder}/log.txt`;
    await Deno.truncate(path, 1e12); // a hole: it takes no room
    await assert.rejects(
      () => linesOf(path).next(),
      (error: Error) => error instanceof InputError && /1000000000000 bytes/.test(error.message),
    );
  });
});
