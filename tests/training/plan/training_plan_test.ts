import assert from "node:assert/strict";
import type * as Tf from "@tensorflow/tfjs";
import { InputError } from "../../../lib/errors.ts";
import { loadTf } from "../../../lib/training/load_tf.ts";
import { buildTrainingPlan } from "../../../lib/training/plan/build_training_plan.ts";
import { WorkerCrew } from "../../../lib/training/plan/crew.ts";
import {
  DivergedError,
  TrainingWorkerError,
  UnsupportedLayersError,
} from "../../../lib/training/plan/errors.ts";
import { KernelPlan } from "../../../lib/training/plan/kernel_plan.ts";
import { TfjsPlan } from "../../../lib/training/plan/tfjs_plan.ts";
import type {
  NamedTensors,
  TrainingPlan,
  TrainingPlanOptions,
} from "../../../lib/training/plan/training_plan.ts";
import { SeededRandom } from "../../model/seeded_random.ts";
import { gradientError, randomBatch, randomValues, randomWeights } from "./gradients.ts";

/** A little of everything: residual, depthwise, batch normalization, dropout, penalties. */
function smallNet(tf: typeof Tf, dropout = 0.3): Tf.LayersModel {
  const { layers } = tf;
  const apply = (
    layer: InstanceType<typeof layers.Layer>,
    x: Tf.SymbolicTensor | Tf.SymbolicTensor[],
  ) => layer.apply(x) as Tf.SymbolicTensor;
  const seeded = (seed: number) => tf.initializers.glorotUniform({ seed });
  const kernelRegularizer = tf.regularizers.l2({ l2: 1e-3 });
  const conv = (name: string, filters: number, strides: number, seed: number) =>
    layers.conv2d({
      name,
      filters,
      strides,
      kernelSize: 3,
      padding: "same",
      // A bias before a batch normalization has no gradient but rounding errors, which Adam enlarges.
      useBias: name !== "conv",
      kernelInitializer: seeded(seed),
      kernelRegularizer,
    });
  const input = tf.input({ shape: [8, 7, 2], name: "input" });
  let x = apply(conv("conv", 6, 1, 1), input);
  x = apply(layers.reLU({ name: "relu" }), apply(layers.batchNormalization({ name: "bn" }), x));
  const branch = apply(conv("branch", 6, 1, 2), x);
  x = apply(layers.reLU({ name: "sum_relu" }), apply(layers.add({ name: "sum" }), [x, branch]));
  x = apply(
    layers.depthwiseConv2d({
      name: "depthwise",
      kernelSize: 3,
      strides: 2,
      padding: "same",
      depthwiseInitializer: seeded(3),
    }),
    x,
  );
  x = apply(layers.dropout({ name: "dropout", rate: dropout }), x);
  x = apply(layers.flatten({ name: "flat" }), x);
  const classes = layers.dense({
    name: "classes",
    units: 3,
    activation: "softmax",
    kernelInitializer: seeded(4),
  });
  return tf.model({ inputs: input, outputs: apply(classes, x) });
}

const settings = {
  batchSize: 10,
  loss: "categoricalCrossentropy",
  seed: 5,
  learningRate: 0.01,
} as const satisfies TrainingPlanOptions;

async function train(plan: TrainingPlan, first: number, steps: number, items = 10): Promise<void> {
  for (let step = first; step < first + steps; step++) {
    const random = new SeededRandom(step);
    const y = Uint8Array.from({ length: items }, () => random.integer(0, 2));
    await plan.step(randomValues(random, items * 8 * 7 * 2), y);
  }
}

function assertSame(a: NamedTensors, b: NamedTensors): void {
  assert.deepEqual([...a.keys()], [...b.keys()]);
  for (const [name, { values }] of a) assert.deepEqual(values, b.get(name)!.values, name);
}

Deno.test("step() changes weights to the same bits with any number of threads", async () => {
  const tf = await loadTf();
  const model = smallNet(tf);
  using one = await KernelPlan.build(model, settings);
  await train(one, 0, 8);
  await train(one, 8, 1, 3);
  for (const threads of [2, 3]) {
    using plan = await KernelPlan.build(model, { ...settings, threads });
    await train(plan, 0, 8);
    await train(plan, 8, 1, 3);
    assertSame(plan.weights(), one.weights());
    assertSame(plan.optimizerState().slots, one.optimizerState().slots);
  }
});

