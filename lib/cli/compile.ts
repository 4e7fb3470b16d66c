/**
 * `thimble compile`: a model as C, and the firmware that runs it.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Benchmark, benchmarks } from "../benchmarks.ts";
import { InputError } from "../errors.ts";
import { buildFirmware, compileForBoard } from "../lab/build_firmware.ts";
import type { CompiledModel } from "../model/compile/compile_model.ts";
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
  --port P            native, mps2-an386 or stm32l4  [native]
  --build             build the firmware for the port too, as DIR/thimble-P; for stm32l4 as DIR/thimble-stm32l4.elf,
                      .bin and .hex
  --board B           of stm32l4: nucleo-l4r5zi or b-l475e  [nucleo-l4r5zi]
  --energy            build for energy mode: timestamps are edges on a pin, 9600 baud to the IO manager (mps2-an386, stm32l4)
  --benchmark B       what the board is sent and prints  [the first that the model fits; without one, int8 as they are, and
                      the outputs]
  --fold              leave out channels that are proved to be constant; outputs stay the same
  --arithmetic A      tflm (rounds twice) or single (rounds once)  [tflm]
  --input-rounding R  how float32 becomes int8: round or truncate  [round]
  --json              print JSON
  --help              print this

Examples:
  thimble compile kws.tflite --out kws --build
  thimble compile kws.tflite --port stm32l4 --board nucleo-l4r5zi --out kws --build`;

/** A port that a model is linked into, as firmware/ports/build.ts has it. */
interface Port {
  /** Lists the symbols of its programs. */
  nm: string;
  /** Ending of its program's name. */
  ending: string;
  boards: readonly string[];
  /** Whether it decides at compile time about energy mode. */
  energy: boolean;
}

const ports: Readonly<Record<string, Port>> = {
  native: { nm: "nm", ending: "", boards: [], energy: false },
  "mps2-an386": { nm: "arm-none-eabi-nm", ending: "", boards: [], energy: true },
  stm32l4: {
    nm: "arm-none-eabi-nm",
    ending: ".elf",
    boards: ["nucleo-l4r5zi", "b-l475e"],
    energy: true,
  },
};

/** `thimble compile`. */
export async function compileCommand(args: string[]): Promise<number> {
  const parsed = readArguments(args, {
    out: { type: "string" },
    port: { type: "string", default: "native" },
    build: { type: "boolean" },
    board: { type: "string" },
    energy: { type: "boolean" },
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
  const board = boardOf(port, values.board);
  if (values.energy) checkEnergy(port);
  const graph = await loadModel(path);
  const benchmark = values.benchmark ? benchmarkOf(values.benchmark) : fittingBenchmark(graph);
  if (benchmark) checkFits(benchmark, graph);
  const model = await compileForBoard(path, benchmark, {
    inputRounding: inputRoundingOf(values["input-rounding"]),
    rounding: roundingOf(values.arithmetic),
    fold: values.fold,
  });
  await writeFiles(out, model);
  const program = values.build ? await build(port, out, model, board, values.energy) : undefined;
  if (values.json) {
    const { macros, operators, parts } = model;
    const files = Object.keys(model.files);
    console.log(
      JSON.stringify({
        benchmark: benchmark?.id ?? null,
        files,
        macros,
        operators,
        parts,
        program,
      }),
    );
    return ExitCode.done;
  }
  console.log(
    `Wrote ${Object.keys(model.files).map((name) => `'${join(out, name)}'`).join(" and ")}:
${benchmark?.id ?? "For no benchmark"}, ${model.operators.length} operators, to be compiled with ${
      Object.entries(model.macros).map(([name, value]) => `-D${name}=${value}`).join(" ")
    }

${partsText(model.parts, "model, on a 32-bit board")}`,
  );
  if (program) {
    console.log(`\nBuilt '${program.file}' for ${board ?? port}

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

function boardOf(port: string, board: string | undefined): string | undefined {
  const { boards } = ports[port];
  if (board === undefined || boards.includes(board)) return board ?? boards[0];
  throw new InputError(`Cannot compile for the board '${board}' by the port '${port}'`, {
    source: "--board",
    hint: boards.length > 0 ? `Name ${boards.join(" or ")}` : "Leave it out: this port has one",
  });
}

function checkEnergy(port: string): void {
  if (ports[port].energy) return;
  throw new InputError(`Cannot build for energy mode by the port '${port}'`, {
    source: "--energy",
    hint: "This port decides when it is started: leave '--energy' out here",
  });
}

function fittingBenchmark(graph: Graph): Benchmark | undefined {
  for (const benchmark of Object.values(benchmarks)) {
    try {
      checkFits(benchmark, graph);
      return benchmark;
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
    }
  }
  return undefined;
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

async function build(
  port: string,
  out: string,
  { macros }: CompiledModel,
  board?: string,
  energy?: boolean,
): Promise<{ file: string; parts: MemoryPart[] }> {
  const { nm, ending } = ports[port];
  const file = join(out, `thimble-${port}${ending}`);
  const size = await buildFirmware(port, file, { model: out, macros, board, energy });
  const symbols = await promisify(execFile)(nm, ["-apS", file], { maxBuffer: 2 ** 26 });
  const engine = fileURLToPath(new URL("../../firmware/engine/", import.meta.url));
  const kernelFiles = new Set(Array.from(Deno.readDirSync(engine), ({ name }) => name));
  return { file, parts: programParts(symbols.stdout, size, kernelFiles) };
}

function partsText(parts: readonly MemoryPart[], what: string): string {
  return alignColumns(
    [what, "flash", "RAM"],
    [...parts, totalOf(parts)].map(({ name, flashBytes, ramBytes }) =>
      [name, flashBytes, ramBytes].map(String)
    ),
  );
}
