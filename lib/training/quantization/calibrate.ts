/**
 * What values the activations of a model take on real inputs.
 *
 * @module
 */
import { elementCount, type Graph } from "../../model/graph.ts";
import { ModelError } from "../../model/errors.ts";
import { FloatExecutor } from "../../model/float/float_executor.ts";
import {
  type CalibrationMethod,
  entropyRange,
  Histogram,
  leastErrorRange,
  percentileRange,
} from "./clip_range.ts";
import { converterRanges } from "./converter_ranges.ts";
import type { ValueRange } from "./ranges.ts";

/** Inputs that are run at once: few enough for the memory of every activation. */
const inputsAtOnce = 8;

/** How {@linkcode calibrate} finds ranges. */
export interface CalibrateOptions {
  /** The whole range seen, or one that leaves outliers out. [minmax] */
  method?: CalibrationMethod;
  /** Of `percentile`: how many of a hundred values are inside. [99.99] */
  percent?: number;
  /** Ends it early. */
  signal?: AbortSignal;
  /** Called after each part, with how many inputs have been run and how many there are to run in all. */
  onProgress?: (done: number, total: number) => void;
}

/**
 * Runs a float model on inputs and gives the range of every real-valued activation, the input included.
 *
 * `minmax` is what the TFLite converter does, down to what residual additions do to the ranges of their inputs (see
 * `converter_ranges.ts`); `percentile` of 100 is the plain range. The others run the inputs a second time, for histograms of 2048 bins:
 * `percentile` leaves out a share of the values, `mse` has the least squared error, `entropy` the least
 * Kullback-Leibler divergence.
 *
 * @param inputs Real numbers: inputs of the model, one after another.
 * @returns Ranges by tensor index.
 * @throws {ModelError} The model is not float32, or `inputs` is no whole number of its inputs, or a value is not finite.
 *
 * @example
 * ```ts
 * import { calibrate, type Graph } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const tensor = (name: string) => ({ name, shape: [1, 2], type: "float32" as const });
 * const graph: Graph = {
 *   description: "",
 *   tensors: [tensor("x"), tensor("y")],
 *   operators: [{ kind: "RELU", inputs: [0], outputs: [1], options: {} }],
 *   inputs: [0],
 *   outputs: [1],
 * };
 * const ranges = await calibrate(graph, Float32Array.of(-1, 2, 3, -4));
 * assert.deepEqual(ranges.get(0), { min: -4, max: 3 });
 * assert.deepEqual(ranges.get(1), { min: 0, max: 3 });
 * ```
 */
export async function calibrate(
  graph: Graph,
  inputs: Float32Array,
  options: CalibrateOptions = {},
): Promise<Map<number, ValueRange>> {
  const { method = "minmax", percent = 99.99 } = options;
  if (method === "minmax") {
    return converterRanges(graph, await seenRanges(graph, inputs, options));
  }
  const histograms = await activationHistograms(graph, inputs, options);
  const choose = {
    percentile: (histogram: Histogram) => percentileRange(histogram, percent),
    mse: leastErrorRange,
    entropy: entropyRange,
  }[method];
  return new Map([...histograms].map(([tensor, histogram]) => [tensor, choose(histogram)]));
}

/** How {@linkcode activationHistograms} works. */
export interface ActivationHistogramOptions
  extends Pick<CalibrateOptions, "signal" | "onProgress"> {
  /** Bins over the whole range of a tensor. [2048] */
  bins?: number;
}

/**
 * How often which values occur in every real-valued activation of a float model, the input included. Runs the inputs
 * twice: for the ranges, then to count.
 *
 * @param inputs Real numbers: inputs of the model, one after another.
 * @returns Histograms by tensor index.
 * @throws {ModelError} As {@linkcode calibrate} does.
 *
 * @example
 * ```ts
 * import { activationHistograms, type Graph } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const tensor = (name: string) => ({ name, shape: [1, 2], type: "float32" as const });
 * const graph: Graph = {
 *   description: "",
 *   tensors: [tensor("x"), tensor("y")],
 *   operators: [{ kind: "RELU", inputs: [0], outputs: [1], options: {} }],
 *   inputs: [0],
 *   outputs: [1],
 * };
 * const histograms = await activationHistograms(graph, Float32Array.of(-1, 2, 3, -4), { bins: 3 });
 * assert.deepEqual([...histograms.get(1)!.counts], [2, 0, 2]);
 * ```
 */
export async function activationHistograms(
  graph: Graph,
  inputs: Float32Array,
  options: ActivationHistogramOptions = {},
): Promise<Map<number, Histogram>> {
  const { bins = 2048, signal, onProgress } = options;
  const ranges = await seenRanges(graph, inputs, {
    signal,
    onProgress: (done, total) => onProgress?.(done, 2 * total),
  });
  const histograms = new Map(
    [...ranges].map(([tensor, range]) => [tensor, new Histogram(range, bins)]),
  );
  await eachActivation(graph, inputs, (tensor, values) => histograms.get(tensor)!.add(values), {
    signal,
    onProgress: (done, total) => onProgress?.(total + done, 2 * total),
  });
  return histograms;
}

async function seenRanges(
  graph: Graph,
  inputs: Float32Array,
  options: Pick<CalibrateOptions, "signal" | "onProgress">,
): Promise<Map<number, ValueRange>> {
  const ranges = new Map<number, ValueRange>();
  await eachActivation(graph, inputs, (tensor, values) => {
    const range = ranges.get(tensor) ?? { min: Infinity, max: -Infinity };
    ranges.set(tensor, widened(range, values, graph.tensors[tensor].name));
  }, options);
  return ranges;
}

/** Runs the inputs, and gives every activation's values to `use`, part by part. */
async function eachActivation(
  graph: Graph,
  inputs: Float32Array,
  use: (tensor: number, values: Float32Array) => void,
  options: Pick<CalibrateOptions, "signal" | "onProgress">,
): Promise<void> {
  const size = elementCount(graph.tensors[graph.inputs[0]].shape);
  const count = inputs.length / size;
  if (!Number.isInteger(count) || count < 1) {
    throw new ModelError(
      `Cannot calibrate on ${inputs.length} values: expected a multiple of ${size}`,
    );
  }
  const activations = realActivations(graph);
  await using executor = await FloatExecutor.create(graph, { outputs: activations });
  for (let first = 0; first < count; first += inputsAtOnce) {
    options.signal?.throwIfAborted();
    const end = Math.min(count, first + inputsAtOnce);
    const part = inputs.subarray(first * size, end * size);
    use(graph.inputs[0], part);
    const values = await executor.run(part);
    activations.forEach((tensor, i) => use(tensor, values[i]));
    options.onProgress?.(end, count);
  }
}

/** Tensors that hold real numbers and are computed in a run. */
function realActivations(graph: Graph): number[] {
  return graph.operators.flatMap(({ outputs: [output] }) =>
    graph.tensors[output].type === "float32" ? [output] : []
  );
}

function widened({ min, max }: ValueRange, values: Float32Array, name: string): ValueRange {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value < min) min = value;
    if (value > max) max = value;
    // Only NaN and the infinities are no number less themselves.
    if (value - value !== 0) {
      throw new ModelError(`Cannot calibrate as '${name}' takes the value ${value}`, {
        hint: "Calibrate on inputs as the model was trained on: real numbers in the same scale",
      });
    }
  }
  return { min, max };
}
