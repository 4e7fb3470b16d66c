/**
 * Models that ship with Thimble: trained by it on its synthetic data.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** Names of the models: a reference architecture each. */
export type SyntheticModelName = "kws" | "ic" | "vww" | "ad";

/**
 * Path of a reference architecture that was trained on the synthetic twin of its benchmark's data by
 * {@linkcode quickRecipes}, as int8 TFLite. Beside it lies a record of what it was made by and what it reaches, which says
 * nothing about the benchmark's own data.
 *
 * @example
 * ```ts
 * import { evaluateOnSplit, loadModel, quickRecipes, syntheticModel } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const graph = await loadModel(syntheticModel("kws"));
 * const { top1Percent } = await evaluateOnSplit(graph, quickRecipes.kws, { limit: 48 });
 * assert(top1Percent! > 75);
 * ```
 */
export function syntheticModel(name: SyntheticModelName): string {
  return fileURLToPath(
    new URL(`../../../data/models/synthetic_${name}01_int8.tflite`, import.meta.url),
  );
}
