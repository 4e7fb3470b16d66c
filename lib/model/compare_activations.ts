/**
 * Where two models begin to differ.
 *
 * @module
 */
import { compareGraphs } from "./compare_graphs.ts";
import type { Graph, OperatorKind } from "./graph.ts";
import { Int8Executor, type Int8ExecutorOptions } from "./int8/int8_executor.ts";
import { dequantize, quantizeInput } from "./int8/quantize_input.ts";
import { type TensorError, TensorErrorSums } from "./tensor_error.ts";

/** Runs a model on inputs, one after another, and gives for each some of its tensors as real numbers. */
export type TraceActivations = (
  inputs: readonly Float32Array[],
  tensors: readonly number[],
) => AsyncIterable<Float32Array[]>;

/** An activation of one model beside the one that stands for it in another. */
export interface ActivationComparison {
  /** The operator that gives it, by its place in the first model. */
  operator: number;
  /** What that operator does. */
  kind: OperatorKind;
  /** In the first model. */
  name: string;
  /** Over all inputs, the first model's values being the reference. */
  error: TensorError;
}

/** How {@linkcode compareActivations} runs the models. */
export interface CompareActivationsOptions {
  /** Runs the first: {@linkcode traceInt8}, {@linkcode traceFloat} or one of your own. */
  first: TraceActivations;
  /** Runs the second. */
  second: TraceActivations;
}

/**
 * Runs two models on the same inputs and compares every activation that both have, in order of execution: what
 * quantization costs, layer by layer.
 *
 * @param inputs Real numbers, each as many as the models take.
 * @returns Empty where the graphs have nothing in common; see {@linkcode compareGraphs}.
 * @throws {ModelError} A model cannot be run.
 *
 * @example
 * ```ts
 * import { compareActivations, type Graph, traceInt8 } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const model = (scale: number): Graph => {
 *   const quantization = { scale: new Float32Array([scale]), zeroPoint: new Int32Array([0]), axis: 0 };
 *   return {
 *     description: "",
 *     tensors: [
 *       { name: "x", shape: [1, 2], type: "int8", quantization },
 *       { name: "y", shape: [1, 2], type: "int8", quantization },
 *     ],
 *     operators: [{ kind: "RELU", inputs: [0], outputs: [1], options: {} }],
 *     inputs: [0],
 *     outputs: [1],
 *   };
 * };
 * const [fine, coarse] = [model(0.25), model(1)];
 * const [relu] = await compareActivations(fine, coarse, [new Float32Array([1.25, -3])], {
 *   first: traceInt8(fine),
 *   second: traceInt8(coarse),
 * });
 * assert.equal(relu.error.maxError, 0.25);
 * ```
 */
export async function compareActivations(
  first: Graph,
  second: Graph,
  inputs: readonly Float32Array[],
  options: CompareActivationsOptions,
): Promise<ActivationComparison[]> {
  const { operators, tensors } = compareGraphs(first, second);
  const rows = [...operators.keys()].sort((a, b) => a - b).flatMap((operator) => {
    const { kind, outputs } = first.operators[operator];
    const other = tensors.get(outputs[0])!;
    const comparable = isReal(first, outputs[0]) && isReal(second, other) &&
      String(first.tensors[outputs[0]].shape) === String(second.tensors[other].shape);
    if (!comparable) return [];
    const { name } = first.tensors[outputs[0]];
    return [{ operator, kind, name, tensor: outputs[0], other, sums: new TensorErrorSums() }];
  });
  const others = options.second(inputs, rows.map(({ other }) => other))[Symbol.asyncIterator]();
  try {
    for await (const values of options.first(inputs, rows.map(({ tensor }) => tensor))) {
      const { value: otherValues } = await others.next();
      rows.forEach(({ sums }, i) => sums.add(values[i], otherValues[i]));
    }
  } finally {
    await others.return?.();
  }
  return rows.map(({ operator, kind, name, sums }) => ({
    operator,
    kind,
    name,
    error: sums.result(),
  }));
}

/** Shapes and indices are no activations. */
function isReal(graph: Graph, tensor: number): boolean {
  const { type, quantization } = graph.tensors[tensor];
  return type === "float32" || quantization !== undefined;
}

/**
 * Traces an int8 model by {@linkcode Int8Executor}: inputs are quantized, tensors dequantized.
 *
 * @throws {ModelError} The model is none that {@linkcode Int8Executor} runs.
 */
export function traceInt8(graph: Graph, options: Int8ExecutorOptions = {}): TraceActivations {
  const executor = new Int8Executor(graph, options);
  return async function* (inputs, tensors) {
    for (const input of inputs) {
      executor.run(quantizeInput(input, executor.input));
      yield tensors.map((index) => {
        const values = executor.tensor(index);
        if (values instanceof Int8Array) return dequantize(values, graph.tensors[index]);
        return values instanceof Float32Array ? values : Float32Array.from(values);
      });
    }
  };
}

/** Traces a model in float32 by {@linkcode FloatExecutor}, which is loaded at the first run. */
export function traceFloat(graph: Graph): TraceActivations {
  return async function* (inputs, tensors) {
    const { FloatExecutor } = await import("./float/float_executor.ts");
    await using executor = await FloatExecutor.create(graph, { outputs: tensors });
    for (const input of inputs) yield await executor.run(input);
  };
}
