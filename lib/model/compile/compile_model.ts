/**
 * From a model to C for a board.
 *
 * @module
 */
import { foldConstants } from "../engine/fold_constants.ts";
import { lowerGraph } from "../engine/lower_graph.ts";
import { roundingNumbers } from "../engine/weight_fields.ts";
import { ModelError } from "../errors.ts";
import { elementCount, type Graph } from "../graph.ts";
import type { InputRounding } from "../int8/quantize_input.ts";
import type { Rounding } from "../int8/requantize.ts";
import type { MemoryPart } from "./memory_part.ts";
import { modelSource } from "./model_source.ts";
import { wireInput, type WireType } from "./wire_input.ts";

/** What a board does with a model, and how. */
export interface CompileOptions {
  /** The benchmark, as the board names it, such as "kws01". */
  benchmark: string;
  /** Element type of an input on the wire: int8 stays, uint8 is less 128, float32 is quantized. */
  input: WireType;
  /** How float32 becomes int8. `round` by default. */
  inputRounding?: InputRounding;
  /**
   * What the board prints: the dequantized outputs, with six decimals, or the mean squared error between its float32
   * input and them, with three, as ad01 does.
   */
  results: "outputs" | "mean squared error";
  /** SHA-256 of the model's file, in hex: the board shows it. */
  sha256: string;
  /** The class of arithmetic. `tflm` by default. */
  rounding?: Rounding;
  /** Leave out channels that are proved to be constant, see {@linkcode foldConstants}. False by default. */
  fold?: boolean;
}

/** A model in C. */
export interface CompiledModel {
  /** The text of each file, by name; they belong into one folder. */
  files: Readonly<Record<"model.c" | "weights.h", string>>;
  /** What the core and the kernels have to be compiled with, such as `TH_INPUT_BYTES`. */
  macros: Readonly<Record<string, number>>;
  /** What the model takes by itself: constants in flash, activations in RAM. Kernels and core come on top. */
  parts: readonly MemoryPart[];
  /** The operators that an inference consists of, in order, as the board names them. */
  operators: readonly string[];
}

/** The core has room for so many without being told: TH_OPERATORS, TH_RESULTS. */
const CORE_OPERATORS = 64;
const CORE_RESULTS = 16;

/**
 * Writes an int8 model as C: packed weights as constant arrays, one call of a kernel of `firmware/engine` an operator,
 * activations in one array, and the functions that `firmware/core/th.h` asks a model for. There is no interpreter and no
 * heap.
 *
 * @throws {ModelError} The graph is none that the kernels run, is too large, or does not fit `options`.
 *
 * @example
 * ```ts
 * import { compileModel, demoModel, loadModel } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const { files, operators } = compileModel(await loadModel(demoModel()), {
 *   benchmark: "kws01",
 *   input: "int8",
 *   results: "outputs",
 *   sha256: "00",
 * });
 * assert.match(files["model.c"], /engine_conv_2d\(&conv_2d_0, input, /);
 * assert.equal(operators[0], "CONV_2D");
 * ```
 */
export function compileModel(graph: Graph, options: CompileOptions): CompiledModel {
  const { rounding = "tflm", inputRounding = "round", fold = false } = options;
  const compiled = fold ? foldConstants(graph, rounding).graph : graph;
  const plan = lowerGraph(compiled, { target: { layout: "board", moved: 0 }, rounding });
  const results = elementCount(plan.output.tensor.shape);
  const isError = options.results === "mean squared error";
  if (
    isError && (options.input !== "float32" || results !== elementCount(plan.input.tensor.shape))
  ) {
    throw new ModelError(
      "Cannot compile the model for a mean squared error: expected a float32 input and as many outputs",
    );
  }
  const input = wireInput(options.input, plan.input.tensor, inputRounding);
  const source = modelSource(compiled, plan, { ...options, input, isError });
  const resultCount = isError ? 1 : results;
  return {
    files: source.files,
    macros: {
      TH_INPUT_BYTES: input.bufferBytes,
      ...(source.operators.length > CORE_OPERATORS && { TH_OPERATORS: source.operators.length }),
      ...(resultCount > CORE_RESULTS && { TH_RESULTS: resultCount }),
      ENGINE_ROUNDING: roundingNumbers[rounding],
    },
    parts: source.parts,
    operators: source.operators,
  };
}
