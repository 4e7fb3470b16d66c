import assert from "node:assert/strict";
import type * as Tf from "@tensorflow/tfjs";
import { InputError } from "../../../lib/errors.ts";
import { Int8Engine } from "../../../lib/model/engine/int8_engine.ts";
import { dequantize, quantizeInput } from "../../../lib/model/int8/quantize_input.ts";
import { readTflite } from "../../../lib/model/tflite/read_tflite.ts";
import { writeTflite } from "../../../lib/model/tflite/write_tflite.ts";
import { architectures } from "../../../lib/training/architectures/architectures.ts";
import { loadTf } from "../../../lib/training/load_tf.ts";
import { buildQatPlan } from "../../../lib/training/qat/build_qat_plan.ts";
import { exportQat } from "../../../lib/training/qat/export_qat.ts";
import type { QatSettings } from "../../../lib/training/qat/qat_settings.ts";
import { SeededRandom } from "../../model/seeded_random.ts";
import { randomBatch } from "../plan/gradients.ts";
import { noisyClasses, residualNet, trainedWeights } from "./qat_models.ts";

const { x, y } = noisyClasses(1, 64, 144, 4);

/** A few steps, and what the model's outputs are then. */
async function trained(model: Tf.LayersModel, settings: QatSettings) {
  using plan = await buildQatPlan(model, {
    ...settings,
    batchSize: 16,
    loss: "categoricalCrossentropy",
    learningRate: 1e-3,
  });
  plan.setWeights(trainedWeights(3, plan.weights()));
  for (let i = 0; i < 12; i++) {
    const first = (i % 4) * 16;
    await plan.step(x.subarray(first * 144, (first + 16) * 144), y.subarray(first, first + 16));
  }
  return { weights: plan.weights(), outputs: await plan.predict(x) };
}

for (const weightBits of [8, 4, 2] as const) {
  for (const activations of ["observed", "learned"] as const) {
    for (const perChannel of [true, false]) {
      const what = `${weightBits} bits, ${activations}, ${
        perChannel ? "each channel" : "one step"
      }`;
      Deno.test(`exportQat() gives the plan's outputs, value for value: ${what}`, async () => {
        const model = residualNet(await loadTf());
        const settings: QatSettings = { weightBits, activations, perChannel };
        const { weights, outputs } = await trained(model, settings);
        const graph = exportQat(model, weights, settings);
        using engine = await Int8Engine.load(graph, { rounding: "single" });
        const { output } = engine;
        const own = dequantize(engine.runBatch(quantizeInput(x, engine.input)), output);
        const step = output.quantization!.scale[0];
        const same = outputs.filter((value, i) => Math.abs(value - own[i]) < 0.01 * step).length;
        assert(same >= 0.99 * outputs.length, `${same} of ${outputs.length}`);
        // Twice rounded, as TFLite Micro does it, a layer's value may be the next one.
        using twice = await Int8Engine.load(graph);
        const others = dequantize(twice.runBatch(quantizeInput(x, twice.input)), output);
        const near = outputs.filter((value, i) => Math.abs(value - others[i]) < 3.01 * step).length;
        assert(near >= 0.99 * outputs.length, `${near} of ${outputs.length}`);
      });
    }
  }
}

for (const [name, make] of Object.entries(architectures)) {
  Deno.test(`exportQat() gives the plan's outputs: ${name}`, async () => {
    const model = await make();
    const settings: QatSettings = { weightBits: 4 };
    using plan = await buildQatPlan(model, {
      ...settings,
      batchSize: 4,
      loss: name === "ad" ? "meanSquaredError" : "categoricalCrossentropy",
      learningRate: 1e-4,
    });
    plan.setWeights(trainedWeights(3, plan.weights()));
    const random = new SeededRandom(1);
    const { x, y } = randomBatch(
      random,
      model,
      4,
      name === "ad" ? "meanSquaredError" : "categoricalCrossentropy",
    );
    await plan.step(x, y);
    await plan.step(x, y);
    const graph = exportQat(model, plan.weights(), settings);
    using engine = await Int8Engine.load(graph, { rounding: "single" });
    const { output } = engine;
    const own = dequantize(engine.runBatch(quantizeInput(x, engine.input)), output);
    const outputs = await plan.predict(x);
    const step = output.quantization!.scale[0];
    const near = outputs.filter((value, i) => Math.abs(value - own[i]) < 1.01 * step).length;
    assert(near >= 0.99 * outputs.length, `${near} of ${outputs.length}`);
  });
}

