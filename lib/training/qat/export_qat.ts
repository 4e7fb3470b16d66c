/**
 * From quantization-aware training to the int8 model.
 *
 * @module
 */
import { InputError } from "../../errors.ts";
import type { Graph } from "../../model/graph.ts";
import { floatModel } from "../export/float_model.ts";
import type { LayersModel } from "../load_tf.ts";
import type { NamedTensors } from "../plan/training_plan.ts";
import { quantizeGraph } from "../quantization/quantize_graph.ts";
import type { ValueRange } from "../quantization/ranges.ts";
import { layerSettings } from "../quantization/recipe.ts";
import { activationRanges } from "./activation_ranges.ts";
import { checkQatSettings, type QatSettings } from "./qat_settings.ts";

/** How {@linkcode exportQat} makes the graph. */
export interface ExportQatOptions {
  /** Free text for the file. */
  description?: string;
  /** What the model takes and gives. [int8] */
  io?: "int8" | "uint8" | "float32";
}

/**
 * The int8 model of quantization-aware training: it computes what the plan's forward pass does, but for the rounding of
 * biases and of products, which rarely moves a value by a step.
 *
 * Weights of fewer than 8 bits are int8 tensors of few values; `writeTflite(graph, { packInt4: true })` stores those of
 * up to 4 bits in half a byte.
 *
 * @param model The layers that the plan was built for. Its weights are not read.
 * @param weights Those of the plan of {@linkcode buildQatPlan}, ranges included.
 * @param settings Those that the plan was built with.
 * @throws {InputError} The weights hold no ranges, or settings do not fit the model.
 *
 * @example With what a plan has learned
 * ```ts
 * import { buildQatPlan, exportQat, Int8Engine, loadTf, quantizeInput } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const tf = await loadTf();
 * const model = tf.sequential({ layers: [tf.layers.dense({ inputShape: [2], units: 3 })] });
 * using plan = await buildQatPlan(model, { batchSize: 2, loss: "meanSquaredError" });
 * const x = Float32Array.of(-1, 0.3, 0.5, 1);
 * await plan.step(x, new Float32Array(6));
 * using engine = await Int8Engine.load(exportQat(model, plan.weights(), {}));
 * const { scale, zeroPoint } = engine.output.quantization!;
 * const outputs = engine.runBatch(quantizeInput(x, engine.input));
 * (await plan.predict(x)).forEach((value, i) => {
 *   assert(Math.abs(value / scale[0] + zeroPoint[0] - outputs[i]) < 1.01);
 * });
 * ```
 */
export function exportQat(
  model: LayersModel,
  weights: NamedTensors,
  settings: QatSettings,
  options: ExportQatOptions = {},
): Graph {
  const float = floatModel(model, { weights, description: options.description });
  const checked = checkQatSettings(settings);
  const layers = layerSettings(float, checked);
  const ranges = new Map<number, ValueRange>();
  let found = 0;
  const all = activationRanges(float, layers, checked);
  for (const [tensor, { name, fixed }] of all) {
    const [min, max] = weights.get(name)?.values ?? [0, 0];
    if (!fixed && max > min) found++;
    ranges.set(tensor, fixed ?? { min: Math.min(0, min), max: Math.max(0, max) });
  }
  if (found === 0 && [...all.values()].some(({ fixed }) => !fixed)) {
    throw new InputError("Cannot export the model as no range of its activations is known", {
      source: "weights",
      hint: "Give all weights of a plan of 'buildQatPlan' that has made a step",
    });
  }
  return quantizeGraph(float, { ranges, settings: layers, io: options.io });
}
