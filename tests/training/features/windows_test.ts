import assert from "node:assert/strict";
import { float32Cosine } from "../../../lib/training/features/float32_cosine.ts";
import {
  hammingWindow32,
  hannWindow32,
  hannWindow64,
} from "../../../lib/training/features/windows.ts";

Deno.test("float32Cosine() is a cosine of single precision", () => {
  for (let i = -2000; i <= 2000; i++) {
    const angle = Math.fround(i / 2000 * 7);
    const error = float32Cosine(angle) - Math.cos(angle);
    assert(Math.abs(error) < 1.2e-7, `${angle}: ${error}`);
  }
});

Deno.test("float32Cosine() reduces halves of a quadrant to the even one, as Eigen does", () => {
  // 5π/4 as a window of 480 has it: the cosine of quadrant 2, not the sine of quadrant 3, which gives …066.
  const angle = Math.fround(Math.fround(Math.fround(2 * Math.PI) * 300) / 480);
  assert.equal(float32Cosine(angle), -0.7071067094802856);
});

Deno.test("hannWindow32() is periodic, hammingWindow32() symmetric, hannWindow64() periodic", () => {
  const hann = hannWindow32(480);
  const precise = hannWindow64(480);
  const hamming = hammingWindow32(480);
  hann.forEach((value, i) => assert(Math.abs(value - precise[i]) < 3e-7));
  assert.equal(hann[0], 0);
  assert.equal(hann[240], 1);
  assert.equal(precise[240], 1);
  assert(precise[479] > 0);
  for (let i = 0; i < 480; i++) {
    const exact = 0.54 - 0.46 * Math.cos(2 * Math.PI * i / 479);
    assert(Math.abs(hamming[i] - exact) < 3e-7);
  }
});
