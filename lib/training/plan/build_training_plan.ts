/**
 * Plans the training of a model.
 *
 * @module
 */
import type { LayersModel } from "../load_tf.ts";
import { InputError } from "../../errors.ts";
import { UnsupportedLayersError } from "./errors.ts";
import type { TrainingPlan, TrainingPlanOptions } from "./training_plan.ts";

/**
 * Plans the training of a tf.layers model: forward, backward and optimiser become a list of kernel calls (C, WebAssembly
 * SIMD) on one memory, run by any number of threads. A batch is divided into fixed shards whose sums are brought
 * together in a fixed order: the same seed gives the same bits, whatever the number of threads.
 *
 * The model's weights are copied: it stays as it is until `copyTo`.
 *
 * Known are the layers conv2d, depthwiseConv2d, separableConv2d (no dilation, depth multiplier 1), dense,
 * batchNormalization (of the last axis; frozen ones keep their averages), activations (linear, relu, relu6, sigmoid,
 * softmax), add, average and maximum pooling (global too), zeroPadding2d, flatten, reshape and dropout, with L2
 * penalties, in models of one input and one output.
 *
 * @throws {UnsupportedLayersError} There are layers that the kernels do not know, and `fallback` is false.
 * @throws {TrainingError} The step needs more memory than there is.
 * @throws {InputError} An option is out of its range.
 *
 * @example Train a small classifier
 * ```ts
 * import { buildTrainingPlan, loadTf } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const tf = await loadTf();
 * const model = tf.sequential({
 *   layers: [
 *     tf.layers.dense({ inputShape: [2], units: 8, activation: "relu", name: "hidden" }),
 *     tf.layers.dense({ units: 2, activation: "softmax", name: "classes" }),
 *   ],
 * });
 * using plan = await buildTrainingPlan(model, {
 *   batchSize: 4,
 *   loss: "categoricalCrossentropy",
 *   learningRate: 0.1,
 * });
 * const x = Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1);
 * const y = Uint8Array.of(0, 0, 1, 1); // the class is the first value
 * const first = await plan.step(x, y);
 * for (let i = 0; i < 50; i++) await plan.step(x, y);
 * const { loss, accuracy } = await plan.evaluate(x, y);
 * assert(loss < first.loss);
 * assert.equal(accuracy, 1);
 * await plan.copyTo(model);
 * ```
 */
export async function buildTrainingPlan(
  model: LayersModel,
  options: TrainingPlanOptions,
): Promise<TrainingPlan> {
  checkPlanOptions(options);
  const { KernelPlan } = await import("./kernel_plan.ts");
  try {
    return await KernelPlan.build(model, options);
  } catch (error) {
    if (!(error instanceof UnsupportedLayersError) || options.fallback === false) throw error;
    const notice = `tfjs makes the steps, as ${error.layers.join("; ")}`;
    (options.onNotice ?? console.warn)(notice);
    const { TfjsPlan } = await import("./tfjs_plan.ts");
    return await TfjsPlan.build(model, options);
  }
}

/**
 * Checks what counts something.
 *
 * @throws {InputError} An option is out of its range.
 */
export function checkPlanOptions(
  { batchSize, shards = 8, threads = 1 }: TrainingPlanOptions,
): void {
  for (const [name, value] of Object.entries({ batchSize, shards, threads })) {
    if (!Number.isInteger(value) || value < 1 || value > 65536) {
      throw new InputError(`Cannot train with '${name}' ${value}: expected a whole number from 1`, {
        source: name,
      });
    }
  }
}
