/**
 * From a training run to an int8 model.
 *
 * @module
 */
import { elementCount, type Graph } from "../../model/graph.ts";
import { type QuantizedModel, quantizeModel } from "../quantization/quantize_model.ts";
import type { QuantizationRecipe } from "../quantization/recipe.ts";
import { measuredRows } from "./evaluate_on_split.ts";
import type { TrainedModel } from "./trained_model.ts";
import { scaleOf } from "./training_recipe.ts";
import { storedInput } from "./stored_input.ts";

/** How {@linkcode quantizeTrained} works. */
export interface QuantizeTrainedOptions {
  /** How the model is quantized. [as the TFLite converter does it] */
  recipe?: QuantizationRecipe;
  /** Inputs to calibrate on, at most, spread evenly. [500] */
  count?: number;
  /** Ends it early. */
  signal?: AbortSignal;
  /** Called while inputs are run. */
  onProgress?: (done: number, total: number) => void;
}

/**
 * The int8 model of a training run: that of quantization-aware training, or one that is quantized now.
 *
 * @throws {InputError} The examples to calibrate on cannot be read.
 */
export async function int8Model(
  trained: TrainedModel,
  options: QuantizeTrainedOptions = {},
): Promise<Graph> {
  return trained.int8 ?? (await quantizeTrained(trained, options)).graph;
}

/**
 * Quantizes what {@linkcode train} gave, calibrated on the calibration split of its data, or on training examples where
 * that is empty. Where the benchmark's files hold bytes, the model's input takes these as they are.
 *
 * @throws {InputError} The examples cannot be read.
 *
 * @example
 * ```ts
 * import { quantizeTrained, quickRecipes, showProgress, train } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const out = await Deno.makeTempDir();
 * const data = { synthetic: "sww" as const, train: 30, validation: 0, test: 0, calibration: 6 };
 * const recipe = { ...quickRecipes.sww, data, epochs: 1 };
 * const trained = await showProgress(train(recipe, { out }));
 * const { graph } = await quantizeTrained(trained);
 * assert.equal(graph.tensors[graph.inputs[0]].type, "int8");
 * await Deno.remove(out, { recursive: true });
 * ```
 */
export async function quantizeTrained(
  { graph, recipe, dataSet }: Pick<TrainedModel, "graph" | "recipe" | "dataSet">,
  options: QuantizeTrainedOptions = {},
): Promise<QuantizedModel> {
  const { count = 500, signal, onProgress } = options;
  const { calibration, train } = dataSet.splits;
  const rows = await measuredRows(
    calibration.length > 0 ? calibration : someOf(train, count),
    recipe,
    { dataSet, rowSize: elementCount(graph.tensors[graph.inputs[0]].shape), signal },
  );
  return await quantizeModel(graph, rows.spread(count, scaleOf(recipe)), {
    input: storedInput(recipe),
    ...options.recipe,
    signal,
    onProgress,
  });
}

function someOf<T>(list: readonly T[], count: number): T[] {
  const taken = Math.min(count, list.length);
  return Array.from({ length: taken }, (_, i) => list[Math.floor(i * list.length / taken)]);
}