Deno.test("step() goes on with the same bits from weights and optimiser state", async () => {
  const tf = await loadTf();
  const model = smallNet(tf);
  using whole = await KernelPlan.build(model, settings);
  await train(whole, 0, 3);
  const weights = whole.weights();
  const state = whole.optimizerState();
  await train(whole, 3, 3);
  using resumed = await KernelPlan.build(model, { ...settings, seed: 99, threads: 2 });
  await train(resumed, 50, 2);
  resumed.setWeights(weights);
  resumed.setOptimizerState(state);
  assert.equal(resumed.stepCount, 3);
  await train(resumed, 3, 3);
  assert.equal(resumed.stepCount, 6);
  assertSame(resumed.weights(), whole.weights());
});

Deno.test("step() depends on the seed by way of dropout alone", async () => {
  const tf = await loadTf();
  const results: number[][] = [];
  for (const [dropout, seed] of [[0.3, 5], [0.3, 6], [0, 5], [0, 6]]) {
    using plan = await KernelPlan.build(smallNet(tf, dropout), { ...settings, seed });
    await train(plan, 0, 2);
    results.push([...plan.weights().get("conv/kernel")!.values]);
  }
  assert.notDeepEqual(results[0], results[1]);
  assert.notDeepEqual(results[0], results[2]);
  assert.deepEqual(results[2], results[3]);
});

Deno.test("dropout keeps its share of values, scaled, others in each step", async () => {
  const tf = await loadTf();
  const rate = 0.25;
  const size = 4000;
  const model = tf.sequential({
    layers: [
      tf.layers.dropout({ inputShape: [size], rate, name: "dropout" }),
      tf.layers.dense({ units: 1, kernelInitializer: "zeros", name: "dense" }),
    ],
  });
  using plan = await KernelPlan.build(model, { batchSize: 1, loss: "meanSquaredError" });
  const masks: boolean[][] = [];
  for (let step = 0; step < 2; step++) {
    const x = new Float32Array(size).fill(1);
    const { gradients } = await plan.gradients(x, Float32Array.of(-0.5));
    const values = [...gradients.get("dense/kernel")!.values];
    for (const value of values) assert(value === 0 || Math.abs(value - 1 / (1 - rate)) < 1e-6);
    masks.push(values.map((value) => value !== 0));
    // A step without a change of weights, for another mask.
    await plan.step(x, Float32Array.of(0), { learningRate: 0 });
  }
  const kept = masks.map((mask) => mask.filter(Boolean).length / size);
  for (const share of kept) assert(Math.abs(share - (1 - rate)) < 0.03, `${share}`);
  const both = masks[0].filter((value, i) => value && masks[1][i]).length / size;
  assert(Math.abs(both - (1 - rate) ** 2) < 0.03, `${both}`);
});

Deno.test("optimisers step as tfjs' gradients and Keras' formulas say", async () => {
  const tf = await loadTf();
  const optimizers = [
    { type: "adam" },
    { type: "adam", beta1: 0.8, beta2: 0.9, epsilon: 1e-3, weightDecay: 0.1 },
    { type: "sgd" },
    { type: "sgd", momentum: 0.9, weightDecay: 0.01 },
    { type: "sgd", momentum: 0.5, nesterov: true },
  ] as const;
  for (const optimizer of optimizers) {
    const options = {
      ...settings,
      optimizer,
      learningRate: (step: number) => 0.02 / step,
    };
    const model = smallNet(tf, 0);
    using kernels = await KernelPlan.build(model, options);
    using tfjs = await TfjsPlan.build(model, options);
    await train(kernels, 0, 4);
    await train(tfjs, 0, 4);
    const own = kernels.weights(), expected = tfjs.weights();
    // tfjs' moving variance is the batch's, ours the sample's, as Keras has it.
    for (const weights of [own, expected]) weights.delete("bn/moving_variance");
    const worst = gradientError(own, expected);
    assert(worst.error < 2e-4, `${JSON.stringify(optimizer)}: ${JSON.stringify(worst)}`);
  }
});

