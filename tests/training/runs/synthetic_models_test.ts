/** The models that ship: what their records say, and what they reach on data that are made here. */
import assert from "node:assert/strict";
import { z } from "zod";
import { checkGraph } from "../../../lib/model/check_graph.ts";
import { loadModel } from "../../../lib/model/load_model.ts";
import { evaluateOnSplit } from "../../../lib/training/runs/evaluate_on_split.ts";
import { quickRecipes } from "../../../lib/training/runs/recipes.ts";
import {
  syntheticModel,
  type SyntheticModelName,
} from "../../../lib/training/runs/synthetic_models.ts";
import { checkTrainingRecipe } from "../../../lib/training/runs/training_recipe.ts";

const figures = z.object({
  examples: z.int(),
  top1Percent: z.number().optional(),
  auc: z.number().optional(),
});
const recordSchema = z.object({
  model: z.string(),
  bytes: z.int(),
  synthetic: z.literal(true),
  recipe: z.unknown(),
  float: figures,
  int8: figures,
  epochs: z.array(z.object({ epoch: z.int(), loss: z.number() })),
});

/**
 * What each reaches at least, here and in its record: far above what a linear model reaches (see
 * tests/training/synthetic/difficulty_test.ts).
 */
const floors: Readonly<
  Record<SyntheticModelName, { figure: number; linear: number; limit: number }>
> = {
  kws: { figure: 90, linear: 75, limit: 240 },
  ic: { figure: 85, linear: 30, limit: 300 },
  vww: { figure: 80, linear: 62, limit: 150 },
  ad: { figure: 0.85, linear: 0.85, limit: 32 },
};
const names = Object.keys(floors) as SyntheticModelName[];

async function recordOf(name: SyntheticModelName) {
  const path = syntheticModel(name).replace(/_int8\.tflite$/, ".json");
  return recordSchema.parse(JSON.parse(await Deno.readTextFile(path)));
}

Deno.test("records of the models that ship say what they reach, and int8 costs no point", async () => {
  let bytes = 0;
  for (const name of names) {
    const { float, int8, recipe, model, epochs, ...record } = await recordOf(name);
    assert(syntheticModel(name).endsWith(model));
    assert.equal((await Deno.stat(syntheticModel(name))).size, record.bytes);
    bytes += record.bytes;
    assert.deepEqual(checkTrainingRecipe(recipe), quickRecipes[name], `${name}: make it anew`);
    assert.equal(epochs.length, quickRecipes[name].epochs);
    if (name === "ad") {
      assert(int8.auc! >= floors.ad.figure && Math.abs(float.auc! - int8.auc!) < 0.01);
    } else {
      assert(int8.top1Percent! >= floors[name].figure, name);
      assert(Math.abs(float.top1Percent! - int8.top1Percent!) <= 1, name);
    }
  }
  assert(bytes < 1_000_000);
});

for (const name of names) {
  Deno.test(`the model that ships for ${name} works on fresh synthetic data`, async () => {
    const graph = await loadModel(syntheticModel(name));
    checkGraph(graph);
    assert.equal(graph.tensors[graph.inputs[0]].type, "int8");
    const { data } = quickRecipes[name];
    // Other people and pictures than those of its training; the machines of ad01 are the same in all its splits.
    const seed = name === "ad" ? 1 : 2;
    const recipe = { ...quickRecipes[name], data: { ...data, seed } };
    const { limit, linear } = floors[name];
    const { examples, top1Percent, auc } = await evaluateOnSplit(graph, recipe, { limit });
    assert.equal(examples, limit);
    const reached = (name === "ad" ? auc : top1Percent)!;
    // The few examples that there is time for leave some room for chance.
    const floor = name === "ad" ? 0.75 : Math.max(floors[name].figure - 5, linear + 8);
    assert(reached >= floor, `${reached}`);
  });
}
