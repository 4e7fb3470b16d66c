/**
 * Which arithmetic a device computes with, told from what it printed.
 *
 * @module
 */
import { ModelError } from "./errors.ts";
import type { Graph } from "./graph.ts";
import { Int8Executor } from "./int8/int8_executor.ts";
import { dequantize, type InputRounding, quantizeInput } from "./int8/quantize_input.ts";
import type { Rounding } from "./int8/requantize.ts";

/** One inference of a device. */
export interface FingerprintSample {
  /** What the device was sent: int8, images as uint8, or float32 that it quantized itself. */
  input: Int8Array | Uint8Array | Float32Array;
  /** What it gave: int8 as it was, or numbers as they were printed. */
  output: Int8Array | readonly number[];
}

/** Options of {@linkcode fingerprint}. */
export interface FingerprintOptions {
  /**
   * How far a printed number may be from the real one: 0.001 by default, for three decimals whether they were rounded
   * or cut off. It should be less than half of the output's scale.
   */
  tolerance?: number;
  /**
   * What the device prints of an output, where that is not the output itself: for anomaly detection the mean squared
   * error between input and output.
   */
  printed?: (output: Float32Array, input: FingerprintSample["input"]) => ArrayLike<number>;
}

/** How well a class of arithmetic explains a device's outputs. */
export interface ArithmeticMatch {
  /** The class. */
  rounding: Rounding;
  /** How float32 inputs are made int8; undefined where the device was sent integers. */
  inputRounding?: InputRounding;
  /** Samples whose every number is as the class gives it. */
  agreeing: number;
  /** Samples in all. */
  samples: number;
  /** `agreeing` / `samples`, from 0 to 1. */
  agreement: number;
}

/**
 * Runs a device's inputs through every class of arithmetic and says how many of its outputs each gives, the best
 * first. A device of a class agrees wholly, or all but; another class agrees on some two thirds of keywords.
 *
 * @throws {ModelError} There is no sample, a sample does not fit the model, or the model is none that
 * {@linkcode Int8Executor} runs.
 *
 * @example
 * ```ts
 * import { fingerprint, type Graph, Int8Executor, quantizeInput } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const quantization = { scale: new Float32Array([0.5]), zeroPoint: new Int32Array([0]), axis: 0 };
 * const graph: Graph = {
 *   description: "",
 *   tensors: [
 *     { name: "x", shape: [1, 2], type: "int8", quantization },
 *     { name: "y", shape: [1, 2], type: "int8", quantization },
 *   ],
 *   operators: [{ kind: "RELU", inputs: [0], outputs: [1], options: {} }],
 *   inputs: [0],
 *   outputs: [1],
 * };
 * const input = new Float32Array([0.9, 3.4]);
 * const [best, worse] = fingerprint(graph, [{ input, output: [0.5, 3] }]);
 * assert.deepEqual([best.inputRounding, best.agreement], ["truncate", 1]);
 * assert.equal(fingerprint(graph, [{ input, output: [1, 3.5] }])[0].inputRounding, "round");
 * ```
 */
export function fingerprint(
  graph: Graph,
  samples: readonly FingerprintSample[],
  options: FingerprintOptions = {},
): ArithmeticMatch[] {
  if (samples.length === 0) {
    throw new ModelError("Cannot tell a device's arithmetic as there is no sample");
  }
  const isFloat = samples.some(({ input }) => input instanceof Float32Array);
  const inputRoundings: (InputRounding | undefined)[] = isFloat
    ? ["round", "truncate"]
    : [undefined];
  const matches = (["tflm", "single"] as const).flatMap((rounding) => {
    const executor = new Int8Executor(graph, { rounding });
    return inputRoundings.map((inputRounding): ArithmeticMatch => {
      const agreeing = samples.filter((sample) => agrees(executor, sample, inputRounding, options));
      return {
        rounding,
        ...(inputRounding && { inputRounding }),
        agreeing: agreeing.length,
        samples: samples.length,
        agreement: agreeing.length / samples.length,
      };
    });
  });
  return matches.sort((a, b) => b.agreeing - a.agreeing);
}

function agrees(
  executor: Int8Executor,
  { input, output: given }: FingerprintSample,
  inputRounding: InputRounding | undefined,
  { tolerance = 0.001, printed = (output) => output }: FingerprintOptions,
): boolean {
  const output = executor.run(quantizeInput(input, executor.input, inputRounding));
  if (given instanceof Int8Array) {
    checkLength(given, output);
    return output.every((value, i) => value === given[i]);
  }
  const expected = printed(dequantize(output, executor.output), input);
  checkLength(given, expected);
  // A hair more than the tolerance, which decimal numbers cannot hold exactly.
  return given.every((value, i) => Math.abs(value - expected[i]) <= tolerance * (1 + 1e-6));
}

function checkLength(given: ArrayLike<number>, expected: ArrayLike<number>): void {
  if (given.length !== expected.length) {
    throw new ModelError(
      `Cannot tell a device's arithmetic from ${given.length} numbers a sample: expected ${expected.length}`,
    );
  }
}
