import assert from "node:assert/strict";
import { rocAuc } from "../../lib/scoring/auc.ts";
import { rocCurve } from "../../lib/scoring/roc_curve.ts";
import { seededRandom } from "../../lib/seeded_random.ts";

Deno.test("the area below rocCurve() is rocAuc(), ties included", () => {
  const random = seededRandom(4);
  for (let run = 0; run < 50; run++) {
    const count = 2 + Math.floor(60 * random());
    const positive = Array.from({ length: count }, (_, i) => i === 0 || i > 1 && random() < 0.4);
    const scores = positive.map((is) => Math.round(8 * random()) / 8 + (is ? 0.2 : 0));
    const points = rocCurve(scores, positive);
    let area = 0;
    for (let i = 1; i < points.length; i++) {
      area += (points[i].falsePositiveRate - points[i - 1].falsePositiveRate) *
        (points[i].truePositiveRate + points[i - 1].truePositiveRate) / 2;
    }
    assert(Math.abs(area - rocAuc(scores, positive)) < 1e-12);
    assert.deepEqual([points.at(-1)!.falsePositiveRate, points.at(-1)!.truePositiveRate], [1, 1]);
  }
});

Deno.test("rocCurve() wants both kinds", () => {
  assert.throws(() => rocCurve([1, 2], [true, true]), RangeError);
  assert.throws(() => rocCurve([1], [true, false]), RangeError);
});

Deno.test("rocAuc() ends where scores are no numbers, and counts them as lowest", () => {
  const labels = [false, true, true, false];
  assert.equal(rocAuc([NaN, 1, Infinity, NaN], labels), 1);
  assert.equal(rocAuc([NaN, NaN, Infinity, 0], labels), 0.625);
});
