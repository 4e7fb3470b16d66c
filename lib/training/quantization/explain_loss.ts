/**
 * Which layer costs what, when a model is quantized.
 *
 * @module
 */
import { ModelError } from "../../model/errors.ts";
import { FloatExecutor } from "../../model/float/float_executor.ts";
import { OnnxSession } from "../../model/float/onnx_session.ts";
import { elementCount, type Graph, type OperatorKind } from "../../model/graph.ts";
import { type TensorError, tensorError } from "../../model/tensor_error.ts";
import { top1 } from "../../scoring/top1.ts";
import { calibrate } from "./calibrate.ts";
import { equalizeLayers } from "./equalize_layers.ts";
import { floatGraph } from "./float_graph.ts";
import { quantizeGraph } from "./quantize_graph.ts";
import { layerSettings, type QuantizationRecipe } from "./recipe.ts";

/** What {@linkcode explainLoss} looks at, and how the model is quantized. */
export interface ExplainLossOptions extends Omit<QuantizationRecipe, "io" | "biasCorrection"> {
  /** Inputs to compare on; those of the calibration where left out. */
  inputs?: Float32Array;
  /** The class of each of these inputs, for top-1. */
  labels?: ArrayLike<number>;
  /** Ends it early. */
  signal?: AbortSignal;
  /** Called after each model that was run, with how many have been and how many there are. */
  onProgress?: (done: number, total: number) => void;
}

/** What quantizing costs at the model's output. */
export interface QuantizationCost {
  /** Against the float model's output. */
  error: TensorError;
  /** Percent of inputs whose largest output is the label's; undefined without labels. */
  top1Percent?: number;
}

/** What one layer costs. */
export interface LayerLoss {
  /** Its place in the float model's operators, once batch normalization is folded. */
  operator: number;
  /** What it does. */
  kind: OperatorKind;
  /** Name of what it gives. */
  name: string;
  /** With this layer alone quantized. */
  alone: QuantizationCost;
  /** With every layer quantized but this one. */
  without: QuantizationCost;
}

/** What {@linkcode explainLoss} finds. */
export interface LossExplanation {
  /** Percent of inputs that the float model gets right; undefined without labels. */
  floatTop1Percent?: number;
  /** With every layer quantized. */
  all: QuantizationCost;
  /** One for each layer that computes, in order of execution. */
  layers: readonly LayerLoss[];
}

/**
 * Says which layer costs how much: quantizes each by itself, and all but each, and compares the model's output with the
 * float model's. Runs in onnxruntime with values rounded between layers, which is a step off a board now and then.
 *
 * @param graph The model in float32.
 * @param calibration Real numbers: inputs of the model, one after another.
 * @throws {ModelError} As {@linkcode quantizeModel} does, or labels and inputs differ in number.
 *
 * @example
 * ```ts
 * import { explainLoss, type Graph } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const real = (name: string, values: number[], shape: number[]) => ({
 *   name, shape, type: "float32" as const, data: new Uint8Array(Float32Array.from(values).buffer),
 * });
 * const graph: Graph = {
 *   description: "",
 *   tensors: [
 *     { name: "x", shape: [1, 2], type: "float32" },
 *     real("w", [1, 0.4, -0.7, 0.3], [2, 2]),
 *     { name: "y", shape: [1, 2], type: "float32" },
 *   ],
 *   operators: [
 *     { kind: "FULLY_CONNECTED", inputs: [0, 1, -1], outputs: [2], options: { activation: "none", keepNumDims: false } },
 *   ],
 *   inputs: [0],
 *   outputs: [2],
 * };
 * const { layers } = await explainLoss(graph, Float32Array.of(1, 2, -1, 0.5), { weightBits: 3 });
 * assert.equal(layers[0].kind, "FULLY_CONNECTED");
 * assert(layers[0].alone.error.meanSquaredError > 0);
 * assert.equal(layers[0].without.error.maxError, 0);
 * ```
 */
export async function explainLoss(
  graph: Graph,
  calibration: Float32Array,
  options: ExplainLossOptions = {},
): Promise<LossExplanation> {
  const { inputs = calibration, labels, signal, onProgress, ...recipe } = options;
  const folded = floatGraph(graph);
  const float = recipe.equalize ? equalizeLayers(folded) : folded;
  const count = inputs.length / elementCount(float.tensors[float.inputs[0]].shape);
  if (labels && labels.length !== count) {
    throw new ModelError(`Cannot compare ${labels.length} labels with ${count} inputs`);
  }
  const ranges = await calibrate(float, calibration, { ...recipe, signal });
  const settings = layerSettings(float, recipe);
  const chosen = [...float.operators.keys()].filter((index) =>
    settings[index].precision === "int8" && computes(float.operators[index].kind)
  );
  const expected = await floatOutputs(float, inputs);
  const total = 2 * chosen.length + 1;
  let done = 0;
  const cost = async (isQuantized: (operator: number) => boolean): Promise<QuantizationCost> => {
    signal?.throwIfAborted();
    const mixed = quantizeGraph(float, {
      ranges,
      settings: settings.map((own, index) =>
        isQuantized(index) ? own : { ...own, precision: "float32" }
      ),
      io: "float32",
    });
    const session = await OnnxSession.create(mixed, { form: "qdq" });
    try {
      const [actual] = await session.run(inputs);
      onProgress?.(++done, total);
      return {
        error: tensorError(expected, actual),
        top1Percent: labels && top1Of(actual, labels),
      };
    } finally {
      await session.dispose();
    }
  };
  const all = await cost(() => true);
  const layers: LayerLoss[] = [];
  for (const operator of chosen) {
    const { kind, outputs: [output] } = float.operators[operator];
    layers.push({
      operator,
      kind,
      name: float.tensors[output].name,
      alone: await cost((index) => index === operator),
      without: await cost((index) => index !== operator),
    });
  }
  return { floatTop1Percent: labels && top1Of(expected, labels), all, layers };
}

/** What only moves values costs nothing by itself. */
function computes(kind: OperatorKind): boolean {
  return !["RESHAPE", "SHAPE", "STRIDED_SLICE", "PACK", "PAD", "TRANSPOSE", "MAX_POOL_2D"]
    .includes(kind);
}

async function floatOutputs(graph: Graph, inputs: Float32Array): Promise<Float32Array> {
  await using executor = await FloatExecutor.create(graph);
  const [values] = await executor.run(inputs);
  return values;
}

function top1Of(outputs: Float32Array, labels: ArrayLike<number>): number {
  const classes = outputs.length / labels.length;
  const rows = Array.from(labels, (_, i) => outputs.subarray(i * classes, (i + 1) * classes));
  return top1(rows, Array.from(labels)).percent;
}
