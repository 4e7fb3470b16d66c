import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";
import { encodePng } from "../../../mod.ts";

Deno.test("encodePng() writes what a reader of PNG expects", () => {
  const pixels = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
  const png = encodePng(pixels, [2, 2, 3]);
  const view = new DataView(png.buffer);
  assert.deepEqual([...png.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const chunks = new Map<string, Uint8Array>();
  for (let at = 8; at < png.length;) {
    const size = view.getUint32(at);
    chunks.set(
      String.fromCharCode(...png.subarray(at + 4, at + 8)),
      png.subarray(at + 8, at + 8 + size),
    );
    at += size + 12;
  }
  assert.deepEqual([...chunks.keys()], ["IHDR", "IDAT", "IEND"]);
  assert.deepEqual([...chunks.get("IHDR")!], [0, 0, 0, 2, 0, 0, 0, 2, 8, 2, 0, 0, 0]);
  assert.deepEqual(
    [...inflateSync(chunks.get("IDAT")!)],
    [0, 1, 2, 3, 4, 5, 6, 0, 7, 8, 9, 10, 11, 12],
  );
  // The end is the same in every PNG file, its checksum too.
  assert.deepEqual([...png.subarray(-12)], [0, 0, 0, 0, 73, 69, 78, 68, 0xae, 0x42, 0x60, 0x82]);
});

Deno.test("encodePng() refuses lengths and channels that do not fit", () => {
  for (const [length, shape] of [[3, [1, 1, 2]], [5, [1, 2, 3]], [0, [0, 0, 3]]] as const) {
    assert.throws(() => encodePng(new Uint8Array(length), shape), RangeError);
  }
});
