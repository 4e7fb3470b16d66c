import assert from "node:assert/strict";
import { loadTf } from "../../../lib/training/load_tf.ts";
import { KernelPlan } from "../../../lib/training/plan/kernel_plan.ts";
import { writeToModel } from "../../../lib/training/plan/write_to_model.ts";
import type { NamedTensors } from "../../../lib/training/plan/training_plan.ts";
import { quantizeTrainingGraph } from "../../../lib/training/qat/quantize_training_graph.ts";
import type { QatSettings } from "../../../lib/training/qat/qat_settings.ts";
import { quantizeWeights } from "../../../lib/training/quantization/quantize_weights.ts";
import { activationStep, type WeightBits } from "../../../lib/training/quantization/ranges.ts";
import { SeededRandom } from "../../model/seeded_random.ts";
import { gradientError, randomBatch, randomValues, randomWeights } from "../plan/gradients.ts";

const loss = "meanSquaredError" as const;

function planOf(
  model: Parameters<typeof KernelPlan.build>[0],
  settings: QatSettings,
  batchSize: number,
): Promise<KernelPlan> {
  return KernelPlan.build(
    model,
    { batchSize, loss },
    (graph) => quantizeTrainingGraph(graph, settings),
  );
}

/** Convolution, depthwise convolution and dense layer, each with its batch normalization. */
async function normalizedNet(scale: boolean, center: boolean) {
  const tf = await loadTf();
  const { layers } = tf;
  const normalization = (name: string) =>
    layers.batchNormalization({ name, scale, center, epsilon: 0.01 });
  return tf.sequential({
    layers: [
      layers.conv2d({ inputShape: [6, 5, 3], filters: 19, kernelSize: 3, name: "conv" }),
      normalization("norm1"),
      layers.reLU({ name: "relu" }),
      layers.depthwiseConv2d({ kernelSize: 2, useBias: false, name: "depthwise" }),
      normalization("norm2"),
      layers.flatten({ name: "flat" }),
      layers.dense({ units: 5, name: "dense" }),
      normalization("norm3"),
    ],
  });
}

for (const [scale, center] of [[true, true], [false, true], [true, false]]) {
  const what = `${scale ? "" : "no "}gamma, ${center ? "" : "no "}beta`;
  Deno.test(`folded batch normalization has tfjs' values and gradients: ${what}`, async () => {
    const tf = await loadTf();
    const model = await normalizedNet(scale, center);
    // Nothing is rounded: weights and activations stay float32, and the output has no range yet.
    using plan = await planOf(model, { layers: [{ match: {}, precision: "float32" }] }, 7);
    const random = new SeededRandom(5);
    // tfjs has no gradients where gamma is missing: there it is 1.
    const reference = await normalizedNet(true, true);
    using whole = await KernelPlan.build(reference, { batchSize: 7, loss });
    const all = randomWeights(random, whole.weights());
    for (const [name, { values }] of all) {
      if (!scale && name.endsWith("gamma")) values.fill(1);
      if (!center && name.endsWith("beta")) values.fill(0);
    }
    await writeToModel(reference, all);
    const known = plan.weights();
    plan.setWeights(new Map([...all].filter(([name]) => known.has(name))));
    const { x, y } = randomBatch(random, model, 7, loss);
    tf.engine().startScope();
    const inputs = tf.tensor(x, [7, 6, 5, 3]);
    const outputs = () =>
      reference.apply(inputs, { training: false }) as ReturnType<typeof tf.tensor>;
    const trained = reference.trainableWeights.map((weight) => ({
      name: weight.name.replace(/_\d+$/, ""),
      variable: (weight as unknown as { val: ReturnType<typeof tf.variable> }).val,
    }));
    const { grads } = tf.variableGrads(
      () => tf.mean(tf.squaredDifference(outputs(), tf.tensor(y, [7, 5]))).asScalar(),
      trained.map(({ variable }) => variable),
    );
    const gradients: NamedTensors = new Map(
      trained.filter(({ name }) => known.has(name)).map(({ name, variable }) => [name, {
        shape: variable.shape,
        values: grads[variable.name].dataSync<"float32">().slice(),
      }]),
    );
    const expected = outputs().dataSync<"float32">().slice();
    tf.engine().endScope();
    (await plan.predict(x)).forEach((value, i) =>
      assert(Math.abs(value - expected[i]) < 1e-4 * Math.max(1, Math.abs(value)))
    );
    const worst = gradientError((await plan.gradients(x, y)).gradients, gradients);
    assert(worst.error < 1e-4, `gradient of '${worst.name}' off by ${worst.error}`);
  });
}

