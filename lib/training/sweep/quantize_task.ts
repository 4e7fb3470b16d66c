/**
 * A job that quantizes a model and says what it is worth.
 *
 * @module
 */
import { z } from "zod";
import { findBenchmark } from "../../benchmarks.ts";
import { InputError } from "../../errors.ts";
import { loadModel } from "../../model/load_model.ts";
import { writeTflite } from "../../model/tflite/write_tflite.ts";
import { readCalibration } from "../quantization/calibration_data.ts";
import { quantizeModel } from "../quantization/quantize_model.ts";
import { parseRecipe } from "../quantization/recipe.ts";
import type { Settings, SweepMetrics } from "./sweep_space.ts";

const settingsSchema = z.looseObject({
  model: z.string(),
  calibration: z.string(),
  benchmark: z.string().optional(),
  data: z.string().optional(),
  count: z.int().positive().optional(),
  limit: z.int().positive().optional(),
  out: z.string().optional(),
});

/**
 * Quantizes `model` with the inputs of `calibration` (`count` of them); every other setting is one of the recipe's:
 * `method`, `weightBits`, `equalize` … With `benchmark` and `data` the result is evaluated, on `limit` files; with `out`
 * it is written there.
 *
 * @returns `modelBytes`, and `top1Percent` or `auc`.
 * @throws {InputError} A setting is missing, or none that the recipe knows.
 */
export async function quantizeTask(settings: Settings): Promise<SweepMetrics> {
  const parsed = settingsSchema.safeParse(settings);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InputError(
      `Cannot quantize as '${issue.path.join(".")}' is wrong: ${issue.message}`,
      {
        source: issue.path.join("."),
        hint: "A job of the task 'quantize' needs 'model' and 'calibration'",
      },
    );
  }
  const { model, calibration, benchmark: id, data, count, limit, out, ...rest } = parsed.data;
  const recipe = parseRecipe(JSON.stringify(rest), "settings");
  const float = await loadModel(model);
  const inputs = await readCalibration(calibration, float.tensors[float.inputs[0]], { count });
  const { graph } = await quantizeModel(float, inputs.inputs, { input: inputs.input, ...recipe });
  const bytes = writeTflite(graph);
  if (out !== undefined) await Deno.writeFile(out, bytes);
  const metrics = { modelBytes: bytes.length };
  if (id === undefined || data === undefined) return metrics;
  const benchmark = findBenchmark(id);
  if (!benchmark) {
    throw new InputError(`Cannot find a benchmark '${id}'`, { source: "benchmark" });
  }
  const { openEvaluationSet } = await import("../../runner/evaluation_set.ts");
  const { evaluateSet } = await import("../../runner/evaluate_set.ts");
  const { accuracyFigures } = await import("../../sessions/score_accuracy.ts");
  const set = await openEvaluationSet(data, benchmark, { limit });
  const { files } = await evaluateSet(graph, benchmark, set);
  const { top1Percent, auc } = accuracyFigures(files, benchmark);
  return {
    ...metrics,
    ...top1Percent === undefined ? {} : { top1Percent },
    ...auc === undefined ? {} : { auc },
  };
}
