import { ModelError } from "../errors.ts";
import type { Graph, Tensor } from "../graph.ts";
import type { Rounding } from "../int8/requantize.ts";
import { foldConstants } from "./fold_constants.ts";
import { type HostEngine, hostEngine } from "./host_engine.ts";
import { lowerGraph } from "./lower_graph.ts";
import type { Plan } from "./plan.ts";
import { programOf, ProgramRunner } from "./program.ts";

/** Options of {@linkcode Int8Engine.load}. */
export interface Int8EngineOptions {
  /** The class of arithmetic. `tflm` by default. */
  rounding?: Rounding;
  /**
   * Leave out channels that are proved to be constant, and those that nobody reads: see {@linkcode foldConstants}.
   * Outputs stay the same, to the last bit. False by default.
   */
  fold?: boolean;
  /** Weights, activations and working memory together may take this much, in bytes. 1 GiB by default. */
  maxMemoryBytes?: number;
}

/**
 * Runs an int8 model with the kernels that run on boards, compiled to WebAssembly SIMD: exact to the last bit, as
 * {@linkcode Int8Executor} is, and a hundred times as fast.
 *
 * @example
 * ```ts
 * import { type Graph, Int8Engine } from "thimble";
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
 * using engine = await Int8Engine.load(graph);
 * assert.deepEqual([...engine.run(new Int8Array([-3, 0, 3, 127]))], [-128, -128, -125, -1]);
 * ```
 */
export class Int8Engine implements Disposable {
  /** What a run takes: its shape, scale and zero point. */
  readonly input: Tensor;
  /** What a run gives. */
  readonly output: Tensor;
  /**
   * Which kernels run: those for WebAssembly SIMD, or those for its relaxed dot product, which are used where this
   * machine's is exact (x86 with AVX-VNNI, Arm with the dot product extension). They give the same.
   */
  readonly kernels: "simd" | "relaxed";
  #runner?: ProgramRunner;

  private constructor(plan: Plan, { module, target }: HostEngine, maxMemoryBytes: number) {
    this.input = plan.input.tensor;
    this.output = plan.output.tensor;
    this.kernels = target.layout === "relaxed" ? "relaxed" : "simd";
    this.#runner = new ProgramRunner(programOf(plan, maxMemoryBytes), module);
  }

  /**
   * Makes a model ready: its weights are packed once, into a memory of its own.
   *
   * @throws {ModelError} The graph is not consistent, holds what the engine does not have, or is too large; the error
   * names the operator.
   */
  static async load(graph: Graph, options: Int8EngineOptions = {}): Promise<Int8Engine> {
    const { rounding = "tflm", fold = false, maxMemoryBytes = 2 ** 30 } = options;
    const host = await hostEngine();
    const folded = fold ? foldConstants(graph, rounding).graph : graph;
    return new Int8Engine(
      lowerGraph(folded, { rounding, target: host.target }),
      host,
      maxMemoryBytes,
    );
  }

  /**
   * One inference. The result is the caller's.
   *
   * @throws {ModelError} `input` does not have as many values as the model takes, or the engine was disposed of.
   */
  run(input: Int8Array): Int8Array {
    const runner = this.#ready();
    if (input.length !== runner.input.length) {
      throw new ModelError(
        `Cannot run the model on ${input.length} values: expected ${runner.input.length}`,
      );
    }
    runner.input.set(input);
    runner.run();
    return runner.output.slice();
  }

  /**
   * One inference after another: inputs end to end, outputs likewise.
   *
   * @throws {ModelError} `inputs` is not a whole number of inputs, or the engine was disposed of.
   */
  runBatch(inputs: Int8Array): Int8Array {
    const runner = this.#ready();
    if (inputs.length % runner.input.length !== 0) {
      throw new ModelError(
        `Cannot run the model on ${inputs.length} values: expected a multiple of ${runner.input.length}`,
      );
    }
    return runner.runBatch(inputs);
  }

  /** Gives the memory back. */
  [Symbol.dispose](): void {
    this.#runner = undefined;
  }

  #ready(): ProgramRunner {
    if (this.#runner) return this.#runner;
    throw new ModelError("Cannot run the model as its engine was disposed of");
  }
}
