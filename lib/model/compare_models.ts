/**
 * Whether two models are the same, or one is a quantization of the other.
 *
 * @module
 */
import { checkGraph } from "./check_graph.ts";
import { compareGraphs } from "./compare_graphs.ts";
import { elementCount, type Graph, type Operator, type Tensor } from "./graph.ts";
import { storedValues } from "./real_values.ts";
import { type TensorError, tensorError } from "./tensor_error.ts";

/** A parameter of one model beside the one that stands for it in the other. */
export interface WeightComparison {
  /** The operator that reads it, by its place in the first model. */
  operator: number;
  /** What that operator does. */
  kind: Operator["kind"];
  /** Which input of the operator: 1 weights, 2 bias. */
  input: number;
  /** In the first model. */
  name: string;
  /** In the first model. */
  shape: readonly number[];
  /** How many elements are not the same real number. */
  differing: number;
  /** Of the real numbers, the first model's being the reference. */
  error: TensorError;
  /**
   * Greatest |a − b| over what rounding to the second model's scale can make of it; at most 1 where the second is a
   * quantization of the first. Undefined where the second model's is not quantized.
   */
  worstRounding?: number;
  /**
   * Of the 127 steps that int8 has, how many the second model's scales leave its values: the least of all slices whose
   * weights are more than a millionth of the greatest. Undefined where it is not int8.
   */
  stepsUsed?: number;
}

/** What {@linkcode compareModels} finds. */
export interface ModelComparison {
  /**
   * - `identical`: the same graph, and every parameter the same real number, quantized in the same way.
   * - `quantized`: the second is the first with its parameters rounded to int8, and nothing else done to it.
   * - `other-weights`: the same graph with other parameters.
   * - `other-graph`: not the same graph.
   */
  relation: "identical" | "quantized" | "other-weights" | "other-graph";
  /** Why the graphs are not the same; empty where they are. */
  structure: string[];
  /** Why the second is not a quantization of the first; empty where it is. */
  notQuantized: string[];
  /** Every parameter that both models have. */
  weights: WeightComparison[];
}

/**
 * Compares two models: the graphs, but for QUANTIZE and DEQUANTIZE, and every weight and bias.
 *
 * The closed division lets a model be quantized after training, and nothing pruned or replaced. So the second model is
 * `quantized` from the first where the first computes in float32 and the second in int8, the graphs are the same, and
 * for each parameter |a − scale · (q − zero point)| is within half a step: with the scale of its slice, where the
 * parameter is quantized per channel. To that comes half a step of the first model's where it stores parameters as
 * int8 itself, and what float32 loses of large biases. A scale so coarse that it leaves a slice less than half of int8's
 * steps is no quantization but pruning. Batch normalization must be folded in both.
 *
 * @throws {ModelError} A graph is not consistent.
 *
 * @example
 * ```ts
 * import { compareModels, type Graph } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const model = (weights: number[]): Graph => ({
 *   description: "",
 *   tensors: [
 *     { name: "x", shape: [1, 2], type: "float32" },
 *     { name: "w", shape: [1, 2], type: "float32", data: new Uint8Array(Float32Array.from(weights).buffer) },
 *     { name: "y", shape: [1, 1], type: "float32" },
 *   ],
 *   operators: [{
 *     kind: "FULLY_CONNECTED",
 *     inputs: [0, 1, -1],
 *     outputs: [2],
 *     options: { activation: "none", keepNumDims: false },
 *   }],
 *   inputs: [0],
 *   outputs: [2],
 * });
 * assert.equal(compareModels(model([1, 2]), model([1, 2])).relation, "identical");
 * const { relation, weights } = compareModels(model([1, 2]), model([1, 2.5]));
 * assert.equal(relation, "other-weights");
 * assert.deepEqual([weights[0].differing, weights[0].error.maxError], [1, 0.5]);
 * ```
 */
export function compareModels(first: Graph, second: Graph): ModelComparison {
  checkGraph(first);
  checkGraph(second);
  const pairing = compareGraphs(first, second);
  const structure = pairing.differences;
  const weights: WeightComparison[] = [];
  let sameStorage = true;
  const seen = new Set<number>();
  for (const [operator, { kind, inputs }] of first.operators.entries()) {
    if (!pairing.operators.has(operator)) continue;
    for (const [input, index] of inputs.entries()) {
      const other = pairing.tensors.get(index);
      if (other === undefined || seen.has(index)) continue;
      const [a, b] = [first.tensors[index], second.tensors[other]];
      if (!a.data || !b.data || !isParameter(a, b) || a.data.length === 0) continue;
      if (elementCount(a.shape) !== elementCount(b.shape)) continue;
      seen.add(index);
      sameStorage &&= a.type === b.type && sameQuantization(a, b);
      weights.push({
        operator,
        kind,
        input,
        name: a.name,
        shape: a.shape,
        ...compareWeights(a, b),
      });
    }
  }
  const notQuantized = whyNotQuantized(first, second, structure, weights);
  const isIdentical = sameStorage && weights.every(({ differing }) => differing === 0);
  const relation = structure.length > 0
    ? "other-graph"
    : isIdentical
    ? "identical"
    : notQuantized.length === 0
    ? "quantized"
    : "other-weights";
  return { relation, structure, notQuantized, weights };
}

