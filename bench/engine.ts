/**
 * What an inference costs on this machine, one thread: the engine, and what else can run the same int8 models here.
 * Contenders take turns, so that all see the same machine.
 *
 * LiteRT.js is no dependency. It is measured where it is installed, in the project's folder or in that which
 * `THIMBLE_PEERS` names (`npm install @litertjs/core`).
 */
import { existsSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { type BenchmarkId, benchmarks } from "../lib/benchmarks.ts";
import { simdEngine } from "../lib/model/engine/host_engine.ts";
import { Int8Engine } from "../lib/model/engine/int8_engine.ts";
import { lowerGraph } from "../lib/model/engine/lower_graph.ts";
import { programOf, ProgramRunner } from "../lib/model/engine/program.ts";
import { OnnxInt8Executor } from "../lib/model/float/onnx_int8_executor.ts";
import { elementCount } from "../lib/model/graph.ts";
import { graphMacs } from "../lib/model/macs.ts";
import { readTflite } from "../lib/model/tflite/read_tflite.ts";
import { demoModel } from "../lib/runner/demo_data.ts";
import { sharedDir } from "../tests/reference.ts";

/** Something that runs a model for some time and tells how long each inference took, in ms. */
interface Contender {
  name: string;
  run(ms: number): Promise<number[]>;
}

const WARM_UP_MS = 300;
const TURNS = 20;
const TURN_MS = 15;

function contender(name: string, infer: () => unknown): Contender {
  const run = async (ms: number) => {
    const durations: number[] = [];
    for (const end = performance.now() + ms; performance.now() < end;) {
      const start = performance.now();
      const result = infer();
      if (result instanceof Promise) await result;
      durations.push(performance.now() - start);
    }
    return durations;
  };
  return { name, run };
}

async function measure(name: string, file: string): Promise<void> {
  const graph = readTflite(await Deno.readFile(file));
  using engine = await Int8Engine.load(graph);
  using folded = await Int8Engine.load(graph, { fold: true });
  const simd = new ProgramRunner(programOf(lowerGraph(graph), 2 ** 30), simdEngine.module);
  await using onnx = await OnnxInt8Executor.create(graph);
  await using peer = startLiteRt(file);
  const size = elementCount(engine.input.shape);
  const input = Int8Array.from({ length: size }, (_, i) => (i * 73 + (i >> 5)) % 256 - 128);
  const contenders = [
    contender("engine", () => engine.run(input)),
    contender("engine, folded", () => folded.run(input)),
    ...engine.kernels === "simd" ? [] : [contender("engine, SIMD128", () => simd.runBatch(input))],
    contender("onnxruntime-web", () => onnx.run(input)),
    ...peer ? [peer] : [],
  ];
  for (const { run } of contenders) await run(WARM_UP_MS);
  const all = new Map<Contender, number[]>(contenders.map((one) => [one, []]));
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [one, durations] of all) durations.push(...await one.run(TURN_MS));
  }
  console.log(
    `${name}: ${
      (graphMacs(graph) / 1e6).toFixed(2)
    } M multiply-accumulates, kernels '${engine.kernels}'`,
  );
  for (const [one, durations] of all) {
    durations.sort((a, b) => a - b);
    const at = (share: number) => durations[Math.floor(share * (durations.length - 1))].toFixed(4);
    console.log(`  ${one.name.padEnd(16)} median ${at(0.5)} ms, p10 ${at(0.1)} ms`);
  }
  if (!peer) console.log("  LiteRT.js        not installed, so not measured");
}

/** LiteRT.js where it is installed, running a model in a process of its own; see litert.peer.ts. */
function startLiteRt(model: string): (Contender & AsyncDisposable) | undefined {
  const folder = [Deno.env.get("THIMBLE_PEERS"), fileURLToPath(new URL("..", import.meta.url))]
    .find((folder) => folder && existsSync(join(folder, "node_modules/@litertjs/core")));
  if (!folder) return undefined;
  const script = fileURLToPath(new URL("litert.peer.ts", import.meta.url));
  const flags = [
    "--allow-all",
    "--quiet",
    "--no-check",
    "--no-config",
    "--node-modules-dir=manual",
  ];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, script, folder, model],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const stdin = child.stdin.getWriter();
  const lines = createInterface({ input: Readable.fromWeb(child.stdout as never) });
  const answers = lines[Symbol.asyncIterator]();
  return {
    name: "LiteRT.js",
    async run(ms) {
      await stdin.write(new TextEncoder().encode(`${ms}`));
      const { value, done } = await answers.next();
      if (done) throw new Error("LiteRT.js ended");
      return JSON.parse(value);
    },
    async [Symbol.asyncDispose]() {
      await stdin.close();
      await child.status;
    },
  };
}

const processors = cpus();
console.log(
  `${processors.length} × ${
    processors[0]?.model
  }, ${Deno.build.target}, Deno ${Deno.version.deno},` +
    ` load ${loadavg()[0].toFixed(1)}`,
);
const models: [string, string][] = sharedDir
  ? (["kws01", "ic01", "vww01", "ad01"] satisfies BenchmarkId[]).map((id) => [
    id,
    `${sharedDir}reference/models/${benchmarks[id].model.file}`,
  ])
  : [["demo", demoModel()]];
for (const [name, file] of models) await measure(name, file);
