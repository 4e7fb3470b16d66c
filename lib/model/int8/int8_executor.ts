/**
 * The reference for int8 inference: slow enough to read, exact to the last bit.
 *
 * @module
 */
import { checkGraph } from "../check_graph.ts";
import { ModelError } from "../errors.ts";
import type { Graph, OperatorKind, Tensor } from "../graph.ts";
import {
  allocateValues,
  constantValues,
  tensorBytes,
  type TensorValues,
} from "../tensor_values.ts";
import { int8Ends } from "./int8_ends.ts";
import { kernels } from "./kernels.ts";
import type { Rounding } from "./requantize.ts";
import { type Kernel, Step } from "./step.ts";

/** Options of an {@linkcode Int8Executor}. */
export interface Int8ExecutorOptions {
  /** The class of arithmetic. `tflm` by default. */
  rounding?: Rounding;
  /** All activations together may take this much, in bytes. 256 MiB by default. */
  maxActivationBytes?: number;
}

/**
 * Runs an int8 model in plain TypeScript, with the integer arithmetic of TFLite Micro's reference kernels (or, with
 * `rounding: "single"`, of those that round once). Bit for bit what boards of that class give.
 *
 * Where the model takes or gives float32 through a QUANTIZE or DEQUANTIZE at its ends, those are left out: a run takes
 * and gives int8; {@linkcode quantizeInput} and {@linkcode dequantize} do the rest.
 *
 * @example
 * ```ts
 * import { type Graph, Int8Executor } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const tensor = (name: string, zero: number) => ({
 *   name,
 *   shape: [1, 4],
 *   type: "int8" as const,
 *   quantization: { scale: new Float32Array([0.5]), zeroPoint: new Int32Array([zero]), axis: 0 },
 * });
 * const graph: Graph = {
 *   description: "",
 *   tensors: [tensor("x", 0), tensor("y", -128)],
 *   operators: [{ kind: "RELU", inputs: [0], outputs: [1], options: {} }],
 *   inputs: [0],
 *   outputs: [1],
 * };
 * const executor = new Int8Executor(graph);
 * assert.deepEqual([...executor.run(new Int8Array([-3, 0, 3, 127]))], [-128, -128, -125, -1]);
 * ```
 */
export class Int8Executor {
  /** What a run takes: its shape, scale and zero point. */
  readonly input: Tensor;
  /** What a run gives. */
  readonly output: Tensor;
  readonly #values: (TensorValues | undefined)[];
  readonly #inputValues: Int8Array;
  readonly #outputValues: Int8Array;
  readonly #steps: (() => void)[];

  /**
   * Prepares a graph to run.
   *
   * @throws {ModelError} The graph is not consistent, or holds an operator or type that int8 inference does not have;
   * the error names it.
   */
  constructor(graph: Graph, options: Int8ExecutorOptions = {}) {
    const { rounding = "tflm", maxActivationBytes = 2 ** 28 } = options;
    checkGraph(graph);
    if (graph.inputs.length !== 1 || graph.outputs.length !== 1) {
      throw new ModelError(
        `Cannot run the model as it has ${graph.inputs.length} inputs and ${graph.outputs.length} outputs: expected 1 of each`,
      );
    }
    const ends = int8Ends(graph);
    const activationBytes = graph.tensors
      .reduce((sum, tensor) => tensor.data ? sum : sum + tensorBytes(tensor), 0);
    if (activationBytes > maxActivationBytes) {
      throw new ModelError(
        `Cannot run the model as its activations take ${activationBytes} bytes: expected at most ${maxActivationBytes}`,
      );
    }
    this.#values = graph.tensors.map((tensor) =>
      tensor.data ? constantOrNone(tensor) : allocateValues(tensor)
    );
    this.input = graph.tensors[ends.input];
    this.output = graph.tensors[ends.output];
    this.#inputValues = int8Values(this.#values[ends.input], this.input);
    this.#outputValues = int8Values(this.#values[ends.output], this.output);
    this.#steps = graph.operators.flatMap((operator, index) => {
      if (ends.skipped.has(index)) return [];
      const kernel = kernels[operator.kind] as Kernel<OperatorKind>;
      return [kernel(new Step<OperatorKind>(graph, index, this.#values, rounding))];
    });
  }

  /**
   * One inference. The result is the caller's.
   *
   * @throws {ModelError} `input` does not have as many values as the model takes.
   */
  run(input: Int8Array): Int8Array {
    if (input.length !== this.#inputValues.length) {
      throw new ModelError(
        `Cannot run the model on ${input.length} values: expected ${this.#inputValues.length}`,
      );
    }
    this.#inputValues.set(input);
    for (const step of this.#steps) step();
    return this.#outputValues.slice();
  }

  /**
   * A copy of a tensor's values: a constant's, or an activation's after the last run.
   *
   * @param index Into {@linkcode Graph.tensors}.
   * @throws {ModelError} There is no such tensor, or its type is none that is computed with.
   */
  tensor(index: number): TensorValues {
    const values = this.#values[index];
    if (!values) throw new ModelError(`Cannot give tensor ${index} as it has no values`);
    return values.slice();
  }
}

/** Constants of types that nothing computes with do no harm until an operator reads them. */
function constantOrNone(tensor: Tensor): TensorValues | undefined {
  return tensor.type === "int64" || tensor.type === "float16" ? undefined : constantValues(tensor);
}

function int8Values(values: TensorValues | undefined, tensor: Tensor): Int8Array {
  if (values instanceof Int8Array) return values;
  throw new ModelError(
    `Cannot run the model as '${tensor.name}' is '${tensor.type}': expected 'int8'`,
    {
      hint: "Quantize the model first, or run it with a float executor",
    },
  );
}
