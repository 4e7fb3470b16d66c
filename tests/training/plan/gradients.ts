import assert from "node:assert/strict";
import type * as Tf from "@tensorflow/tfjs";
import type { TrainingGraph } from "../../../lib/training/plan/graph.ts";
import { KernelPlan } from "../../../lib/training/plan/kernel_plan.ts";
import { TfjsPlan } from "../../../lib/training/plan/tfjs_plan.ts";
import type {
  NamedTensors,
  TrainingPlanOptions,
} from "../../../lib/training/plan/training_plan.ts";
import { SeededRandom } from "../../model/seeded_random.ts";

/** Values from -1 to 1. */
export function randomValues(random: SeededRandom, length: number): Float32Array {
  return Float32Array.from({ length }, () => random.real() * 2 - 1);
}

/** Elements of an item. */
export function itemSize({ shape }: Tf.SymbolicTensor): number {
  return shape.slice(1).reduce<number>((product, length) => product * length!, 1);
}

/** Weights as a model may have them after some training: no zeros, variances above zero. */
export function randomWeights(random: SeededRandom, weights: NamedTensors): NamedTensors {
  return new Map([...weights].map(([name, { shape, values }]) => {
    const positive = name.endsWith("variance") || name.endsWith("gamma");
    const scale = name.endsWith("kernel") ? Math.sqrt(3 * shape.at(-1)! / values.length) : 0.5;
    return [name, {
      shape,
      values: Float32Array.from(
        values,
        () => positive ? 0.5 + random.real() : (random.real() * 2 - 1) * scale,
      ),
    }];
  }));
}

/**
 * How far gradients are apart, in parts of the largest of their layer (a bias before a batch normalization has none but
 * rounding errors), or of 0.01 if that is smaller.
 */
export function gradientError(own: NamedTensors, expected: NamedTensors) {
  assert.deepEqual([...own.keys()].sort(), [...expected.keys()].sort());
  const scales = new Map<string, number>();
  for (const [name, { values }] of expected) {
    const layer = name.split("/")[0];
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    scales.set(layer, Math.max(scales.get(layer) ?? 0.01, largest));
  }
  let worst = { name: "", error: 0 };
  for (const [name, { values }] of expected) {
    const scale = scales.get(name.split("/")[0])!;
    let difference = 0;
    own.get(name)!.values.forEach((value, i) => {
      difference = Math.max(difference, Math.abs(value - values[i]));
    });
    const error = Number.isNaN(difference) ? Infinity : difference / scale;
    if (!(error < worst.error)) worst = { name, error };
  }
  return worst;
}

/** A batch of random inputs, and labels for the loss: classes in a row, or random values. */
export function randomBatch(
  random: SeededRandom,
  model: Tf.LayersModel,
  items: number,
  loss: TrainingPlanOptions["loss"],
) {
  const outputs = itemSize(model.outputs[0]);
  return {
    x: randomValues(random, items * itemSize(model.inputs[0])),
    y: loss === "meanSquaredError"
      ? randomValues(random, items * outputs)
      : Uint8Array.from({ length: items }, (_, i) => i % outputs),
  };
}

/** Gradients of a random batch are what the loss changes by when a weight changes: for what tfjs cannot do. */
export async function assertDifferences(
  name: string,
  model: Tf.LayersModel,
  rewrite?: (graph: TrainingGraph) => TrainingGraph,
): Promise<void> {
  const random = new SeededRandom(20);
  const loss = "meanSquaredError";
  using plan = await KernelPlan.build(model, { batchSize: 4, loss }, rewrite);
  plan.setWeights(randomWeights(random, plan.weights()));
  const { x, y } = randomBatch(random, model, 4, loss);
  const { gradients } = await plan.gradients(x, y);
  const delta = 3e-3;
  for (const [weight, { shape, values: gradient }] of gradients) {
    const { values } = plan.weights().get(weight)!;
    for (const [i, value] of values.entries()) {
      const at = async (moved: number) => {
        plan.setWeights(new Map([[weight, { shape, values: values.with(i, moved) }]]));
        return (await plan.gradients(x, y)).result.loss;
      };
      const difference = (await at(value + delta) - await at(value - delta)) / (2 * delta);
      plan.setWeights(new Map([[weight, { shape, values }]]));
      const error = Math.abs(difference - gradient[i]);
      assert(
        error < 1e-3 * Math.max(1, Math.abs(difference)),
        `${name}: ${weight}[${i}] is ${gradient[i]}, not ${difference}`,
      );
    }
  }
}

/** Loss and all gradients of a random batch are those of tfjs, within 1e-4. Weights are random too. */
export async function assertGradients(
  name: string,
  model: Tf.LayersModel,
  options: Partial<TrainingPlanOptions> & { items: number; seed: number },
): Promise<void> {
  const { items, seed, loss = "meanSquaredError", ...rest } = options;
  const random = new SeededRandom(seed);
  const settings = { batchSize: items, loss, ...rest };
  const tfjs = await TfjsPlan.build(model, settings);
  tfjs.setWeights(randomWeights(random, tfjs.weights()));
  using kernels = await KernelPlan.build(model, settings);
  const { x, y } = randomBatch(random, model, items, loss);
  const own = await kernels.gradients(x, y);
  const expected = await tfjs.gradients(x, y);
  const lossError = Math.abs(own.result.loss - expected.result.loss);
  assert(lossError < 1e-4 * Math.max(1, expected.result.loss), `${name}: loss off by ${lossError}`);
  assert.equal(own.result.accuracy, expected.result.accuracy);
  const worst = gradientError(own.gradients, expected.gradients);
  assert(worst.error < 1e-4, `${name}: gradient of '${worst.name}' off by ${worst.error}`);
}
