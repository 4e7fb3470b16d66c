import { elementCount, type Graph } from "../../model/graph.ts";
import { FloatExecutor } from "../../model/float/float_executor.ts";

const inputsAtOnce = 8;

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
  const [input] = graph.inputs;
  const size = elementCount(graph.tensors[input].shape);
  const count = inputs.length / size;
  const computed = [...means.keys()].filter((tensor) => tensor !== input);
  await using executor = await FloatExecutor.create(graph, {
    outputs: computed.length ? computed : undefined,
  });
  for (let first = 0; first < count; first += inputsAtOnce) {
    signal?.throwIfAborted();
    const part = inputs.subarray(first * size, Math.min(count, first + inputsAtOnce) * size);
    const values = computed.length ? await executor.run(part) : [];
    if (means.has(input)) add(means.get(input)!, part, count);
    computed.forEach((tensor, i) => add(means.get(tensor)!, values[i], count));
  }
  return means;
}

function add(mean: Float64Array, values: Float32Array, count: number): void {
  for (let i = 0; i < values.length; i++) mean[i % mean.length] += values[i] / count;
}
