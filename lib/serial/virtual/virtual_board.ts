/**
 * A simulated device under test: the real command core in C, compiled to WebAssembly, with a clock, a serial line and a
 * model that live in JavaScript.
 *
 * @module
 */
import type { Benchmark } from "../../benchmarks.ts";
import type { DutMode } from "../dut.ts";
import { coreModule } from "./core_module.js";
import { cortexM4Cost, type CostModel, inferenceUs } from "./cost_model.ts";

/** What a {@linkcode VirtualBoard} runs. */
export interface BoardModel {
  /** Multiply-accumulates of one inference, for the cost model. */
  readonly macs: number;
  /** Takes the bytes of an input as they came over the wire; returns what `m-results` prints, formatted. */
  results(input: Uint8Array): string[];
}

/** How a {@linkcode VirtualBoard} is built. */
export interface VirtualBoardOptions {
  /** What it says in `m-model-[…]`. */
  benchmark: Benchmark;
  /** What it runs. */
  model: BoardModel;
  /** What it says in `m-name-dut-[…]`. @default {"thimble-virtual"} */
  name?: string;
  /** Kind of run. @default {"performance"} */
  mode?: DutMode;
  /** What its times are made of. @default {cortexM4Cost} */
  cost?: CostModel;
  /** For the time that bytes take. @default {115200} */
  baudRate?: number;
  /** Called at each edge of the timestamp pin in energy mode, with the board's clock in µs. */
  onEdge?: (timeUs: number) => void;
  /** Called with what it sends, and the board's clock in µs when the first byte of it begins. */
  onSend?: (text: string, startUs: number) => void;
}

/** What firmware/ports/wasm/port.c exports. Data are addresses in memory. */
interface Exports {
  memory: WebAssembly.Memory;
  board_boot(energy: number): void;
  board_receive(count: number): void;
  board_idle(): void;
  board_name: WebAssembly.Global;
  board_profile: WebAssembly.Global;
  board_benchmark: WebAssembly.Global;
  board_hash: WebAssembly.Global;
  board_model: WebAssembly.Global;
  board_baud: WebAssembly.Global;
  board_results: WebAssembly.Global;
  board_failure: WebAssembly.Global;
  board_received: WebAssembly.Global;
}

// As in port.c.
const textBytes = 96;
const receivedBytes = 4096;
const mostResults = 16;
// Offsets in th_model_info.
const model = { inputBytes: 8, results: 12, decimals: 16 };
const bootUs = 50_000;

/**
 * A board without hardware that runs the firmware's own core. Bytes in, bytes out; results come from a real model, times
 * from a cost model and from the bytes on the wire, so whatever is made of them is *simulated*. Its clock moves with the
 * work and with those bytes, never with the machine's.
 *
 * Results pass through float32, as they do on a board, and are printed with as many decimals as the first one has; texts
 * (name, failures of the model) are cut at 95 characters, and results at 16.
 *
 * @example
 * ```ts
 * import { benchmarks, VirtualBoard } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const board = new VirtualBoard({
 *   benchmark: benchmarks.kws01,
 *   model: { macs: 1000, results: () => ["1.000000"] },
 * });
 * assert.match(board.boot(), /m-init-done/);
 * const answer = board.receive(new TextEncoder().encode("name%"));
 * assert.equal(answer, "m-name-dut-[thimble-virtual]\r\nm-ready\r\n");
 * ```
 */
export class VirtualBoard {
  readonly #options: VirtualBoardOptions & { cost: CostModel };
  readonly #core: Exports;
  readonly #memory: DataView;
  #baudRate: number;
  #timeUs = 0;
  #out = "";

