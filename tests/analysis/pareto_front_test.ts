import assert from "node:assert/strict";
import { paretoFront } from "../../lib/analysis/pareto_front.ts";
import { seededRandom } from "../../lib/seeded_random.ts";

interface Row {
  a: number | null;
  b: number;
  c: number;
}

/** By the definition, word for word. */
function bruteForce(rows: readonly Row[], keys: readonly (keyof Row)[]): Row[] {
  return rows.filter((row) =>
    !rows.some((other) =>
      keys.every((key) => other[key]! <= row[key]!) && keys.some((key) => other[key]! < row[key]!)
    )
  );
}

Deno.test("paretoFront() is what brute force finds, in two and three figures, with ties", () => {
  const random = seededRandom(9);
  for (let run = 0; run < 200; run++) {
    const rows = Array.from({ length: Math.floor(40 * random()) }, () => ({
      a: Math.floor(8 * random()),
      b: Math.floor(8 * random()),
      c: Math.floor(8 * random()),
    }));
    assert.deepEqual(paretoFront(rows, { minimize: ["a", "b"] }), bruteForce(rows, ["a", "b"]));
    const turned = rows.map((row) => ({ ...row, c: -row.c }));
    assert.deepEqual(
      paretoFront(turned, { minimize: ["a", "b"], maximize: ["c"] }).map((row) =>
        turned.indexOf(row)
      ),
      bruteForce(rows, ["a", "b", "c"]).map((row) => rows.indexOf(row as typeof rows[number])),
    );
  }
});

Deno.test("paretoFront() leaves out rows that lack a figure, and keeps equal ones", () => {
  const rows: Row[] = [{ a: null, b: 0, c: 0 }, { a: 1, b: 1, c: 0 }, { a: 1, b: 1, c: 5 }];
  assert.deepEqual(paretoFront(rows, { minimize: ["a", "b"] }), rows.slice(1));
  assert.deepEqual(paretoFront([{ a: NaN }], { minimize: ["a"] }), []);
  assert.throws(() => paretoFront(rows, {}), RangeError);
});

Deno.test("paretoFront() keeps whatever is not surely beaten", () => {
  const rows = [{ a: 10 }, { a: 10.4 }, { a: 12 }];
  const front = paretoFront(rows, {
    minimize: ["a"],
    interval: ({ a }) => [a - 0.5, a + 0.5],
  });
  assert.deepEqual(front, rows.slice(0, 2));
});
