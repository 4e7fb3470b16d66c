import { ModelError } from "../../model/errors.ts";
import { FloatExecutor } from "../../model/float/float_executor.ts";
import { elementCount, type Graph } from "../../model/graph.ts";

/** Inputs that are run at once: few enough for the memory of every activation. */
const inputsAtOnce = 8;

/** How {@linkcode eachTensor} works. */
export interface EachTensorOptions {
  /** Ends it early. */
  signal?: AbortSignal;
  /** Called after each part, with how many inputs have been run and how many there are to run in all. */
  onProgress?: (done: number, total: number) => void;
}

/**
 * Runs a float model on inputs, and gives the values of some of its tensors to `use`, part by part; the input may be
 * among them.
 *
 * @throws {ModelError} The model cannot be run, or `inputs` is no whole number of its inputs.
 */
export async function eachTensor(
  graph: Graph,
  inputs: Float32Array,
  tensors: readonly number[],
  use: (tensor: number, values: Float32Array) => void,
  options: EachTensorOptions = {},
): Promise<void> {
  const [input] = graph.inputs;
  const size = elementCount(graph.tensors[input].shape);
  const count = inputs.length / size;
  if (!Number.isInteger(count) || count < 1) {
    throw new ModelError(
      `Cannot calibrate on ${inputs.length} values: expected a multiple of ${size}`,
    );
  }
  const computed = [...new Set(tensors)].filter((tensor) => tensor !== input);
  await using executor = computed.length > 0
    ? await FloatExecutor.create(graph, { outputs: computed })
    : undefined;
  for (let first = 0; first < count; first += inputsAtOnce) {
    options.signal?.throwIfAborted();
    const end = Math.min(count, first + inputsAtOnce);
    const part = inputs.subarray(first * size, end * size);
    if (tensors.includes(input)) use(input, part);
    const values = await executor?.run(part) ?? [];
    computed.forEach((tensor, i) => use(tensor, values[i]));
    options.onProgress?.(end, count);
  }
}
