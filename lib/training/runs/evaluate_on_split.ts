/**
 * What a model reaches on data of a recipe.
 *
 * @module
 */
import { benchmarks } from "../../benchmarks.ts";
import { evaluate } from "../../model/evaluate.ts";
import { FloatExecutor } from "../../model/float/float_executor.ts";
import { elementCount, type Graph } from "../../model/graph.ts";
import { int8Ends } from "../../model/int8/int8_ends.ts";
import { dequantize } from "../../model/int8/quantize_input.ts";
import type { DataSet, SplitName } from "../data/data_set.ts";
import { evaluateRows, type SplitFigures } from "./evaluate_rows.ts";
import { HeldRows } from "./held_rows.ts";
import { featuresOfRecipe, openRecipeData } from "./recipe_data.ts";
import { scaleOf, type TrainingRecipe } from "./training_recipe.ts";

/** How {@linkcode evaluateOnSplit} works. */
export interface EvaluateOnSplitOptions {
  /** Which examples. [test] */
  split?: SplitName;
  /** Only so many, from the first on. */
  limit?: number;
  /** A data set of one's own, instead of the recipe's. */
  dataSet?: DataSet;
  /** Ends it early. */
  signal?: AbortSignal;
}

/**
 * Runs a model, float32 or int8, over examples of a recipe's data, with the features of the recipe, and scores it as the
 * benchmark does. int8 has the arithmetic of a board.
 *
 * @throws {InputError} The data cannot be read, or do not fit the model.
 * @throws {ModelError} The model cannot be run.
 *
 * @example
 * ```ts
 * import { architectures, evaluateOnSplit, floatModel, quickRecipes } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const untrained = floatModel(await architectures.kws());
 * const { examples } = await evaluateOnSplit(untrained, quickRecipes.kws, { limit: 12 });
 * assert.equal(examples, 12);
 * ```
 */
export async function evaluateOnSplit(
  graph: Graph,
  recipe: TrainingRecipe,
  options: EvaluateOnSplitOptions = {},
): Promise<SplitFigures> {
  const { split = "test", limit = Infinity, signal } = options;
  const dataSet = options.dataSet ?? await openRecipeData(recipe);
  const rows = await measuredRows(dataSet.splits[split].slice(0, limit), recipe, {
    dataSet,
    rowSize: elementCount(graph.tensors[graph.inputs[0]].shape),
    signal,
  });
  const benchmark = benchmarks[dataSet.benchmark];
  const scale = scaleOf(recipe);
  const isInt8 = graph.tensors[graph.inputs[0]].type !== "float32";
  if (isInt8) {
    return await evaluateRows(rows, benchmark, scale, (x) => predictInt8(graph, x, signal));
  }
  await using executor = await FloatExecutor.create(graph);
  return await evaluateRows(rows, benchmark, scale, async (x) => {
    signal?.throwIfAborted();
    return (await executor.run(x))[0];
  });
}

/** Examples as a model gets them, nothing left to chance. */
export async function measuredRows(
  split: DataSet["splits"]["test"],
  recipe: TrainingRecipe,
  { dataSet, rowSize, signal }: { dataSet: DataSet; rowSize: number; signal?: AbortSignal },
): Promise<HeldRows> {
  const { measured } = await featuresOfRecipe(recipe, dataSet, rowSize, split);
  return await HeldRows.read(split, { features: measured, rowSize, signal });
}

/** Outputs of an int8 model as real numbers. */
async function predictInt8(
  graph: Graph,
  x: Float32Array,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const ends = int8Ends(graph);
  const size = elementCount(graph.tensors[ends.input].shape);
  const outputSize = elementCount(graph.tensors[ends.output].shape);
  const count = x.length / size;
  const items = Array.from({ length: count }, (_, i) => ({
    input: x.subarray(i * size, (i + 1) * size),
  }));
  const y = new Float32Array(count * outputSize);
  let at = 0;
  for await (const { output } of evaluate(graph, items, { signal })) {
    y.set(dequantize(output, graph.tensors[ends.output]), at);
    at += outputSize;
  }
  return y;
}
