/**
 * A quantized model as a board runs it: bytes from the wire in, the text of `m-results` out.
 *
 * @module
 */
import type { Benchmark } from "../../benchmarks.ts";
import { ModelError } from "../../model/errors.ts";
import { elementCount, type Tensor } from "../../model/graph.ts";
import { dequantize, type InputRounding, quantizeInput } from "../../model/int8/quantize_input.ts";
import type { BoardModel } from "./virtual_board.ts";

/** What runs the model: an {@linkcode Int8Executor}, or another that has its shape. */
export interface Int8Runner {
  /** int8, with one scale and zero point. */
  readonly input: Tensor;
  /** int8, with one scale and zero point. */
  readonly output: Tensor;
  /** One inference. */
  run(input: Int8Array): Int8Array;
}

/**
 * The benchmark's side of a model, as the reference firmware has it: classifiers print their dequantized outputs with six
 * decimals, ad01 prints the mean squared error between its window and what the autoencoder makes of it, with three.
 *
 * @param macs Multiply-accumulates of an inference.
 * @param inputRounding How fp32 inputs become int8. @default {"round"}
 * @throws {ModelError} Where the model does not take what the benchmark sends, or gives another number of values.
 */
export function boardModel(
  benchmark: Benchmark,
  runner: Int8Runner,
  macs: number,
  inputRounding: InputRounding = "round",
): BoardModel {
  checkBoardModel(benchmark, runner.input, runner.output);
  const isAutoencoder = benchmark.id === "ad01";
  return {
    macs,
    results(bytes) {
      const values = inputElements(bytes, benchmark);
      const output = dequantize(
        runner.run(quantizeInput(values, runner.input, inputRounding)),
        runner.output,
      );
      return isAutoencoder
        ? [fixed(meanSquaredError(values, output), 3)]
        : Array.from(output, (value) => fixed(value, 6));
    },
  };
}

/**
 * Whether a model takes what the benchmark sends, and gives what it prints.
 *
 * @throws {ModelError} Where it does not.
 */
export function checkBoardModel(benchmark: Benchmark, input: Tensor, output: Tensor): void {
  const expectedInput = elementCount(benchmark.input.shape);
  const expectedOutput = benchmark.id === "ad01" ? expectedInput : benchmark.resultCount;
  const takes = elementCount(input.shape);
  const gives = elementCount(output.shape);
  if (takes === expectedInput && gives === expectedOutput) return;
  throw new ModelError(
    `Cannot run '${benchmark.id}' on the model as it takes ${takes} values and gives ${gives}: ` +
      `expected ${expectedInput} and ${expectedOutput}`,
    { hint: `Name a model for '${benchmark.id}', such as '${benchmark.model.file}'` },
  );
}

/**
 * The elements that the bytes of an input are, as the benchmark has them on the wire.
 *
 * @param bytes One input, little-endian.
 */
export function inputElements(
  bytes: Uint8Array,
  benchmark: Benchmark,
): Int8Array | Uint8Array | Float32Array {
  if (benchmark.input.type === "uint8") return bytes;
  const copy = bytes.slice().buffer;
  return benchmark.input.type === "int8" ? new Int8Array(copy) : new Float32Array(copy);
}

/**
 * What ad01 prints: the mean squared error between a window and what the autoencoder makes of it, in float32, one
 * element after the other, as the reference firmware adds up.
 */
export function meanSquaredError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.fround(b[i] - a[i]);
    sum = Math.fround(sum + Math.fround(difference * difference));
  }
  return Math.fround(sum / a.length);
}

// As C prints it: halfway between two decimals to the even one. The product is exact, as a float32 has 24 bits.
function fixed(value: number, decimals: number): string {
  const scaled = value * 10 ** decimals;
  const below = Math.floor(scaled);
  return scaled - below === 0.5
    ? ((below + below % 2) / 10 ** decimals).toFixed(decimals)
    : value.toFixed(decimals);
}
