import assert from "node:assert/strict";
import {
  entropyRange,
  Histogram,
  leastErrorRange,
  percentileRange,
} from "../../../lib/training/quantization/clip_range.ts";
import { quantizeWeights } from "../../../lib/training/quantization/quantize_weights.ts";
import { activationQuantization } from "../../../lib/training/quantization/ranges.ts";
import { seededRandom } from "../../../lib/seeded_random.ts";

Deno.test("activationQuantization() holds zero exactly, and the range to half a step", () => {
  const random = seededRandom(5);
  for (let i = 0; i < 2000; i++) {
    const a = (random() - 0.5) * 10 ** (6 * random() - 3);
    const b = (random() - 0.5) * 10 ** (6 * random() - 3);
    const range = { min: Math.min(a, b), max: Math.max(a, b) };
    const { scale: [scale], zeroPoint: [zeroPoint] } = activationQuantization(range);
    assert(Number.isInteger(zeroPoint) && zeroPoint >= -128 && zeroPoint <= 127);
    for (const value of [range.min, range.max]) {
      const q = Math.min(127, Math.max(-128, Math.round(value / scale) + zeroPoint));
      assert(Math.abs(scale * (q - zeroPoint) - value) <= 0.5001 * scale * 1.01, `${value}`);
    }
  }
  assert.deepEqual([...activationQuantization({ min: 0, max: 0 }).scale], [1]);
  assert.throws(() => activationQuantization({ min: 1, max: 0 }), RangeError);
  assert.throws(() => activationQuantization({ min: 0, max: Infinity }), RangeError);
});

function gaussWithOutlier(): { values: Float32Array; histogram: Histogram } {
  const random = seededRandom(11);
  const values = Float32Array.from({ length: 200_000 }, () => {
    let sum = -6;
    for (let k = 0; k < 12; k++) sum += random();
    return sum;
  });
  values[0] = 60;
  const histogram = new Histogram({ min: values.reduce((a, b) => Math.min(a, b)), max: 60 });
  histogram.add(values);
  return { values, histogram };
}

function squaredError(values: Float32Array, range: { min: number; max: number }): number {
  const { scale: [scale], zeroPoint: [zeroPoint] } = activationQuantization(range);
  return values.reduce((sum, value) => {
    const q = Math.min(127, Math.max(-128, Math.round(value / scale) + zeroPoint));
    return sum + (value - scale * (q - zeroPoint)) ** 2;
  }, 0);
}

Deno.test("percentileRange() and entropyRange() leave an outlier out and keep the bulk", () => {
  const { histogram } = gaussWithOutlier();
  for (const range of [percentileRange(histogram, 99.9), entropyRange(histogram)]) {
    assert(range.max > 2.5 && range.max < 5, `${range.max}`);
    assert(range.min < -2.5, `${range.min}`);
  }
  assert.deepEqual(percentileRange(histogram, 100), histogram.range);
});

Deno.test("leastErrorRange() is no worse than the whole range, and leaves out what is rare enough", () => {
  const { values, histogram } = gaussWithOutlier();
  const cost = (range: { min: number; max: number }) => squaredError(values, range);
  // One value of 60 costs more cut off than all others do in coarser steps.
  assert(cost(leastErrorRange(histogram)) <= 1.001 * cost(histogram.range));
  // Of ten thousand times as many, it does not.
  histogram.counts.forEach((n, bin) => histogram.counts[bin] = n > 1 ? 1e4 * n : n);
  assert(leastErrorRange(histogram).max < 10);
});

Deno.test("entropyRange() of few values is all of them", () => {
  const histogram = new Histogram({ min: -1, max: 3 });
  histogram.add(Float32Array.of(-1, 0, 0.1, 3));
  assert.deepEqual(entropyRange(histogram), { min: -1, max: 3 });
});

Deno.test("clipped ranges of a tensor that is always zero are that", () => {
  const histogram = new Histogram({ min: 0, max: 0 });
  histogram.add(new Float32Array(100));
  for (
    const range of [
      percentileRange(histogram, 99),
      leastErrorRange(histogram),
      entropyRange(histogram),
    ]
  ) {
    assert.deepEqual(range, { min: 0, max: 0 });
  }
});

Deno.test("quantizeWeights() is within half a step, and mse is never worse", () => {
  const random = seededRandom(3);
  for (const bits of [8, 4, 2] as const) {
    const weights = Float32Array.from({ length: 60 }, () => (random() - 0.5) ** 3);
    const layout = { outputs: 5, inner: 12 };
    const error = (method: "max" | "mse") => {
      const { steps, values } = quantizeWeights(weights, layout, { bits, method });
      return weights.reduce(
        (sum, w, i) => sum + (w - values[i] * steps[Math.floor(i / 12)]) ** 2,
        0,
      );
    };
    const { steps, values } = quantizeWeights(weights, layout, { bits });
    weights.forEach((w, i) => {
      const step = steps[Math.floor(i / 12)];
      assert(Math.abs(w - values[i] * step) <= step * 0.500001);
    });
    assert(error("mse") <= error("max"));
  }
  assert.deepEqual([...quantizeWeights(new Float32Array(4), { outputs: 2, inner: 2 }).steps], [
    1,
    1,
  ]);
});
