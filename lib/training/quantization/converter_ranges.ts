/**
 * A peculiarity of the TFLite converter's calibration.
 *
 * @module
 */
import { elementCount, type Graph, type OperatorKind } from "../../model/graph.ts";
import type { ValueRange } from "./ranges.ts";

/** Operators that TensorFlow Lite computes in the memory of an input, and which inputs may serve. */
const inPlace: { readonly [K in OperatorKind]?: readonly number[] } = {
  ADD: [0, 1],
  SUB: [0, 1],
  MUL: [0, 1],
  SOFTMAX: [0],
};

/**
 * The ranges as the TFLite converter (TensorFlow 2.21) sees them. Its calibration reads an operator's inputs after the
 * operator has run; where the result has been written over an input, that input's range takes in the result's. So the
 * scale of what goes into a residual addition can be coarser than need be.
 *
 * An input is written over where it is no input of the model and as large as the result, nothing else reads it, and the
 * result is no output of the model (`lite/arena_planner.cc`).
 */
export function converterRanges(
  graph: Graph,
  ranges: ReadonlyMap<number, ValueRange>,
): Map<number, ValueRange> {
  const uses = new Map<number, number>();
  for (const { inputs } of graph.operators) {
    for (const input of inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
  }
  for (const index of [...graph.inputs, ...graph.outputs]) {
    uses.set(index, (uses.get(index) ?? 0) + 1);
  }
  /** By tensor: the one whose memory it has. */
  const memory = new Map<number, number>();
  const seen = new Map(ranges);
  for (const { kind, inputs, outputs: [output] } of graph.operators) {
    const range = ranges.get(output);
    if (!range || graph.outputs.includes(output)) continue;
    if (kind === "RESHAPE" && !graph.inputs.includes(inputs[0])) {
      memory.set(output, memory.get(inputs[0]) ?? inputs[0]);
    }
    const size = elementCount(graph.tensors[output].shape);
    const shared = inPlace[kind]?.map((position) => inputs[position]).find((input) =>
      size > 1 && elementCount(graph.tensors[input].shape) === size && uses.get(input) === 1 &&
      !graph.tensors[input].data
    );
    if (shared === undefined) continue;
    const root = memory.get(shared) ?? shared;
    if ((uses.get(root) ?? 0) > 1) continue;
    memory.set(output, root);
    const own = ranges.get(shared)!;
    seen.set(shared, {
      min: Math.min(own.min, range.min),
      max: Math.max(own.max, range.max),
    });
  }
  return seen;
}
