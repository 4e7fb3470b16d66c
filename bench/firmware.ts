/**
 * What a compiled model takes on a Cortex-M4F: flash, RAM, and instructions an inference and of each kind of operator,
 * counted by QEMU. Instructions are exact and repeatable; they are no silicon time, as memory, pipeline and clock are not
 * modelled.
 */
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { promisify } from "node:util";
import { buildFirmware } from "../firmware/ports/build.ts";
import { type BenchmarkId, benchmarks } from "../lib/benchmarks.ts";
import { alignColumns } from "../lib/cli/text_table.ts";
import { compileModel } from "../lib/model/compile/compile_model.ts";
import { programParts } from "../lib/model/compile/program_parts.ts";
import { foldConstants } from "../lib/model/engine/fold_constants.ts";
import type { Graph, Operator } from "../lib/model/graph.ts";
import { loadModel } from "../lib/model/load_model.ts";
import { graphMacs, operatorMacs } from "../lib/model/macs.ts";
import { demoModel } from "../lib/runner/demo_data.ts";
import { Dut } from "../lib/serial/dut.ts";
import type { OperatorTime } from "../lib/serial/dut_extensions.ts";
import { emulatedPort, writeModel } from "../tests/firmware/compile_tools.ts";
import { sharedDir } from "../tests/reference.ts";

const run = promisify(execFile);

/** An instruction is 2^shift ns of the board's time. */
const ICOUNT_SHIFT = 3;
const ITERATIONS = 20;
const PORT = "mps2-an386";

const engineFiles = new Set(await readdir(new URL("../firmware/engine", import.meta.url)));
const instructions = (us: number) => us * 1000 / 2 ** ICOUNT_SHIFT / ITERATIONS;
const millions = (count: number) => (count / 1e6).toFixed(3);

async function firstLine(command: string): Promise<string> {
  return (await run(command, ["--version"])).stdout.split("\n")[0];
}

/** Kinds of operators as they differ in speed. */
function kindOf(graph: Graph, { kind, inputs }: Operator): string {
  if (kind !== "CONV_2D") return kind;
  const [, height, width] = graph.tensors[inputs[1]].shape;
  return `CONV_2D ${height}×${width}`;
}

/** Multiply-accumulates and instructions. */
interface Work {
  macs: number;
  instructions: number;
}

/** A layer that a figure of CMSIS-NN is known of: 3×3, 16 to 16 channels. */
const KNOWN_FILTER = [16, 3, 3, 16].join();
const KNOWN = "CONV_2D 3×3, 16 to 16 channels";

/** What the kinds of operators take. */
function workByKind(graph: Graph, times: readonly OperatorTime[]): Map<string, Work> {
  const weighted = graph.operators.filter((operator) => operatorMacs(graph, operator) > 0);
  const works = new Map<string, Work>();
  for (const { name, totalUs } of times) {
    const operator = weighted[0]?.kind === name ? weighted.shift() : undefined;
    const kinds = [operator ? kindOf(graph, operator) : "others"];
    if (operator && graph.tensors[operator.inputs[1]].shape.join() === KNOWN_FILTER) {
      kinds.push(`of these, ${KNOWN}`);
    }
    for (const kind of kinds) {
      const work = works.get(kind) ?? { macs: 0, instructions: 0 };
      works.set(kind, work);
      work.macs += operator ? operatorMacs(graph, operator) : 0;
      work.instructions += instructions(totalUs);
    }
  }
  return works;
}

/** The compiler's flags, as the firmware shows them, without the model's macros. */
async function flagsIn(file: string): Promise<string> {
  const text = new TextDecoder("latin1").decode(await Deno.readFile(file));
  return /-mcpu=[ -~]*/.exec(text)?.[0].replace(/ -D.*/, "") ?? "unknown flags";
}

/** Rows for both tables. */
interface Measured {
  flags: string;
  model: string[];
  kinds: string[][];
}

async function measure(name: string, id: BenchmarkId, graph: Graph): Promise<Measured> {
  const { input } = benchmarks[id];
  const model = compileModel(graph, {
    benchmark: id,
    input: input.type,
    results: id === "ad01" ? "mean squared error" : "outputs",
    sha256: "",
  });
  const dir = await Deno.makeTempDir();
  try {
    await writeModel(`${dir}/model`, model);
    const file = `${dir}/firmware.elf`;
    const size = await buildFirmware(PORT, file, { model: `${dir}/model`, macros: model.macros });
    const symbols = await run("arm-none-eabi-nm", ["-apS", file], { maxBuffer: 2 ** 26 });
    const parts = programParts(symbols.stdout, size, engineFiles);

    await using dut = await Dut.connect(
      emulatedPort(file, ["-icount", `shift=${ICOUNT_SHIFT},sleep=on`]),
    );
    await dut.load(Uint8Array.from({ length: input.bytes }, (_, i) => (i * 73) % 61));
    const { startUs, endUs } = await dut.infer({ iterations: ITERATIONS });
    const total = instructions(endUs! - startUs!);
    const works = workByKind(graph, await dut.operatorTimes({ iterations: ITERATIONS }));
    const macs = graphMacs(graph);
    return {
      flags: await flagsIn(file),
      model: [
        name,
        ...[millions(total), millions(macs), (total / macs).toFixed(2)],
        ...parts.map(({ flashBytes }) => String(flashBytes)),
        ...parts.map(({ ramBytes }) => String(ramBytes)),
      ],
      kinds: Array.from(works, ([kind, { macs, instructions }]) => [
        ...[name, kind, millions(instructions), millions(macs)],
        macs ? (instructions / macs).toFixed(2) : "",
      ]),
    };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

console.log(
  `${await firstLine("arm-none-eabi-gcc")}; ${await firstLine(
    "qemu-system-arm",
  )}, ${PORT}, -icount shift=${ICOUNT_SHIFT}: emulated`,
);
const models: [BenchmarkId, string][] = sharedDir
  ? (["kws01", "ic01", "vww01", "ad01"] satisfies BenchmarkId[]).map((id) => [
    id,
    `${sharedDir}reference/models/${benchmarks[id].model.file}`,
  ])
  : [["kws01", demoModel()]];
const measured: Measured[] = [];
for (const [id, path] of models) {
  const graph = await loadModel(path);
  measured.push(await measure(id, id, graph));
  const folded = foldConstants(graph, "tflm").graph;
  if (graphMacs(folded) < graphMacs(graph)) {
    measured.push(await measure(`${id}, folded`, id, folded));
  }
}
console.log(measured[0].flags);
console.log(`
Million instructions and multiply-accumulates an inference; bytes of flash and RAM: model, kernels, all the rest`);
console.log(alignColumns(
  [
    ...["model", "instructions", "MACs", "a MAC"],
    ...["flash: model", "kernels", "rest"],
    ...["RAM: model", "kernels", "rest"],
  ],
  measured.map(({ model }) => model),
));
console.log("\nBy kind of operator");
console.log(alignColumns(
  ["model", "operators", "instructions", "MACs", "a MAC"],
  measured.flatMap(({ kinds }) => kinds),
));
console.log(`\nNoted elsewhere, not measured here: CMSIS-NN, ${KNOWN}, 2.37 instructions a MAC`);
