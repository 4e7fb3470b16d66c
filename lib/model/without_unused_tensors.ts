import type { Graph, Operator } from "./graph.ts";

/** The graph without the tensors that nothing refers to; the others move up. */
export function withoutUnusedTensors(graph: Graph): Graph {
  const used = new Set<number>([...graph.inputs, ...graph.outputs]);
  for (const { inputs, outputs } of graph.operators) {
    for (const index of [...inputs, ...outputs]) if (index >= 0) used.add(index);
  }
  const kept = [...used].sort((a, b) => a - b);
  const places = new Map(kept.map((index, place) => [index, place]));
  const move = (index: number) => index < 0 ? index : places.get(index)!;
  return {
    ...graph,
    tensors: kept.map((index) => graph.tensors[index]),
    operators: graph.operators.map((operator) =>
      ({
        ...operator,
        inputs: operator.inputs.map(move),
        outputs: operator.outputs.map(move),
      }) as Operator
    ),
    inputs: graph.inputs.map(move),
    outputs: graph.outputs.map(move),
  };
}
