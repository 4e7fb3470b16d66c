/**
 * A job that trains a model and says what it is worth.
 *
 * @module
 */
import { join } from "node:path";
import { InputError } from "../../errors.ts";
import { writeTflite } from "../../model/tflite/write_tflite.ts";
import { evaluateOnSplit } from "../runs/evaluate_on_split.ts";
import { int8Model } from "../runs/quantize_trained.ts";
import { quickRecipes, referenceRecipes } from "../runs/recipes.ts";
import { train } from "../runs/train.ts";
import {
  checkTrainingRecipe,
  parseTrainingRecipe,
  type TrainingRecipe,
} from "../runs/training_recipe.ts";
import { jobId, type Settings, type SweepMetrics } from "./sweep_space.ts";

/**
 * Trains by `recipe`: a file, or the name of a recipe (`kws`; with `quick`, of a small one). Every other setting is one of
 * the recipe's, by its path: `epochs`, `learningRate.rate`, `pruning.amount` … With `out` the run is kept below that
 * folder, in one that is named by the job, and goes on there when it was cut off; with `quantize` the int8 model is made
 * and measured too.
 *
 * @returns `loss`, `accuracy`, `validationLoss` and `validationAccuracy` of the last epoch, `epochs`, and of the test split
 * `top1Percent` or `auc`; of int8 `int8Top1Percent` or `int8Auc` and `modelBytes`.
 * @throws {InputError} A setting is none of the recipe's.
 */
export async function trainTask(settings: Settings): Promise<SweepMetrics> {
  const { recipe: from, quick, out, quantize, ...changes } = settings;
  if (typeof from !== "string") {
    throw new InputError("Cannot train without a recipe", {
      source: "recipe",
      hint: "A job of the task 'train' needs 'recipe': a file, or a name such as 'kws'",
    });
  }
  const recipe = changed(await recipeOf(from, quick === true), changes);
  const isKept = typeof out === "string";
  const folder = isKept ? join(out, jobId("train", settings)) : await Deno.makeTempDir();
  try {
    const run = train(recipe, { out: folder });
    let step = await run.next();
    while (!step.done) step = await run.next();
    const trained = step.value;
    const { epochs, result } = trained.run;
    const last = epochs[epochs.length - 1];
    const { loss, accuracy, validationLoss, validationAccuracy } = last ?? {};
    const metrics = {
      epochs: epochs.length,
      loss,
      accuracy,
      validationLoss,
      validationAccuracy,
      top1Percent: result?.top1Percent,
      auc: result?.auc,
      sparsity: result?.sparsity,
      ...quantize === true || trained.int8 ? await quantizedMetrics(trained) : {},
    };
    if (isKept) await Deno.writeFile(join(folder, "float.tflite"), writeTflite(trained.graph));
    return Object.fromEntries(
      Object.entries(metrics).filter((entry): entry is [string, number] => entry[1] !== undefined),
    );
  } finally {
    if (!isKept) await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
}

async function quantizedMetrics(trained: Parameters<typeof int8Model>[0]) {
  const graph = await int8Model(trained);
  const { recipe, dataSet } = trained;
  const { top1Percent, auc } = dataSet.splits.test.length > 0
    ? await evaluateOnSplit(graph, recipe, { dataSet })
    : {};
  return { modelBytes: writeTflite(graph).length, int8Top1Percent: top1Percent, int8Auc: auc };
}

async function recipeOf(from: string, quick: boolean): Promise<TrainingRecipe> {
  const known = quick ? quickRecipes : referenceRecipes;
  if (Object.hasOwn(known, from)) return known[from as keyof typeof known];
  let text: string;
  try {
    text = await Deno.readTextFile(from);
  } catch (cause) {
    throw new InputError(`Cannot open the recipe '${from}'`, { source: from, cause });
  }
  return parseTrainingRecipe(text, from);
}

/** The recipe with settings changed, each by its path. */
function changed(recipe: TrainingRecipe, changes: Settings): TrainingRecipe {
  const copy = structuredClone(recipe) as unknown as Record<string, unknown>;
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split(".");
    const last = keys.pop()!;
    let at = copy;
    for (const key of keys) {
      const inner = Object.hasOwn(at, key) ? at[key] : undefined;
      const next = typeof inner === "object" && inner !== null ? inner : {};
      Object.defineProperty(at, key, {
        value: next,
        writable: true,
        enumerable: true,
        configurable: true,
      });
      at = next as Record<string, unknown>;
    }
    Object.defineProperty(at, last, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return checkTrainingRecipe(copy, "settings");
}
