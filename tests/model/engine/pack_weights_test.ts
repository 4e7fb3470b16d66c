import assert from "node:assert/strict";
import {
  packMatrix,
  packTaps,
  paddedDepth,
  paddedTaps,
} from "../../../lib/model/engine/pack_weights.ts";

const range = (count: number) => Int8Array.from({ length: count }, (_, i) => i + 1);

Deno.test("packMatrix() brings channels together, values of a segment in runs", () => {
  // 3 channels of 2 segments of 3 values: 1 2 3 | 4 5 6, 7 8 9 | 10 11 12, 13 14 15 | 16 17 18
  assert.deepEqual(
    [...packMatrix(range(18), [3, 2, 3], "board")],
    [
      ...[1, 2, 3, 0, 7, 8, 9, 0, 4, 5, 6, 0, 10, 11, 12, 0],
      ...[13, 14, 15, 0, 0, 0, 0, 0, 16, 17, 18, 0, 0, 0, 0, 0],
    ],
  );
  const zeros = new Array(10).fill(0);
  assert.deepEqual(
    [...packMatrix(range(18), [3, 2, 3], "simd")],
    [
      ...[1, 2, 7, 8, 13, 14, ...zeros],
      ...[3, 0, 9, 0, 15, 0, ...zeros],
      ...[4, 5, 10, 11, 16, 17, ...zeros],
      ...[6, 0, 12, 0, 18, 0, ...zeros],
    ],
  );
  const few = new Array(20).fill(0);
  assert.deepEqual(
    [...packMatrix(range(18), [3, 2, 3], "relaxed")],
    [
      ...[1, 2, 3, 0, 7, 8, 9, 0, 13, 14, 15, 0, ...few],
      ...[4, 5, 6, 0, 10, 11, 12, 0, 16, 17, 18, 0, ...few],
    ],
  );
});

Deno.test("packTaps() brings taps together", () => {
  // Taps of channels a, b, c: 1 2 3, 4 5 6, 7 8 9
  assert.deepEqual(
    [...packTaps(range(9), 3, 3, "simd")],
    [1, 4, 2, 5, 3, 6, ...new Array(10).fill(0), 7, 0, 8, 0, 9, 0, ...new Array(10).fill(0)],
  );
  assert.deepEqual(
    [...packTaps(range(9), 3, 3, "relaxed")],
    [1, 4, 7, 0, 2, 5, 8, 0, 3, 6, 9, 0, ...new Array(20).fill(0)],
  );
  assert.deepEqual(
    [...packTaps(range(9), 3, 3, "board")],
    [1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0],
  );
});

Deno.test("paddedDepth() and paddedTaps() round up", () => {
  assert.deepEqual([1, 4, 5, 27].map((n) => paddedDepth(n)), [4, 4, 8, 28]);
  assert.deepEqual([1, 2, 9].map((n) => paddedTaps(n, "simd")), [2, 2, 10]);
  assert.equal(paddedTaps(9, "relaxed"), 12);
});
