import type { Benchmark } from "../benchmarks.ts";
import { type Clock, VirtualClock } from "../clock.ts";
import { cortexM4Cost, type CostModel } from "../serial/virtual/cost_model.ts";
import type { Faults } from "../serial/virtual/faults.ts";
import { loadBoardModel } from "../serial/virtual/load_board_model.ts";
import { virtualPort } from "../serial/virtual/serve_board.ts";
import { VirtualBoard } from "../serial/virtual/virtual_board.ts";
import { demoModel } from "./demo_data.ts";
import type { Connection } from "./run_session.ts";

/** What kind of board {@linkcode openVirtualBoard} simulates. */
export interface VirtualBoardSettings {
  /** What is run. */
  benchmark: Benchmark;
  /** Path of an int8 .tflite or .onnx. @default {the demo model of the benchmark} */
  model?: string;
  /** What its times are made of. @default {cortexM4Cost} */
  cost?: CostModel;
  /** What goes wrong. @default {none} */
  faults?: Faults;
}

/** A connection to a simulated board, with the clock that its delays run by. */
export interface VirtualConnection extends Connection {
  /** Waits on it take no time; give it to whatever waits for the board. */
  clock: Clock;
}

/**
 * A simulated board that runs a real model in exact int8 arithmetic; its times come from a cost model.
 *
 * @throws {ModelError} When the model cannot be opened, is damaged, or is none of the benchmark.
 *
 * @example
 * ```ts
 * import { benchmarks, Dut, openVirtualBoard } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const { port } = await openVirtualBoard({ benchmark: benchmarks.kws01 });
 * await using dut = await Dut.connect(port);
 * await dut.load(new Uint8Array(490));
 * assert.equal((await dut.infer({ iterations: 10 })).results.length, 12);
 * ```
 */
export async function openVirtualBoard(settings: VirtualBoardSettings): Promise<VirtualConnection> {
  const { cost = cortexM4Cost, faults } = settings;
  const clock = new VirtualClock();
  const board = await loadVirtualBoard(settings);
  return {
    port: virtualPort(board, { faults, clock }),
    name: "virtual",
    source: "simulated",
    sourceText: cost.name,
    clock,
  };
}

/** The board alone, to be put behind a port of another kind; see {@linkcode serveBoard}. */
export async function loadVirtualBoard(settings: VirtualBoardSettings): Promise<VirtualBoard> {
  const { benchmark, model = demoModel(benchmark), cost } = settings;
  return new VirtualBoard({
    benchmark,
    model: await loadBoardModel(benchmark, model),
    cost,
  });
}
