import assert from "node:assert/strict";
import { readTflite } from "../../../lib/model/tflite/read_tflite.ts";
import { elementCount } from "../../../lib/model/graph.ts";
import {
  type ArchitectureName,
  architectures,
} from "../../../lib/training/architectures/architectures.ts";
import { loadTf } from "../../../lib/training/load_tf.ts";
import { KernelPlan } from "../../../lib/training/plan/kernel_plan.ts";
import { TfjsPlan } from "../../../lib/training/plan/tfjs_plan.ts";
import { SeededRandom } from "../../model/seeded_random.ts";
import { referenceTest, shared } from "../../reference.ts";
import { gradientError, randomBatch } from "../plan/gradients.ts";

/** As Keras counts the reference's: moving averages too. */
const parameters: { readonly [N in ArchitectureName]: number } = {
  kws: 24_908,
  "kws-td": 57_996,
  vww: 221_794,
  ic: 78_666,
  ic02: 205_306,
  ad: 269_992,
  sww: 47_707,
};

const names = Object.keys(architectures) as ArchitectureName[];

Deno.test("architectures have the reference's numbers of parameters", async () => {
  assert.deepEqual(names.sort(), Object.keys(parameters).sort());
  for (const name of names) {
    assert.equal((await architectures[name]()).countParams(), parameters[name], name);
  }
});

referenceTest("architectures have the weighted layers of the reference's models", async () => {
  const files = {
    kws: "kws_ref_model_float32",
    vww: "vww_96_float",
    ic: "pretrainedResnet",
    ad: "ad01_fp32",
    sww: "str_ww_ref_model",
  };
  for (const [name, file] of Object.entries(files)) {
    const graph = readTflite(await Deno.readFile(shared(`reference/models/${file}.tflite`)));
    const kinds = ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"];
    const expected = graph.operators.filter(({ kind }) => kinds.includes(kind))
      .map(({ inputs }) => elementCount(graph.tensors[inputs[1]].shape));
    const model = await architectures[name as ArchitectureName]();
    const actual = model.layers.flatMap((layer) =>
      layer.weights.filter((weight) => /kernel/.test(weight.name))
        .map(({ shape }) => shape.reduce<number>((size, length) => size * length!, 1))
    );
    // Where a residual begins, the reference's files list the shortcut after both convolutions; so do the layers.
    assert.deepEqual(actual.sort((a, b) => a - b), expected.sort((a, b) => a - b), name);
    assert.equal(
      elementCount(graph.tensors[graph.inputs[0]].shape),
      model.inputs[0].shape.slice(1).reduce<number>((size, length) => size * length!, 1),
    );
  }
});

Deno.test("architectures begin with the same weights for a seed, with others for another", async () => {
  for (const name of names) {
    const [a, b, c] = await Promise.all([1, 1, 2].map(async (seed) => {
      const model = await architectures[name]({ seed });
      return model.getWeights().map((weight) => weight.dataSync());
    }));
    assert.deepEqual(a, b, name);
    assert.notDeepEqual(a, c, name);
  }
});

Deno.test("initial weights are distributed as Keras': he_normal keeps its deviation, glorot_uniform its limit", async () => {
  const deviation = (values: ArrayLike<number>) => {
    let squares = 0;
    for (let i = 0; i < values.length; i++) squares += values[i] ** 2;
    return Math.sqrt(squares / values.length);
  };
  const ic = await architectures.ic();
  const [kernel] = ic.getLayer("conv2d_7").getWeights();
  assert.deepEqual(kernel.shape, [3, 3, 64, 64]);
  const he = Math.sqrt(2 / (9 * 64));
  assert(Math.abs(deviation(kernel.dataSync()) / he - 1) < 0.02);
  const ad = await architectures.ad();
  const glorot = Math.sqrt(6 / (640 + 128));
  const [dense, bias] = ad.getLayer("dense").getWeights().map((weight) =>
    weight.dataSync<"float32">()
  );
  const largest = dense.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  assert(largest <= glorot && largest > 0.99 * glorot);
  assert(Math.abs(deviation(dense) / (glorot / Math.sqrt(3)) - 1) < 0.02);
  assert(bias.every((value) => value === 0));
});

Deno.test("steps of architectures have the same bits with any number of threads", async () => {
  for (const name of names) {
    const model = await architectures[name]();
    const loss = name === "ad" ? "meanSquaredError" : "categoricalCrossentropy";
    const { x, y } = randomBatch(new SeededRandom(12), model, 9, loss);
    const weights = await Promise.all([1, 2, 3].map(async (threads) => {
      using plan = await KernelPlan.build(model, { batchSize: 9, loss, threads });
      for (let step = 0; step < 3; step++) await plan.step(x, y);
      return plan.weights();
    }));
    for (const others of weights.slice(1)) {
      for (const [weight, { values }] of weights[0]) {
        assert.deepEqual(others.get(weight)!.values, values, `${name} ${weight}`);
      }
    }
  }
});

/**
 * Models with so many activations that some lie too near to relu's kink for two ways of rounding: here they have a
 * smooth one.
 */
const smooth: readonly ArchitectureName[] = ["vww", "kws-td", "ic02"];

/** Items of the batch: so few that tfjs' plain backend gets through. */
const items: { readonly [N in ArchitectureName]: number } = {
  kws: 2,
  "kws-td": 1,
  vww: 1,
  ic: 1,
  ic02: 1,
  ad: 16,
  sww: 8,
};

for (const name of names) {
  Deno.test(`a step of '${name}' has tfjs' loss and gradients`, async () => {
    const model = await architectures[name]({ seed: 3 });
    const loss = name === "ad" ? "meanSquaredError" : "categoricalCrossentropy";
    const random = new SeededRandom(11);
    const { x, y } = randomBatch(random, model, items[name], loss);
    const tf = await loadTf();
    const { activation } = tf.layers.activation({ activation: "sigmoid" }) as unknown as {
      activation: unknown;
    };
    for (const layer of model.layers) {
      // tfjs draws other numbers for dropout.
      if (layer.getClassName() === "Dropout") Object.assign(layer, { rate: 0 });
      if (layer.getClassName() === "Activation" && smooth.includes(name)) {
        Object.assign(layer, { activation });
      }
    }
    const options = { batchSize: items[name], loss } as const;
    using kernels = await KernelPlan.build(model, options);
    using tfjs = await TfjsPlan.build(model, options);
    const own = await kernels.gradients(x, y);
    const expected = await tfjs.gradients(x, y);
    assert(Math.abs(own.result.loss / expected.result.loss - 1) < 1e-4);
    const worst = gradientError(own.gradients, expected.gradients);
    assert(worst.error < 1e-4, `${worst.name} off by ${worst.error}`);
  });
}
