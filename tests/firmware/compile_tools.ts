/** Models compiled to C, built and run. */
import type { Benchmark } from "../../lib/benchmarks.ts";
import {
  type CompiledModel,
  compileModel,
  type CompileOptions,
} from "../../lib/model/compile/compile_model.ts";
import type { Graph } from "../../lib/model/graph.ts";
import { ProcessPort } from "../../lib/serial/process_port.ts";
import { readTflite } from "../../lib/model/tflite/read_tflite.ts";
import { shared } from "../reference.ts";
import { withFirmware } from "./ports_tools.ts";

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
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await writeModel(folder, model);
    await withFirmware(port, { model: folder, macros: model.macros }, use);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * Firmware for mps2-an386 in QEMU, as a port.
 *
 * @param options For QEMU, beyond machine and serial line.
 */
export function emulatedPort(file: string, options: string[] = []): ProcessPort {
  const machine = ["-M", "mps2-an386", "-kernel", file, "-display", "none", "-monitor", "none"];
  return new ProcessPort("qemu-system-arm", { args: [...machine, "-serial", "stdio", ...options] });
}