Deno.test("Adam's first steps are those of Keras, worked out by hand", async () => {
  const tf = await loadTf();
  const model = tf.sequential({
    layers: [tf.layers.dense({ inputShape: [1], units: 1, useBias: false, name: "w" })],
  });
  using plan = await KernelPlan.build(model, {
    batchSize: 1,
    loss: "meanSquaredError",
    optimizer: { type: "adam", epsilon: 0.1 },
    learningRate: 0.5,
  });
  plan.setWeights(new Map([["w/kernel", { shape: [1, 1], values: Float32Array.of(2) }]]));
  let w = 2, m = 0, v = 0;
  for (let step = 1; step <= 3; step++) {
    const { loss } = await plan.step(Float32Array.of(1), Float32Array.of(0));
    assert(Math.abs(loss - w * w) < 1e-5);
    const g = 2 * w;
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    w -= 0.5 * Math.sqrt(1 - 0.999 ** step) / (1 - 0.9 ** step) * m / (Math.sqrt(v) + 0.1);
    const [actual] = plan.weights().get("w/kernel")!.values;
    assert(Math.abs(actual - w) < 1e-5, `${actual} ${w}`);
  }
});

Deno.test("moving averages are Keras': of images the variance of a sample", async () => {
  const tf = await loadTf();
  const random = new SeededRandom(3);
  for (const shape of [[3, 2, 4], [5]]) {
    const model = tf.sequential({
      layers: [
        tf.layers.batchNormalization({ inputShape: shape, momentum: 0.9, name: "bn" }),
        ...shape.length === 3 ? [tf.layers.flatten({ name: "flat" })] : [],
        tf.layers.dense({ units: 1, name: "out" }),
      ],
    });
    using plan = await KernelPlan.build(model, { batchSize: 6, loss: "meanSquaredError" });
    const channels = shape.at(-1)!;
    const x = randomValues(random, 6 * shape.reduce((a, b) => a * b)).map((value) => 3 + 2 * value);
    await plan.step(x, randomValues(random, 6));
    for (let c = 0; c < channels; c++) {
      const values = [...x].filter((_, i) => i % channels === c);
      const mean = values.reduce((a, b) => a + b) / values.length;
      const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      const variance = squares / (shape.length === 3 ? values.length - 1 : values.length);
      const at = (name: string) => plan.weights().get(`bn/${name}`)!.values[c];
      assert(Math.abs(at("moving_mean") - 0.1 * mean) < 1e-5);
      assert(Math.abs(at("moving_variance") - (0.9 + 0.1 * variance)) < 1e-5);
    }
  }
});

Deno.test("predict() and evaluate() are tfjs' inference, for any number of items", async () => {
  const tf = await loadTf();
  const model = smallNet(tf);
  using plan = await KernelPlan.build(model, { ...settings, threads: 2 });
  plan.setWeights(randomWeights(new SeededRandom(1), plan.weights()));
  await plan.copyTo(model);
  using tfjs = await TfjsPlan.build(model, settings);
  const random = new SeededRandom(2);
  const { x, y } = randomBatch(random, model, 23, "categoricalCrossentropy");
  const own = await plan.predict(x);
  const expected = await tfjs.predict(x);
  assert.equal(own.length, 69);
  own.forEach((value, i) => assert(Math.abs(value - expected[i]) < 1e-5));
  const result = await plan.evaluate(x, y);
  const reference = await tfjs.evaluate(x, y);
  assert(Math.abs(result.loss - reference.loss) < 1e-4);
  assert(Math.abs(result.penalty - reference.penalty) < 1e-6);
  assert.equal(result.accuracy, reference.accuracy);
});

Deno.test("predict() gives the outputs of models that end with a change of shape", async () => {
  const tf = await loadTf();
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ inputShape: [3], units: 4, name: "dense" }),
      tf.layers.reshape({ targetShape: [2, 2], name: "reshape" }),
    ],
  });
  using plan = await KernelPlan.build(model, { batchSize: 2, loss: "meanSquaredError" });
  const x = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
  const expected = (model.predict(tf.tensor(x, [3, 3])) as Tf.Tensor).dataSync();
  (await plan.predict(x)).forEach((value, i) => assert(Math.abs(value - expected[i]) < 1e-5));
});

