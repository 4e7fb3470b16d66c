/**
 * Inference in float32.
 *
 * @module
 */
import { dequantizeConstants } from "../dequantize_constants.ts";
import { ModelError } from "../errors.ts";
import type { Graph, Tensor } from "../graph.ts";
import { OnnxSession } from "./onnx_session.ts";

/** Options of {@linkcode FloatExecutor.create}. */
export interface FloatExecutorOptions {
  /** Tensors to give, by index into {@linkcode Graph.tensors}; the graph's outputs where left out. */
  outputs?: readonly number[];
}

/**
 * Runs a model in float32, through onnxruntime-web on one thread. Nothing is loaded before the first one is made, and
 * nothing from the network.
 *
 * A quantized model runs with its weights dequantized and without rounding anything between: the model that the
 * quantized one stands for. Where only the weights are int8 (per tensor), activations are rounded at run time as TFLite
 * does it.
 *
 * @example The model and a tensor inside
 * ```ts
 * import { FloatExecutor, type Graph } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const tensor = (name: string) => ({ name, shape: [1, 2], type: "float32" as const });
 * const graph: Graph = {
 *   description: "",
 *   tensors: [tensor("x"), tensor("relu"), tensor("y")],
 *   operators: [
 *     { kind: "RELU", inputs: [0], outputs: [1], options: {} },
 *     { kind: "ADD", inputs: [0, 1], outputs: [2], options: { activation: "none" } },
 *   ],
 *   inputs: [0],
 *   outputs: [2],
 * };
 * await using executor = await FloatExecutor.create(graph, { outputs: [1, 2] });
 * const [relu, y] = await executor.run(new Float32Array([-1, 2]));
 * assert.deepEqual([...relu], [0, 2]);
 * assert.deepEqual([...y], [-1, 4]);
 * ```
 */
export class FloatExecutor implements AsyncDisposable {
  /** What a run takes, once or several times in a row. */
  readonly input: Tensor;
  /** What a run gives, in this order. */
  readonly outputs: readonly Tensor[];
  readonly #session: OnnxSession;
  readonly #positions: readonly number[];

  private constructor(
    session: OnnxSession,
    input: Tensor,
    outputs: readonly Tensor[],
    positions: readonly number[],
  ) {
    this.#session = session;
    this.input = input;
    this.outputs = outputs;
    this.#positions = positions;
  }

  /**
   * Makes an executor for a graph with one input.
   *
   * @throws {ModelError} The graph is not consistent, or holds what has no counterpart in ONNX.
   */
  static async create(graph: Graph, options: FloatExecutorOptions = {}): Promise<FloatExecutor> {
    const wanted = options.outputs ?? graph.outputs;
    for (const index of [...graph.inputs, ...wanted]) {
      const tensor = graph.tensors[index];
      if (!tensor) {
        throw new ModelError(
          `Cannot run the model as tensor ${index} is none of its ${graph.tensors.length}`,
        );
      }
      if (tensor.type !== "float32" && !tensor.quantization) {
        throw new ModelError(
          `Cannot run the model as '${tensor.name}' is '${tensor.type}': expected real numbers`,
          { tensor: { index, name: tensor.name } },
        );
      }
    }
    const outputs = [...new Set(wanted)];
    const session = await OnnxSession.create({ ...dequantizeConstants(graph), outputs }, {
      form: "float",
      dynamicRange: true,
    });
    return new FloatExecutor(
      session,
      graph.tensors[graph.inputs[0]],
      wanted.map((index) => graph.tensors[index]),
      wanted.map((index) => outputs.indexOf(index)),
    );
  }

  /**
   * Runs on one input, or on several in a row.
   *
   * @param input Real numbers, of the input's shape in its order (channels last), once or several times.
   * @returns For each of {@linkcode outputs} its values, as many times in a row.
   * @throws {ModelError} The number of values is no multiple of the input's.
   */
  async run(input: Float32Array): Promise<Float32Array[]> {
    const outputs = await this.#session.run(input);
    return this.#positions.map((position) => outputs[position]);
  }

  /** Frees the memory. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.dispose();
  }
}

/**
 * Runs a model with one output once: {@linkcode FloatExecutor} for a single call.
 *
 * @param input One input, or several in a row.
 * @returns The output's values, as many times in a row.
 * @throws {ModelError} As {@linkcode FloatExecutor} does.
 *
 * @example
 * ```ts
 * import { type Graph, runFloat } from "thimble";
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
 * assert.deepEqual([...await runFloat(graph, new Float32Array([-1, 2, 3, -4]))], [0, 2, 3, 0]);
 * ```
 */
export async function runFloat(graph: Graph, input: Float32Array): Promise<Float32Array> {
  await using executor = await FloatExecutor.create(graph);
  const [output] = await executor.run(input);
  return output;
}
