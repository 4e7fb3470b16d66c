import assert from "node:assert/strict";
import {
  type LearningRate,
  learningRateAt,
  learningRateSchema,
} from "../../../lib/training/runs/learning_rate.ts";
import { referenceRecipes } from "../../../lib/training/runs/recipes.ts";

const at = (settings: LearningRate, epochs: readonly number[], all = 100) =>
  epochs.map((epoch) => learningRateAt(settings, epoch, all));

Deno.test("learningRateAt() follows each schedule", () => {
  assert.deepEqual(at({ schedule: "constant", rate: 0.1 }, [0, 99.9]), [0.1, 0.1]);
  assert.deepEqual(
    at({ schedule: "step", rate: 1, factor: 0.5, everyEpochs: 10 }, [0, 9.99, 10, 20, 35]),
    [1, 1, 0.5, 0.25, 0.125],
  );
  assert.deepEqual(
    at({ schedule: "exponential", rate: 1, factor: 0.5 }, [0, 0.99, 1, 3]),
    [1, 1, 0.5, 0.125],
  );
  const cosine = { schedule: "cosine", rate: 1, finalRate: 0.2, warmupEpochs: 20 } as const;
  const [start, half, top, middle, end] = at(cosine, [0, 10, 20, 60, 100]);
  assert(start > 0 && start < 0.01);
  assert.equal(half, 0.5);
  assert.equal(top, 1);
  assert(Math.abs(middle - 0.6) < 1e-12);
  assert(Math.abs(end - 0.2) < 1e-12);
});

Deno.test("learningRateAt() gives the reference's rates", () => {
  const { kws, ic, vww, ad } = referenceRecipes;
  assert.deepEqual(at(kws.learningRate, [0, 11, 12, 23, 24, 35]), [
    5e-4,
    5e-4,
    1e-4,
    1e-4,
    2e-5,
    2e-5,
  ]);
  assert.deepEqual(at(vww.learningRate, [0, 19, 20, 29, 30, 49]), [
    1e-3,
    1e-3,
    5e-4,
    5e-4,
    2.5e-4,
    2.5e-4,
  ]);
  assert.equal(learningRateAt(ic.learningRate, 200, 500), 1e-3 * 0.99 ** 200);
  assert.equal(learningRateAt(ad.learningRate, 50, 100), 1e-3);
});

Deno.test("learning rates that are none are refused", () => {
  for (
    const value of [
      {},
      { schedule: "constant", rate: 0 },
      { schedule: "constant", rate: Infinity },
      { schedule: "piecewise", parts: [] },
      { schedule: "step", rate: 1, factor: 0.5 },
      { schedule: "constant", rate: 1, extra: 1 },
    ]
  ) assert(!learningRateSchema.safeParse(value).success, JSON.stringify(value));
});
