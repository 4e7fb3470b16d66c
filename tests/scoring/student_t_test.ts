import assert from "node:assert/strict";
import { studentQuantile, studentT95, studentTwoSided } from "../../lib/scoring/student_t.ts";

Deno.test("studentT95() is as in tables", () => {
  const table = [[1, 12.706], [2, 4.303], [3, 3.182], [4, 2.776], [9, 2.262], [30, 2.042], [
    1e6,
    1.96,
  ]];
  for (const [freedom, t] of table) assert(Math.abs(studentT95(freedom) - t) < 6e-4, `${freedom}`);
});

Deno.test("studentQuantile() and studentTwoSided() undo each other", () => {
  for (const freedom of [1, 1.5, 4, 7.3, 100]) {
    for (const confidence of [0.1, 0.5, 0.9, 0.999]) {
      const t = studentQuantile(confidence, freedom);
      assert(Math.abs(studentTwoSided(t, freedom) - (1 - confidence)) < 1e-9);
      assert.equal(studentTwoSided(-t, freedom), studentTwoSided(t, freedom));
    }
  }
  assert.equal(studentTwoSided(0, 3), 1);
  assert.equal(studentTwoSided(Infinity, 3), 0);
});
