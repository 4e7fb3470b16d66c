import assert from "node:assert/strict";
import { InputError } from "../../../lib/errors.ts";
import { checkQatSettings } from "../../../lib/training/qat/qat_settings.ts";
import { quickRecipes } from "../../../lib/training/runs/recipes.ts";
import { checkTrainingRecipe } from "../../../lib/training/runs/training_recipe.ts";

Deno.test("checkQatSettings() leaves other options out", () => {
  const options = { weightBits: 4 as const, batchSize: 7 };
  assert.deepEqual(checkQatSettings(options), {
    weightBits: 4,
    activations: "observed",
    rangeMomentum: 0.99,
  });
});

Deno.test("a recipe's 'qat' is checked, and needs a model to start from", () => {
  const start = "float.tflite";
  const recipe = checkTrainingRecipe({ ...quickRecipes.kws, start, qat: { weightBits: 2 } });
  assert.deepEqual(recipe.qat, { weightBits: 2 });
  for (
    const [change, message] of [
      [{ qat: {} }, /'qat' has no 'start'/],
      [{ start, qat: { weightBits: 1 } }, /'qat.weightBits' is wrong/],
      [{ start, qat: { bits: 4 } }, /"bits"/],
      [
        { start, qat: { layers: [{ match: {}, weightBits: 4, __proto__: { a: 1 }, b: 1 }] } },
        /"b"/,
      ],
    ] as const
  ) {
    assert.throws(
      () => checkTrainingRecipe({ ...quickRecipes.kws, ...change }),
      (error) => error instanceof InputError && message.test(error.message),
    );
  }
});
