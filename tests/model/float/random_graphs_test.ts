import assert from "node:assert/strict";
import { FloatExecutor } from "../../../lib/model/float/float_executor.ts";
import { OnnxInt8Executor } from "../../../lib/model/float/onnx_int8_executor.ts";
import { elementCount } from "../../../lib/model/graph.ts";
import { Int8Executor } from "../../../lib/model/int8/int8_executor.ts";
import { readOnnx } from "../../../lib/model/onnx/read_onnx.ts";
import { writeOnnx } from "../../../lib/model/onnx/write_onnx.ts";
import { floats, GraphMaker, randomGraph } from "../onnx/graph_maker.ts";
import { SeededRandom } from "../seeded_random.ts";
import { naiveFloat } from "./naive_float.ts";

function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string) {
  assert.equal(actual.length, expected.length, what);
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i] - expected[i]) / Math.max(1, Math.abs(expected[i]));
    assert(error < 1e-5, `${what}: value ${i} is ${actual[i]}, expected ${expected[i]}`);
  }
}

Deno.test("FloatExecutor gives what the definitions give, also after a round trip, on random graphs", async () => {
  for (let seed = 0; seed < 150; seed++) {
    const random = new SeededRandom(seed);
    const graph = randomGraph(random, false);
    const what = `seed ${seed}: ${graph.operators.map(({ kind }) => kind).join(", ")}`;
    const length = elementCount(graph.tensors[0].shape);
    const input = floats(random, length * 2);
    const expected = [0, 1].flatMap((i) => {
      const values = naiveFloat(graph, input.subarray(i * length, (i + 1) * length));
      return Array.from(values[graph.outputs[0]]);
    });
    await using executor = await FloatExecutor.create(graph);
    assertClose((await executor.run(input))[0], expected, what);
    const read = readOnnx(writeOnnx(graph));
    assert.deepEqual(read.tensors[read.inputs[0]].shape, graph.tensors[0].shape);
    assert.deepEqual(read.tensors[read.outputs[0]].shape, graph.tensors[graph.outputs[0]].shape);
    await using again = await FloatExecutor.create(read);
    assertClose((await again.run(input))[0], expected, `${what}, after a round trip`);
  }
});

Deno.test("readOnnx() gives back the arithmetic of random int8 graphs, in both forms", () => {
  for (let seed = 0; seed < 300; seed++) {
    const random = new SeededRandom(seed);
    const graph = randomGraph(random, true);
    const input = random.int8s(elementCount(graph.tensors[0].shape));
    const expected = new Int8Executor(graph).run(input);
    for (const form of ["qdq", "qlinear"] as const) {
      const what = `seed ${seed}, ${form}: ${graph.operators.map(({ kind }) => kind).join(", ")}`;
      const read = readOnnx(writeOnnx(graph, { form }));
      assert.deepEqual(new Int8Executor(read).run(input), expected, what);
    }
  }
});

Deno.test("OnnxInt8Executor is within a step of single rounding on random operators", async () => {
  for (let seed = 0; seed < 100; seed++) {
    const random = new SeededRandom(seed);
    const shape = [1, random.integer(3, 9), random.integer(3, 9), random.integer(1, 4)];
    const maker = new GraphMaker(random, true, shape);
    const graph = maker.graph(
      random.pick([
        () => maker.convolution(0),
        () => maker.fullyConnected(maker.flatten(0)),
        () => maker.elementwise(0),
        () => maker.pool(0),
        () => maker.pad(0),
        () => maker.unary(0),
      ])(),
    );
    const input = random.int8s(elementCount(shape));
    const expected = new Int8Executor(graph, { rounding: "single" }).run(input);
    for (const form of ["qdq", "qlinear"] as const) {
      await using executor = await OnnxInt8Executor.create(graph, { form });
      const output = await executor.run(input);
      const worst = Math.max(...output.map((q, i) => Math.abs(q - expected[i])));
      assert(
        worst <= 1,
        `seed ${seed}, ${form}: ${graph.operators[0].kind} is ${worst} steps away`,
      );
    }
  }
});
