/**
 * Operators with weights, seen alike.
 *
 * @module
 */
import type { Graph, Operator } from "../../model/graph.ts";
import type { WeightLayout } from "./quantize_weights.ts";

/** A convolution or a fully connected layer. */
export type WeightedOperator = Extract<
  Operator,
  { kind: "CONV_2D" | "DEPTHWISE_CONV_2D" | "FULLY_CONNECTED" }
>;

/** Whether an operator has weights and a bias. */
export function isWeighted(operator: Operator): operator is WeightedOperator {
  const { kind } = operator;
  return kind === "CONV_2D" || kind === "DEPTHWISE_CONV_2D" || kind === "FULLY_CONNECTED";
}

/** The dimension of the weights that runs along the outputs. */
export function outputAxis(kind: WeightedOperator["kind"]): 0 | 3 {
  return kind === "DEPTHWISE_CONV_2D" ? 3 : 0;
}

/** See {@linkcode WeightLayout}. */
export function weightLayout(graph: Graph, operator: WeightedOperator): WeightLayout {
  const { shape } = graph.tensors[operator.inputs[1]];
  if (operator.kind === "DEPTHWISE_CONV_2D") return { outputs: shape[3], inner: 1 };
  return { outputs: shape[0], inner: shape.slice(1).reduce((product, n) => product * n, 1) };
}
