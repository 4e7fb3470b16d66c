import assert from "node:assert/strict";
import { runFloat } from "../../../lib/model/float/float_executor.ts";
import { writeTflite } from "../../../lib/model/tflite/write_tflite.ts";
import { argMax } from "../../../lib/scoring/top1.ts";
import { architectures } from "../../../lib/training/architectures/architectures.ts";
import { floatModel } from "../../../lib/training/export/float_model.ts";
import { evaluateOnSplit } from "../../../lib/training/runs/evaluate_on_split.ts";
import { followTraining } from "../../../lib/training/runs/follow_training.ts";
import { int8Model, quantizeTrained } from "../../../lib/training/runs/quantize_trained.ts";
import { quickRecipes } from "../../../lib/training/runs/recipes.ts";
import type { TrainingRecipe } from "../../../lib/training/runs/training_recipe.ts";
import { syntheticIc } from "../../../lib/training/synthetic/synthetic_ic.ts";
import { train } from "../../../lib/training/runs/train.ts";
import type { TrainingRecord } from "../../../lib/training/runs/training_records.ts";
import { inFolder } from "../../cli/thimble.ts";
import { bitsOf, runToEnd, smallRecipe, smallSet } from "./small_runs.ts";

Deno.test("quantizeTrained() loses little, and calibrates on training examples where it has to", async () => {
  await inFolder(async (folder) => {
    const whole = smallSet();
    // Moving averages take some hundred steps to get where they belong.
    const recipe = { ...smallRecipe, batchSize: 6, epochs: 45 };
    for (const calibration of [whole.splits.calibration, []]) {
      const dataSet = { ...whole, splits: { ...whole.splits, calibration } };
      const out = `${folder}/${calibration.length}`;
      const trained = await runToEnd(recipe, { out, dataSet });
      const { graph } = await quantizeTrained(trained);
      const float = await evaluateOnSplit(trained.graph, trained.recipe, { dataSet });
      const int8 = await evaluateOnSplit(graph, trained.recipe, { dataSet });
      assert.equal(float.top1Percent, trained.run.result!.top1Percent);
      assert.equal(float.top1Percent, 100);
      assert(int8.top1Percent! >= 88);
    }
  });
});

Deno.test("quantizeTrained() takes the benchmark's bytes as they are", async () => {
  for (const [name, scale, zeroPoint] of [["kws", 0.5847, 83], ["ic", 1, -128]] as const) {
    const { data } = quickRecipes[name];
    const recipe = { ...quickRecipes[name], data: { ...data, train: 24, calibration: 6 } };
    const { openRecipeData } = await import("../../../lib/training/runs/recipe_data.ts");
    const { graph } = await quantizeTrained({
      graph: floatModel(await architectures[name]()),
      recipe,
      dataSet: await openRecipeData(recipe),
    });
    const { quantization } = graph.tensors[graph.inputs[0]];
    assert(Math.abs(quantization!.scale[0] - scale) < 1e-4);
    assert.equal(quantization!.zeroPoint[0], zeroPoint);
  }
});

Deno.test("evaluateOnSplit() counts what the model gets right", async () => {
  const recipe = { ...quickRecipes.ic, data: { synthetic: "ic" as const, train: 10, test: 40 } };
  const graph = floatModel(await architectures.ic({ seed: 2 }));
  const { test } = syntheticIc({ train: 10, test: 40 }).splits;
  let right = 0;
  for (const example of test) {
    const y = await runFloat(graph, Float32Array.from((await example.read()).values));
    if (argMax(y) === example.label) right++;
  }
  assert.deepEqual(await evaluateOnSplit(graph, recipe), {
    examples: 40,
    top1Percent: 100 * right / 40,
  });
});