/** Axes, paddings and shapes are integers that are not quantized. */
function isParameter(a: Tensor, b: Tensor): boolean {
  const isIndex = ({ type, quantization }: Tensor) =>
    (type === "int32" || type === "int64") && !quantization;
  return !(isIndex(a) && isIndex(b));
}

function sameQuantization(a: Tensor, b: Tensor): boolean {
  const text = ({ quantization: q }: Tensor) =>
    q ? [...q.scale, ...q.zeroPoint, q.scale.length > 1 ? q.axis : 0].join() : "";
  return text(a) === text(b);
}

/** float32 keeps 24 bits: converters divide a bias by its scale in it. */
const FLOAT32_LOSS = 2 ** -23;

/** Training leaves some channels of a network at nothing, with scales that mean nothing. */
const NEGLIGIBLE = 1e-6;

/** A scale fitted to the greatest weight gives it 127 steps. */
const LEAST_STEPS = 64;

function compareWeights(
  a: Tensor,
  b: Tensor,
): Pick<WeightComparison, "differing" | "error" | "worstRounding" | "stepsUsed"> {
  const [realA, stepA] = dequantized(a);
  const [realB, stepB] = dequantized(b);
  let differing = 0;
  let worst = 0;
  realA.forEach((value, i) => {
    const difference = Math.abs(value - realB[i]);
    if (difference === 0) return;
    differing++;
    const rounding = (stepA[i] + stepB[i]) / 2 + Math.abs(value) * FLOAT32_LOSS;
    worst = Math.max(worst, difference / rounding);
  });
  const error = tensorError(realA, realB);
  if (!b.quantization) return { differing, error };
  const result = { differing, error, worstRounding: worst };
  return b.type === "int8" ? { ...result, stepsUsed: stepsUsed(realA, realB, stepB) } : result;
}

/** The least, over the slices of one step each, of the greatest value in steps. */
function stepsUsed(realA: number[], realB: number[], step: number[]): number {
  const greatest = new Map<number, { real: number; steps: number }>();
  let most = 0;
  realA.forEach((value, i) => {
    const slice = greatest.get(step[i]) ?? { real: 0, steps: 0 };
    slice.real = Math.max(slice.real, Math.abs(value));
    slice.steps = Math.max(slice.steps, Math.round(Math.abs(realB[i]) / step[i]));
    greatest.set(step[i], slice);
    most = Math.max(most, slice.real);
  });
  const live = [...greatest.values()].filter(({ real }) => real > most * NEGLIGIBLE);
  return live.reduce((least, { steps }) => Math.min(least, steps), 127);
}

/** Real numbers in double precision, and the step that each is a multiple of. */
function dequantized(tensor: Tensor): [number[], number[]] {
  const stored = storedValues(tensor);
  const { quantization, shape } = tensor;
  if (!quantization) return [stored, stored.map(() => 0)];
  const { scale, zeroPoint, axis } = quantization;
  const inner = scale.length > 1 ? elementCount(shape.slice(axis + 1)) : 1;
  const slice = (i: number) => scale.length > 1 ? Math.floor(i / inner) % scale.length : 0;
  return [
    stored.map((q, i) => scale[slice(i)] * (q - zeroPoint[slice(i)])),
    stored.map((_, i) => scale[slice(i)]),
  ];
}

function whyNotQuantized(
  first: Graph,
  second: Graph,
  structure: readonly string[],
  weights: readonly WeightComparison[],
): string[] {
  const reasons = [...structure];
  const isInt8 = (graph: Graph) =>
    graph.operators.some(({ inputs, kind }) =>
      kind !== "DEQUANTIZE" && graph.tensors[inputs[0]].type === "int8"
    );
  if (isInt8(first)) reasons.push("The first model computes in int8");
  if (!isInt8(second)) reasons.push("The second model does not compute in int8");
  for (const { operator, kind, input, name, worstRounding, stepsUsed } of weights) {
    const label = `Input ${input} of operator ${operator} '${kind}', '${name}',`;
    if (worstRounding === undefined) reasons.push(`${label} is not quantized`);
    // A little more than 1 for the rounding of the scale itself.
    else if (worstRounding > 1.001) {
      reasons.push(`${label} is off by ${worstRounding.toPrecision(3)} times what rounding can do`);
    }
    if (stepsUsed !== undefined && stepsUsed < LEAST_STEPS) {
      reasons.push(`${label} uses ${stepsUsed} of 127 steps: its scale is too coarse`);
    }
  }
  return reasons;
}
