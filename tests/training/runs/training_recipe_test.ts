import assert from "node:assert/strict";
import { InputError } from "../../../lib/errors.ts";
import { seededRandom } from "../../../lib/seeded_random.ts";
import { quickRecipes, referenceRecipes } from "../../../lib/training/runs/recipes.ts";
import {
  checkTrainingRecipe,
  differingSetting,
  parseTrainingRecipe,
} from "../../../lib/training/runs/training_recipe.ts";

Deno.test("recipes that ship are recipes", () => {
  for (const recipes of [quickRecipes, referenceRecipes]) {
    for (const [name, recipe] of Object.entries(recipes)) {
      assert.deepEqual(parseTrainingRecipe(JSON.stringify(recipe), name), recipe);
      assert.equal(recipe.architecture, name);
    }
  }
});

Deno.test("referenceRecipes have the reference's hyper-parameters", () => {
  const figures = Object.entries(referenceRecipes).map(([name, { batchSize, epochs }]) => [
    name,
    batchSize,
    epochs,
  ]);
  assert.deepEqual(figures.slice(0, 4), [
    ["kws", 100, 36],
    ["ic", 32, 500],
    ["vww", 32, 50],
    ["ad", 512, 100],
  ]);
});

Deno.test("parseTrainingRecipe() names the setting that is wrong", () => {
  const { kws } = quickRecipes;
  for (
    const [change, message] of [
      [{ epochs: 0 }, /'epochs' is wrong/],
      [{ batchSize: 1.5 }, /'batchSize' is wrong/],
      [{ architecture: "toString" }, /'architecture' is wrong/],
      [{ data: { folder: "" } }, /'data/],
      [{ learningRate: { schedule: "constant" } }, /'learningRate.rate' is wrong/],
      [{ pruning: { kind: "magnitude", amount: 1 } }, /'pruning.amount' is wrong/],
      [{ epoch: 3 }, /"epoch"/],
    ] as const
  ) {
    assert.throws(
      () => checkTrainingRecipe({ ...kws, ...change }, "r.json"),
      (error) => error instanceof InputError && message.test(error.message),
    );
  }
  assert.throws(() => parseTrainingRecipe("{", "r.json"), {
    message: "Cannot read the recipe 'r.json' as it is not JSON",
  });
});

Deno.test("parseTrainingRecipe() survives damaged recipes", () => {
  const random = seededRandom(8);
  const text = JSON.stringify(referenceRecipes.kws);
  for (let i = 0; i < 500; i++) {
    const at = Math.floor(random() * text.length);
    const damaged = text.slice(0, at) + String.fromCharCode(32 + 95 * random()) +
      text.slice(at + Math.floor(3 * random()));
    try {
      parseTrainingRecipe(damaged, "r.json");
    } catch (error) {
      assert(error instanceof InputError, String(error));
    }
  }
});

Deno.test("differingSetting() goes by what changes the weights", () => {
  const { ic } = quickRecipes;
  assert.equal(differingSetting(ic, { ...ic, threads: 4, description: "x" }), undefined);
  const { synthetic, ...counts } = ic.data as { synthetic: "ic"; train: number };
  assert.equal(differingSetting(ic, { ...ic, data: { ...counts, synthetic } }), undefined);
  assert.equal(differingSetting(ic, { ...ic, seed: 5 }), "seed");
  assert.equal(differingSetting(ic, { ...ic, keep: "last" }), "keep");
});
