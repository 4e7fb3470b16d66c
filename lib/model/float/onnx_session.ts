/**
 * A graph in onnxruntime-web.
 *
 * @module
 */
import { ModelError } from "../errors.ts";
import { elementCount, type Graph } from "../graph.ts";
import { writeOnnx, type WriteOnnxOptions } from "../onnx/write_onnx.ts";
import { loadOrt, type Ort } from "./load_ort.ts";
import { isBatchable } from "./is_batchable.ts";

/** So many inputs share a run: enough to hide its cost, few enough for the memory. */
const largestBatch = 32;

/** Numbers that a run takes or gives. */
export type OnnxNumbers = Float32Array | Int8Array;

/** Runs a model with one input. */
export class OnnxSession {
  /** Elements of one input. */
  readonly inputLength: number;
  readonly #ort: Ort;
  readonly #session: Awaited<ReturnType<Ort["InferenceSession"]["create"]>>;
  readonly #inputShape: readonly number[];
  readonly #batch: number;

  private constructor(
    ort: Ort,
    session: Awaited<ReturnType<Ort["InferenceSession"]["create"]>>,
    inputShape: readonly number[],
    batch: number,
  ) {
    this.#ort = ort;
    this.#session = session;
    this.#inputShape = inputShape;
    this.#batch = batch;
    this.inputLength = elementCount(inputShape);
  }

  /** Writes the graph as ONNX and loads it. Throws {@linkcode ModelError} where either is not possible. */
  static async create(graph: Graph, options: WriteOnnxOptions): Promise<OnnxSession> {
    if (graph.inputs.length !== 1) {
      throw new ModelError(
        `Cannot run the model as it has ${graph.inputs.length} inputs: expected 1`,
      );
    }
    const dynamicBatch = isBatchable(graph);
    const bytes = writeOnnx(graph, { ...options, dynamicBatch });
    const ort = await loadOrt();
    try {
      // Errors reach the caller: they need not be printed too.
      const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 4 });
      const { shape } = graph.tensors[graph.inputs[0]];
      return new OnnxSession(ort, session, shape, dynamicBatch ? largestBatch : 1);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new ModelError(`Cannot run the model as onnxruntime refuses it: '${message}'`, {
        cause: error,
        hint: message.includes("NotCapable")
          ? "Run with --allow-read: onnxruntime-web loads its WebAssembly from node_modules"
          : undefined,
      });
    }
  }

  /** Runs on one input or several in a row; gives each output's values in a row. */
  async run<T extends OnnxNumbers>(input: T): Promise<T[]> {
    const { inputLength } = this;
    const count = input.length / inputLength;
    if (!Number.isInteger(count) || count < 1) {
      throw new ModelError(
        `Cannot run the model on ${input.length} values: expected a multiple of ${inputLength}`,
      );
    }
    const names = this.#session.outputNames;
    const parts: T[][] = names.map(() => []);
    for (let done = 0; done < count; done += this.#batch) {
      const size = Math.min(this.#batch, count - done);
      const part = input.subarray(done * inputLength, (done + size) * inputLength);
      const dims = this.#batch === 1 ? this.#inputShape : [size, ...this.#inputShape.slice(1)];
      const tensor = part instanceof Float32Array
        ? new this.#ort.Tensor("float32", part, dims)
        : new this.#ort.Tensor("int8", part, dims);
      const outputs = await this.#session.run({ [this.#session.inputNames[0]]: tensor });
      names.forEach((name, i) => parts[i].push(outputs[name].data as T));
    }
    return parts.map((runs) => runs.length === 1 ? runs[0] : joined(runs));
  }

  /** Frees the memory in WebAssembly. */
  async dispose(): Promise<void> {
    await this.#session.release();
  }
}

function joined<T extends OnnxNumbers>(parts: readonly T[]): T {
  const [first] = parts;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const all =
    (first instanceof Float32Array ? new Float32Array(length) : new Int8Array(length)) as T;
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
