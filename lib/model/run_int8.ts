import type { Graph } from "./graph.ts";
import type { Rounding } from "./int8/requantize.ts";

/**
 * Runs an int8 model once, or on several inputs end to end, on the engine. To run it often, keep an
 * {@linkcode Int8Engine}: this one packs the weights each time.
 *
 * @param input As many int8 values as the model takes, or a multiple.
 * @param options.rounding The class of arithmetic. `tflm` by default.
 * @returns The outputs, end to end.
 * @throws {ModelError} The model cannot be run, or `input` is no whole number of inputs.
 *
 * @example
 * ```ts
 * import { demoModel, loadModel, runInt8 } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const graph = await loadModel(demoModel());
 * const two = await runInt8(graph, new Int8Array(2 * 490));
 * assert.equal(two.length, 2 * 12);
 * ```
 */
export async function runInt8(
  graph: Graph,
  input: Int8Array,
  options: { rounding?: Rounding } = {},
): Promise<Int8Array> {
  const { Int8Engine } = await import("./engine/int8_engine.ts");
  using engine = await Int8Engine.load(graph, options);
  return engine.runBatch(input);
}
