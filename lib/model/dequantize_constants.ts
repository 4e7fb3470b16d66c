/**
 * Constants that a model holds in fewer bits than it computes with.
 *
 * @module
 */
import type { Graph, Tensor } from "./graph.ts";
import { float32Bytes, realValues } from "./real_values.ts";

/**
 * Makes every DEQUANTIZE of a constant a float32 constant: the TFLite converter stores weights as float16 this way.
 * Tensors keep their indices.
 */
export function dequantizeConstants(graph: Graph): Graph {
  const tensors = [...graph.tensors];
  const operators = graph.operators.filter(({ kind, inputs: [from], outputs: [to] }) => {
    if (kind !== "DEQUANTIZE" || !tensors[from].data) return true;
    tensors[to] = asFloat32(tensors[from], tensors[to]);
    return false;
  });
  return operators.length === graph.operators.length ? graph : { ...graph, tensors, operators };
}

function asFloat32(from: Tensor, to: Tensor): Tensor {
  return { ...to, type: "float32", quantization: undefined, data: float32Bytes(realValues(from)) };
}
