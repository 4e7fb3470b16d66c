import type { Graph, Tensor } from "./graph.ts";
import { float32Bytes, realValues } from "./real_values.ts";

/**
 * The float32 model that an int8 model stands for: every constant becomes the real number that it means, nothing is rounded
 * between layers, and QUANTIZE and DEQUANTIZE fall away. Running both shows what the rounding of activations costs; what
 * the rounding of weights cost is lost for good, and a ReLU that the quantization alone made (a zero point at the end of the
 * range) is not seen.
 *
 * @example
 * ```ts
 * import { compareModels, demoModel, dequantizeModel, loadModel } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const int8 = await loadModel(demoModel());
 * const float = dequantizeModel(int8);
 * assert.equal(float.tensors[float.inputs[0]].type, "float32");
 * assert.equal(compareModels(float, int8).relation, "quantized");
 * ```
 */
export function dequantizeModel(graph: Graph): Graph {
  const tensors = graph.tensors.map((tensor): Tensor => {
    if (!tensor.quantization) return tensor;
    const data = tensor.data && float32Bytes(realValues(tensor));
    return { ...tensor, type: "float32", quantization: undefined, data };
  });
  // What a QUANTIZE or DEQUANTIZE gives is its input now.
  const sources = new Map<number, number>();
  const source = (index: number) => sources.get(index) ?? index;
  const operators = graph.operators.flatMap((operator) => {
    const inputs = operator.inputs.map(source);
    if (operator.kind === "QUANTIZE" || operator.kind === "DEQUANTIZE") {
      sources.set(operator.outputs[0], inputs[0]);
      return [];
    }
    return [{ ...operator, inputs }];
  });
  return { ...graph, tensors, operators, outputs: graph.outputs.map(source) };
}
