import assert from "node:assert/strict";
import { InputError } from "../../../lib/errors.ts";
import { Int8Engine } from "../../../lib/model/engine/int8_engine.ts";
import type { Graph } from "../../../lib/model/graph.ts";
import { quantizeInput } from "../../../lib/model/int8/quantize_input.ts";
import { floatModel } from "../../../lib/training/export/float_model.ts";
import { loadTf } from "../../../lib/training/load_tf.ts";
import { buildTrainingPlan } from "../../../lib/training/plan/build_training_plan.ts";
import { UnsupportedLayersError } from "../../../lib/training/plan/errors.ts";
import type { TrainingPlan } from "../../../lib/training/plan/training_plan.ts";
import { buildQatPlan } from "../../../lib/training/qat/build_qat_plan.ts";
import { exportQat } from "../../../lib/training/qat/export_qat.ts";
import type { QatSettings } from "../../../lib/training/qat/qat_settings.ts";
import { quantizeModel } from "../../../lib/training/quantization/quantize_model.ts";
import { noisyClasses, residualNet, trainedWeights } from "./qat_models.ts";

const loss = "categoricalCrossentropy" as const;
const size = 144;
const small = noisyClasses(1, 48, size, 4);

/** Steps with batches of 16, round and round. */
async function train(plan: TrainingPlan, { x, y }: typeof small, steps: number, from = 0) {
  const batches = Math.floor(y.length / 16);
  for (let i = from; i < from + steps; i++) {
    const first = (i % batches) * 16;
    await plan.step(x.subarray(first * size, (first + 16) * size), y.subarray(first, first + 16));
  }
}

for (const activations of ["observed", "learned"] as const) {
  const settings: QatSettings = { weightBits: 4, weightMethod: "mse", activations };
  const options = { ...settings, batchSize: 16, loss, learningRate: 3e-3 };

  Deno.test(`buildQatPlan() has the same bits for any number of threads: ${activations}`, async () => {
    const model = residualNet(await loadTf());
    using one = await buildQatPlan(model, options);
    const start = trainedWeights(4, one.weights());
    one.setWeights(start);
    await train(one, small, 6);
    for (const threads of [2, 3]) {
      using plan = await buildQatPlan(model, { ...options, threads });
      plan.setWeights(start);
      await train(plan, small, 6);
      assert.deepEqual(plan.weights(), one.weights());
    }
  });

  Deno.test(`buildQatPlan() goes on from weights and optimiser with the same bits: ${activations}`, async () => {
    const model = residualNet(await loadTf());
    using whole = await buildQatPlan(model, options);
    whole.setWeights(trainedWeights(4, whole.weights()));
    await train(whole, small, 3);
    using resumed = await buildQatPlan(model, options);
    resumed.setWeights(whole.weights());
    resumed.setOptimizerState(whole.optimizerState());
    await train(whole, small, 4, 3);
    await train(resumed, small, 4, 3);
    assert.deepEqual(resumed.weights(), whole.weights());
  });
}

Deno.test("observed ranges are found in the first step, then follow the batches'", async () => {
  const tf = await loadTf();
  const model = tf.sequential({
    layers: [tf.layers.reLU({ inputShape: [3], name: "relu" })],
  });
  using plan = await buildQatPlan(model, {
    batchSize: 8,
    shards: 4,
    loss: "meanSquaredError",
    rangeMomentum: 0.75,
  });
  const range = (name: string) => [...plan.weights().get(`${name}/range`)!.values];
  const step = (values: number[]) => {
    const x = Float32Array.from(values);
    return plan.step(x, new Float32Array(x.length));
  };
  // Nothing is known, nothing is rounded; and neither predictions nor gradients change that.
  assert.deepEqual([...await plan.predict(Float32Array.of(-1, 0.123, 2))], [
    0,
    Math.fround(0.123),
    2,
  ]);
  await plan.gradients(new Float32Array(3).fill(5), new Float32Array(3));
  assert.deepEqual(range("input"), [0, 0]);
  await step([-4, 1, 2, 0, 0, 12]);
  assert.deepEqual(range("input"), [-4, 12]);
  assert.deepEqual(range("relu"), [0, 12]);
  await step([1, 2, 4]);
  assert.deepEqual(range("input"), [-3, 10]);
  // The input's 4 was rounded to the grid of [-4, 12] first.
  const rounded = Math.round(4 / (16 / 255)) * 16 / 255;
  const [min, max] = range("relu");
  assert.equal(min, 0);
  assert(Math.abs(max - (9 + rounded / 4)) < 1e-5);
  await plan.evaluate(Float32Array.of(100, 100, 100), new Float32Array(3));
  assert.deepEqual(range("input"), [-3, 10]);
});

