/** Models compiled to C, built and run. */
import type { Benchmark } from "../../lib/benchmarks.ts";
import {
  type CompiledModel,
  compileModel,
  type CompileOptions,
} from "../../lib/model/compile/compile_model.ts";
import type { BuildOptions } from "../../firmware/ports/build.ts";
import type { Graph } from "../../lib/model/graph.ts";
import { ProcessPort } from "../../lib/serial/process_port.ts";
import { readTflite } from "../../lib/model/tflite/read_tflite.ts";
import { shared } from "../reference.ts";
import { type Emulator, qemu, withFirmware } from "./ports_tools.ts";

/** A benchmark's reference model. Only inside a `referenceTest`. */
export async function referenceGraph({ model }: Benchmark): Promise<Graph> {
  return readTflite(await Deno.readFile(shared(`reference/models/${model.file}`)));
}

/** A benchmark's model as C. */
export function compiled(
  benchmark: Benchmark,
  graph: Graph,
  options: Partial<CompileOptions> = {},
): CompiledModel {
  return compileModel(graph, {
    benchmark: benchmark.id,
    input: benchmark.input.type,
    results: benchmark.id === "ad01" ? "mean squared error" : "outputs",
    sha256: benchmark.model.sha256 ?? "",
    ...options,
  });
}

/** Writes a model's files into a folder. */
export async function writeModel(folder: string, { files }: CompiledModel): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
}

/** Builds the firmware of a port with a model, in a folder that is removed in the end. */
export async function withModelFirmware(
  port: string,
  model: CompiledModel,
  use: (file: string, dir: string) => Promise<void>,
  options: BuildOptions = {},
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await writeModel(folder, model);
    await withFirmware(port, { ...options, model: folder, macros: model.macros }, use);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Time of an emulated board: 8 ns an instruction, whatever the host does. */
export const counted = ["-icount", "shift=3,sleep=on"];

/**
 * Firmware in QEMU, as a port: its first serial line.
 *
 * @param options For QEMU, beyond machine and serial line. Without {@linkcode counted} ones, the STM32's UART gets a byte
 * a millisecond.
 */
export function emulatedPort(
  file: string,
  options: string[] = counted,
  { program, machine }: Emulator = qemu,
): ProcessPort {
  const args = ["-M", machine, "-kernel", file, "-display", "none", "-monitor", "none"];
  return new ProcessPort(program, { args: [...args, "-serial", "stdio", ...options] });
}
