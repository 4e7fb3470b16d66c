/** The engine's kernels in every form: what is committed, and what a compiler makes of the same sources for other machines. */
import { buildEngine, type EngineBuild, hasCompiler } from "../../../firmware/engine/build_wasm.ts";
import {
  type HostEngine,
  relaxedEngine,
  relaxedEngineOf,
  simdEngine,
} from "../../../lib/model/engine/host_engine.ts";
import type { EngineTarget } from "../../../lib/model/engine/layout.ts";
import { lowerGraph } from "../../../lib/model/engine/lower_graph.ts";
import { programOf, ProgramRunner } from "../../../lib/model/engine/program.ts";
import type { Graph } from "../../../lib/model/graph.ts";
import type { Rounding } from "../../../lib/model/int8/requantize.ts";

/** A form of the kernels that can run here. */
export interface EnginePath extends HostEngine {
  name: string;
}

/** What is committed and can run here: SIMD, and relaxed SIMD where this machine's is exact. */
export const hostPaths: EnginePath[] = [{ name: "SIMD", ...simdEngine }];
const relaxed = await relaxedEngine();
if (relaxed) hostPaths.push({ name: "relaxed SIMD", ...relaxed });

/** For tests that compile. */
export const compiler = {
  present: await hasCompiler(),
  otherwise: "no clang-14 with lld, apt-get install clang lld",
};

const builds: [string, EngineTarget, EngineBuild][] = [
  ["portable C on the weights of SIMD", { layout: "simd", moved: 0 }, "plain-simd"],
  ["portable C on the weights of relaxed SIMD", { layout: "relaxed", moved: 128 }, "plain-relaxed"],
  ["portable C on the weights of a board", { layout: "board", moved: 0 }, "plain-board"],
  ["Cortex-M's instructions, emulated", { layout: "board", moved: 0 }, "dsp"],
];

async function compile(): Promise<EnginePath[]> {
  const module = async (build: EngineBuild) => new WebAssembly.Module(await buildEngine(build));
  const paths = builds.map(async ([name, target, build]) => ({
    name,
    target,
    module: await module(build),
  }));
  const emulated = (["relaxed-unsigned", "relaxed-signed"] as const).map(async (build) => ({
    name: `${build}, emulated`,
    ...relaxedEngineOf(await module(build))!,
  }));
  return await Promise.all([...paths, ...emulated]);
}

let compiled: Promise<EnginePath[]> | undefined;

/** The other forms, compiled once. */
export function compiledPaths(): Promise<EnginePath[]> {
  compiled ??= compile();
  return compiled;
}

/** A graph on a form of the kernels. */
export function runOn(
  { target, module }: HostEngine,
  graph: Graph,
  rounding: Rounding,
): (input: Int8Array) => Int8Array {
  const program = programOf(lowerGraph(graph, { target, rounding }), 2 ** 30);
  const runner = new ProgramRunner(program, module);
  return (input) => runner.runBatch(input);
}
