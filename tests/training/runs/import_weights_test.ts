import assert from "node:assert/strict";
import { FloatExecutor, runFloat } from "../../../lib/model/float/float_executor.ts";
import { elementCount, type Graph } from "../../../lib/model/graph.ts";
import { loadModel } from "../../../lib/model/load_model.ts";
import {
  type ArchitectureName,
  architectures,
} from "../../../lib/training/architectures/architectures.ts";
import { floatModel } from "../../../lib/training/export/float_model.ts";
import { type LayersModel, loadTf } from "../../../lib/training/load_tf.ts";
import { buildTrainingPlan } from "../../../lib/training/plan/build_training_plan.ts";
import { floatGraph } from "../../../lib/training/quantization/float_graph.ts";
import { importWeights } from "../../../lib/training/runs/import_weights.ts";
import { seededRandom } from "../../../lib/seeded_random.ts";
import { referenceTest, shared } from "../../reference.ts";

function randomInputs(graph: Graph, count: number, scale: number): Float32Array {
  const random = seededRandom(3);
  const size = elementCount(graph.tensors[graph.inputs[0]].shape);
  return Float32Array.from({ length: count * size }, () => scale * (2 * random() - 1));
}

/** Largest difference, as a part of the largest output. */
function difference(a: Float32Array, b: Float32Array): number {
  let most = 0, scale = 1e-9;
  a.forEach((value, i) => {
    most = Math.max(most, Math.abs(value - b[i]));
    scale = Math.max(scale, Math.abs(value));
  });
  return most / scale;
}

/** Batch normalization that does something. */
async function disturbed(model: LayersModel): Promise<LayersModel> {
  const tf = await loadTf();
  const random = seededRandom(5);
  model.setWeights(
    model.getWeights().map((weight) =>
      tf.tensor(
        weight.dataSync().map((value) => value === 0 || value === 1 ? 0.5 + random() : value),
        weight.shape,
      )
    ),
  );
  return model;
}

Deno.test("importWeights() gives a model what another one computes, normalization and all", async () => {
  for (const name of ["kws", "ic", "ad", "sww"] as const satisfies ArchitectureName[]) {
    const graph = floatModel(await disturbed(await architectures[name]({ seed: 1 })));
    const inputs = randomInputs(graph, 12, 1);
    const model = await architectures[name]({ seed: 2 });
    const weights = await importWeights(model, graph, inputs);
    const expected = await runFloat(graph, inputs);
    const actual = await runFloat(floatModel(model, { weights }), inputs);
    assert(difference(expected, actual) < 1e-4, `${name}: ${difference(expected, actual)}`);
  }
});

Deno.test("importWeights() leaves normalization as training would have", async () => {
  const graph = floatModel(await disturbed(await architectures.ad({ seed: 1 })));
  const inputs = randomInputs(graph, 256, 1);
  const model = await architectures.ad({ seed: 2 });
  const targets = await runFloat(graph, inputs);
  const lossWith = async (sample: Float32Array | undefined) => {
    using plan = await buildTrainingPlan(model, { batchSize: 256, loss: "meanSquaredError" });
    plan.setWeights(await importWeights(model, graph, sample));
    // In training, normalization goes by the batch.
    return (await plan.gradients(inputs, targets)).result.loss;
  };
  const power = targets.reduce((sum, y) => sum + y * y, 0) / targets.length;
  assert(await lossWith(inputs) < 1e-4 * power);
  assert(await lossWith(undefined) > 1e-2 * power);
});

Deno.test("importWeights() refuses a model of another architecture", async () => {
  const ad = floatModel(await architectures.ad());
  await assert.rejects(importWeights(await architectures.kws(), ad), {
    name: "ModelError",
    message: /^Cannot take weights for 'conv2d'/,
  });
  const tf = await loadTf();
  const small = tf.sequential({
    layers: [tf.layers.dense({ inputShape: [640], units: 128, name: "d" })],
  });
  await assert.rejects(importWeights(small, ad), {
    name: "ModelError",
    message: /^Cannot take the weights of /,
  });
});

const references = {
  kws: { file: "kws_ref_model_float32", scale: 40 },
  ic: { file: "pretrainedResnet", scale: 128 },
  ad: { file: "ad01_fp32", scale: 30 },
  vww: { file: "vww_96_float", scale: 1 },
} as const;

/** The published keyword model averages all 25 rows; the program that trains it, and our layers, the first 24. */
function pooledAsTrained(graph: Graph): Graph {
  return {
    ...graph,
    operators: graph.operators.map((operator) =>
      operator.kind === "AVERAGE_POOL_2D" && operator.options.filterHeight === 25
        ? { ...operator, options: { ...operator.options, filterHeight: 24, strideHeight: 24 } }
        : operator
    ),
  };
}

for (const [name, { file, scale }] of Object.entries(references)) {
  referenceTest(`importWeights() takes the reference's ${file}.tflite`, async () => {
    const graph = await loadModel(shared(`reference/models/${file}.tflite`));
    const inputs = randomInputs(graph, 8, scale);
    const model = await architectures[name as keyof typeof references]();
    const weights = await importWeights(model, graph, inputs);
    await using original = await FloatExecutor.create(pooledAsTrained(floatGraph(graph)));
    const [expected] = await original.run(inputs);
    const actual = await runFloat(floatModel(model, { weights }), inputs);
    assert(difference(expected, actual) < 1e-4, `${difference(expected, actual)}`);
  });
}
