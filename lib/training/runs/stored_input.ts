import { benchmarks } from "../../benchmarks.ts";
import type { QuantizationRecipe } from "../quantization/recipe.ts";
import type { TrainingRecipe } from "./training_recipe.ts";

/** Scale and zero point with which the benchmark's files of bytes are inputs as they are. */
export function storedInput(recipe: TrainingRecipe): QuantizationRecipe["input"] {
  const { architecture, features } = recipe;
  const benchmark = Object.values(benchmarks).find(({ folder }) =>
    folder === architecture.replace("02", "2")
  );
  const { stored, type } = benchmark?.input ?? {};
  const isOther = architecture === "kws" && features !== undefined && features.kind !== "mfcc";
  if (!stored || isOther || recipe.inputScale !== undefined) return undefined;
  // Images are uint8 in the file, and less 128 in the model.
  return { scale: stored.scale, zeroPoint: stored.zeroPoint - (type === "uint8" ? 128 : 0) };
}
