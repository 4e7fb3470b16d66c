/**
 * What a model is made of, and what it takes to run it.
 *
 * @module
 */
import { checkGraph } from "./check_graph.ts";
import { elementCount, type Graph, type Operator, type OperatorKind } from "./graph.ts";
import { operatorMacs } from "./macs.ts";
import { type ArenaRequest, planArena } from "./plan_arena.ts";
import { tensorBytes } from "./tensor_values.ts";
import { operatorSchemas } from "./tflite/schema.ts";

/** One operator of a model. */
export interface LayerSummary {
  /** Its place in the order of execution. */
  index: number;
  /** Its output's name in the file. */
  name: string;
  /** What it does. */
  kind: OperatorKind;
  /** Of the activations that it reads. */
  inputShapes: (readonly number[])[];
  /** Of what it gives. */
  outputShape: readonly number[];
  /** Multiply-accumulate operations of convolutions and dense layers; 0 for others. */
  macs: number;
  /** Weights and biases, counted where they are first used. */
  parameters: number;
  /** The bytes that they take. */
  weightBytes: number;
  /** The bytes that its output takes. */
  outputBytes: number;
}

/** An activation's place in memory. */
export interface ActivationSummary {
  /** Index into {@linkcode Graph.tensors}. */
  tensor: number;
  /** The file's name for it. */
  name: string;
  /** Its size. */
  bytes: number;
  /** The operator that writes it; 0 for an input of the model. */
  firstUse: number;
  /** The last operator that reads it; the last of all for an output of the model. */
  lastUse: number;
  /** In the arena. */
  offset: number;
}

/** A model in numbers. */
export interface ModelSummary {
  /** The file's free text. */
  description: string;
  /** In the order of execution. */
  layers: LayerSummary[];
  /** Multiply-accumulate operations of an inference. */
  macs: number;
  /** Weights and biases. */
  parameters: number;
  /** Bytes of weights and biases. */
  weightBytes: number;
  /** Everything that is computed, and when it is needed. */
  activations: ActivationSummary[];
  /** Bytes of the arena that holds the activations: the peak, planned with offsets aligned to 16. */
  arenaBytes: number;
  /** The activations of the busiest operator; no arena can be smaller. */
  arenaLowerBoundBytes: number;
  /** The kinds of operators, and the method of TFLite Micro's resolver that registers each. */
  resolvers: { kind: OperatorKind; method: string; count: number }[];
}

/**
 * Counts a model's operations, parameters and memory.
 *
 * A multiply-accumulate of a convolution is one product of a weight and an input, counted for every output even where
 * the window hangs over the border. The arena holds activations only, as TFLite Micro plans them; kernels' scratch
 * buffers and the interpreter's own structures come on top.
 *
 * @throws {ModelError} The graph is not consistent.
 *
 * @example
 * ```ts
 * import { type Graph, summarize } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const graph: Graph = {
 *   description: "",
 *   tensors: [
 *     { name: "x", shape: [1, 3], type: "float32" },
 *     { name: "w", shape: [2, 3], type: "float32", data: new Uint8Array(24) },
 *     { name: "y", shape: [1, 2], type: "float32" },
 *   ],
 *   operators: [{
 *     kind: "FULLY_CONNECTED",
 *     inputs: [0, 1, -1],
 *     outputs: [2],
 *     options: { activation: "none", keepNumDims: false },
 *   }],
 *   inputs: [0],
 *   outputs: [2],
 * };
 * const summary = summarize(graph);
 * assert.equal(summary.macs, 6);
 * assert.equal(summary.parameters, 6);
 * assert.deepEqual(summary.resolvers, [{ kind: "FULLY_CONNECTED", method: "AddFullyConnected", count: 1 }]);
 * ```
 */
export function summarize(graph: Graph): ModelSummary {
  checkGraph(graph);
  const counted = new Set<number>();
  const layers = graph.operators.map((operator, index) => layerOf(graph, operator, index, counted));
  const total = (value: (layer: LayerSummary) => number) =>
    layers.reduce((sum, layer) => sum + value(layer), 0);
  const { activations, bytes, lowerBoundBytes } = activationsOf(graph);
  const kinds = [...new Set(layers.map(({ kind }) => kind))];
  return {
    description: graph.description,
    layers,
    macs: total(({ macs }) => macs),
    parameters: total(({ parameters }) => parameters),
    weightBytes: total(({ weightBytes }) => weightBytes),
    activations,
    arenaBytes: bytes,
    arenaLowerBoundBytes: lowerBoundBytes,
    resolvers: kinds.map((kind) => ({
      kind,
      method: operatorSchemas[kind].resolver,
      count: layers.filter((layer) => layer.kind === kind).length,
    })),
  };
}

/** Kinds whose further inputs are shapes, axes and the like, not parameters. */
const indexed: ReadonlySet<OperatorKind> = new Set<OperatorKind>([
  "MEAN",
  "PAD",
  "RESHAPE",
  "STRIDED_SLICE",
  "TRANSPOSE",
]);

function layerOf(
  graph: Graph,
  operator: Operator,
  index: number,
  counted: Set<number>,
): LayerSummary {
  const present = operator.inputs.filter((input) => input >= 0);
  const output = graph.tensors[operator.outputs[0]];
  let [parameters, weightBytes] = [0, 0];
  for (const [position, input] of present.entries()) {
    const tensor = graph.tensors[input];
    if (!tensor.data || counted.has(input) || (position > 0 && indexed.has(operator.kind))) {
      continue;
    }
    counted.add(input);
    parameters += elementCount(tensor.shape);
    weightBytes += tensorBytes(tensor);
  }
  return {
    index,
    name: output.name,
    kind: operator.kind,
    inputShapes: present.filter((input) => !graph.tensors[input].data)
      .map((input) => graph.tensors[input].shape),
    outputShape: output.shape,
    macs: operatorMacs(graph, operator),
    parameters,
    weightBytes,
    outputBytes: tensorBytes(output),
  };
}

function activationsOf(
  graph: Graph,
): { activations: ActivationSummary[]; bytes: number; lowerBoundBytes: number } {
  const lives = new Map<number, ArenaRequest>();
  const begin = (tensor: number, firstUse: number) =>
    lives.set(tensor, { bytes: tensorBytes(graph.tensors[tensor]), firstUse, lastUse: firstUse });
  for (const input of graph.inputs) begin(input, 0);
  graph.operators.forEach(({ inputs, outputs }, step) => {
    begin(outputs[0], step);
    for (const input of inputs) {
      const life = lives.get(input);
      if (life) life.lastUse = step;
    }
  });
  for (const output of graph.outputs) {
    const life = lives.get(output);
    if (life) life.lastUse = Math.max(0, graph.operators.length - 1);
  }
  const plan = planArena([...lives.values()]);
  const activations = [...lives].map(([tensor, life], i) => ({
    tensor,
    name: graph.tensors[tensor].name,
    ...life,
    offset: plan.offsets[i],
  }));
  return { activations, bytes: plan.bytes, lowerBoundBytes: plan.lowerBoundBytes };
}
