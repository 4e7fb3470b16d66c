import { elementCount, type Graph } from "../../model/graph.ts";
import { eachTensor } from "./each_tensor.ts";

/** The mean of each of some tensors over inputs of a float model, element by element. */
export async function meanTensors(
  graph: Graph,
  inputs: Float32Array,
  tensors: readonly number[],
  signal?: AbortSignal,
): Promise<Map<number, Float64Array>> {
  const means = new Map(
    tensors.map((tensor) => [tensor, new Float64Array(elementCount(graph.tensors[tensor].shape))]),
  );
  const count = inputs.length / elementCount(graph.tensors[graph.inputs[0]].shape);
  await eachTensor(graph, inputs, tensors, (tensor, values) => {
    const mean = means.get(tensor)!;
    for (let i = 0; i < values.length; i++) mean[i % mean.length] += values[i] / count;
  }, { signal });
  return means;
}
