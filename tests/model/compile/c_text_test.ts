import assert from "node:assert/strict";
import {
  cFloat,
  cInt,
  cString,
  snakeCase,
  valueLines,
  wrapped,
} from "../../../lib/model/compile/c_text.ts";
import { SeededRandom } from "../seeded_random.ts";

Deno.test("cInt() writes every int32", () => {
  assert.equal(cInt(-5), "-5");
  assert.equal(cInt(2 ** 31 - 1), "2147483647");
  assert.equal(cInt(-(2 ** 31)), "(-2147483647 - 1)");
});

Deno.test("cFloat() writes what reads back to the same float32", () => {
  assert.equal(cFloat(1), "1.0f");
  assert.equal(cFloat(0.5), "0.5f");
  assert.equal(cFloat(1e-10), `${Math.fround(1e-10)}f`);
  assert.equal(cFloat(2 ** 100), "1.2676506002282294e+30f");
  const random = new SeededRandom(3);
  for (let i = 0; i < 1000; i++) {
    const value = Math.fround(10 ** (60 * random.real() - 40));
    const text = cFloat(value);
    assert.match(text, /^\d+(\.\d+)?(e[+-]\d+)?f$/);
    assert.match(text, /[.e]/);
    assert.equal(Math.fround(Number(text.slice(0, -1))), value);
  }
});

Deno.test("cString() cannot be left, whatever is in it", () => {
  assert.equal(cString("kws01"), '"kws01"');
  assert.equal(cString('a"b\\c'), '"a\\"b\\\\c"');
  assert.equal(cString("a\n\0é??/"), '"a\\?\\?\\?\\?\\?/"');
});

Deno.test("snakeCase() gives the names of engine.h", () => {
  assert.equal(snakeCase("stripRows"), "strip_rows");
  assert.equal(snakeCase("zeroPoint1"), "zero_point1");
  assert.equal(snakeCase("count"), "count");
});

Deno.test("valueLines() and wrapped() keep to the width and lose nothing", () => {
  const values = Array.from({ length: 500 }, (_, i) => i * 37 % 256 - 128);
  const text = valueLines(values);
  assert.ok(text.split("\n").every((line) => line.length <= 118));
  assert.deepEqual(text.split(",").slice(0, -1).map(Number), values);
  const line = `f(${values.join(", ")});`;
  const broken = wrapped(line);
  assert.ok(broken.split("\n").every((part) => part.length <= 118));
  assert.equal(broken.replace(/\n {2}/g, " "), line);
  assert.equal(wrapped("f(1, 2);"), "f(1, 2);");
});
