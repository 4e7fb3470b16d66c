import assert from "node:assert/strict";
import { significant } from "../../lib/analysis/significant.ts";

Deno.test("significant() keeps four digits and never an exponent", () => {
  const cases: [number, string][] = [
    [0, "0.000"],
    [1, "1.000"],
    [-0.0001234567, "-0.0001235"],
    [9.99996, "10.000"],
    [123.45, "123.5"],
    [98765.4, "98,765"],
    [Infinity, "Infinity"],
    [NaN, "NaN"],
  ];
  for (const [value, text] of cases) assert.equal(significant(value), text);
});
