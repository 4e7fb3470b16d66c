import assert from "node:assert/strict";
import { linearSum } from "../../../lib/model/engine/linear_sum.ts";
import { SeededRandom } from "../seeded_random.ts";

/** What the kernel computes before it clamps. */
function compute(sum: NonNullable<ReturnType<typeof linearSum>>, a: number, b: number): number {
  const low = a * sum.low1 + b * sum.low2 + sum.lowOffset;
  const high = a * sum.high1 + b * sum.high2 + sum.highOffset;
  return (high + (low >> 15)) >> sum.shift;
}

Deno.test("linearSum() gives the function for every pair", () => {
  const random = new SeededRandom(81);
  let found = 0;
  for (let i = 0; i < 40; i++) {
    const [ratio1, ratio2] = [random.real() * 2, (random.real() - 0.5) * 3];
    const zeroPoint = random.integer(-128, 127);
    const [lowest, highest] = [random.pick([-128, zeroPoint]), 127];
    const clamp = (y: number) => Math.min(Math.max(y, lowest), highest);
    const exact = (a: number, b: number) =>
      clamp(zeroPoint + Math.round(a * ratio1 + (b - 7) * ratio2));
    const sum = linearSum(exact, ratio1, ratio2, lowest, highest);
    if (!sum) continue;
    found++;
    for (const part of [sum.high1, sum.high2, sum.low1, sum.low2]) {
      assert(part >= -32768 && part <= 32767, "a factor's parts are int16");
    }
    for (let a = -128; a < 128; a++) {
      for (let b = -128; b < 128; b++) {
        assert.equal(clamp(compute(sum, a, b)), exact(a, b), `${a} ${b} ${ratio1} ${ratio2}`);
      }
    }
  }
  assert(found > 35, `${found} of 40`);
});

Deno.test("linearSum() finds none where there is none", () => {
  const bent = (a: number, b: number) => Math.min(Math.max(Math.abs(a) + b, -128), 127);
  assert.equal(linearSum(bent, 1, 1, -128, 127), undefined);
  assert.equal(linearSum((a, b) => a * 40000 + b > 0 ? 127 : -128, 40000, 1, -128, 127), undefined);
});
