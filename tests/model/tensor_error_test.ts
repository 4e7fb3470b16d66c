import assert from "node:assert/strict";
import { tensorError, TensorErrorSums } from "../../lib/model/tensor_error.ts";

Deno.test("tensorError() of equal tensors is none", () => {
  assert.deepEqual(tensorError([1, -2, 3], [1, -2, 3]), {
    count: 3,
    meanSquaredError: 0,
    maxError: 0,
    signalToNoiseDb: Infinity,
    cosine: 1,
  });
  assert.equal(tensorError([0, 0], [0, 0]).cosine, 1);
});

Deno.test("tensorError() follows its formulas", () => {
  const { count, meanSquaredError, maxError, signalToNoiseDb, cosine } = tensorError([1, 2, 2], [
    1,
    0,
    2,
  ]);
  assert.deepEqual([count, meanSquaredError, maxError], [3, 4 / 3, 2]);
  assert(Math.abs(signalToNoiseDb - 10 * Math.log10(9 / 4)) < 1e-12);
  assert(Math.abs(cosine - 5 / (3 * Math.sqrt(5))) < 1e-12);
  assert.equal(tensorError([1, 0], [0, 1]).cosine, 0);
  assert.equal(tensorError([0, 0], [0, 1]).signalToNoiseDb, -Infinity);
});

Deno.test("TensorErrorSums adds up as one long tensor", () => {
  const sums = new TensorErrorSums();
  sums.add([1, 2], [1, 3]);
  sums.add([3], [5]);
  assert.deepEqual(sums.result(), tensorError([1, 2, 3], [1, 3, 5]));
  assert.equal(new TensorErrorSums().result().count, 0);
});

Deno.test("tensorError() throws where the lengths differ", () => {
  assert.throws(() => tensorError([1], [1, 2]), RangeError);
});
