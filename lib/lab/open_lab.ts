/**
 * Opens a lab without hardware.
 *
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Benchmark } from "../benchmarks.ts";
import { type Clock, systemClock, VirtualClock } from "../clock.ts";
import { InputError } from "../errors.ts";
import type { DutMode } from "../serial/dut.ts";
import { type BoardModel, VirtualBoard } from "../serial/virtual/virtual_board.ts";
import { cortexM4Cost, type CostModel } from "../serial/virtual/cost_model.ts";
import { Bench } from "./bench.ts";
import { DutLinePort } from "./dut_line_port.ts";
import { dutCall, firmwarePort, programSourceText } from "./dut_calls.ts";
import { IoManagerPort } from "./io_manager_port.ts";
import {
  type Lab,
  type LabActivity,
  type LabDut,
  labDuts,
  type LabEdge,
  type LabState,
} from "./lab.ts";
import { liveBoard, type LiveDut, LivePort, liveProgram } from "./live_port.ts";
import type { TimedDut } from "./timed_dut.ts";
import { TracedDut } from "./traced_dut.ts";
import { VirtualDut } from "./virtual_dut.ts";

/** What {@linkcode openLab} puts on the bench. */
export interface OpenLabOptions {
  /** What runs the firmware. */
  dut: LabDut;
  /** What the firmware is for. */
  benchmark: Benchmark;
  /** Path of an int8 .tflite or .onnx that the firmware runs; not needed where `firmware` has one. */
  model?: string;
  /** Path of a program that was built for the DUT and the mode, with its model; built from `model` where it is not given. */
  firmware?: string;
  /** An IO manager between host and DUT: "avr8js", an Arduino UNO emulated cycle by cycle. Energy mode only. */
  io?: "avr8js";
  /** What the firmware does with timestamps. @default {"energy" with an IO manager, "performance" without} */
  mode?: DutMode;
  /** Whether the DUT has power when the port is opened. @default {true} */
  powered?: boolean;
  /** Where times of "wasm" come from. @default {cortexM4Cost} */
  cost?: CostModel;
  /**
   * What waits of the host, and in energy mode the lab's time, follow.
   *
   * @default {a virtual one, whose waits take no time; for programs in performance mode the machine's}
   */
  clock?: Clock;
  /** Ends the lab, and what it has started. */
  signal?: AbortSignal;
}

/** Bits per second of the DUT's line. */
const baudRates: Readonly<Record<DutMode, number>> = { performance: 115_200, energy: 9600 };

/**
 * Opens a lab: a DUT that runs the real firmware, and where it is asked for an IO manager, wired as on a bench.
 *
 * | `dut` | what runs | times |
 * |---|---|---|
 * | `wasm` | the command core, and the engine, in this process | *simulated*: a cost model |
 * | `native` | the firmware as a program of this machine | *simulated*: this machine's clock |
 * | `qemu:mps2-an386` | the firmware on QEMU's Cortex-M4F | *emulated*: instruction counts |
 * | `qemu:b-l475e` | the same on QEMU's STM32L475, with the drivers of the real board | *emulated*: instruction counts |
 *
 * Without `firmware`, what a program is gets built: `native` needs gcc, QEMU gcc-arm-none-eabi. Energy mode on QEMU needs a C
 * compiler for the host besides, for the plugin that tells when the firmware touches its pins.
 *
 * @returns A lab whose port is closed; nothing runs before it is opened.
 * @throws {InputError} Where options do not fit together.
 * @throws {ModelError} Where the model cannot be used.
 * @throws {QemuNotFoundError} Where there is no QEMU with the machine.
 * @throws {ThimbleError} Where a compiler is missing.
 *
 * @example
 * ```ts
 * import { benchmarks, demoModel, Dut, openLab } from "thimble";
 * import assert from "node:assert/strict";
 *
 * await using lab = await openLab({ dut: "wasm", benchmark: benchmarks.kws01, model: demoModel() });
 * await using dut = await Dut.connect(lab.dutPort!, { clock: lab.clock });
 * assert.equal((await dut.profile()).model, "kws01");
 * assert.equal(lab.source, "simulated");
 * ```
 */
