/**
 * Whether inferences can share a run.
 *
 * @module
 */
import type { Graph, Operator, Tensor } from "../graph.ts";
import { constantValues } from "../tensor_values.ts";

/**
 * The first dimension of every activation is a batch of one, and no operator mixes what lies along it: a run on n inputs
 * stacked gives n outputs stacked.
 */
export function isBatchable(graph: Graph): boolean {
  // Tensors that come from an input; shapes computed on the side do not.
  const computed = new Set(graph.inputs);
  const isBatch = (index: number) => graph.tensors[index].shape[0] === 1;
  for (const op of graph.operators) {
    if (op.kind === "SHAPE" || !op.inputs.some((input) => computed.has(input))) continue;
    for (const output of op.outputs) computed.add(output);
    // What is joined has to be there once for each input.
    const joins = op.kind === "CONCATENATION" || op.kind === "PACK";
    if (joins && !op.inputs.every((input) => computed.has(input))) return false;
    if (mixes(op, graph.tensors)) return false;
  }
  return [...computed].every(isBatch) && graph.outputs.every((output) => computed.has(output));
}

function mixes(op: Operator, tensors: readonly Tensor[]): boolean {
  const x = tensors[op.inputs[0]];
  const rank = x.shape.length;
  switch (op.kind) {
    case "MEAN":
      return Array.from(constantValues(tensors[op.inputs[1]])).some((axis) =>
        axis === 0 || axis === -rank
      );
    case "CONCATENATION":
      return op.options.axis === 0 || op.options.axis === -rank;
    case "PACK":
      return op.options.axis === 0 || op.options.axis === -rank - 1;
    case "TRANSPOSE":
      return constantValues(tensors[op.inputs[1]])[0] !== 0;
    case "PAD":
      return constantValues(tensors[op.inputs[1]]).slice(0, 2).some((amount) => amount !== 0);
    case "SOFTMAX":
      return rank < 2;
    case "STRIDED_SLICE":
      // A slice of the batch may start at its end, or turn it around: only "all of it" is safe.
      return !(op.options.beginMask & 1 && op.options.endMask & 1) ||
        constantValues(tensors[op.inputs[3]])[0] !== 1 || (op.options.shrinkAxisMask & 1) !== 0;
    case "ADD":
    case "SUB":
    case "MUL":
      // Broadcasting that would line another dimension up with the batch.
      return op.inputs.some((input) =>
        !tensors[input].data && tensors[input].shape.length !== tensors[op.outputs[0]].shape.length
      );
    default:
      return false;
  }
}