Deno.test("step() learns a toy set", async () => {
  const tf = await loadTf();
  const random = new SeededRandom(8);
  const items = 60;
  const x = randomValues(random, items * 8 * 7 * 2);
  // The class lies in which of three rows is brighter.
  const y = Uint8Array.from({ length: items }, () => random.integer(0, 2));
  y.forEach((label, i) => {
    const row = i * 112 + label * 28;
    for (let j = row; j < row + 14; j++) x[j] += 1;
  });
  using plan = await buildTrainingPlan(smallNet(tf), {
    ...settings,
    batchSize: 20,
    learningRate: (step) => step < 60 ? 0.01 : 0.002,
    optimizer: { type: "adam", weightDecay: 0.01 },
  });
  const before = await plan.evaluate(x, y);
  for (let step = 0; step < 90; step++) {
    const first = step % 3 * 20;
    await plan.step(x.subarray(first * 112, (first + 20) * 112), y.subarray(first, first + 20));
  }
  const after = await plan.evaluate(x, y);
  assert(before.accuracy! < 0.7, `${before.accuracy}`);
  assert(after.accuracy! >= 0.95, `${after.accuracy}`);
  assert(after.loss < before.loss / 3);
});

Deno.test("gradients() changes no weight", async () => {
  const tf = await loadTf();
  const model = smallNet(tf);
  const { x, y } = randomBatch(new SeededRandom(4), model, 10, "categoricalCrossentropy");
  for (const build of [KernelPlan.build, TfjsPlan.build]) {
    using plan = await build(model, settings);
    const before = plan.weights();
    await plan.gradients(x, y);
    assertSame(plan.weights(), before);
    assert.equal(plan.stepCount, 0);
  }
});

Deno.test("frozen layers stay, their batch normalization uses its moving averages", async () => {
  const tf = await loadTf();
  const model = smallNet(tf, 0);
  const random = new SeededRandom(6);
  using start = await KernelPlan.build(model, settings);
  start.setWeights(randomWeights(random, start.weights()));
  await start.copyTo(model);
  for (const name of ["conv", "bn"]) model.getLayer(name).trainable = false;
  using plan = await KernelPlan.build(model, settings);
  const { x, y } = randomBatch(random, model, 10, "categoricalCrossentropy");
  const { result } = await plan.gradients(x, y);
  // Without dropout and with fixed statistics, training computes what evaluation computes.
  assert(Math.abs(result.loss - (await plan.evaluate(x, y)).loss) < 1e-5);
  await train(plan, 0, 2);
  for (const [name, { values }] of plan.weights()) {
    const stays = name.startsWith("conv/") || name.startsWith("bn/");
    assert.equal(values.every((v, i) => v === start.weights().get(name)!.values[i]), stays, name);
  }
});

Deno.test("step() throws on a loss that is not finite, before weights change", async () => {
  const tf = await loadTf();
  for (const threads of [1, 2]) {
    using plan = await KernelPlan.build(smallNet(tf), { ...settings, threads });
    await train(plan, 0, 2);
    const before = plan.weights();
    const x = new Float32Array(10 * 112).fill(0.5);
    x[300] = NaN;
    await assert.rejects(plan.step(x, new Uint8Array(10)), (error) => {
      assert(error instanceof DivergedError);
      assert.equal(error.step, 3);
      assert.equal(error.message, "Cannot go on training as the loss of step 3 is NaN");
      return true;
    });
    assertSame(plan.weights(), before);
    assert.equal(plan.stepCount, 2);
    await train(plan, 2, 1);
    assert.equal(plan.stepCount, 3);
  }
});

Deno.test("TfjsPlan.step() throws on a loss that is not finite, too", async () => {
  const tf = await loadTf();
  using plan = await TfjsPlan.build(smallNet(tf), settings);
  const before = plan.weights();
  const x = new Float32Array(10 * 112).fill(Infinity);
  await assert.rejects(plan.step(x, new Uint8Array(10)), DivergedError);
  assertSame(plan.weights(), before);
});

