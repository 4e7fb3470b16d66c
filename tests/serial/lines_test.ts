import assert from "node:assert/strict";
import { LineSplitter, printable } from "../../lib/serial/lines.ts";

const bytes = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));

Deno.test("LineSplitter gives the same lines for every split of the bytes", () => {
  const text = "m-name-dut-[x]\r\nm-ready\r\n\n\rlone\rcr\nm-results-[0.1,\xff]\r\n";
  const whole = new LineSplitter().push(bytes(text));
  assert.deepEqual(whole, ["m-name-dut-[x]", "m-ready", "lone", "cr", "m-results-[0.1,\xff]"]);
  for (let size = 1; size <= text.length; size++) {
    const lines = new LineSplitter();
    const got: string[] = [];
    for (let i = 0; i < text.length; i += size) {
      got.push(...lines.push(bytes(text.slice(i, i + size))));
    }
    assert.deepEqual(got, whole);
    assert.equal(lines.rest, "");
  }
});

Deno.test("LineSplitter keeps no more than the longest line of a stream without ends", () => {
  const lines = new LineSplitter({ maximumLength: 100 });
  let count = 0;
  for (let i = 0; i < 1000; i++) {
    for (const line of lines.push(new Uint8Array(37).fill(65))) {
      assert.equal(line.length, 100);
      count++;
    }
    assert.ok(lines.rest.length < 100);
  }
  assert.equal(count, 370);
});

Deno.test("LineSplitter survives random bytes in random pieces and loses none but the line ends", () => {
  let seed = 7;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  for (let round = 0; round < 100; round++) {
    const input = Uint8Array.from({ length: 500 }, () => Math.floor(random() * 256));
    const lines = new LineSplitter({ maximumLength: 64 });
    let got = "";
    for (let i = 0; i < input.length;) {
      const n = Math.floor(random() * 40);
      got += lines.push(input.subarray(i, i + n)).join("");
      i += n;
    }
    got += lines.rest;
    const expected = String.fromCharCode(...input.filter((b) => b !== 10 && b !== 13));
    assert.equal(got, expected);
  }
});

Deno.test("printable() leaves no control character", () => {
  const all = String.fromCharCode(...Array.from({ length: 300 }, (_, i) => i));
  // deno-lint-ignore no-control-regex
  assert.ok(!/[\x00-\x1f\x7f-\uffff]/.test(printable(all)));
});
