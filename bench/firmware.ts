/**
 * What a compiled model takes on a Cortex-M4F: flash, RAM, and instructions an inference, counted by QEMU. Instructions
 * are exact and repeatable; they are no silicon time, as memory, pipeline and clock are not modelled.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { buildFirmware } from "../firmware/ports/build.ts";
import { type BenchmarkId, benchmarks } from "../lib/benchmarks.ts";
import { compileModel } from "../lib/model/compile/compile_model.ts";
import type { Graph } from "../lib/model/graph.ts";
import { loadModel } from "../lib/model/load_model.ts";
import { graphMacs } from "../lib/model/macs.ts";
import { demoModel } from "../lib/runner/demo_data.ts";
import { Dut } from "../lib/serial/dut.ts";
import { emulatedPort, writeModel } from "../tests/firmware/compile_tools.ts";
import { sharedDir } from "../tests/reference.ts";

/** An instruction is 2^shift ns of the board's time. */
const ICOUNT_SHIFT = 3;
const ITERATIONS = 20;

async function firstLine(command: string): Promise<string> {
  return (await promisify(execFile)(command, ["--version"])).stdout.split("\n")[0];
}

async function measure(name: string, id: BenchmarkId, graph: Graph, fold: boolean): Promise<void> {
  const { input } = benchmarks[id];
  const model = compileModel(graph, {
    benchmark: id,
    input: input.type,
    results: id === "ad01" ? "mean squared error" : "outputs",
    sha256: "",
    fold,
  });
  const dir = await Deno.makeTempDir();
  try {
    await writeModel(`${dir}/model`, model);
    const file = `${dir}/firmware.elf`;
    const size = await buildFirmware("mps2-an386", file, {
      model: `${dir}/model`,
      macros: model.macros,
    });
    const [text, data, bss] = size.trim().split("\n")[1].trim().split(/\s+/).map(Number);
    await using dut = await Dut.connect(
      emulatedPort(file, ["-icount", `shift=${ICOUNT_SHIFT},sleep=on`]),
    );
    await dut.load(Uint8Array.from({ length: input.bytes }, (_, i) => (i * 73) % 61));
    const { startUs, endUs } = await dut.infer({ iterations: ITERATIONS });
    const instructions = (endUs! - startUs!) * 1000 / 2 ** ICOUNT_SHIFT / ITERATIONS;
    const macs = graphMacs(graph);
    console.log(
      `${name.padEnd(14)} ${(instructions / 1e6).toFixed(3)} M instructions an inference, ` +
        `${(instructions / macs).toFixed(2)} a multiply-accumulate of ${
          (macs / 1e6).toFixed(2)
        } M; ` +
        `flash ${text + data}, RAM ${data + bss} bytes`,
    );
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

console.log(
  `${await firstLine("arm-none-eabi-gcc")}; ${await firstLine(
    "qemu-system-arm",
  )}, mps2-an386, -icount shift=${ICOUNT_SHIFT}: emulated`,
);
const models: [BenchmarkId, string][] = sharedDir
  ? (["kws01", "ic01", "vww01", "ad01"] satisfies BenchmarkId[]).map((id) => [
    id,
    `${sharedDir}reference/models/${benchmarks[id].model.file}`,
  ])
  : [["kws01", demoModel()]];
for (const [id, path] of models) {
  const graph = await loadModel(path);
  await measure(id, id, graph, false);
  await measure(`${id}, folded`, id, graph, true);
}
