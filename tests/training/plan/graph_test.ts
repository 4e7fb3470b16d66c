/** Graphs can be rewritten before they are planned: what quantization-aware training does. */
import assert from "node:assert/strict";
import type * as Tf from "@tensorflow/tfjs";
import { loadTf } from "../../../lib/training/load_tf.ts";
import type { Operation, RecordGradient, TrainingGraph } from "../../../lib/training/plan/graph.ts";
import { KernelPlan } from "../../../lib/training/plan/kernel_plan.ts";
import { Conv2D } from "../../../lib/training/plan/operations/conv_2d.ts";
import { Dense } from "../../../lib/training/plan/operations/dense.ts";
import { DepthwiseConv2D } from "../../../lib/training/plan/operations/depthwise_conv_2d.ts";
import type { Recorder } from "../../../lib/training/plan/recorder.ts";
import { Value, Weight } from "../../../lib/training/plan/value.ts";
import { SeededRandom } from "../../model/seeded_random.ts";
import { assertDifferences, randomValues } from "./gradients.ts";

/** Half of a weight, and of its gradient: an operation on what the model has once. */
class Half implements Operation {
  readonly name = "half";
  inputs: Value[];
  output: Value;

  constructor(weight: Value) {
    this.inputs = [weight];
    this.output = new Value(`${weight.name}/half`, weight.shape, "model");
  }

  record(recorder: Recorder): RecordGradient {
    const [weight] = this.inputs;
    // The kernel multiplies by 2 * l2.
    const half = { partials: null, count: weight.size, l2: 0.25 };
    recorder.call("prepare", "reduce", {
      ...half,
      weights: recorder.data(weight),
      gradient: recorder.data(this.output),
      accumulate: 0,
    });
    return () => {
      const to = recorder.addGradient(weight);
      if (!to) return;
      recorder.call("gather", "reduce", {
        ...half,
        weights: recorder.gradient(this.output),
        gradient: to.buffer,
        accumulate: to.accumulate,
      });
    };
  }
}

function halveKernels(graph: TrainingGraph): TrainingGraph {
  const operations = graph.operations.flatMap((operation) => {
    const weighted = operation instanceof Conv2D || operation instanceof DepthwiseConv2D ||
      operation instanceof Dense;
    if (!weighted) return [operation];
    const half = new Half(operation.inputs[1]);
    operation.inputs[1] = half.output;
    return [half, operation];
  });
  const extra = new Weight("extra/range", [2], Float32Array.of(-1, 1), true);
  return { ...graph, operations, weights: [...graph.weights, extra] };
}

function model(tf: typeof Tf): Tf.LayersModel {
  return tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [4, 5, 2],
        filters: 3,
        kernelSize: 2,
        kernelRegularizer: tf.regularizers.l2({ l2: 0.1 }),
        name: "conv",
      }),
      tf.layers.depthwiseConv2d({ kernelSize: 2, strides: 2, padding: "same", name: "depthwise" }),
      tf.layers.flatten({ name: "flat" }),
      tf.layers.dense({ units: 2, name: "dense" }),
    ],
  });
}

Deno.test("operations on weights: gradients are differences of the loss", async () => {
  await assertDifferences("half", model(await loadTf()), halveKernels);
});

Deno.test("a rewritten graph trains, evaluates and has weights of its own", async () => {
  const tf = await loadTf();
  const net = model(tf);
  const options = { batchSize: 3, loss: "meanSquaredError" } as const;
  using plain = await KernelPlan.build(net, options);
  using halved = await KernelPlan.build(net, options, halveKernels);
  const x = randomValues(new SeededRandom(1), 3 * 40);
  const kernels = [...plain.weights()].filter(([name]) => name.endsWith("kernel"));
  plain.setWeights(
    new Map(kernels.map(([name, { shape, values }]) => [name, {
      shape,
      values: values.map((value) => value / 2),
    }])),
  );
  const [own, expected] = await Promise.all([halved.predict(x), plain.predict(x)]);
  own.forEach((value, i) => assert(Math.abs(value - expected[i]) < 1e-6));
  assert.deepEqual(halved.weights().get("extra/range"), {
    shape: [2],
    values: Float32Array.of(-1, 1),
  });
  const y = randomValues(new SeededRandom(2), 6);
  const { loss } = await halved.step(x, y, { learningRate: 0.02 });
  for (let i = 0; i < 20; i++) await halved.step(x, y, { learningRate: 0.02 });
  assert((await halved.evaluate(x, y)).loss < loss);
  // The model has no place for what was added.
  await halved.copyTo(net);
});
