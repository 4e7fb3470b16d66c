/**
 * Plans quantization-aware training.
 *
 * @module
 */
import type { LayersModel } from "../load_tf.ts";
import { checkPlanOptions } from "../plan/build_training_plan.ts";
import type { TrainingPlan, TrainingPlanOptions } from "../plan/training_plan.ts";
import type { QatSettings } from "./qat_settings.ts";

/** How quantization-aware training is to be done. */
export interface QatPlanOptions extends Omit<TrainingPlanOptions, "fallback">, QatSettings {}

/**
 * Plans training of a tf.layers model in which the forward pass rounds as its int8 model will: weights to so many bits
 * after batch normalization is folded into them, with the steps of {@linkcode quantizeWeights}, and activations to int8
 * wherever the int8 model has a tensor. Gradients pass straight through what is rounded (Bengio et al. 2013, arXiv
 * 1308.3432), and end where values are cut off. Biases stay real. {@linkcode exportQat} makes the int8 model.
 *
 * Batch normalization uses its moving averages from the first step on, as the int8 model does, and they stay (Jacob et
 * al. 2018, arXiv 1712.05877, section 3.2, after their delay): train the model in float first, then give its weights to
 * this plan, with a small learning rate.
 *
 * Ranges of activations are weights of the plan, `TENSOR/range`: in checkpoints, not in the model. In the first step they
 * are found and nothing but weights is rounded. Learned ranges have the gradients of their ends, and of the step
 * between them (as in LSQ, Esser et al. 2020, arXiv 1902.08153); train them with Adam.
 *
 * The plan is as deterministic as others: the same bits for any number of threads.
 *
 * @throws {UnsupportedLayersError} There are layers that the kernels do not know.
 * @throws {InputError} An option is out of its range, a rule for layers matches none, or a batch normalization follows no
 * layer that it can be folded into.
 *
 * @example Four bits for each weight
 * ```ts
 * import { buildQatPlan, exportQat, loadTf, type QatSettings, writeTflite } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const tf = await loadTf();
 * const model = tf.sequential({
 *   layers: [
 *     tf.layers.dense({ inputShape: [2], units: 8, activation: "relu", name: "hidden" }),
 *     tf.layers.dense({ units: 2, activation: "softmax", name: "classes" }),
 *   ],
 * });
 * const settings: QatSettings = { weightBits: 4, activations: "learned" };
 * using plan = await buildQatPlan(model, {
 *   ...settings,
 *   batchSize: 4,
 *   loss: "categoricalCrossentropy",
 *   learningRate: 0.02,
 * });
 * const x = Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1);
 * for (let i = 0; i < 100; i++) await plan.step(x, Uint8Array.of(0, 0, 1, 1));
 * const graph = exportQat(model, plan.weights(), settings);
 * const kernel = graph.tensors[graph.operators[0].inputs[1]];
 * assert(new Int8Array(kernel.data!.slice().buffer).every((weight) => Math.abs(weight) <= 7));
 * assert(writeTflite(graph, { packInt4: true }).length > 0);
 * ```
 */
export async function buildQatPlan(
  model: LayersModel,
  options: QatPlanOptions,
): Promise<TrainingPlan> {
  checkPlanOptions(options);
  const { KernelPlan } = await import("../plan/kernel_plan.ts");
  const { quantizeTrainingGraph } = await import("./quantize_training_graph.ts");
  return await KernelPlan.build(model, options, (graph) => quantizeTrainingGraph(graph, options));
}
