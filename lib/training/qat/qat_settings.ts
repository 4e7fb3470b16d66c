/**
 * What quantization-aware training is to end in.
 *
 * @module
 */
import { z } from "zod";
import { InputError } from "../../errors.ts";
import type { QuantizationRecipe } from "../quantization/recipe.ts";
import { recipeSchema } from "../quantization/recipe_schema.ts";

/** Settings of quantization-aware training, as a JSON file may hold them. */
export interface QatSettings extends
  Pick<
    QuantizationRecipe,
    "weightBits" | "perChannel" | "weightMethod" | "input" | "layers"
  > {
  /**
   * Where the ranges of activations come from. `observed`: moving averages of the least and the greatest value of each
   * batch. `learned`: the first batch's, then trained as weights are. [observed]
   */
  activations?: "observed" | "learned";
  /** Of `observed`: the share of a range that stays in a step. [0.99] */
  rangeMomentum?: number;
}

/** Of {@linkcode QatSettings}. */
export const qatSettingsSchema = recipeSchema.pick({
  weightBits: true,
  perChannel: true,
  weightMethod: true,
  input: true,
  layers: true,
}).extend({
  activations: z.enum(["observed", "learned"]).optional(),
  rangeMomentum: z.number().min(0).lt(1).optional(),
});

/**
 * Settings with their defaults, checked. Whatever else is there is left out.
 *
 * @throws {InputError} One is out of its range.
 */
export function checkQatSettings(settings: QatSettings) {
  const { data, error } = qatSettingsSchema.strip().safeParse(settings);
  if (!data) {
    const [{ path, message }] = error.issues;
    const setting = path.join(".");
    throw new InputError(`Cannot quantize as '${setting}' is wrong: ${message}`, {
      source: setting,
    });
  }
  return { activations: "observed", rangeMomentum: 0.99, ...data } as const;
}
