/** Compiled models of all operators, with sanitizers, against the reference. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { basename } from "node:path";
import { promisify } from "node:util";
import { compileModel } from "../../lib/model/compile/compile_model.ts";
import type { WireType } from "../../lib/model/compile/wire_input.ts";
import { ModelError } from "../../lib/model/errors.ts";
import { elementCount, type Graph } from "../../lib/model/graph.ts";
import { Int8Executor } from "../../lib/model/int8/int8_executor.ts";
import { dequantize, quantizeInput } from "../../lib/model/int8/quantize_input.ts";
import { randomKinds, randomOperator } from "../model/engine/random_operators.ts";
import { SeededRandom } from "../model/seeded_random.ts";
import { smallGraph } from "../model/small_graph.ts";
import { testWith } from "../reference.ts";
import { writeModel } from "./compile_tools.ts";
import { gcc } from "./ports_tools.ts";

const run = promisify(execFile);
const path = (name: string) => new URL(name, import.meta.url).pathname;
const core = path("../../firmware/core/");
const engine = path("../../firmware/engine/");

const flags = [
  ...["-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic"],
  ...["-Werror", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
  ...["-I", core, "-I", engine],
];

/** Compiles the kernels once, in a folder. */
async function kernels(dir: string, more: string[]): Promise<string[]> {
  const sources = (await readdir(engine)).filter((name) => name.endsWith(".c"));
  await run("gcc", [...flags, ...more, "-c", ...sources.map((name) => engine + name)], {
    cwd: dir,
  });
  return sources.map((name) => `${dir}/${basename(name, ".c")}.o`);
}

function randomInput(random: SeededRandom, type: WireType, count: number) {
  if (type === "int8") return random.int8s(count);
  if (type === "uint8") return new Uint8Array(random.int8s(count).buffer);
  return Float32Array.from({ length: count }, () => (random.real() - 0.5) * 40);
}

const types = ["int8", "uint8", "float32"] as const;

for (const [what, more] of [["portable C", []], ["DSP", ["-DENGINE_EMULATE_DSP"]]] as const) {
  testWith(gcc, `compiled operators (${what}) equal the reference, with sanitizers`, async () => {
    const dir = await Deno.makeTempDir();
    try {
      const objects = await kernels(dir, [...more]);
      const random = new SeededRandom(91);
      const graphs: [string, Graph][] = [["a small network", smallGraph()]];
      for (const kind of randomKinds) graphs.push([kind, randomOperator(random, kind)]);
      let number = 0;
      for (const [name, graph] of graphs) {
        const input = types[number % 3];
        const rounding = number % 2 === 0 ? "tflm" : "single";
        const folder = `${dir}/${number++}`;
        const model = compileModel(graph, {
          ...{ benchmark: 'a "name"\\', input, results: "outputs", sha256: "00" },
          ...{ rounding, fold: number % 4 > 1 },
        });
        await writeModel(folder, model);
        // ENGINE_ROUNDING is left to the parameters: the kernels here are for both.
        const { TH_INPUT_BYTES, TH_RESULTS = 16 } = model.macros;
        await run("gcc", [
          ...[...flags, ...more, `-DTH_INPUT_BYTES=${TH_INPUT_BYTES}`],
          ...[`-DTH_RESULTS=${TH_RESULTS}`, "-o", `${folder}/run`],
          ...[`${folder}/model.c`, path("compile_run.c"), ...objects],
        ]);
        const executor = new Int8Executor(graph, { rounding });
        const count = elementCount(executor.input.shape);
        const inputs = [1, 2, 3].map(() => randomInput(random, input, count));
        const expected = inputs.map((values) =>
          dequantize(executor.run(quantizeInput(values, executor.input)), executor.output)
        );
        const child = new Deno.Command(`${folder}/run`, { stdin: "piped", stdout: "piped" })
          .spawn();
        const writer = child.stdin.getWriter();
        for (const values of inputs) {
          await writer.write(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
        }
        await writer.close();
        const { code, stdout } = await child.output();
        assert.equal(code, 0, `${name}: exit code ${code}`);
        const results = new Float32Array(stdout.slice().buffer);
        assert.deepEqual(
          [...results],
          expected.flatMap((values) => [...values]),
          `${name}, ${input}, ${rounding}`,
        );
      }
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  });
}

Deno.test("compileModel() refuses a mean squared error that cannot be", () => {
  const options = { benchmark: "ad01", sha256: "00", results: "mean squared error" } as const;
  const refused = (input: WireType) =>
    assert.throws(() => compileModel(smallGraph(), { ...options, input }), ModelError);
  refused("int8");
  refused("float32");
});
