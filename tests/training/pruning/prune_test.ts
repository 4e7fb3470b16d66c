import assert from "node:assert/strict";
import { runFloat } from "../../../lib/model/float/float_executor.ts";
import { architectures } from "../../../lib/training/architectures/architectures.ts";
import { floatModel } from "../../../lib/training/export/float_model.ts";
import { type LayersModel, loadTf } from "../../../lib/training/load_tf.ts";
import { buildTrainingPlan } from "../../../lib/training/plan/build_training_plan.ts";
import type { NamedTensors } from "../../../lib/training/plan/training_plan.ts";
import { weightsOfModel } from "../../../lib/training/plan/write_to_model.ts";
import { applyMasks, pruneModel, sparsityOf } from "../../../lib/training/pruning/prune.ts";
import { pruningCurve } from "../../../lib/training/pruning/pruning_curve.ts";
import { seededRandom } from "../../../lib/seeded_random.ts";
import { inFolder } from "../../cli/thimble.ts";
import { bitsOf, runToEnd, smallRecipe, smallSet } from "../runs/small_runs.ts";

/** A model's weights, copied: those of tfjs are its own memory. */
function weightsOf(model: LayersModel): NamedTensors {
  return new Map(
    [...weightsOfModel(model)].map(([name, { shape, values }]) => [name, {
      shape,
      values: values.slice(),
    }]),
  );
}

Deno.test("pruneModel() takes the smallest weights, of each layer or of the model", async () => {
  const model = await architectures.kws({ seed: 3 });
  const weights = weightsOf(model);
  const kernels = 40 * 64 + 4 * (9 * 64 + 64 * 64) + 64 * 12;
  for (const amount of [0, 0.3, 0.9]) {
    const pruned = weightsOf(model);
    applyMasks(pruned, pruneModel(model, pruned, { kind: "magnitude", amount }));
    // Depthwise kernels stay: 9 · 64 weights in each of four layers, of all.
    assert(Math.abs(sparsityOf(pruned) - amount * (1 - 4 * 576 / kernels)) < 0.01);
    for (const [name, { values }] of pruned) {
      const before = weights.get(name)!.values;
      const gone = [...values.keys()].filter((i) => values[i] !== before[i]);
      if (!name.endsWith("/kernel")) assert.equal(gone.length, 0);
      const kept = [...values].filter((value) => value !== 0).map(Math.abs);
      const least = Math.min(...kept);
      for (const i of gone) assert(Math.abs(before[i]) <= least && values[i] === 0);
    }
  }
  const whole = weightsOf(model);
  applyMasks(whole, pruneModel(model, whole, { kind: "magnitude", amount: 0.5, scope: "model" }));
  assert(Math.abs(sparsityOf(whole) - 0.5 * (1 - 4 * 576 / kernels)) < 1e-3);
  const share = (name: string) => {
    const { values } = whole.get(name)!;
    return values.filter((value) => value === 0).length / values.length;
  };
  // Glorot's range is wider for pointwise kernels than for the large first one.
  assert(share("conv2d_1/kernel") < 0.5 && share("conv2d/kernel") > 0.5);
  assert.throws(() => pruneModel(model, weights, { kind: "magnitude", amount: 1 }), {
    name: "InputError",
  });
});

Deno.test("pruneModel() takes whole outputs, which are then 0 whatever comes in", async () => {
  const tf = await loadTf();
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [6, 6, 2], filters: 8, kernelSize: 3, name: "c" }),
      tf.layers.batchNormalization({ name: "n" }),
      tf.layers.reLU({ name: "r" }),
      tf.layers.flatten({ name: "f" }),
      tf.layers.dense({ units: 3, name: "d" }),
    ],
  });
  const random = seededRandom(4);
  model.setWeights(
    model.getWeights().map((w) => tf.tensor(w.dataSync().map(() => 0.1 + random()), w.shape)),
  );
  const weights = weightsOf(model);
  const kernel = weights.get("c/kernel")!.values;
  const power = Array.from(
    { length: 8 },
    (_, o) => kernel.reduce((sum, value, i) => i % 8 === o ? sum + value ** 2 : sum, 0),
  );
  const order = [...power.keys()].sort((a, b) => power[a] - power[b]);
  const masks = pruneModel(model, weights, { kind: "structured", amount: 0.5 });
  assert(!masks.has("d/kernel"));
  applyMasks(weights, masks);
  const graph = floatModel(model, { weights });
  const [conv] = graph.operators;
  const x = Float32Array.from({ length: 72 }, random);
  const y = await runFloat({ ...graph, outputs: conv.outputs }, x);
  for (let o = 0; o < 8; o++) {
    const channel = y.filter((_, i) => i % 8 === o);
    assert.equal(channel.every((value) => value === 0), order.indexOf(o) < 4, `output ${o}`);
  }
});

Deno.test("weights that are pruned stay 0 while the others are trained", async () => {
  await inFolder(async (folder) => {
    for (const kind of ["magnitude", "structured"] as const) {
      const recipe = { ...smallRecipe, epochs: 2, pruning: { kind, amount: 0.5 } };
      const { weights, run } = await runToEnd(recipe, {
        out: `${folder}/${kind}`,
        dataSet: smallSet(),
      });
      const start = weightsOf(await architectures.sww({ seed: smallRecipe.seed, classes: 3 }));
      const model = await architectures.sww();
      const masks = pruneModel(model, start, { kind, amount: 0.5 });
      let zeros = 0, changed = 0;
      for (const [name, mask] of masks) {
        const { values } = weights.get(name)!;
        mask.forEach((kept, i) => {
          if (kept) changed += Number(values[i] !== start.get(name)!.values[i]);
          else assert.equal(values[i], 0);
          zeros += 1 - kept;
        });
      }
      assert(zeros > 1000 && changed > 10_000);
      assert.equal(run.result?.sparsity, sparsityOf(weights));
    }
  });
});

Deno.test("pruningCurve() measures each share, and leaves everything as it was", async () => {
  const model = await architectures.ad({ seed: 1 });
  const random = seededRandom(6);
  const x = Float32Array.from({ length: 32 * 640 }, () => 2 * random() - 1);
  using plan = await buildTrainingPlan(model, { batchSize: 32, loss: "meanSquaredError" });
  for (let i = 0; i < 30; i++) await plan.step(x, x);
  const before = bitsOf(plan.weights());
  const { step } = plan.optimizerState();
  const losses: number[][] = [];
  for (const tuned of [false, true]) {
    const points: number[] = [];
    const curve = pruningCurve(plan, model, {
      kind: "magnitude",
      amounts: [0, 0.5, 0.95],
      measure: async (plan) => (await plan.evaluate(x, x)).loss,
      tune: tuned
        ? async (plan, afterStep) => {
          for (let i = 0; i < 10; i++) {
            await plan.step(x, x);
            afterStep();
          }
        }
        : undefined,
    });
    for await (const { amount, sparsity, figures } of curve) {
      assert(Math.abs(sparsity - amount) < 0.01);
      points.push(figures);
    }
    losses.push(points);
  }
  const [plain, tuned] = losses;
  assert(plain[2] > plain[0]);
  assert(tuned[2] < plain[2]);
  assert.deepEqual(bitsOf(plan.weights()), before);
  assert.equal(plan.optimizerState().step, step);
});
