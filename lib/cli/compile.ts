/**
 * `thimble compile`: a model as C, and the firmware that runs it.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Benchmark, benchmarks } from "../benchmarks.ts";
import { InputError } from "../errors.ts";
import { type CompiledModel, compileModel } from "../model/compile/compile_model.ts";
import { type MemoryPart, totalOf } from "../model/compile/memory_part.ts";
import { programParts } from "../model/compile/program_parts.ts";
import { ModelError } from "../model/errors.ts";
import type { Graph } from "../model/graph.ts";
import { int8Ends } from "../model/int8/int8_ends.ts";
import { loadModel } from "../model/load_model.ts";
import { checkBoardModel } from "../serial/virtual/board_model.ts";
import { benchmarkOf, positionals, readArguments, required } from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";
import { inputRoundingOf, roundingOf } from "./model/arithmetic.ts";
import { alignColumns } from "./text_table.ts";
import { writeWhole } from "./write_whole.ts";

const usage = `Usage: thimble compile MODEL --out DIR [OPTIONS]

Writes an int8 model as C: constants in flash, one call of a kernel an operator, activations in one array; no
interpreter, no heap. DIR gets model.c and weights.h, to be linked with firmware/core, firmware/engine and a port.

  --out DIR           folder for the files
  --port P            native or mps2-an386  [native]
  --build             build the firmware for the port too, as DIR/thimble-P
  --benchmark B       what the board is sent and prints  [the first that the model fits]
  --fold              leave out channels that are proved to be constant; outputs stay the same
  --arithmetic A      tflm (rounds twice) or single (rounds once)  [tflm]
  --input-rounding R  how float32 becomes int8: round or truncate  [round]
  --json              print JSON
  --help              print this`;

/** Ports that a model is linked into, and what lists the symbols of their programs. */
const ports: Readonly<Record<string, { nm: string }>> = {
  native: { nm: "nm" },
  "mps2-an386": { nm: "arm-none-eabi-nm" },
};

/** `thimble compile`. */
export async function compileCommand(args: string[]): Promise<number> {
  const parsed = readArguments(args, {
    out: { type: "string" },
    port: { type: "string", default: "native" },
    build: { type: "boolean" },
    benchmark: { type: "string" },
    fold: { type: "boolean" },
    arithmetic: { type: "string" },
    "input-rounding": { type: "string" },
    json: { type: "boolean" },
    help: { type: "boolean" },
  }, "compile");
  const { values } = parsed;
  if (values.help) {
    console.log(usage);
    return ExitCode.done;
  }
  const [path] = positionals(parsed, ["MODEL"]);
  const out = required(values.out, "--out");
  const port = portOf(values.port);
  const graph = await loadModel(path);
  const benchmark = values.benchmark ? benchmarkOf(values.benchmark) : fittingBenchmark(graph);
  checkFits(benchmark, graph);
  const model = compileModel(graph, {
    benchmark: benchmark.id,
    input: benchmark.input.type,
    inputRounding: inputRoundingOf(values["input-rounding"]),
    results: benchmark.id === "ad01" ? "mean squared error" : "outputs",
    sha256: createHash("sha256").update(await Deno.readFile(path)).digest("hex"),
    rounding: roundingOf(values.arithmetic),
    fold: values.fold,
  });
  await writeFiles(out, model);
  const program = values.build ? await build(port, out, model) : undefined;
  if (values.json) {
    const { macros, operators, parts } = model;
    const files = Object.keys(model.files);
    console.log(
      JSON.stringify({ benchmark: benchmark.id, files, macros, operators, parts, program }),
    );
    return ExitCode.done;
  }
  console.log(
    `Wrote ${Object.keys(model.files).map((name) => `'${join(out, name)}'`).join(" and ")}:
${benchmark.id}, ${model.operators.length} operators, to be compiled with ${
      Object.entries(model.macros).map(([name, value]) => `-D${name}=${value}`).join(" ")
    }

${partsText(model.parts, "model, on a 32-bit board")}`,
  );
  if (program) {
    console.log(`\nBuilt '${program.file}' for ${port}

${partsText(program.parts, "program")}`);
  }
  return ExitCode.done;
}

function portOf(port: string): string {
  if (Object.hasOwn(ports, port)) return port;
  throw new InputError(`Cannot compile for the port '${port}'`, {
    source: "--port",
    hint: `Name ${Object.keys(ports).join(" or ")}`,
  });
}

function fittingBenchmark(graph: Graph): Benchmark {
  for (const benchmark of Object.values(benchmarks)) {
    try {
      checkFits(benchmark, graph);
      return benchmark;
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
    }
  }
  throw new InputError("Cannot find a benchmark that the model fits", {
    source: "MODEL",
    hint: "'thimble benchmarks' lists what goes in and out of each",
  });
}

function checkFits(benchmark: Benchmark, graph: Graph): void {
  const { input, output } = int8Ends(graph);
  checkBoardModel(benchmark, graph.tensors[input], graph.tensors[output]);
}

async function writeFiles(out: string, { files }: CompiledModel): Promise<void> {
  try {
    await Deno.mkdir(out, { recursive: true });
  } catch (cause) {
    throw new InputError(`Cannot make the folder '${out}'`, { source: "--out", cause });
  }
  for (const [name, text] of Object.entries(files)) await writeWhole(join(out, name), text);
}

/** What is used of firmware/ports/build.ts, which is a tool beside the library and no part of it. */
interface BuildTool {
  buildFirmware(
    port: string,
    out: string,
    options: { model: string; macros: Readonly<Record<string, number>> },
  ): Promise<string>;
}

async function build(
  port: string,
  out: string,
  { macros }: CompiledModel,
): Promise<{ file: string; parts: MemoryPart[] }> {
  const firmware = new URL("../../firmware/", import.meta.url);
  const tool: BuildTool = await import(new URL("ports/build.ts", firmware).href);
  const file = join(out, `thimble-${port}`);
  const { nm } = ports[port];
  try {
    const size = await tool.buildFirmware(port, file, { model: out, macros });
    const symbols = await promisify(execFile)(nm, ["-apS", file], { maxBuffer: 2 ** 26 });
    const kernels = Array.from(Deno.readDirSync(fileURLToPath(new URL("engine/", firmware))));
    const kernelFiles = new Set(kernels.map(({ name }) => name));
    return { file, parts: programParts(symbols.stdout, size, kernelFiles) };
  } catch (cause) {
    throw new InputError(`Cannot build the firmware for '${port}'`, {
      source: "--build",
      hint: "Install the compiler of the port (gcc; gcc-arm-none-eabi and libnewlib-arm-none-eabi)",
      cause,
    });
  }
}

function partsText(parts: readonly MemoryPart[], what: string): string {
  return alignColumns(
    [what, "flash", "RAM"],
    [...parts, totalOf(parts)].map(({ name, flashBytes, ramBytes }) =>
      [name, flashBytes, ramBytes].map(String)
    ),
  );
}
