import assert from "node:assert/strict";
import { readJson } from "../../lib/submission/json_text.ts";

Deno.test("readJson() gives the value", () => {
  assert.deepEqual(readJson('{"a": [1]}'), { value: { a: [1] } });
});

for (
  const [name, text, error] of [
    ["a comma is missing", '{\n "a": "b"\n "c": 1}', [3, 2]],
    ["a brace is missing", '{\n "a": "b"\n', [3, 1]],
    ["a string holds a control character", '{"a":\n "b\u0001"}', [2, 4]],
    ["there is nothing", "", [1, 1]],
    ["a mark of the byte order is there", "\ufeff{}", [1, 1]],
  ] as const
) {
  Deno.test(`readJson() says where ${name}`, () => {
    const json = readJson(text);
    assert("error" in json);
    assert.deepEqual([json.error.line, json.error.column], error);
    assert.match(json.error.text, /^[A-Z].*[^.]$/);
  });
}

Deno.test("readJson() does not fall over depth", () => {
  assert("value" in readJson("[".repeat(5000) + "]".repeat(5000)));
  assert("error" in readJson("[".repeat(100_000)));
});
