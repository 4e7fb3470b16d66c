/**
 * int8 inference by onnxruntime: a peer to be compared with.
 *
 * @module
 */
import { ModelError } from "../errors.ts";
import type { Graph, Tensor } from "../graph.ts";
import { OnnxSession } from "./onnx_session.ts";

/** Options of {@linkcode OnnxInt8Executor.create}. */
export interface OnnxInt8ExecutorOptions {
  /** How the model is told to onnxruntime. `qdq` where left out. */
  form?: "qdq" | "qlinear";
}

/**
 * Runs an int8 model in onnxruntime-web on one thread. Its kernels round once, in float32: as
 * {@linkcode Int8Executor} with `rounding: "single"`, but for a step now and then. No oracle for a board that rounds twice.
 *
 * @example
 * ```ts
 * import { type Graph, OnnxInt8Executor } from "thimble";
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
 * await using executor = await OnnxInt8Executor.create(graph);
 * const output = await executor.run(new Int8Array([-3, 0, 3, 127]));
 * assert.deepEqual([...output], [-128, -128, -125, -1]);
 * ```
 */
export class OnnxInt8Executor implements AsyncDisposable {
  /** What a run takes, once or several times in a row. */
  readonly input: Tensor;
  /** What a run gives. */
  readonly output: Tensor;
  readonly #session: OnnxSession;

  private constructor(session: OnnxSession, input: Tensor, output: Tensor) {
    this.#session = session;
    this.input = input;
    this.output = output;
  }

  /**
   * Makes an executor for a graph with an int8 input and an int8 output.
   *
   * @throws {ModelError} The graph is not consistent, is not int8, or holds what has no counterpart in ONNX.
   */
  static async create(
    graph: Graph,
    options: OnnxInt8ExecutorOptions = {},
  ): Promise<OnnxInt8Executor> {
    const [input, output] = [graph.inputs[0], graph.outputs[0]].map((i) => graph.tensors[i]);
    if (graph.outputs.length !== 1 || input?.type !== "int8" || output?.type !== "int8") {
      throw new ModelError(
        "Cannot run the model on int8 as its input and output are not one int8 each",
      );
    }
    const session = await OnnxSession.create(graph, { form: options.form ?? "qdq" });
    return new OnnxInt8Executor(session, input, output);
  }

  /**
   * Runs on one input, or on several in a row.
   *
   * @throws {ModelError} The number of values is no multiple of the input's.
   */
  async run(input: Int8Array): Promise<Int8Array> {
    const [output] = await this.#session.run(input);
    return output;
  }

  /** Frees the memory. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.dispose();
  }
}
