/**
 * In which order of axes an input of an ONNX model is to be stored.
 *
 * @module
 */
import type { NodeUses } from "./node_uses.ts";
import { channelsLast, sameOrder } from "./onnx_importer.ts";

/** Operators that want [n, c, h, w]. */
const spatial = new Set(
  "Conv AveragePool MaxPool GlobalAveragePool BatchNormalization".split(" "),
);

/** Operators that any order suits. */
const anyOrder = new Set(
  "QuantizeLinear DequantizeLinear Relu Clip Sigmoid Tanh Add Sub Mul Div Identity Dropout Pad Slice Concat"
    .split(" "),
);

/**
 * Channels last where an operator takes the input as it is, channels first; the order of the file where the model
 * transposes its input itself, or does not mind. For four dimensions.
 */
export function inputOrder(uses: NodeUses, name: string): readonly number[] {
  const reached = new Set([name]);
  for (const value of reached) {
    for (const n of uses.readers(value)) {
      if (spatial.has(n.opType)) return channelsLast;
      if (n.opType === "Transpose") return sameOrder(4);
      // What is added to a set while it is walked is walked too.
      if (anyOrder.has(n.opType)) reached.add(n.node.outputs[0] ?? "");
    }
  }
  return sameOrder(4);
}