Deno.test("step() throws where a worker was ended", async () => {
  const tf = await loadTf();
  using plan = await KernelPlan.build(smallNet(tf), { ...settings, threads: 2, stallMs: 200 });
  await train(plan, 0, 1);
  const before = plan.weights();
  (plan.crew as WorkerCrew).workers[1].terminate();
  await assert.rejects(train(plan, 1, 1), (error) => {
    assert(error instanceof TrainingWorkerError);
    assert.match(error.message, /^Cannot go on training as nothing got done in 0\.2 s/);
    assert.equal(error.hint, "Make a new plan, and restore the last checkpoint");
    return true;
  });
  await assert.rejects(train(plan, 1, 1), TrainingWorkerError);
  assert.deepEqual([...plan.weights().keys()], [...before.keys()]);
});

Deno.test("step() throws where a worker fails", async () => {
  const tf = await loadTf();
  using plan = await KernelPlan.build(smallNet(tf), { ...settings, threads: 2 });
  // What is no program makes it throw.
  (plan.crew as WorkerCrew).workers[0].postMessage(null);
  await assert.rejects(train(plan, 0, 1), /^TrainingWorkerError: Cannot go on .* a worker failed/);
});

Deno.test("plans can be ended while they work, and not used after it", async () => {
  const tf = await loadTf();
  const plan = await KernelPlan.build(smallNet(tf), { ...settings, threads: 2 });
  const working = train(plan, 0, 1000);
  plan[Symbol.dispose]();
  await assert.rejects(working, TrainingWorkerError);
  await assert.rejects(train(plan, 0, 1), TrainingWorkerError);
});

Deno.test("step() throws where another is still at work", async () => {
  const tf = await loadTf();
  using plan = await KernelPlan.build(smallNet(tf), { ...settings, threads: 2 });
  const first = train(plan, 0, 1);
  await assert.rejects(train(plan, 0, 1), /^TrainingError: .* while it is at work/);
  await first;
  assert.equal(plan.stepCount, 1);
});

Deno.test("buildTrainingPlan() lets tfjs stand in for layers without kernels, and says so", async () => {
  const tf = await loadTf();
  const model = tf.sequential({
    layers: [
      tf.layers.conv1d({ inputShape: [12, 2], filters: 4, kernelSize: 3, name: "time" }),
      tf.layers.leakyReLU({ name: "leaky" }),
      tf.layers.flatten({ name: "flat" }),
      tf.layers.dense({ units: 2, activation: "softmax", name: "classes" }),
    ],
  });
  const options = { batchSize: 4, loss: "categoricalCrossentropy", learningRate: 0.05 } as const;
  await assert.rejects(buildTrainingPlan(model, { ...options, fallback: false }), (error) => {
    assert(error instanceof UnsupportedLayersError);
    assert.deepEqual(error.layers, [
      "'time' is of class 'Conv1D'",
      "'leaky' is of class 'LeakyReLU'",
    ]);
    return true;
  });
  const notices: string[] = [];
  using plan = await buildTrainingPlan(model, {
    ...options,
    onNotice: (notice) => notices.push(notice),
  });
  assert.equal(plan.executor, "tfjs");
  assert.deepEqual(notices, [
    "tfjs makes the steps, as 'time' is of class 'Conv1D'; 'leaky' is of class 'LeakyReLU'",
  ]);
  const x = randomValues(new SeededRandom(1), 4 * 24);
  const y = Uint8Array.of(0, 1, 0, 1);
  const { loss } = await plan.step(x, y);
  for (let i = 0; i < 20; i++) await plan.step(x, y);
  assert((await plan.evaluate(x, y)).loss < loss / 2);
  assert.equal((await plan.predict(x)).length, 8);
  const state = plan.optimizerState();
  plan.setOptimizerState(state);
  assert.equal(state.slots.size, 8);
});

