/**
 * ONNX files, read.
 *
 * @module
 */
import { checkGraph } from "../check_graph.ts";
import { ModelError } from "../errors.ts";
import type { Graph } from "../graph.ts";
import { decodeOnnxModel } from "./decode_onnx.ts";
import { expandQLinear } from "./expand_qlinear.ts";
import { constantOf, foldConstant } from "./fold_constant.ts";
import { importInputs, importOutput, isChannelsLast } from "./import_ends.ts";
import { ImportNode } from "./import_node.ts";
import { importNode } from "./import_operator.ts";
import { NodeUses } from "./node_uses.ts";
import { OnnxImporter } from "./onnx_importer.ts";

/** Operator sets that are understood; what changed between them is told apart. */
const opsets = { oldest: 7, newest: 25 };

/**
 * Reads an ONNX model: float, quantized as QDQ, or quantized with operators on integers (QLinearConv, …).
 *
 * The graph has channels last. A model that takes images as [n, c, h, w] becomes one that takes, and gives, [n, h, w, c]
 * without a transpose; a model that transposes them itself, as {@linkcode writeOnnx} makes them, keeps its shapes. Batch normalizations and biases are folded into weights, activations fused, pairs of QuantizeLinear
 * and DequantizeLinear become types of tensors; unsigned 8-bit integers become signed ones, 128 lower. An open first
 * dimension is taken as 1.
 *
 * The bytes may come from anywhere: every length is checked and the result satisfies {@linkcode checkGraph}.
 *
 * @throws {ModelError} The file is damaged, or holds a node that is not supported: the error names it.
 *
 * @example
 * ```ts
 * import { type Graph, readOnnx, writeOnnx } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const graph: Graph = {
 *   description: "",
 *   tensors: [
 *     { name: "x", shape: [1, 8, 8, 2], type: "float32" },
 *     { name: "y", shape: [1, 4, 4, 2], type: "float32" },
 *   ],
 *   operators: [{
 *     kind: "MAX_POOL_2D",
 *     inputs: [0],
 *     outputs: [1],
 *     options: {
 *       padding: "valid",
 *       strideHeight: 2,
 *       strideWidth: 2,
 *       filterHeight: 2,
 *       filterWidth: 2,
 *       activation: "none",
 *     },
 *   }],
 *   inputs: [0],
 *   outputs: [1],
 * };
 * assert.deepEqual(readOnnx(writeOnnx(graph)).operators, graph.operators);
 * ```
 */
export function readOnnx(bytes: Uint8Array): Graph {
  const model = decodeOnnxModel(bytes);
  const opset = model.opsets.get("") ?? 0;
  if (opset < opsets.oldest || opset > opsets.newest) {
    throw new ModelError(
      `Cannot read the ONNX file as its operator set is ${opset}: expected ${opsets.oldest} to ${opsets.newest}`,
      { hint: "Export the model with operator set 17" },
    );
  }
  const nodes = model.nodes.flatMap((node, index) =>
    expandQLinear(new ImportNode(index, node)).map((part) => new ImportNode(index, part))
  );
  const uses = new NodeUses(nodes, model.outputs.map(({ name }) => name));
  const im = new OnnxImporter({ uses, opset, fileBytes: bytes.length });
  for (const tensor of model.initializers) im.define(tensor.name, constantOf(tensor));
  // Weights may be made by nodes that stand after the first reader of what they are added to.
  for (const n of nodes) fold(im, n);
  const inputs = importInputs(im, nodes, model);
  for (const n of nodes) {
    if (!uses.isDone(n) && !fold(im, n)) importNode(im, n);
  }
  const isChannelsFirst = model.inputs.some(({ name }) => {
    const value = im.find(name);
    return value?.kind === "activation" && isChannelsLast(value.order);
  });
  const outputs = model.outputs.map((output) => importOutput(im, output, isChannelsFirst));
  const graph: Graph = {
    description: model.docString,
    tensors: im.tensors,
    operators: im.operators,
    inputs,
    outputs,
  };
  checkGraph(graph);
  return graph;
}

function fold(im: OnnxImporter, n: ImportNode): boolean {
  const value = foldConstant(im, n);
  if (!value) return false;
  im.define(n.output, value);
  im.uses.finish(n);
  return true;
}
