/**
 * The firmware of a DUT with a model in it.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Benchmark } from "../benchmarks.ts";
import { ThimbleError } from "../errors.ts";
import type { DutMode } from "../serial/dut.ts";

/** What is used of firmware/ports/build.ts, which is a tool beside the library and no part of it. */
interface BuildTool {
  buildFirmware(
    port: string,
    out: string,
    options: {
      board?: string;
      model: string;
      energy: boolean;
      macros: Readonly<Record<string, number>>;
    },
  ): Promise<string>;
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
 * @throws {ThimbleError} Where a compiler is missing.
 */
export async function buildModelFirmware(options: FirmwareOptions): Promise<string> {
  const { port, board, benchmark, model, mode, folder } = options;
  const [{ loadModel }, { compileModel }] = await Promise.all([
    import("../model/load_model.ts"),
    import("../model/compile/compile_model.ts"),
  ]);
  const compiled = compileModel(await loadModel(model), {
    benchmark: benchmark.id,
    input: benchmark.input.type,
    results: benchmark.id === "ad01" ? "mean squared error" : "outputs",
    sha256: createHash("sha256").update(await readFile(model)).digest("hex"),
  });
  const sources = join(folder, "model");
  await mkdir(sources, { recursive: true });
  for (const [name, text] of Object.entries(compiled.files)) {
    await writeFile(join(sources, name), text);
  }
  const out = join(folder, "firmware");
  const tool: BuildTool = await import(
    new URL("../../firmware/ports/build.ts", import.meta.url).href
  );
  try {
    await tool.buildFirmware(port, out, {
      board,
      model: sources,
      energy: mode === "energy",
      macros: compiled.macros,
    });
  } catch (cause) {
    throw new ThimbleError(`Cannot build the firmware for '${board ?? port}'`, {
      hint: port === "native"
        ? "'apt-get install --no-install-recommends gcc libc6-dev binutils'"
        : "'apt-get install --no-install-recommends gcc-arm-none-eabi libnewlib-arm-none-eabi'",
      cause,
    });
  }
  return out;
}