Deno.test("buildTrainingPlan() names settings of layers that kernels do not have", async () => {
  const tf = await loadTf();
  const { layers } = tf;
  const input = { inputShape: [6, 6, 2], name: "layer" };
  const cases: [InstanceType<typeof layers.Layer>, string][] = [
    [layers.conv2d({ ...input, filters: 2, kernelSize: 2, dilationRate: 2 }), "is dilated by 2,2"],
    [
      layers.depthwiseConv2d({ ...input, kernelSize: 2, depthMultiplier: 2 }),
      "has a depth multiplier of 2",
    ],
    [
      layers.conv2d({
        ...input,
        filters: 2,
        kernelSize: 2,
        kernelRegularizer: tf.regularizers.l1({ l1: 0.1 }),
      }),
      "has a regularizer other than L2",
    ],
    [
      layers.conv2d({ ...input, filters: 2, kernelSize: 2, kernelConstraint: "nonNeg" }),
      "has a 'kernelConstraint'",
    ],
    [
      layers.conv2d({ ...input, filters: 2, kernelSize: 2, activation: "elu" }),
      "has the activation 'elu'",
    ],
    [layers.batchNormalization({ ...input, axis: 1 }), "normalizes axis 1, not the last"],
    [layers.dense({ ...input, units: 2 }), "has an input of rank 3"],
  ];
  for (const [layer, why] of cases) {
    const options = { batchSize: 1, loss: "meanSquaredError", fallback: false } as const;
    await assert.rejects(buildTrainingPlan(tf.sequential({ layers: [layer] }), options), {
      message: `Cannot make a training plan: 'layer' ${why}`,
    });
  }
});

Deno.test("copyTo() writes all weights into a model with the same names", async () => {
  const tf = await loadTf();
  using plan = await KernelPlan.build(smallNet(tf), settings);
  await train(plan, 0, 2);
  const model = smallNet(tf);
  await plan.copyTo(model);
  using again = await KernelPlan.build(model, settings);
  assertSame(again.weights(), plan.weights());
  const other = tf.sequential({ layers: [tf.layers.dense({ inputShape: [2], units: 1 })] });
  await assert.rejects(plan.copyTo(other), InputError);
});

Deno.test("plans throw on inputs that do not fit", async () => {
  const tf = await loadTf();
  const model = smallNet(tf);
  using plan = await KernelPlan.build(model, settings);
  const x = new Float32Array(112 * 2);
  await assert.rejects(plan.step(new Float32Array(113), new Uint8Array(1)), {
    name: "InputError",
    message: "Cannot take 113 values as inputs: an item has 112",
  });
  await assert.rejects(plan.step(x, new Uint8Array(1)), /1 classes as labels of 2 items/);
  await assert.rejects(plan.step(x, Uint8Array.of(0, 3)), {
    message: "Cannot take label 3 of item 1: there are 3 classes",
  });
  await assert.rejects(plan.step(x, new Float32Array(5)), /5 values as labels of 2 items/);
  await assert.rejects(
    plan.step(new Float32Array(112 * 11), new Uint8Array(11)),
    /^InputError: Cannot train on 11 items at once: the batch size is 10/,
  );
  await assert.rejects(plan.step(x, new Uint8Array(2), { learningRate: NaN }), InputError);
  const kernel = { shape: [1], values: new Float32Array(1) };
  assert.throws(() => plan.setWeights(new Map([["no/kernel", kernel]])), InputError);
  assert.throws(() => plan.setWeights(new Map([["conv/kernel", kernel]])), {
    message: "Cannot set the weight 'conv/kernel' to 1 values of shape [1]: it is [3,3,2,6]",
  });
  for (const bad of [{ batchSize: 0 }, { threads: 1.5 }, { shards: -1 }]) {
    await assert.rejects(buildTrainingPlan(model, { ...settings, ...bad }), InputError);
  }
  const optimizer = { type: "adam", beta1: 1 } as const;
  await assert.rejects(buildTrainingPlan(model, { ...settings, optimizer }), /'beta1' 1/);
  const images = tf.sequential({
    layers: [tf.layers.conv2d({ inputShape: [3, 3, 1], filters: 2, kernelSize: 1 })],
  });
  await assert.rejects(buildTrainingPlan(images, settings), {
    message: "Cannot take the cross-entropy of outputs of shape [3,3,2]: expected one of classes",
  });
  const large = tf.sequential({ layers: [tf.layers.dense({ inputShape: [1e5], units: 1 })] });
  await assert.rejects(
    buildTrainingPlan(large, { batchSize: 65536, loss: "meanSquaredError" }),
    { name: "TrainingError", hint: "Lower 'batchSize'" },
  );
});
