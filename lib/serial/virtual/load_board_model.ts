import type { Benchmark } from "../../benchmarks.ts";
import { boardModel } from "./board_model.ts";
import type { BoardModel } from "./virtual_board.ts";

/**
 * A model as a simulated board runs it, in the engine's exact int8 arithmetic.
 *
 * @param path An int8 .tflite or .onnx.
 * @throws {ModelError} When the model cannot be opened, is damaged, or is none of the benchmark.
 *
 * @example
 * ```ts
 * import { benchmarks, demoModel, loadBoardModel, VirtualBoard } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const benchmark = benchmarks.kws01;
 * const model = await loadBoardModel(benchmark, demoModel());
 * const board = new VirtualBoard({ benchmark, model });
 * assert.match(board.boot(), /m-ready/);
 * assert.equal(model.results(new Uint8Array(490)).length, 12);
 * ```
 */
export async function loadBoardModel(benchmark: Benchmark, path: string): Promise<BoardModel> {
  const [{ loadModel }, { Int8Engine }, { graphMacs }] = await Promise.all([
    import("../../model/load_model.ts"),
    import("../../model/engine/int8_engine.ts"),
    import("../../model/macs.ts"),
  ]);
  const graph = await loadModel(path);
  const engine = await Int8Engine.load(graph);
  return boardModel(benchmark, engine, graphMacs(graph));
}
