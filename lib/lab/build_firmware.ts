/**
 * The firmware of a DUT with a model in it.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Benchmark } from "../benchmarks.ts";
import { InputError } from "../errors.ts";
import {
  type CompiledModel,
  compileModel,
  type CompileOptions,
} from "../model/compile/compile_model.ts";
import { loadModel } from "../model/load_model.ts";
import type { DutMode } from "../serial/dut.ts";

/** How firmware is built, as firmware/ports/build.ts takes it. */
export interface BuildOptions {
  /** Where the port is for several. */
  board?: string;
  /** Folder of the model's C files. */
  model: string;
  /** Timestamps are edges on a pin. */
  energy?: boolean;
  /** What the model has to be compiled with. */
  macros: Readonly<Record<string, number>>;
}

/** What is used of firmware/ports/build.ts, which is a tool beside the library and no part of it. */
interface BuildTool {
  buildFirmware(port: string, out: string, options: BuildOptions): Promise<string>;
}

/**
 * A model as C, for what a benchmark's boards are sent and print.
 *
 * @param path Of the model's file.
 * @param benchmark Undefined for a model that is for none: the board takes int8 as they are, and prints the outputs.
 * @throws {ModelError} Where the model cannot be used.
 */
export async function compileForBoard(
  path: string,
  benchmark: Benchmark | undefined,
  options: Pick<CompileOptions, "rounding" | "inputRounding" | "fold"> = {},
): Promise<CompiledModel> {
  return compileModel(await loadModel(path), {
    ...options,
    benchmark: benchmark?.id ?? "custom",
    input: benchmark?.input.type ?? "int8",
    results: benchmark?.id === "ad01" ? "mean squared error" : "outputs",
    sha256: createHash("sha256").update(await readFile(path)).digest("hex"),
  });
}

/**
 * Builds the firmware of a port.
 *
 * @param out The program's file.
 * @returns What `size` says of it.
 * @throws {InputError} Where a compiler is missing or refuses.
 */
export async function buildFirmware(
  port: string,
  out: string,
  options: BuildOptions,
): Promise<string> {
  const file = new URL("../../firmware/ports/build.ts", import.meta.url);
  const tool: BuildTool = await import(file.href);
  try {
    return await tool.buildFirmware(port, out, options);
  } catch (cause) {
    const packages = port === "native"
      ? "gcc libc6-dev binutils"
      : "gcc-arm-none-eabi libnewlib-arm-none-eabi";
    throw new InputError(`Cannot build the firmware for '${options.board ?? port}'`, {
      source: port,
      hint: `'apt-get install --no-install-recommends ${packages}'`,
      cause,
    });
  }
}

/** What is built, and for what. */
export interface FirmwareOptions {
  /** As firmware/ports/build.ts names it. */
  port: string;
  /** Where the port is for several. */
  board?: string;
  /** What the model is for. */
  benchmark: Benchmark;
  /** Path of the model. */
  model: string;
  /** What the firmware does with timestamps. */
  mode: DutMode;
  /** Where files may be made. */
  folder: string;
}

/**
 * Compiles a model, and builds the firmware that runs it.
 *
 * @returns Path of the program.
 * @throws {ModelError} Where the model cannot be used.
 * @throws {InputError} Where a compiler is missing or refuses.
 */
export async function buildModelFirmware(options: FirmwareOptions): Promise<string> {
  const { port, board, benchmark, model: path, mode, folder } = options;
  const { files, macros } = await compileForBoard(path, benchmark);
  const model = join(folder, "model");
  await mkdir(model, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(model, name), text);
  const out = join(folder, "firmware");
  await buildFirmware(port, out, { board, model, energy: mode === "energy", macros });
  return out;
}
