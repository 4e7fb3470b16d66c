import { elementCount, type Graph, type Operator } from "./graph.ts";

/**
 * Multiply-accumulates of one operator: of convolutions and fully connected layers one for each weight that each output
 * value takes, borders included; 0 for all others.
 */
export function operatorMacs(graph: Graph, operator: Operator): number {
  const shape = (index: number) => graph.tensors[index].shape;
  switch (operator.kind) {
    case "CONV_2D":
    case "FULLY_CONNECTED": {
      const [, ...perOutput] = shape(operator.inputs[1]);
      return elementCount(shape(operator.outputs[0])) * elementCount(perOutput);
    }
    case "DEPTHWISE_CONV_2D": {
      const [, height, width] = shape(operator.inputs[1]);
      return elementCount(shape(operator.outputs[0])) * height * width;
    }
    default:
      return 0;
  }
}

/**
 * Multiply-accumulates of one inference.
 *
 * @example
 * ```ts
 * import { demoModel, graphMacs, readTflite } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.ok(graphMacs(readTflite(await Deno.readFile(demoModel()))) > 10_000);
 * ```
 */
export function graphMacs(graph: Graph): number {
  return graph.operators.reduce((sum, operator) => sum + operatorMacs(graph, operator), 0);
}
