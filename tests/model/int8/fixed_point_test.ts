import assert from "node:assert/strict";
import {
  expOfNegative,
  logisticOf,
  multiplyHigh,
  reciprocalOfOnePlus,
  shiftLeftSaturating,
  tanhOf,
} from "../../../lib/model/int8/fixed_point.ts";
import { SeededRandom } from "../seeded_random.ts";
import { exactMultiplyHigh } from "./exact_integers.ts";

const random = new SeededRandom(11);
const int32s = (count: number) => [
  -(2 ** 31),
  -(2 ** 31) + 1,
  -1,
  0,
  1,
  2 ** 31 - 1,
  ...Array.from({ length: count }, () => random.integer(-(2 ** 31), 2 ** 31 - 1)),
];

Deno.test("multiplyHigh() is exact", () => {
  const values = int32s(300);
  for (const a of values) {
    for (const b of values) {
      assert.equal(multiplyHigh(a, b), Number(exactMultiplyHigh(BigInt(a), BigInt(b))));
    }
  }
});

Deno.test("shiftLeftSaturating() saturates", () => {
  assert.equal(shiftLeftSaturating(2 ** 30, 1), 2 ** 31 - 1);
  assert.equal(shiftLeftSaturating(-(2 ** 30), 1), -(2 ** 31));
  assert.equal(shiftLeftSaturating(-(2 ** 30) - 1, 1), -(2 ** 31));
  assert.equal(shiftLeftSaturating(3, 4), 48);
});

// gemmlowp's own tests allow 3e-7 for exp, and as much for what is made of it.
Deno.test("expOfNegative() is close to exp", () => {
  for (const integerBits of [4, 5]) {
    for (const value of int32s(2000)) {
      const a = value > 0 ? -value : value;
      const real = Math.exp(a / 2 ** (31 - integerBits));
      assert(Math.abs(expOfNegative(a, integerBits) / 2 ** 31 - real) < 3e-7, `${a}`);
    }
  }
});

Deno.test("reciprocalOfOnePlus(), logisticOf() and tanhOf() are close to what they are named after", () => {
  for (const value of int32s(2000)) {
    const fraction = Math.abs(value % 2 ** 31) / 2 ** 31;
    const reciprocal = reciprocalOfOnePlus(Math.abs(value % 2 ** 31)) / 2 ** 31;
    assert(Math.abs(reciprocal - 1 / (1 + fraction)) < 3e-8, `${value}`);
    const real = value / 2 ** 27;
    assert(Math.abs(logisticOf(value) / 2 ** 31 - 1 / (1 + Math.exp(-real))) < 3e-7, `${value}`);
    assert(Math.abs(tanhOf(value) / 2 ** 31 - Math.tanh(real)) < 3e-7, `${value}`);
  }
});
