/**
 * A {@linkcode Graph} as an ONNX file.
 *
 * @module
 */
import { checkGraph } from "../check_graph.ts";
import { ModelError } from "../errors.ts";
import type { Graph, Operator, OperatorKind } from "../graph.ts";
import { encodeOnnxModel } from "./encode_onnx.ts";
import { lowerOperator } from "./lower_operator.ts";
import { OnnxBuilder, type OnnxForm } from "./onnx_builder.ts";

export type { OnnxForm };

/** Options of {@linkcode writeOnnx}. */
export interface WriteOnnxOptions {
  /** `qdq` where an activation is quantized and `float` otherwise. */
  form?: OnnxForm;
  /** Tensors to give out beside the graph's outputs, by index: for a look at what lies between. */
  extraOutputs?: readonly number[];
  /** Leave the size of the first dimension open; for graphs that treat what lies along it independently. */
  dynamicBatch?: boolean;
  /**
   * Where activations are float and weights int8 (per tensor), quantize the activations at run time as TFLite does. Left
   * out, such weights are dequantized only: closer to the float model that they stand for, and readable again.
   */
  dynamicRange?: boolean;
}

const moving: ReadonlySet<OperatorKind> = new Set(
  ["MAX_POOL_2D", "PAD", "RESHAPE", "STRIDED_SLICE", "TRANSPOSE"] as const,
);

/** Operators of this version run in onnxruntime 1.12 and later. */
const opsetVersion = 17;
const irVersion = 8;

/**
 * Writes a model as ONNX, operator set 17.
 *
 * Inputs and outputs keep names, order and shapes (channels last); convolutions run channels first inside, as ONNX has
 * them, between transposes at the borders. Quantized models keep every scale and zero point; `qlinear` uses operators of
 * onnxruntime (domain com.microsoft) where the standard has none on integers.
 *
 * @throws {ModelError} An operator has no counterpart: the error names it.
 *
 * @example
 * ```ts
 * import { type Graph, readOnnx, writeOnnx } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const graph: Graph = {
 *   description: "",
 *   tensors: [
 *     { name: "x", shape: [1, 4], type: "float32" },
 *     { name: "y", shape: [1, 4], type: "float32" },
 *   ],
 *   operators: [{ kind: "RELU", inputs: [0], outputs: [1], options: {} }],
 *   inputs: [0],
 *   outputs: [1],
 * };
 * assert.deepEqual(readOnnx(writeOnnx(graph)).operators, graph.operators);
 * ```
 */
export function writeOnnx(graph: Graph, options: WriteOnnxOptions = {}): Uint8Array {
  checkGraph(graph);
  const form = options.form ?? (isQuantized(graph) ? "qdq" : "float");
  const builder = new OnnxBuilder(
    graph,
    form,
    options.dynamicBatch ?? false,
    options.dynamicRange ?? false,
  );
  const outputs = [...new Set([...graph.outputs, ...options.extraOutputs ?? []])];
  const declared = (index: number) => ({
    name: builder.baseName(index),
    dataType: builder.dataType(index),
    shape: builder.shape(index).map((size) => size < 0 ? "batch" : size),
  });
  const needed = neededTensors(graph, outputs);
  for (const index of graph.inputs) {
    const name = builder.baseName(index);
    builder.put(index, "plain", name);
    // Operators that only move integers do not tell what these stand for: such a pair does.
    const readers = graph.operators.filter(({ inputs }) => inputs.includes(index));
    if (builder.isQuantized(index) && readers.every(({ kind }) => moving.has(kind))) {
      builder.putReal(index, "plain", builder.dequantized(index, name));
    }
  }
  graph.operators.forEach((op, index) => {
    if (!op.outputs.some((output) => needed.has(output))) return;
    try {
      lowerOperator(builder, op);
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      throw new ModelError(error.message, { ...error, operator: { index, kind: op.kind } });
    }
  });
  const nodes = builder.finish(outputs.filter((index) => !graph.inputs.includes(index)));
  return encodeOnnxModel({
    irVersion,
    producerName: "thimble",
    docString: graph.description,
    opsets: new Map([["", opsetVersion], ...contrib(builder)]),
    graphName: "graph",
    nodes,
    initializers: builder.initializers,
    inputs: graph.inputs.map(declared),
    outputs: outputs.map(declared),
  });
}

function contrib(builder: OnnxBuilder): [string, number][] {
  return builder.usesContrib ? [["com.microsoft", 1]] : [];
}

function isQuantized(graph: Graph): boolean {
  return graph.tensors.some(({ quantization, data }) => quantization && !data);
}

/** Tensors that outputs depend on. Shapes are known here: what computes the shape of a reshape is left out. */
function neededTensors(graph: Graph, outputs: readonly number[]): Set<number> {
  const needed = new Set(outputs);
  const used = (op: Operator) => op.kind === "RESHAPE" ? op.inputs.slice(0, 1) : op.inputs;
  for (const op of graph.operators.toReversed()) {
    if (op.outputs.some((output) => needed.has(output))) {
      for (const input of used(op)) needed.add(input);
    }
  }
  return needed;
}