Deno.test("evaluateOnSplit() scores recordings by the error of their windows", async () => {
  const recipe = {
    ...quickRecipes.ad,
    data: { synthetic: "ad" as const, train: 2, validation: 0, test: 6, calibration: 0 },
  };
  const { examples, auc } = await evaluateOnSplit(floatModel(await architectures.ad()), recipe);
  assert.equal(examples, 6);
  assert(auc! >= 0 && auc! <= 1);
});

Deno.test("train() on machine sounds learns windows of recordings", async () => {
  await inFolder(async (out) => {
    const { run } = await runToEnd({
      ...quickRecipes.ad,
      data: { synthetic: "ad", train: 4, validation: 2, test: 4, calibration: 0 },
      epochs: 2,
    }, { out });
    assert.equal(run.start?.stepsPerEpoch, Math.ceil(4 * 196 / 512));
    assert.equal(run.epochs[0].accuracy, undefined);
    assert(run.epochs[1].loss < run.epochs[0].loss);
    assert.equal(run.result?.examples, 4);
    assert(run.result?.auc !== undefined && run.result.top1Percent === undefined);
  });
});

Deno.test("followTraining() hears all of a run that goes on elsewhere", async () => {
  await inFolder(async (out) => {
    const own: TrainingRecord[] = [];
    const heard: TrainingRecord[] = [];
    const running = train(smallRecipe, { out, dataSet: smallSet() });
    const first = await untilRecord(running);
    const following = followTraining(out, { pollMs: 1 });
    const all = (async () => {
      for (;;) {
        const { value, done } = await following.next();
        if (done) return value;
        if (value.type !== "progress") heard.push(value);
        else assert(value.done <= value.total);
      }
    })();
    own.push(first);
    for (;;) {
      const { value, done } = await running.next();
      if (done) break;
      if (value.type !== "progress") own.push(value);
    }
    const run = await all;
    assert.deepEqual(heard, own);
    assert.equal(run.stop?.reason, "done");
    await assert.rejects(followTraining(`${out}/none`).next(), { name: "InputError" });
  });
});

async function untilRecord(run: ReturnType<typeof train>): Promise<TrainingRecord> {
  for (;;) {
    const { value, done } = await run.next();
    assert(!done);
    if (value.type !== "progress") return value;
  }
}

Deno.test("train() with 'qat' gives the int8 model that it was trained as, resumed or not", async () => {
  await inFolder(async (folder) => {
    const dataSet = smallSet();
    const base = { ...smallRecipe, batchSize: 6, epochs: 45 };
    const float = await runToEnd(base, { out: `${folder}/float`, dataSet });
    await Deno.writeFile(`${folder}/float.tflite`, writeTflite(float.graph));
    const recipe: TrainingRecipe = {
      ...base,
      epochs: 4,
      learningRate: { schedule: "constant", rate: 1e-4 },
      start: `${folder}/float.tflite`,
      qat: { weightBits: 4, activations: "learned" },
    };
    const whole = await runToEnd(recipe, { out: `${folder}/whole`, dataSet });
    const int8 = await int8Model(whole);
    assert.equal(int8, whole.int8);
    const kernel = int8.tensors[int8.operators[0].inputs[1]];
    assert(new Int8Array(kernel.data!.slice().buffer).every((weight) => Math.abs(weight) <= 7));
    // The plan has rounded as the int8 model does.
    const { top1Percent } = await evaluateOnSplit(int8, recipe, { dataSet });
    assert(Math.abs(top1Percent! - whole.run.result!.top1Percent!) <= 12);
    assert(top1Percent! >= 77);
    const controller = new AbortController();
    const cut = { out: `${folder}/cut`, dataSet };
    await assert.rejects(
      runToEnd(
        recipe,
        { ...cut, signal: controller.signal },
        ({ type }) => type === "checkpoint" ? controller.abort() : undefined,
      ),
      { name: "AbortError" },
    );
    const resumed = await runToEnd(recipe, cut);
    assert.deepEqual(bitsOf(resumed.weights), bitsOf(whole.weights));
    assert.deepEqual(writeTflite(resumed.int8!), writeTflite(int8));
  });
});
