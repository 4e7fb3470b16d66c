/**
 * Post-training quantization: a float model and inputs in, an int8 model out.
 *
 * @module
 */
import type { Graph, OperatorKind } from "../../model/graph.ts";
import { realValues } from "../../model/real_values.ts";
import { biasShifts } from "./bias_shifts.ts";
import { calibrate } from "./calibrate.ts";
import { equalizeLayers } from "./equalize_layers.ts";
import { floatGraph } from "./float_graph.ts";
import { meanTensors } from "./mean_inputs.ts";
import { quantizeGraph } from "./quantize_graph.ts";
import { quantizeWeights } from "./quantize_weights.ts";
import { rangeOf } from "./range_of.ts";
import type { ValueRange } from "./ranges.ts";
import { layerSettings, type QuantizationRecipe } from "./recipe.ts";
import { isWeighted, weightLayout } from "./weighted_operator.ts";

/** How {@linkcode quantizeModel} works. */
export interface QuantizeModelOptions extends QuantizationRecipe {
  /** Ends it early. */
  signal?: AbortSignal;
  /** Called while the inputs are run, with how many have been and how many there are to run in all. */
  onProgress?: (done: number, total: number) => void;
}

/** One operator, as it was quantized. */
export interface QuantizedLayer {
  /** Its place in the float model's operators, once batch normalization is folded. */
  operator: number;
  /** What it does. */
  kind: OperatorKind;
  /** Name of what it gives. */
  name: string;
  /** Whether it was quantized, or left alone. */
  precision: "int8" | "float32";
  /** Width of its weights; undefined where it has none, or they stay float32. */
  weightBits?: number;
  /** What it gives, by calibration or rule. */
  range: ValueRange;
}

/** What {@linkcode quantizeModel} gives. */
export interface QuantizedModel {
  /** The quantized model: {@linkcode writeTflite} and {@linkcode writeOnnx} write it. */
  graph: Graph;
  /** The float model that was quantized: batch normalization folded, layers equalized where that was asked for. */
  float: Graph;
  /** One for each operator that gives real numbers. */
  layers: readonly QuantizedLayer[];
}

/**
 * Quantizes a float32 model to int8, as the TFLite converter does it: activations asymmetric by calibration, weights
 * symmetric with a scale for each output, biases int32 of scale input · weight, softmax and logistic 1/256 at −128.
 * Operators that only move values (RESHAPE, pooling, PAD …) keep their input's scale.
 *
 * @param graph The model in float32; int8 weights that stand for float ones are taken as these.
 * @param inputs Real numbers to calibrate on: inputs of the model, one after another.
 * @throws {ModelError} The model is quantized already or cannot be run, or `inputs` does not fit it.
 * @throws {InputError} A rule for layers matches none.
 *
 * @example A layer in 4 bits, the others in 8
 * ```ts
 * import { type Graph, quantizeModel, writeTflite } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const graph: Graph = {
 *   description: "",
 *   tensors: [
 *     { name: "x", shape: [1, 2], type: "float32" },
 *     {
 *       name: "weights",
 *       shape: [1, 2],
 *       type: "float32",
 *       data: new Uint8Array(Float32Array.of(1.4, -0.6).buffer),
 *     },
 *     { name: "y", shape: [1, 1], type: "float32" },
 *   ],
 *   operators: [{
 *     kind: "FULLY_CONNECTED",
 *     inputs: [0, 1, -1],
 *     outputs: [2],
 *     options: { activation: "relu", keepNumDims: false },
 *   }],
 *   inputs: [0],
 *   outputs: [2],
 * };
 * const inputs = Float32Array.of(1, 0.5, -1, 1, 0.25, 0);
 * const { graph: quantized, layers } = await quantizeModel(graph, inputs, {
 *   layers: [{ match: { kind: "FULLY_CONNECTED" }, weightBits: 4 }],
 * });
 * assert.equal(layers[0].weightBits, 4);
 * assert.equal(quantized.tensors[quantized.inputs[0]].type, "int8");
 * assert(writeTflite(quantized).length > 0);
 * ```
 */
export async function quantizeModel(
  graph: Graph,
  inputs: Float32Array,
  options: QuantizeModelOptions = {},
): Promise<QuantizedModel> {
  const { signal, onProgress, ...recipe } = options;
  const folded = floatGraph(graph);
  const float = recipe.equalize ? equalizeLayers(folded) : folded;
  const settings = layerSettings(float, recipe);
  const ranges = await calibrate(float, inputs, { ...recipe, signal, onProgress });
  settings.forEach(({ range }, i) => {
    const [output] = float.operators[i].outputs;
    if (range && ranges.has(output)) ranges.set(output, range);
  });
  if (recipe.input) ranges.set(float.inputs[0], rangeOf(recipe.input));
  const shifts = recipe.biasCorrection
    ? await shiftsOf(float, inputs, settings, signal)
    : new Map<number, Float64Array>();
  return {
    graph: quantizeGraph(float, { ranges, settings, shifts, io: recipe.io }),
    float,
    layers: float.operators.flatMap(
      ({ kind, outputs: [output], inputs: [, weights] }, operator) => {
        const range = ranges.get(output);
        if (!range) return [];
        const { precision, weightBits } = settings[operator];
        const weighted = precision === "int8" && isWeighted(float.operators[operator]) &&
          weights >= 0;
        const { name } = float.tensors[output];
        return [{
          operator,
          kind,
          name,
          precision,
          weightBits: weighted ? weightBits : undefined,
          range,
        }];
      },
    ),
  };
}

/** What to take off the biases, by operator. */
async function shiftsOf(
  graph: Graph,
  inputs: Float32Array,
  settings: ReturnType<typeof layerSettings>,
  signal?: AbortSignal,
): Promise<Map<number, Float64Array>> {
  const rounded = [...graph.operators.entries()].flatMap(([index, operator]) =>
    isWeighted(operator) && settings[index].precision === "int8" ? [{ index, operator }] : []
  );
  const means = await meanTensors(
    graph,
    inputs,
    rounded.map(({ operator }) => operator.inputs[0]),
    signal,
  );
  return new Map(rounded.map(({ index, operator }) => {
    const real = realValues(graph.tensors[operator.inputs[1]]);
    const layout = weightLayout(graph, operator);
    const { weightBits: bits, perChannel, weightMethod: method } = settings[index];
    const { steps, values } = quantizeWeights(real, layout, { bits, perChannel, method });
    const errors = real.map((w, i) =>
      values[i] * steps[Math.floor(i / layout.inner) % steps.length] - w
    );
    return [index, biasShifts(graph, operator, errors, means.get(operator.inputs[0])!)];
  }));
}