  /** Makes a board without power; see {@linkcode VirtualBoard.boot}. */
  constructor(options: VirtualBoardOptions) {
    this.#options = { ...options, cost: options.cost ?? cortexM4Cost };
    this.#baudRate = options.baudRate ?? 115_200;
    const instance = new WebAssembly.Instance(coreModule, { env: this.#imports() });
    this.#core = instance.exports as unknown as Exports;
    this.#memory = new DataView(this.#core.memory.buffer);
    this.#configure();
  }

  /** The board's clock in µs since it booted; simulated. */
  get timeUs(): number {
    return Math.round(this.#timeUs);
  }

  /** Powers the board on; returns its banner. What it was given before is lost. */
  boot(): string {
    this.#timeUs = bootUs;
    this.#core.board_boot(this.#options.mode === "energy" ? 1 : 0);
    return this.#flush();
  }

  /** Takes bytes from the host; returns what the board answers to them, often nothing. */
  receive(bytes: Uint8Array): string {
    const buffer = new Uint8Array(this.#memory.buffer, this.#core.board_received.value);
    for (let at = 0; at < bytes.length; at += receivedBytes) {
      const piece = bytes.subarray(at, at + receivedBytes);
      buffer.set(piece);
      this.#core.board_receive(piece.length);
    }
    return this.#flush();
  }

  /** Lets `durationUs` pass in which nothing arrives; returns what the board says when a deadline ends in it. */
  idle(durationUs: number): string {
    this.#timeUs += durationUs;
    this.#core.board_idle();
    return this.#flush();
  }

  #configure(): void {
    const { benchmark, name = "thimble-virtual" } = this.#options;
    const core = this.#core;
    this.#write(core.board_name.value, name);
    this.#write(core.board_profile.value, "Thimble virtual board, simulated time");
    this.#write(core.board_benchmark.value, benchmark.id);
    this.#write(core.board_hash.value, "not compiled in");
    this.#memory.setUint32(core.board_model.value + model.inputBytes, benchmark.input.bytes, true);
    this.#memory.setUint32(core.board_baud.value, this.#baudRate, true);
  }

  #imports(): WebAssembly.ModuleImports {
    return {
      pass_byte: () => this.#timeUs += 10e6 / this.#baudRate,
      transmit: (at: number, count: number) => {
        const text = this.#text(at, count);
        this.#options.onSend?.(text, this.#timeUs);
        this.#out += text;
        this.#timeUs += count * 10e6 / this.#baudRate;
      },
      timestamp_us: () => this.timeUs,
      timestamp_edge: () => this.#options.onEdge?.(this.#timeUs),
      set_baud: (rate: number) => this.#baudRate = rate,
      load_tensor: (at: number, count: number) => this.#infer(at, count),
      run_inference: () => {
        this.#timeUs += inferenceUs(this.#options.model.macs, this.#options.cost);
      },
    };
  }

  // The model is deterministic: one inference stands for all of them.
  #infer(at: number, count: number): number {
    try {
      const results = this.#options.model
        .results(new Uint8Array(this.#memory.buffer, at, count).slice())
        .slice(0, mostResults);
      const [, decimals = ""] = (results[0] ?? "").split(".");
      const { board_model, board_results } = this.#core;
      this.#memory.setUint32(board_model.value + model.results, results.length, true);
      this.#memory.setUint32(board_model.value + model.decimals, decimals.length, true);
      results.forEach((text, i) =>
        this.#memory.setFloat32(board_results.value + 4 * i, Number(text), true)
      );
      return 1;
    } catch (error) {
      this.#write(this.#core.board_failure.value, String(error));
      return 0;
    }
  }

  #text(at: number, count: number): string {
    return String.fromCharCode(...new Uint8Array(this.#memory.buffer, at, count));
  }

  #write(at: number, text: string): void {
    const bytes = new Uint8Array(this.#memory.buffer, at, textBytes).fill(0);
    for (let i = 0; i < Math.min(text.length, textBytes - 1); i++) {
      const code = text.charCodeAt(i);
      bytes[i] = code > 0 && code < 256 ? code : 0x3f;
    }
  }

  #flush(): string {
    const out = this.#out;
    this.#out = "";
    return out;
  }
}
