import assert from "node:assert/strict";
import { runFloat } from "../../../lib/model/float/float_executor.ts";
import { graphMacs } from "../../../lib/model/macs.ts";
import { readTflite } from "../../../lib/model/tflite/read_tflite.ts";
import { tensorError } from "../../../lib/model/tensor_error.ts";
import { writeTflite } from "../../../lib/model/tflite/write_tflite.ts";
import {
  type ArchitectureName,
  architectures,
} from "../../../lib/training/architectures/architectures.ts";
import { floatModel } from "../../../lib/training/export/float_model.ts";
import { type LayersModel, loadTf } from "../../../lib/training/load_tf.ts";
import { seededRandom } from "../../../lib/seeded_random.ts";

/** Weights that are not as they begin: batch normalization that does something. */
async function disturb(model: LayersModel): Promise<void> {
  const tf = await loadTf();
  const random = seededRandom(5);
  model.setWeights(
    model.getWeights().map((weight) => {
      const values = weight.dataSync();
      return tf.tensor(
        values.map((value) => value === 0 || value === 1 ? 0.5 + random() : value),
        weight.shape,
      );
    }),
  );
}

async function sameOutputs(model: LayersModel, count: number): Promise<void> {
  const tf = await loadTf();
  const shape = model.inputs[0].shape.slice(1).map(Number);
  const random = seededRandom(9);
  const size = shape.reduce((product, n) => product * n, 1);
  const x = Float32Array.from({ length: count * size }, () => 2 * random() - 1);
  const expected = model.predict(tf.tensor(x, [count, ...shape]));
  assert(!Array.isArray(expected));
  const graph = readTflite(writeTflite(floatModel(model)));
  const actual = await runFloat(graph, x);
  const values = Float32Array.from(expected.dataSync());
  const scale = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  assert(tensorError(values, actual).maxError <= 1e-4 * Math.max(1, scale));
}

for (
  const name of ["kws", "kws-td", "vww", "ic", "ad", "sww"] as const satisfies ArchitectureName[]
) {
  Deno.test(`floatModel() of '${name}' computes what its layers do`, async () => {
    const model = await architectures[name]({ seed: 3 });
    await disturb(model);
    await sameOutputs(model, name === "vww" ? 1 : 2);
  });
}

Deno.test("floatModel() folds and fuses as the TFLite converter does", async () => {
  const graph = floatModel(await architectures.kws());
  assert.deepEqual(graph.operators.map(({ kind }) => kind), [
    "CONV_2D",
    ...Array.from({ length: 4 }, () => ["DEPTHWISE_CONV_2D", "CONV_2D"]).flat(),
    "AVERAGE_POOL_2D",
    "RESHAPE",
    "FULLY_CONNECTED",
    "SOFTMAX",
  ]);
  assert.equal(graphMacs(graph), 2_656_768);
});

Deno.test("floatModel() keeps what cannot be folded", async () => {
  const tf = await loadTf();
  const input = tf.input({ shape: [4, 4, 2] });
  const convolution = tf.layers.conv2d({ filters: 2, kernelSize: 1, name: "conv" }).apply(input);
  // The convolution has two users: neither normalization nor relu may change it.
  const normalized = tf.layers.batchNormalization({ name: "bn" }).apply(convolution);
  const relu = tf.layers.reLU({ name: "relu" }).apply(convolution);
  const sum = tf.layers.add({ name: "sum" }).apply([normalized, relu] as never);
  const dropped = tf.layers.dropout({ rate: 0.5, name: "drop" }).apply(sum);
  const pad = tf.layers.zeroPadding2d({ padding: 1, name: "pad" }).apply(dropped);
  const output = tf.layers.reLU({ maxValue: 6, name: "relu6" }).apply(pad);
  const model = tf.model({ inputs: input, outputs: output as never });
  await disturb(model);
  assert.deepEqual(floatModel(model).operators.map(({ kind }) => kind), [
    "CONV_2D",
    "MUL",
    "ADD",
    "RELU",
    "ADD",
    "PAD",
    "RELU6",
  ]);
  await sameOutputs(model, 3);
});

Deno.test("floatModel() exports global pooling", async () => {
  const tf = await loadTf();
  for (const pool of [tf.layers.globalMaxPooling2d({}), tf.layers.globalAveragePooling2d({})]) {
    const input = tf.input({ shape: [3, 2, 2] });
    const model = tf.model({ inputs: input, outputs: pool.apply(input) as never });
    await sameOutputs(model, 2);
  }
});

Deno.test("floatModel() takes a plan's weights", async () => {
  const tf = await loadTf();
  const model = tf.sequential({
    layers: [tf.layers.dense({ inputShape: [1], units: 1, useBias: false, name: "d" })],
  });
  const weights = new Map([["d/kernel", { shape: [1, 1], values: Float32Array.of(7) }]]);
  const graph = floatModel(model, { weights });
  assert.deepEqual([...await runFloat(graph, Float32Array.of(2))], [14]);
});