Deno.test("exportQat() holds weights of the chosen width, which files pack", async () => {
  const model = residualNet(await loadTf());
  const settings: QatSettings = {
    weightBits: 4,
    layers: [{ match: { name: "classes" }, weightBits: 8 }, {
      match: { kind: "DEPTHWISE_CONV_2D" },
      weightBits: 2,
    }],
  };
  const { weights } = await trained(model, settings);
  const graph = exportQat(model, weights, settings, { description: "for a study" });
  assert.equal(graph.description, "for a study");
  const greatest = graph.operators.flatMap(({ kind, inputs: [, weight] }) => {
    const tensor = graph.tensors[weight ?? -1];
    if (tensor?.type !== "int8" || !tensor.data) return [];
    const stored = new Int8Array(tensor.data.slice().buffer);
    return [[kind, Math.max(...stored.map((value) => Math.abs(value)))]];
  });
  assert.deepEqual(greatest, [
    ["CONV_2D", 7],
    ["DEPTHWISE_CONV_2D", 1],
    ["CONV_2D", 7],
    ["FULLY_CONNECTED", 127],
  ]);
  const plain = writeTflite(graph), packed = writeTflite(graph, { packInt4: true });
  assert(packed.length < plain.length);
  using engine = await Int8Engine.load(graph);
  using read = await Int8Engine.load(readTflite(packed));
  const inputs = quantizeInput(x, engine.input);
  assert.deepEqual(read.runBatch(inputs), engine.runBatch(inputs));
});

Deno.test("exportQat() keeps ranges that are given, and layers that stay float32", async () => {
  const model = residualNet(await loadTf());
  const settings: QatSettings = {
    input: { scale: 0.1, zeroPoint: 3 },
    activations: "learned",
    layers: [
      { match: { name: "conv2" }, precision: "float32" },
      { match: { kind: "ADD" }, range: { min: 0, max: 51 } },
    ],
  };
  const { weights } = await trained(model, settings);
  const graph = exportQat(model, weights, settings, { io: "float32" });
  const named = (part: string) => graph.tensors.filter(({ name }) => name.includes(part));
  assert.deepEqual(named("conv2/kernel").map(({ type }) => type), ["float32"]);
  assert.deepEqual(named("conv1/kernel").map(({ type }) => type), ["int8"]);
  const [input] = graph.operators[0].outputs;
  assert.deepEqual([...graph.tensors[input].quantization!.scale], [Math.fround(0.1)]);
  assert.deepEqual([...graph.tensors[input].quantization!.zeroPoint], [3]);
  const [sum] = graph.operators.find(({ kind }) => kind === "ADD")!.outputs;
  assert.deepEqual([...graph.tensors[sum].quantization!.scale], [Math.fround(0.2)]);
  assert.deepEqual([...weights.get("sum/range")!.values], [0, 51]);
});

Deno.test("exportQat() names what is missing", async () => {
  const model = residualNet(await loadTf());
  const { weights } = await trained(model, {});
  const without = new Map([...weights].filter(([name]) => !name.endsWith("/range")));
  assert.throws(() => exportQat(model, without, {}), {
    name: "InputError",
    message: "Cannot export the model as no range of its activations is known",
  });
  assert.throws(
    () => exportQat(model, weights, { layers: [{ match: { kind: "MUL" }, weightBits: 4 }] }),
    InputError,
  );
});