for (const weightBits of [8, 5, 4, 3, 2] as const) {
  for (const weightMethod of ["max", "mse"] as const) {
    for (const perChannel of [true, false]) {
      const what = `${weightBits} bits, ${weightMethod}, ${
        perChannel ? "each channel" : "one step"
      }`;
      Deno.test(`rounded weights are those of quantizeWeights(): ${what}`, async () => {
        const { own, expected } = await roundedWeights({ weightBits, weightMethod, perChannel });
        for (const [i, value] of own.entries()) assert.equal(value, expected[i], `weight ${i}`);
      });
    }
  }
}

/** A dense layer's rounded weights, from outputs for one-hot inputs; 19 outputs, one of which has zeros only. */
async function roundedWeights(
  settings: { weightBits: WeightBits; weightMethod: "max" | "mse"; perChannel: boolean },
) {
  const tf = await loadTf();
  const [rows, columns] = [23, 19];
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ inputShape: [rows], units: columns, useBias: false, name: "dense" }),
    ],
  });
  using plan = await planOf(model, settings, rows);
  const random = new SeededRandom(settings.weightBits);
  const values = randomValues(random, rows * columns)
    .map((value, i) => i % columns === 4 ? 0 : value ** 3 * (1 + i % columns));
  plan.setWeights(new Map([["dense/kernel", { shape: [rows, columns], values }]]));
  const own = await plan.predict(oneHot(rows));
  const transposed = Float32Array.from(
    values,
    (_, i) => values[(i % rows) * columns + Math.floor(i / rows)],
  );
  const { weightBits: bits, weightMethod: method, perChannel } = settings;
  const quantized = quantizeWeights(transposed, { outputs: columns, inner: rows }, {
    bits,
    method,
    perChannel,
  });
  const stepOf = (channel: number) => Math.fround(quantized.steps[perChannel ? channel : 0]);
  const expected = values.map((_, i) => {
    const channel = i % columns;
    return stepOf(channel) * quantized.values[channel * rows + Math.floor(i / columns)];
  });
  return { own, expected };
}

function oneHot(size: number): Float32Array {
  return Float32Array.from(
    { length: size * size },
    (_, i) => Number(i % size === Math.floor(i / size)),
  );
}

Deno.test("rounded weights of a depthwise convolution have a step for each channel", async () => {
  const tf = await loadTf();
  const channels = 18;
  const model = tf.sequential({
    layers: [
      tf.layers.depthwiseConv2d({
        inputShape: [2, 2, channels],
        kernelSize: 2,
        useBias: false,
        name: "depthwise",
      }),
    ],
  });
  using plan = await planOf(model, { weightBits: 4 }, 4);
  const values = randomValues(new SeededRandom(3), 4 * channels);
  const shape = [2, 2, channels, 1];
  plan.setWeights(new Map([["depthwise/depthwise_kernel", { shape, values }]]));
  const x = Float32Array.from(
    { length: 16 * channels },
    (_, i) => Number(Math.floor(i / channels) % 4 === Math.floor(i / channels / 4)),
  );
  const own = await plan.predict(x);
  const { steps, values: stored } = quantizeWeights(values, { outputs: channels, inner: 1 }, {
    bits: 4,
  });
  own.forEach((value, i) => {
    assert.equal(value, Math.fround(stored[i] * Math.fround(steps[i % channels])));
  });
});

