import assert from "node:assert/strict";
import { ModelError } from "../../../lib/model/errors.ts";
import {
  quantizeMultiplier,
  requantize,
  requantizer,
  type Rounding,
  roundingShiftRight,
} from "../../../lib/model/int8/requantize.ts";
import { SeededRandom } from "../seeded_random.ts";
import { exactMultiplier, exactRequantize, exactRoundingShift } from "./exact_integers.ts";

const roundings: Rounding[] = ["tflm", "single"];
const extremes = [0, 1, -1, 2, -2, 2 ** 30, -(2 ** 30), 2 ** 31 - 1, -(2 ** 31), -(2 ** 31) + 1];

Deno.test("quantizeMultiplier() equals the definition for every exponent", () => {
  const random = new SeededRandom(1);
  for (let exponent = -40; exponent <= 28; exponent++) {
    for (const real of [2 ** exponent, (2 - 2 ** -40) * 2 ** exponent]) {
      const { multiplier, shift } = quantizeMultiplier(real);
      const exact = exactMultiplier(real);
      assert.deepEqual([multiplier, shift], [Number(exact.multiplier), Number(exact.shift)]);
    }
    for (let i = 0; i < 200; i++) {
      const real = (1 + random.real()) * 2 ** exponent;
      const { multiplier, shift } = quantizeMultiplier(real);
      const exact = exactMultiplier(real);
      assert.deepEqual([multiplier, shift], [Number(exact.multiplier), Number(exact.shift)]);
    }
  }
});

Deno.test("quantizeMultiplier() flushes what is tiny, keeps what is huge, carries what rounds up", () => {
  assert.deepEqual(quantizeMultiplier(0), { multiplier: 0, shift: 0 });
  assert.deepEqual(quantizeMultiplier(Number.MIN_VALUE), { multiplier: 0, shift: 0 });
  assert.deepEqual(quantizeMultiplier(2 ** -33), { multiplier: 0, shift: 0 });
  assert.deepEqual(quantizeMultiplier(2 ** -32), { multiplier: 2 ** 30, shift: -31 });
  assert.deepEqual(quantizeMultiplier(1 - 2 ** -40), { multiplier: 2 ** 30, shift: 1 });
  assert.deepEqual(quantizeMultiplier(2 ** 40), { multiplier: 2 ** 31 - 1, shift: 30 });
});

Deno.test("quantizeMultiplier() throws on what no scale can be", () => {
  for (const real of [-1, NaN, Infinity, -Infinity]) {
    assert.throws(() => quantizeMultiplier(real), ModelError);
  }
});

Deno.test("requantizer() is exact for extremes at every shift", () => {
  for (const rounding of roundings) {
    const scale = requantizer(rounding);
    for (let shift = -31; shift <= 30; shift++) {
      for (const multiplier of [0, 1, 2 ** 30, 2 ** 30 + 1, 1518500250, 2 ** 31 - 1]) {
        for (const x of extremes) {
          const exact = { multiplier: BigInt(multiplier), shift: BigInt(shift) };
          assert.equal(
            scale(x, multiplier, shift),
            Number(exactRequantize(BigInt(x), exact, rounding)),
            `${rounding} ${x} ${multiplier} ${shift}`,
          );
        }
      }
    }
  }
});

Deno.test("requantizer() is exact for random integers", () => {
  const random = new SeededRandom(2);
  for (const rounding of roundings) {
    const scale = requantizer(rounding);
    for (let i = 0; i < 100_000; i++) {
      const x = random.integer(-(2 ** 31), 2 ** 31 - 1) >> random.integer(0, 31);
      const multiplier = random.integer(2 ** 30, 2 ** 31 - 1);
      const shift = random.integer(-31, 30);
      const exact = { multiplier: BigInt(multiplier), shift: BigInt(shift) };
      const expected = Number(exactRequantize(BigInt(x), exact, rounding));
      assert.equal(scale(x, multiplier, shift), expected, `${x} ${multiplier} ${shift}`);
    }
  }
});

Deno.test("requantizer() rounds ties as each class does", () => {
  const quarter = quantizeMultiplier(0.25);
  // ±0.5, ±1.5: away from zero, and up
  assert.deepEqual([-6, -2, 2, 6].map((x) => requantize(x, quarter, "tflm")), [-2, -1, 1, 2]);
  assert.deepEqual([-6, -2, 2, 6].map((x) => requantize(x, quarter, "single")), [-1, 0, 1, 2]);
});

Deno.test("requantizer() differs between the classes where rounding twice does", () => {
  // 1.375 is rounded to 1.5 at first (shift −1), then to 2.
  const { multiplier, shift } = quantizeMultiplier(0.6875 / 2);
  assert.equal(requantizer("tflm")(4, multiplier, shift), 2);
  assert.equal(requantizer("single")(4, multiplier, shift), 1);
});

Deno.test("roundingShiftRight() is exact at every distance", () => {
  const random = new SeededRandom(3);
  for (let n = 0; n <= 31; n++) {
    const others = Array.from({ length: 200 }, () => random.integer(-(2 ** 31), 2 ** 31 - 1));
    for (const x of [...extremes, ...others]) {
      assert.equal(roundingShiftRight(x, n), Number(exactRoundingShift(BigInt(x), BigInt(n))));
    }
  }
});
