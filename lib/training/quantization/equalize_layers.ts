/**
 * Cross-layer equalization: Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and Bias Correction",
 * arXiv 1906.04721, section 4.1.
 *
 * @module
 */
import type { Graph, Operator, Tensor } from "../../model/graph.ts";
import { float32Bytes, realValues } from "../../model/real_values.ts";
import { isWeighted, type WeightedOperator, weightLayout } from "./weighted_operator.ts";

/** Once no factor is further from 1 than this, nothing is gained any more. */
const settled = 1e-3;
const mostRounds = 20;

/**
 * Scales the channels between neighbouring layers so that the weights on both sides have like ranges: each output of
 * the first is divided by s = √(r₁/r₂) and the second's weights on it multiplied, which changes nothing in float32
 * where the activation between is none or ReLU.
 *
 * @param graph In float32. It is not changed.
 *
 * @example
 * ```ts
 * import { constantValues, equalizeLayers, type Graph } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const real = (name: string, values: number[], shape: number[]) => ({
 *   name, shape, type: "float32" as const, data: new Uint8Array(Float32Array.from(values).buffer),
 * });
 * const graph: Graph = {
 *   description: "",
 *   tensors: [
 *     { name: "x", shape: [1, 1], type: "float32" },
 *     real("first", [8, 1], [2, 1]),
 *     { name: "between", shape: [1, 2], type: "float32" },
 *     real("second", [2, 1], [1, 2]),
 *     { name: "y", shape: [1, 1], type: "float32" },
 *   ],
 *   operators: [
 *     { kind: "FULLY_CONNECTED", inputs: [0, 1, -1], outputs: [2], options: { activation: "relu", keepNumDims: false } },
 *     { kind: "FULLY_CONNECTED", inputs: [2, 3, -1], outputs: [4], options: { activation: "none", keepNumDims: false } },
 *   ],
 *   inputs: [0],
 *   outputs: [4],
 * };
 * const equal = equalizeLayers(graph);
 * assert.deepEqual([...constantValues(equal.tensors[equal.operators[0].inputs[1]])], [4, 1]);
 * assert.deepEqual([...constantValues(equal.tensors[equal.operators[1].inputs[1]])], [4, 1]);
 * ```
 */
export function equalizeLayers(graph: Graph): Graph {
  const tensors: Tensor[] = [...graph.tensors];
  // Every layer has weights and a bias of its own, which are changed in place.
  const parameters = new Map<Operator, { weights: Float32Array; bias?: Float32Array }>();
  const operators = graph.operators.map((operator): Operator => {
    if (!isWeighted(operator)) return operator;
    const [x, weights, bias = -1] = operator.inputs;
    const own = { ...operator, inputs: [x, copy(weights), bias < 0 ? -1 : copy(bias)] };
    parameters.set(own, {
      weights: realValues(tensors[weights]),
      bias: bias < 0 ? undefined : realValues(tensors[bias]),
    });
    return own as WeightedOperator;
  });
  const copied: Graph = { ...graph, tensors, operators };
  const pairs = operators.flatMap((second) => {
    if (!isWeighted(second)) return [];
    const between = second.inputs[0];
    const first = operators.find(({ outputs }) => outputs[0] === between);
    const uses = operators.filter(({ inputs }) => inputs.includes(between)).length;
    if (!first || !isWeighted(first) || uses !== 1 || graph.outputs.includes(between)) return [];
    const { activation } = first.options;
    if (activation !== "none" && activation !== "relu") return [];
    // Rows of a fully connected layer that spans pixels have no channels.
    const { outputs } = weightLayout(copied, first);
    return inputChannels(copied, second) === outputs ? [{ first, second, channels: outputs }] : [];
  });
  for (let round = 0; round < mostRounds; round++) {
    let furthest = 0;
    for (const { first, second, channels } of pairs) {
      const a = parameters.get(first)!;
      const b = parameters.get(second)!;
      const firstLayout = weightLayout(copied, first);
      const outputOf = (i: number) => Math.floor(i / firstLayout.inner) % firstLayout.outputs;
      const inputOf = (i: number) => inputChannel(copied, second, i);
      const before = ranges(a.weights, outputOf, channels);
      const after = ranges(b.weights, inputOf, channels);
      const factors = before.map((r, c) => r > 0 && after[c] > 0 ? Math.sqrt(r / after[c]) : 1);
      a.weights.forEach((w, i) => a.weights[i] = w / factors[outputOf(i)]);
      a.bias?.forEach((v, c) => a.bias![c] = v / factors[c]);
      b.weights.forEach((w, i) => b.weights[i] = w * factors[inputOf(i)]);
      for (const factor of factors) furthest = Math.max(furthest, Math.abs(Math.log(factor)));
    }
    if (furthest < settled) break;
  }
  for (const [operator, { weights, bias }] of parameters) {
    const [, w, b] = operator.inputs;
    tensors[w] = { ...tensors[w], data: float32Bytes(weights) };
    if (bias) tensors[b] = { ...tensors[b], data: float32Bytes(bias) };
  }
  return { ...graph, tensors, operators };

  function copy(index: number): number {
    tensors.push({ ...tensors[index] });
    return tensors.length - 1;
  }
}

function inputChannels(graph: Graph, operator: WeightedOperator): number {
  return operator.kind === "FULLY_CONNECTED"
    ? graph.tensors[operator.inputs[1]].shape[1]
    : graph.tensors[operator.inputs[0]].shape[3];
}

/** The input channel that an element of the weights is multiplied with. */
function inputChannel(graph: Graph, operator: WeightedOperator, element: number): number {
  const { shape } = graph.tensors[operator.inputs[1]];
  return operator.kind === "DEPTHWISE_CONV_2D"
    ? Math.floor(element % shape[3] / operator.options.depthMultiplier)
    : element % shape.at(-1)!;
}

function ranges(
  weights: Float32Array,
  channelOf: (element: number) => number,
  channels: number,
): Float64Array {
  const largest = new Float64Array(channels);
  weights.forEach((w, i) => {
    const channel = channelOf(i);
    largest[channel] = Math.max(largest[channel], Math.abs(w));
  });
  return largest;
}