Deno.test("gradients pass straight through rounded weights, but not through those cut off", async () => {
  const tf = await loadTf();
  const model = tf.sequential({
    layers: [tf.layers.dense({ inputShape: [16], units: 3, name: "dense" })],
  });
  using plan = await planOf(model, { weightBits: 2, weightMethod: "mse" }, 16);
  const random = new SeededRandom(8);
  // An outlier in each channel.
  const values = randomValues(random, 48)
    .map((value, i) => i < 3 ? 1 : Math.sign(value) * (0.3 + 0.2 * Math.abs(value)));
  const bias = randomValues(random, 3);
  plan.setWeights(
    new Map([
      ["dense/kernel", { shape: [16, 3], values }],
      ["dense/bias", { shape: [3], values: bias }],
    ]),
  );
  const y = randomValues(random, 48);
  const outputs = await plan.predict(oneHot(16));
  const { gradients } = await plan.gradients(oneHot(16), y);
  const slope = outputs.map((value, i) => 2 * (value - y[i]) / 48);
  let cut = 0;
  gradients.get("dense/kernel")!.values.forEach((gradient, i) => {
    const rounded = outputs[i] - bias[i % 3];
    const greatest = Math.max(
      ...[...values.keys()].filter((j) => j % 3 === i % 3)
        .map((j) => Math.abs(outputs[j] - bias[j % 3])),
    );
    const isCut = Math.abs(values[i]) > 1.5 * greatest;
    cut += Number(isCut);
    assert(Math.abs(rounded) < 1.01 * greatest);
    assert(Math.abs(gradient - (isCut ? 0 : slope[i])) < 1e-6);
  });
  assert(cut > 0, "nothing is cut off");
  gradients.get("dense/bias")!.values.forEach((gradient, c) => {
    const sum = slope.filter((_, i) => i % 3 === c).reduce((a, b) => a + b);
    assert(Math.abs(gradient - sum) < 1e-6);
  });
});

/** The rounding of activations and its gradients, one value after the other, in doubles. */
class Rounding {
  readonly gradient = [0, 0];
  readonly #step: number;
  readonly #lowest: number;

  constructor(readonly range: readonly number[]) {
    const { step, zeroPoint } = activationStep({ min: range[0], max: range[1] });
    this.#step = step;
    this.#lowest = -128 - zeroPoint;
  }

  forward(x: number): number {
    const rounded = Math.round(x / this.#step);
    return this.#step * Math.min(this.#lowest + 255, Math.max(this.#lowest, rounded));
  }

  /** The gradient of x; adds to that of the range. */
  backward(x: number, slope: number): number {
    const at = x / this.#step;
    const up = slope * (Math.round(at) - at) / 255;
    const isBelow = at < this.#lowest, isAbove = at > this.#lowest + 255;
    if (this.range[0] < 0) this.gradient[0] += isBelow ? slope : isAbove ? 0 : -up;
    if (this.range[1] > 0) this.gradient[1] += isAbove ? slope : isBelow ? 0 : up;
    return isBelow || isAbove ? 0 : slope;
  }
}

for (
  const [name, input, output] of [
    ["inside", [-9, 9], [0, 5.7]],
    ["cut off", [-2.1, 4.9], [0, 3.3]],
    ["of one sign", [0, 7.3], [0, 4.1]],
    ["with zero put in", [1, 7.3], [-0.5, 8.2]],
  ] as const
) {
  Deno.test(`rounded activations and the gradients of their ranges, ${name}`, async () => {
    const tf = await loadTf();
    const [items, size] = [5, 37];
    const model = tf.sequential({
      layers: [tf.layers.reLU({ inputShape: [size], maxValue: 6, name: "relu6" })],
    });
    using plan = await planOf(model, { activations: "learned" }, items);
    const names = [...plan.weights().keys()];
    assert.deepEqual(names, ["input/range", "relu6/range"]);
    plan.setWeights(
      new Map([input, output].map((range, i) => [names[i], {
        shape: [2],
        values: Float32Array.from(range),
      }])),
    );
    const random = new SeededRandom(2);
    const x = randomValues(random, items * size).map((value) => 8 * value);
    const y = randomValues(random, items * size).map((value) => 8 * value);
    const [first, second] = [input, output].map((range) =>
      new Rounding([...Float32Array.from(range)])
    );
    const expected = x.map((value) =>
      second.forward(Math.min(6, Math.max(0, first.forward(value))))
    );
    const own = await plan.predict(x);
    own.forEach((value, i) => assert(Math.abs(value - expected[i]) < 1e-5, `${value}`));
    x.forEach((value, i) => {
      const slope = 2 * (expected[i] - y[i]) / y.length;
      const rounded = first.forward(value);
      const passed = second.backward(Math.min(6, Math.max(0, rounded)), slope);
      first.backward(value, rounded > 0 && rounded < 6 ? passed : 0);
    });
    const { gradients } = await plan.gradients(x, y);
    [first, second].forEach(({ gradient }, i) =>
      gradient.forEach((value, end) => {
        const difference = Math.abs(gradients.get(names[i])!.values[end] - value);
        assert(difference < 1e-4 * Math.max(0.1, Math.abs(value)), `${names[i]} ${end}`);
      })
    );
  });
}
