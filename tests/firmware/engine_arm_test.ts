/**
 * The kernels as a board runs them: compiled for Cortex-M, run in QEMU. A plan's memory has the same layout on every
 * machine with 32-bit pointers, so the plans are lowered here and run there.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { promisify } from "node:util";
import { lowerGraph } from "../../lib/model/engine/lower_graph.ts";
import { memoryImage } from "../../lib/model/engine/memory_image.ts";
import type { Fields } from "../../lib/model/engine/plan.ts";
import { scalingForms } from "../../lib/model/engine/scale_in_double.ts";
import type { Graph } from "../../lib/model/graph.ts";
import { Int8Executor } from "../../lib/model/int8/int8_executor.ts";
import type { Rounding } from "../../lib/model/int8/requantize.ts";
import { readTflite } from "../../lib/model/tflite/read_tflite.ts";
import { randomKinds, randomOperator } from "../model/engine/random_operators.ts";
import { scaledBiases } from "../model/engine/scaled_biases.ts";
import { SeededRandom } from "../model/seeded_random.ts";
import { smallGraph } from "../model/small_graph.ts";
import { sharedDir, testWith } from "../reference.ts";

const run = promisify(execFile);
const engineDir = new URL("../../firmware/engine/", import.meta.url).pathname;
const testDir = new URL(".", import.meta.url).pathname;

async function has(command: string): Promise<boolean> {
  try {
    await run(command, ["--version"]);
    return true;
  } catch {
    return false;
  }
}

const arm = {
  present: await has("arm-none-eabi-gcc") && await has("qemu-system-arm"),
  otherwise:
    "no arm-none-eabi-gcc or qemu-system-arm, apt-get install gcc-arm-none-eabi qemu-system-arm",
};

const warnings = ["-Wall", "-Wextra", "-Wconversion", "-Werror"];

const sources = (await readdir(engineDir)).filter((name) => name.endsWith(".c")).sort()
  .map((name) => engineDir + name);

async function compile(cpu: string, out: string): Promise<void> {
  await run("arm-none-eabi-gcc", [
    ...[`-mcpu=${cpu}`, "-mthumb", "-std=c11", "-O2", ...warnings],
    ...["-nostartfiles", "--specs=nano.specs", "-T", `${testDir}engine_qemu.ld`],
    ...["-I", engineDir, "-o", out, `${testDir}engine_qemu.c`, ...sources],
  ]);
}

testWith(
  arm,
  "the kernels compile without a warning for every Cortex-M, with one rounding",
  async () => {
    const dir = await Deno.makeTempDir();
    try {
      for (const [i, cpu] of ["cortex-m0plus", "cortex-m7", "cortex-m33", "cortex-m55"].entries()) {
        const rounding = `-DENGINE_ROUNDING=${i % 2}`;
        const flags = [`-mcpu=${cpu}`, "-mfloat-abi=soft", "-mthumb", "-std=c11", "-O2", rounding];
        await run("arm-none-eabi-gcc", [...flags, ...warnings, "-c", ...sources], { cwd: dir });
      }
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
);

interface Case {
  what: string;
  graph: Graph;
  rounding: Rounding;
}

const CASES = 0x2001_0000;
const CASE_BYTES = 20;

/** The memory from CASES on: the list of cases, then each with all that it needs. */
function memoryOf(cases: readonly Case[]): Uint8Array {
  const memory = new Uint8Array(3.5 * 2 ** 20);
  const words = new DataView(memory.buffer);
  const random = new SeededRandom(61);
  let end = Math.ceil((cases.length + 1) * CASE_BYTES / 16) * 16;
  cases.forEach(({ graph, rounding }, i) => {
    const plan = lowerGraph(graph, { target: { layout: "board", moved: 0 }, rounding });
    const image = memoryImage(plan, CASES + end);
    const input = random.int8s(plan.slots[plan.input.slot].bytes);
    const expected = new Int8Executor(graph, { rounding }).run(input);
    const expectedAt = end + Math.ceil(image.size / 16) * 16;
    memory.set(image.bytes, end);
    memory.set(new Uint8Array(input.buffer), image.input - CASES);
    memory.set(new Uint8Array(expected.buffer), expectedAt);
    [image.calls, plan.calls.length, image.output, CASES + expectedAt, expected.length]
      .forEach((word, k) => words.setUint32(i * CASE_BYTES + 4 * k, word, true));
    end = Math.ceil((expectedAt + expected.length) / 16) * 16;
  });
  return memory.subarray(0, end);
}

/** Whether every accumulator is scaled in the short way of shrink.h. */
function isShrinking(graph: Graph): boolean {
  const { calls } = lowerGraph(graph, { target: { layout: "board", moved: 0 }, rounding: "tflm" });
  return calls.every(({ params: { weights } }) =>
    !weights || (weights as Fields).form === scalingForms.shrink
  );
}

/** Operators with weights, as many that are scaled in the short way as others. */
function weightedOperators(random: SeededRandom): Graph[] {
  return (["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"] as const).flatMap((kind) =>
    [true, false].flatMap((shrinking) => {
      const graphs: Graph[] = [];
      while (graphs.length < 16) {
        const graph = randomOperator(random, kind);
        if (isShrinking(graph) === shrinking) graphs.push(graph);
      }
      return graphs;
    })
  );
}

function allCases(): Case[] {
  const random = new SeededRandom(62);
  const cases: Case[] = [];
  const both = (what: string, graph: Graph) => {
    for (const rounding of ["tflm", "single"] as const) cases.push({ what, graph, rounding });
  };
  both("a small network", smallGraph());
  for (const kind of randomKinds) {
    for (let i = 0; i < 6; i++) both(`${kind} ${i}`, randomOperator(random, kind));
  }
  for (const graph of weightedOperators(random)) both(graph.operators[0].kind, graph);
  for (const greatest of [-2, -1, 0, 4]) {
    for (let i = 0; i < 8; i++) both(`scales below 2^${greatest}`, scaledBiases(random, greatest));
  }
  for (const name of sharedDir ? ["kws_ref_model", "pretrainedResnet_quant"] : []) {
    const bytes = Deno.readFileSync(`${sharedDir}reference/models/${name}.tflite`);
    both(name, readTflite(bytes));
  }
  return cases;
}

for (
  const [cpu, machine, what] of [
    ["cortex-m4", "mps2-an386", "the DSP extension"],
    ["cortex-m3", "mps2-an385", "portable C"],
  ]
) {
  testWith(arm, `the engine on an emulated ${cpu} (${what}) equals the reference`, async () => {
    const dir = await Deno.makeTempDir();
    try {
      const cases = allCases();
      await Deno.writeFile(`${dir}/cases.bin`, memoryOf(cases));
      await compile(cpu, `${dir}/engine.elf`);
      const { stdout, stderr } = await run("qemu-system-arm", [
        ...["-M", machine, "-nographic", "-monitor", "none", "-serial", "none"],
        ...["-semihosting-config", "enable=on,target=native", "-kernel", `${dir}/engine.elf`],
        ...["-device", `loader,file=${dir}/cases.bin,addr=${CASES},force-raw=on`],
      ], { timeout: 120_000 });
      const lines = `${stdout}${stderr}`.trim().split("\n");
      const wrong = lines.filter((line) => line.startsWith("wrong"))
        .map((line) => cases[Number(line.slice(7))]);
      assert.deepEqual(wrong.map(({ what, rounding }) => `${what}, ${rounding}`), []);
      assert.equal(lines.at(-1), `right: ${cases.length}`);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  });
}
