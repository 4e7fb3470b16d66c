import assert from "node:assert/strict";
import { elementCount, type Graph } from "../../../lib/model/graph.ts";
import { Int8Executor } from "../../../lib/model/int8/int8_executor.ts";
import type { Rounding } from "../../../lib/model/int8/requantize.ts";
import { readTflite } from "../../../lib/model/tflite/read_tflite.ts";
import { referenceTest, testWith } from "../../reference.ts";
import { randomGraph } from "../onnx/graph_maker.ts";
import { modelFiles } from "../reference_models.ts";
import { SeededRandom } from "../seeded_random.ts";
import { quantized, tensor } from "../small_graph.ts";
import { compiledPaths, compiler, type EnginePath, hostPaths, runOn } from "./engine_paths.ts";
import { randomKinds, randomOperator } from "./random_operators.ts";
import { scaledBiases } from "./scaled_biases.ts";

const roundings: Rounding[] = ["tflm", "single"];

/** What the reference gives for random and extreme inputs, each path gives too. */
function checkPaths(paths: EnginePath[], graph: Graph, random: SeededRandom, what: string): void {
  for (const rounding of roundings) {
    const executor = new Int8Executor(graph, { rounding });
    const count = elementCount(executor.input.shape);
    const inputs = [
      random.int8s(count),
      new Int8Array(count).fill(-128),
      new Int8Array(count).fill(127),
    ];
    const expected = inputs.map((input) => executor.run(input));
    for (const path of paths) {
      const run = runOn(path, graph, rounding);
      const actual = inputs.map((input) => run(input));
      const shapes = graph.tensors.map(({ shape }) => `[${shape}]`).join(" ");
      assert.deepEqual(actual, expected, `${path.name}, ${rounding}, ${what}, ${shapes}`);
    }
  }
}

for (const kind of randomKinds) {
  Deno.test(`${kind} on this machine's SIMD equals the reference`, () => {
    const random = new SeededRandom(41);
    for (let i = 0; i < 80; i++) {
      checkPaths(hostPaths, randomOperator(random, kind), random, `graph ${i}`);
    }
  });
}

Deno.test("networks on this machine's SIMD equal the reference", () => {
  const random = new SeededRandom(42);
  for (let i = 0; i < 200; i++) {
    checkPaths(hostPaths, randomGraph(random, true), random, `network ${i}`);
  }
});

testWith(compiler, "all operators equal the reference on every other path", async () => {
  const paths = await compiledPaths();
  const random = new SeededRandom(43);
  for (const kind of randomKinds) {
    for (let i = 0; i < 16; i++) {
      checkPaths(paths, randomOperator(random, kind), random, `${kind} ${i}`);
    }
  }
});

/** Scales that all are below a quarter, a half, one, and of any size. */
const GREATEST = [-2, -1, 0, 4];

Deno.test("accumulators on this machine's SIMD are scaled as by the reference", () => {
  const random = new SeededRandom(44);
  for (const greatest of GREATEST) {
    for (let i = 0; i < 40; i++) {
      checkPaths(hostPaths, scaledBiases(random, greatest), random, `scales below 2^${greatest}`);
    }
  }
});

testWith(compiler, "accumulators are scaled as by the reference on every other path", async () => {
  const paths = await compiledPaths();
  const random = new SeededRandom(45);
  for (const greatest of GREATEST) {
    for (let i = 0; i < 12; i++) {
      checkPaths(paths, scaledBiases(random, greatest), random, `scales below 2^${greatest}`);
    }
  }
});

/** From int8 to float32 and back, to another scale, within a graph. */
function throughFloat(): Graph {
  return {
    description: "",
    tensors: [
      tensor("x", [1, 256], "int8", quantized(0.5, 3)),
      tensor("float", [1, 256], "float32"),
      tensor("y", [1, 256], "int8", quantized(0.3, -20)),
    ],
    operators: [
      { kind: "DEQUANTIZE", inputs: [0], outputs: [1], options: {} },
      { kind: "QUANTIZE", inputs: [1], outputs: [2], options: {} },
    ],
    inputs: [0],
    outputs: [2],
  };
}

Deno.test("QUANTIZE and DEQUANTIZE of float32 equal the reference", () => {
  const every = Int8Array.from({ length: 256 }, (_, i) => i - 128);
  const graph = throughFloat();
  const expected = new Int8Executor(graph).run(every);
  for (const path of hostPaths) assert.deepEqual(runOn(path, graph, "tflm")(every), expected);
});

testWith(
  compiler,
  "QUANTIZE and DEQUANTIZE of float32 equal the reference on every path",
  async () => {
    for (const path of await compiledPaths()) {
      checkPaths([path], throughFloat(), new SeededRandom(1), "through float32");
    }
  },
);

referenceTest("every int8 model gives on this machine's SIMD what the reference gives", () => {
  for (const file of modelFiles().filter(isInt8)) {
    const graph = readTflite(Deno.readFileSync(file));
    checkPaths(hostPaths, graph, new SeededRandom(5), file);
  }
});

if (compiler.present) {
  referenceTest("every int8 model gives on every other path what the reference gives", async () => {
    const paths = await compiledPaths();
    for (const file of modelFiles().filter(isInt8)) {
      const graph = readTflite(Deno.readFileSync(file));
      checkPaths(paths, graph, new SeededRandom(6), file);
    }
  });
}

function isInt8(file: string): boolean {
  const graph = readTflite(Deno.readFileSync(file));
  return graph.tensors[graph.inputs[0]].type === "int8";
}
