import { z } from "zod";

const weightBits = z.literal([2, 3, 4, 5, 6, 7, 8]);

const greatestFloat32 = 3.4e38;
const float32 = z.number().min(-greatestFloat32).max(greatestFloat32);

const layerRule = z.strictObject({
  /** Which: all of those named have to agree. */
  match: z.strictObject({
    operator: z.int().nonnegative().optional(),
    kind: z.string().optional(),
    name: z.string().optional(),
  }),
  precision: z.enum(["int8", "float32"]).optional(),
  weightBits: weightBits.optional(),
  perChannel: z.boolean().optional(),
  weightMethod: z.enum(["max", "mse"]).optional(),
  range: z.strictObject({ min: float32, max: float32 }).refine((r) => r.min < r.max, {
    error: "min is not below max",
  }).optional(),
});

/** Of a `QuantizationRecipe`. */
export const recipeSchema = z.strictObject({
  method: z.enum(["minmax", "percentile", "mse", "entropy"]).optional(),
  percent: z.number().gt(50).max(100).optional(),
  equalize: z.boolean().optional(),
  biasCorrection: z.boolean().optional(),
  weightBits: weightBits.optional(),
  perChannel: z.boolean().optional(),
  weightMethod: z.enum(["max", "mse"]).optional(),
  io: z.enum(["int8", "uint8", "float32"]).optional(),
  input: z.strictObject({
    // Below, float32 loses digits; above, the values do not fit it.
    scale: z.number().min(1e-37).max(greatestFloat32 / 255),
    zeroPoint: z.int().min(-128).max(127),
  }).optional(),
  layers: z.array(layerRule).max(10_000).optional(),
});
