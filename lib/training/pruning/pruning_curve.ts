/**
 * What pruning costs.
 *
 * @module
 */
import type { LayersModel } from "../load_tf.ts";
import type { TrainingPlan } from "../plan/training_plan.ts";
import { applyMasks, pruneModel, type PruningSettings, sparsityOf } from "./prune.ts";

/** A point of the curve. */
export interface PruningPoint<Figures> {
  /** The share that was asked for. */
  amount: number;
  /** The share of all kernels' weights that are 0. */
  sparsity: number;
  /** What the pruned model reaches. */
  figures: Figures;
}

/** How {@linkcode pruningCurve} works. */
export interface PruningCurveOptions<Figures> {
  /** See {@linkcode PruningSettings}. */
  kind: PruningSettings["kind"];
  /** See {@linkcode PruningSettings}. */
  scope?: PruningSettings["scope"];
  /** Shares to prune. */
  amounts: readonly number[];
  /** Measures the plan with the weights that it then has. */
  measure: (plan: TrainingPlan) => Promise<Figures>;
  /**
   * Trains on: called before measuring with a function that is to be called after each step, so that pruned weights stay
   * 0. [no training]
   */
  tune?: (plan: TrainingPlan, afterStep: () => void) => Promise<void>;
}

/**
 * Prunes a trained model by one share after the other, each time from the weights that it has now, and measures it. When
 * it is done, or left, the weights and the optimiser are as before.
 *
 * Batch normalization's moving averages are those of the whole model: they need some hundred steps of training to follow
 * what was pruned, before which a model that has much of it seems worse than it is.
 *
 * @throws {InputError} A share is out of its range.
 *
 * @example
 * ```ts
 * import { buildTrainingPlan, loadTf, pruningCurve } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const tf = await loadTf();
 * const model = tf.sequential({ layers: [tf.layers.dense({ inputShape: [8], units: 4 })] });
 * using plan = await buildTrainingPlan(model, { batchSize: 1, loss: "meanSquaredError" });
 * const points = [];
 * const curve = pruningCurve(plan, model, {
 *   kind: "magnitude",
 *   amounts: [0, 0.5],
 *   measure: (plan) => plan.evaluate(new Float32Array(8).fill(1), new Float32Array(4)),
 * });
 * for await (const { sparsity } of curve) points.push(sparsity);
 * assert.deepEqual(points, [0, 0.5]);
 * ```
 */
export async function* pruningCurve<Figures>(
  plan: TrainingPlan,
  model: LayersModel,
  options: PruningCurveOptions<Figures>,
): AsyncGenerator<PruningPoint<Figures>, void, undefined> {
  const { kind, scope, amounts, measure, tune } = options;
  const before = plan.weights();
  const state = plan.optimizerState();
  try {
    for (const amount of amounts) {
      plan.setWeights(before);
      plan.setOptimizerState(state);
      const masks = pruneModel(model, plan.weights(), { kind, amount, scope });
      const afterStep = () => plan.setWeights(applyMasks(plan.weights(), masks));
      afterStep();
      await tune?.(plan, afterStep);
      yield { amount, sparsity: sparsityOf(plan.weights()), figures: await measure(plan) };
    }
  } finally {
    plan.setWeights(before);
    plan.setOptimizerState(state);
  }
}