export async function openLab(options: OpenLabOptions): Promise<Lab> {
  const { dut, io, signal } = options;
  const mode = options.mode ?? (io ? "energy" : "performance");
  signal?.throwIfAborted();
  if (!labDuts.includes(dut)) {
    throw new InputError(`Cannot open a lab with the DUT '${dut}'`, {
      source: "dut",
      hint: `Name one of ${labDuts.join(", ")}`,
    });
  }
  if (io && mode !== "energy") {
    throw new InputError("Cannot open a lab with an IO manager in performance mode", {
      source: "io",
      hint: "Leave 'io' out: in performance mode the DUT is at the host's port itself",
    });
  }
  const isProgram = dut !== "wasm";
  const folder = isProgram ? await mkdtemp(join(tmpdir(), "thimble-lab-")) : undefined;
  try {
    const made = isProgram
      ? await programDut(options, mode, folder!)
      : await wasmDut(options, mode);
    signal?.throwIfAborted();
    const clock = options.clock ??
      (isProgram && mode === "performance" ? systemClock : new VirtualClock());
    const lab = new OpenedLab({ ...options, mode, clock, folder }, made);
    lab.endWith(signal);
    return lab;
  } catch (error) {
    if (folder) await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** A DUT as its mode needs it, and where its times come from. */
interface MadeDut {
  dut: { live: LiveDut } | { timed: TimedDut };
  source: Lab["source"];
  sourceText: string;
}

async function programDut(
  options: OpenLabOptions,
  mode: DutMode,
  folder: string,
): Promise<MadeDut> {
  const { dut, benchmark, model, signal } = options;
  const firmware = options.firmware ??
    await (await import("./build_firmware.ts")).buildModelFirmware({
      ...firmwarePort(dut),
      ...{ benchmark, mode, folder, model: modelOf(model) },
    });
  signal?.throwIfAborted();
  const call = await dutCall(dut, { firmware, mode, folder, signal });
  const isQemu = dut !== "native";
  return {
    dut: mode === "performance"
      ? { live: liveProgram(call) }
      // In QEMU a byte may come between the look for one and the wait for an interrupt; the next interrupt is soon.
      : { timed: new TracedDut({ call, baudRate: baudRates.energy, waits: isQemu ? 2 : 1 }) },
    source: isQemu ? "emulated" : "simulated",
    sourceText: programSourceText(dut),
  };
}

async function wasmDut(options: OpenLabOptions, mode: DutMode): Promise<MadeDut> {
  const { benchmark, cost = cortexM4Cost } = options;
  if (options.firmware) {
    throw new InputError("Cannot run 'firmware' on the DUT 'wasm'", {
      source: "firmware",
      hint: "Name a 'model' for it",
    });
  }
  const { loadBoardModel } = await import("../serial/virtual/load_board_model.ts");
  const model: BoardModel = await loadBoardModel(benchmark, modelOf(options.model));
  const settings = { benchmark, model, cost };
  return {
    dut: mode === "performance"
      ? { live: liveBoard(new VirtualBoard(settings)) }
      : { timed: new VirtualDut({ ...settings, baudRate: baudRates.energy }) },
    source: "simulated",
    sourceText: cost.name,
  };
}

function modelOf(model: string | undefined): string {
  if (model !== undefined) return model;
  throw new InputError("Cannot open a lab without a model", {
    source: "model",
    hint: "Name an int8 .tflite or .onnx",
  });
}

class OpenedLab implements Lab {
  readonly dutPort?: LivePort | DutLinePort;
  readonly ioPort?: IoManagerPort;
  readonly dutBaudRate: number;
  readonly source: Lab["source"];
  readonly sourceText: string;
  readonly clock: Clock;
  readonly #edgeListeners = new Set<(edge: LabEdge) => void>();
  readonly #activityListeners = new Set<(activity: LabActivity) => void>();
  readonly #folder?: string;
  readonly #device: Pick<Lab, "timeUs" | "state" | "power" | "reset">;
  #closing: Promise<void> | undefined;
  #forgetSignal: (() => void) | undefined;

  constructor(
    options: OpenLabOptions & { mode: DutMode; clock: Clock; folder?: string },
    { dut, source, sourceText }: MadeDut,
  ) {
    const { io, mode, powered = true, clock } = options;
    this.source = source;
    this.sourceText = sourceText;
    this.clock = clock;
    this.dutBaudRate = baudRates[mode];
    this.#folder = options.folder;
    const onEdge = (edge: LabEdge) => this.#edgeListeners.forEach((listener) => listener(edge));
    const onActivity = (activity: LabActivity) =>
      this.#activityListeners.forEach((listener) => listener(activity));
    if ("live" in dut) {
      const port = this.dutPort = new LivePort(dut.live, powered);
      this.#device = {
        timeUs: 0,
        get state(): LabState {
          return port.isRunning ? "idle" : "off";
        },
        power: (on) => port.power(on),
        reset: () => port.reset(),
      };
    } else if (io) {
      this.#device = this.ioPort = new IoManagerPort({
        ...{ dut: dut.timed, powered, clock, onEdge, onActivity },
      });
    } else {
      const settings = { baudRate: this.dutBaudRate, powered, onEdge, onActivity };
      const bench = this.#device = new Bench(dut.timed, settings);
      this.dutPort = new DutLinePort(bench, clock, this.dutBaudRate);
    }
  }

  get timeUs(): number {
    return this.#device.timeUs;
  }

  get state(): LabState {
    return this.#device.state;
  }

  onEdge(listener: (edge: LabEdge) => void): () => void {
    this.#edgeListeners.add(listener);
    return () => void this.#edgeListeners.delete(listener);
  }

  onActivity(listener: (activity: LabActivity) => void): () => void {
    this.#activityListeners.add(listener);
    return () => void this.#activityListeners.delete(listener);
  }

  /** Ends the lab when `signal` aborts. */
  endWith(signal?: AbortSignal): void {
    const end = () => void this[Symbol.asyncDispose]();
    signal?.addEventListener("abort", end);
    this.#forgetSignal = () => signal?.removeEventListener("abort", end);
  }

  power(on: boolean): Promise<void> {
    return this.#device.power(on);
  }

  reset(): Promise<void> {
    return this.#device.reset();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#forgetSignal?.();
    await (this.dutPort ?? this.ioPort)!.close();
    if (this.#folder) await rm(this.#folder, { recursive: true, force: true });
  }
}
