import type { Benchmark } from "../benchmarks.ts";
import type { Tensor } from "../model/graph.ts";
import type { EvaluationInput } from "./evaluation_inputs.ts";

/**
 * Whether the stored inputs of a benchmark mean to a model what they stand for: a model that was calibrated on other
 * inputs than the reference model may have another scale or zero point.
 *
 * @param tensor The int8 model's input.
 */
export function fitsStoredInput(benchmark: Benchmark, tensor: Tensor): boolean {
  const { stored, type } = benchmark.input;
  const { quantization } = tensor;
  if (!stored || quantization?.scale.length !== 1) return true;
  const zeroPoint = stored.zeroPoint - (type === "uint8" ? 128 : 0);
  // Over 255 steps, a thousandth is a quarter of a step.
  return quantization.zeroPoint[0] === zeroPoint &&
    Math.abs(quantization.scale[0] / stored.scale - 1) < 1e-3;
}

/**
 * The inputs as real numbers where the model does not take them as they are stored; untouched where it does. See
 * {@linkcode fitsStoredInput}.
 *
 * @example
 * ```ts
 * import { benchmarks, fittedInputs, type Tensor } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const tensor: Tensor = {
 *   name: "input",
 *   shape: [1, 49, 10, 1],
 *   type: "int8",
 *   quantization: { scale: new Float32Array([0.5]), zeroPoint: new Int32Array([0]), axis: 0 },
 * };
 * const inputs = [{ file: "a.bin", label: 0, segment: 0, segments: 1, input: Int8Array.of(83, 84) }];
 * for await (const { input } of fittedInputs(inputs, benchmarks.kws01, tensor)) {
 *   assert.deepEqual([...input], [0, Math.fround(0.5847029089927673)]);
 * }
 * ```
 */
export async function* fittedInputs(
  inputs: Iterable<EvaluationInput> | AsyncIterable<EvaluationInput>,
  benchmark: Benchmark,
  tensor: Tensor,
): AsyncGenerator<EvaluationInput> {
  const { stored } = benchmark.input;
  const fits = fitsStoredInput(benchmark, tensor);
  for await (const item of inputs) {
    yield fits || !stored ? item : {
      ...item,
      input: Float32Array.from(item.input, (value) => stored.scale * (value - stored.zeroPoint)),
    };
  }
}
