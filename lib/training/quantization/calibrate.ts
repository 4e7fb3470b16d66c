/**
 * What values the activations of a model take on real inputs.
 *
 * @module
 */
import type { Graph } from "../../model/graph.ts";
import { ModelError } from "../../model/errors.ts";
import {
  type CalibrationMethod,
  entropyRange,
  Histogram,
  leastErrorRange,
  percentileRange,
} from "./clip_range.ts";
import { eachTensor } from "./each_tensor.ts";
import { converterRanges } from "./converter_ranges.ts";
import type { ValueRange } from "./ranges.ts";

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
  await eachTensor(
    graph,
    inputs,
    realTensors(graph),
    (tensor, values) => histograms.get(tensor)!.add(values),
    {
      signal,
      onProgress: (done, total) => onProgress?.(total + done, 2 * total),
    },
  );
  return histograms;
}

async function seenRanges(
  graph: Graph,
  inputs: Float32Array,
  options: Pick<CalibrateOptions, "signal" | "onProgress">,
): Promise<Map<number, ValueRange>> {
  const ranges = new Map<number, ValueRange>();
  await eachTensor(graph, inputs, realTensors(graph), (tensor, values) => {
    const range = ranges.get(tensor) ?? { min: Infinity, max: -Infinity };
    ranges.set(tensor, widened(range, values, graph.tensors[tensor].name));
  }, options);
  return ranges;
}

/** The input, and tensors that hold real numbers and are computed in a run. */
function realTensors(graph: Graph): number[] {
  const computed = graph.operators.map(({ outputs: [output] }) => output);
  return [
    graph.inputs[0],
    ...computed.filter((output) => graph.tensors[output].type === "float32"),
  ];
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
