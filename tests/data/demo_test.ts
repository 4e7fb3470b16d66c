import assert from "node:assert/strict";
import { makeDemo } from "../../data/make_demo.ts";

Deno.test("data/make_demo.ts makes the demo that ships, byte for byte, and it is small", async () => {
  const data = new URL("../../data/", import.meta.url);
  let total = 0;
  for (const [path, bytes] of makeDemo()) {
    assert.deepEqual(await Deno.readFile(new URL(path, data)), new Uint8Array(bytes), path);
    total += bytes.length;
  }
  assert.ok(total < 300_000, `${total} bytes`);
});
