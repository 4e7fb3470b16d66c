import { foldConstants } from "./engine/fold_constants.ts";
import { hostEngine } from "./engine/host_engine.ts";
import { lowerGraph } from "./engine/lower_graph.ts";
import { programOf } from "./engine/program.ts";
import { leastBusy, OwnThread, type Thread } from "../threads/thread.ts";
import { untilAborted } from "../threads/until_aborted.ts";
import { WorkerThread } from "../threads/worker_thread.ts";
import { batchesOf } from "./evaluation/batches.ts";
import { type EvaluationJob, prepare, type Values } from "./evaluation/job.ts";
import { ModelError } from "./errors.ts";
import type { Graph } from "./graph.ts";
import type { InputRounding } from "./int8/quantize_input.ts";
import type { Rounding } from "./int8/requantize.ts";
import { readTflite } from "./tflite/read_tflite.ts";

/** Options of {@linkcode evaluate}. */
export interface EvaluateOptions {
  /**
   * Threads that compute. 1 by default: the caller's own. More are workers; they need permission to read Thimble's own
   * files.
   */
  workers?: number;
  /** The class of arithmetic. `tflm` by default. */
  rounding?: Rounding;
  /** How float32 inputs become int8. `round` by default. */
  inputRounding?: InputRounding;
  /** Leave out constant channels; see {@linkcode foldConstants}. False by default. */
  fold?: boolean;
  /** Called with the number of items that are done, each time that some are. */
  onProgress?: (done: number) => void;
  /** Ends the evaluation. */
  signal?: AbortSignal;
}

/** Something to evaluate: what a device is given, and whatever else the caller knows of it. */
export interface EvaluationItem {
  /** int8 as it is, uint8 for images, float32 to be quantized: see {@linkcode quantizeInput}. */
  input: Int8Array | Uint8Array | Float32Array;
}

/** An item and what the model makes of it. */
export interface Evaluated<Item> {
  /** The item, as it was given. */
  item: Item;
  /** The model's output for it. */
  output: Int8Array;
}

/** Batches that wait at a thread, so that it does not. */
const QUEUED = 2;

/** What a model may need. */
const MAX_MEMORY_BYTES = 2 ** 30;

/**
 * Runs an int8 model over a data set, as fast as this machine can, with the arithmetic of a board: results come in the
 * order of the items, and are the same for any number of workers. Items are taken only as fast as results are.
 *
 * @param model A graph, or the bytes of a TFLite file.
 * @throws {ModelError} The model cannot be read or run, or an item does not have as many values as it takes.
 *
 * @example
 * ```ts
 * import { demoModel, evaluate, readTflite } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const graph = readTflite(await Deno.readFile(demoModel()));
 * const size = graph.tensors[graph.inputs[0]].shape.reduce((a, b) => a * b);
 * const items = ["silence", "noise"].map((name, i) => ({ name, input: new Int8Array(size).fill(i) }));
 * const names = [];
 * for await (const { item, output } of evaluate(graph, items)) {
 *   names.push(item.name);
 *   assert(output.length > 1);
 * }
 * assert.deepEqual(names, ["silence", "noise"]);
 * ```
 */
export async function* evaluate<Item extends EvaluationItem>(
  model: Graph | Uint8Array,
  items: Iterable<Item> | AsyncIterable<Item>,
  options: EvaluateOptions = {},
): AsyncGenerator<Evaluated<Item>, void, undefined> {
  const { workers = 1, rounding = "tflm", inputRounding = "round", fold = false } = options;
  const { onProgress, signal } = options;
  const graph = model instanceof Uint8Array ? readTflite(model) : model;
  const { module, target } = await hostEngine();
  const folded = fold ? foldConstants(graph, rounding).graph : graph;
  const plan = lowerGraph(folded, { rounding, target });
  const program = programOf(plan, MAX_MEMORY_BYTES);
  const job = { program, module, tensor: plan.input.tensor, inputRounding };
  const threads: Thread<Values, Int8Array>[] = [];
  const batches = batchesOf(items, program.inputBytes);
  try {
    signal?.throwIfAborted();
    for (let i = 0; i < Math.max(workers, 1); i++) {
      threads.push(workers > 1 ? workerOf(job) : new OwnThread(prepare(job)));
    }
    const waiting: { items: Item[]; outputs: Promise<Int8Array> }[] = [];
    const takeOne = async () => {
      const { value, done } = await untilAborted(batches.next(), signal);
      if (done) return false;
      const outputs = leastBusy(threads).ask(value.values, [value.values.buffer]);
      outputs.catch(() => {}); // it is awaited below, or no longer wanted
      waiting.push({ items: value.items, outputs });
      return true;
    };
    let done = 0;
    for (let more = true;;) {
      while (more && waiting.length < threads.length * QUEUED) more = await takeOne();
      const batch = waiting.shift();
      if (!batch) return;
      const outputs = await untilAborted(batch.outputs, signal);
      for (const [i, item] of batch.items.entries()) {
        const output = outputs.slice(i * program.outputBytes, (i + 1) * program.outputBytes);
        yield { item, output };
      }
      done += batch.items.length;
      onProgress?.(done);
    }
  } finally {
    for (const thread of threads) thread[Symbol.dispose]();
    // Ends the items' iterator. An item that is on its way may never come: then nobody waits for it.
    const ended = batches.return();
    if (signal?.aborted) ended.catch(() => {});
    else await ended;
  }
}

function workerOf(job: EvaluationJob): Thread<Values, Int8Array> {
  const module = import.meta.resolve("./evaluation/worker.ts");
  return new WorkerThread(module, job, { purpose: "evaluate", errors: [ModelError] });
}