Deno.test("tensors of one scale share a range, and the model keeps its own weights", async () => {
  const model = residualNet(await loadTf());
  using plan = await buildQatPlan(model, { batchSize: 16, loss });
  const ranges = [...plan.weights().keys()].filter((name) => name.endsWith("/range"));
  // Padding, pooling and flattening keep the scale.
  assert.deepEqual(
    ranges,
    ["input", "conv1", "depthwise", "conv2", "sum", "classes"].map((name) => `${name}/range`),
  );
  const start = trainedWeights(4, plan.weights());
  plan.setWeights(start);
  await train(plan, small, 2);
  await plan.copyTo(model);
  using plain = await buildTrainingPlan(model, { batchSize: 16, loss });
  const own = [...plan.weights()].filter(([name]) => !name.endsWith("/range"));
  assert.deepEqual(plain.weights(), new Map(own));
  // Moving averages stay, gamma moves.
  assert.deepEqual(
    own.find(([name]) => name === "norm1/moving_mean")![1].values,
    [
      ...start,
    ].find(([name]) => name === "norm1/moving_mean")![1].values,
  );
  assert.notDeepEqual(
    plain.weights().get("norm1/gamma")!.values,
    start.get("norm1/gamma")!.values,
  );
});

Deno.test("buildQatPlan() names what cannot be quantized", async () => {
  const tf = await loadTf();
  const options = { batchSize: 4, loss };
  const apart = tf.sequential({
    layers: [
      tf.layers.dense({ inputShape: [3], units: 2, activation: "relu" }),
      tf.layers.batchNormalization({ name: "apart" }),
    ],
  });
  await assert.rejects(
    buildQatPlan(apart, options),
    (error) => error instanceof InputError && error.message.includes("'apart'"),
  );
  const unknown = tf.sequential({
    layers: [tf.layers.dense({ inputShape: [3], units: 2, activation: "tanh" })],
  });
  await assert.rejects(buildQatPlan(unknown, options), UnsupportedLayersError);
  const model = residualNet(tf);
  for (
    const wrong of [
      { weightBits: 9 },
      { activations: "guessed" },
      { rangeMomentum: 1 },
      { layers: [{ match: { name: "absent" }, weightBits: 4 }] },
      { batchSize: 0 },
    ]
  ) {
    await assert.rejects(
      buildQatPlan(model, { ...options, ...wrong } as Parameters<typeof buildQatPlan>[1]),
      InputError,
      JSON.stringify(wrong),
    );
  }
});

/** Share of classes that the int8 model has right. */
async function int8Accuracy(graph: Graph, { x, y }: typeof small): Promise<number> {
  using engine = await Int8Engine.load(graph);
  const outputs = engine.runBatch(quantizeInput(x, engine.input));
  const right = y.filter((label, i) => {
    const row = outputs.subarray(4 * i, 4 * i + 4);
    return row.indexOf(Math.max(...row)) === label;
  });
  return right.length / y.length;
}

Deno.test("quantization-aware training beats quantization after as many steps", async () => {
  const model = residualNet(await loadTf());
  const data = noisyClasses(5, 480, size, 4), unseen = noisyClasses(6, 480, size, 4);
  const [steps, more] = [300, 60];
  using float = await buildTrainingPlan(model, {
    batchSize: 16,
    loss,
    learningRate: (step) => step > steps ? 1e-3 : 1e-2,
  });
  float.setWeights(trainedWeights(8, float.weights()));
  await train(float, data, steps);
  const weights = float.weights();
  await train(float, data, more);
  const trained = floatModel(model, { weights: float.weights() });
  const gain = async (settings: QatSettings) => {
    const after = await quantizeModel(trained, data.x.subarray(0, 100 * size), settings);
    using plan = await buildQatPlan(model, { ...settings, batchSize: 16, loss });
    plan.setWeights(weights);
    await train(plan, data, more);
    const aware = exportQat(model, plan.weights(), settings);
    return await int8Accuracy(aware, unseen) - await int8Accuracy(after.graph, unseen);
  };
  const gains = {
    8: await gain({ weightBits: 8 }),
    4: await gain({ weightBits: 4 }),
    3: await gain({ weightBits: 3 }),
    2: await gain({ weightBits: 2, weightMethod: "mse" }),
  };
  const text = JSON.stringify(gains);
  assert(gains[8] >= -0.005, text);
  assert(gains[4] > 0.01, text);
  assert(gains[3] > 0.03, text);
  assert(gains[2] > 0.15, text);
});
