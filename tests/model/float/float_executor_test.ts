import assert from "node:assert/strict";
import { ModelError } from "../../../lib/model/errors.ts";
import { FloatExecutor, runFloat } from "../../../lib/model/float/float_executor.ts";
import { elementCount, type Graph } from "../../../lib/model/graph.ts";
import { readTflite } from "../../../lib/model/tflite/read_tflite.ts";
import { referenceTest, shared } from "../../reference.ts";
import { floats, GraphMaker, perTensor } from "../onnx/graph_maker.ts";
import { SeededRandom } from "../seeded_random.ts";
import { smallGraph } from "../small_graph.ts";
import { naiveFloat } from "./naive_float.ts";

const float32s = (path: string) => new Float32Array(Deno.readFileSync(shared(path)).buffer);

/** The largest difference, relative where values are beyond 1: float32 has no more digits. */
function worstError(actual: Float32Array, expected: Float32Array): number {
  assert.equal(actual.length, expected.length);
  return expected.reduce(
    (worst, value, i) =>
      Math.max(worst, Math.abs(actual[i] - value) / Math.max(1, Math.abs(value))),
    0,
  );
}

for (const name of ["kws_ref_model_float32", "pretrainedResnet", "vww_96_float", "ad01_fp32"]) {
  referenceTest(`FloatExecutor gives what TensorFlow Lite gives for ${name}`, async () => {
    const graph = readTflite(Deno.readFileSync(shared(`reference/models/${name}.tflite`)));
    const output = await runFloat(graph, float32s(`golden/fp32/${name}.in.f32`));
    const error = worstError(output, float32s(`golden/fp32/${name}.out.f32`));
    assert(error < 1e-5, `the error is ${error}`);
  });
}

for (const name of ["dscnn_small", "resnet_small", "ae_small"]) {
  referenceTest(`FloatExecutor gives what TensorFlow 2.21 gives for ${name}`, async () => {
    const graph = readTflite(Deno.readFileSync(shared(`golden/ptq/${name}.float.tflite`)));
    const output = await runFloat(graph, float32s(`golden/ptq/${name}.float_in.f32`));
    const error = worstError(output, float32s(`golden/ptq/${name}.float_out.f32`));
    assert(error < 1e-5, `the error is ${error}`);
  });
}

/** Convolution, pool, flatten, dense. */
function chain(isQuantized = false) {
  const maker = new GraphMaker(new SeededRandom(3), isQuantized, [1, 6, 7, 2]);
  const convolution = maker.convolution(0);
  const pool = maker.add("AVERAGE_POOL_2D", [convolution], {
    padding: "same",
    strideHeight: 1,
    strideWidth: 1,
    filterHeight: 2,
    filterWidth: 2,
    activation: "none",
  }, maker.quantizationOf(convolution));
  const dense = maker.fullyConnected(maker.flatten(pool));
  return { graph: maker.graph(dense), inside: [convolution, pool] };
}

Deno.test("FloatExecutor gives tensors inside, channels last, in the order asked for", async () => {
  const { graph, inside: [convolution, pool] } = chain();
  const input = floats(new SeededRandom(1), elementCount(graph.tensors[0].shape));
  const wanted = [pool, graph.outputs[0], 0, convolution, pool];
  await using executor = await FloatExecutor.create(graph, { outputs: wanted });
  assert.deepEqual(executor.outputs, wanted.map((index) => graph.tensors[index]));
  const outputs = await executor.run(input);
  const expected = naiveFloat(graph, input);
  wanted.forEach((index, i) => {
    assert(worstError(outputs[i], Float32Array.from(expected[index])) < 1e-5, `tensor ${index}`);
  });
});

Deno.test("FloatExecutor gives each input of a long row its own outputs", async () => {
  const { graph, inside: [convolution] } = chain();
  await using executor = await FloatExecutor.create(graph, {
    outputs: [convolution, graph.outputs[0]],
  });
  const length = elementCount(executor.input.shape);
  const input = floats(new SeededRandom(4), length * 70);
  const together = await executor.run(input);
  for (const i of [0, 31, 32, 69]) {
    const alone = await executor.run(input.subarray(i * length, (i + 1) * length));
    alone.forEach((values, output) => {
      const part = together[output].subarray(i * values.length, (i + 1) * values.length);
      assert(worstError(part, values) < 1e-6);
    });
  }
});

Deno.test("FloatExecutor runs one by one where an operator mixes what lies along the batch", async () => {
  const maker = new GraphMaker(new SeededRandom(5), false, [1, 3, 4, 2]);
  const turned = maker.add("TRANSPOSE", [0, maker.ints([1, 0, 2, 3])], {}, perTensor(1, 0));
  const graph = maker.graph(turned);
  const input = floats(maker.random, 24 * 3);
  const output = await runFloat(graph, input);
  // [1, 3, …] and [3, 1, …] hold the same elements: three of them in a row stay in a row.
  assert.deepEqual(output, input);
});

Deno.test("FloatExecutor runs an int8 model as the real one that it stands for", async () => {
  const graph = smallGraph();
  const real: Graph = {
    ...graph,
    tensors: graph.tensors.map(({ quantization, ...tensor }) => {
      if (!quantization) return tensor;
      if (!tensor.data) return { ...tensor, type: "float32" };
      const { data: bytes, shape } = tensor;
      const { buffer } = bytes.slice();
      const integers = tensor.type === "int8" ? new Int8Array(buffer) : new Int32Array(buffer);
      const { scale, axis } = quantization;
      const inner = elementCount(shape.slice(axis + 1));
      const values = Float32Array.from(
        integers,
        (q, i) => q * scale[Math.floor(i / inner) % scale.length],
      );
      return { ...tensor, type: "float32", data: new Uint8Array(values.buffer) };
    }),
  };
  const input = floats(new SeededRandom(6), elementCount(graph.tensors[0].shape), 3);
  const expected = Float32Array.from(naiveFloat(real, input)[graph.outputs[0]]);
  const error = worstError(await runFloat(graph, input), expected);
  assert(error < 1e-5, `the error is ${error}`);
});

Deno.test("FloatExecutor refuses what it cannot run", async () => {
  const { graph } = chain();
  await assert.rejects(FloatExecutor.create(graph, { outputs: [99] }), ModelError);
  await assert.rejects(FloatExecutor.create({ ...graph, inputs: [] }), ModelError);
  const shape = graph.tensors.findIndex(({ type }) => type === "int32");
  await assert.rejects(FloatExecutor.create(graph, { outputs: [shape] }), /expected real numbers/);
  await using executor = await FloatExecutor.create(graph);
  await assert.rejects(executor.run(new Float32Array(85)), ModelError);
  await assert.rejects(executor.run(new Float32Array(0)), ModelError);
});

Deno.test("importing the executors does not import onnxruntime", async () => {
  const entry = import.meta.resolve("../../../lib/model/float/float_executor.ts");
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", entry],
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
    modules: {
      specifier: string;
      dependencies?: { specifier: string; isDynamic?: boolean; code?: { specifier?: string } }[];
    }[];
  };
  const reached = new Set([entry]);
  let dynamic = 0;
  for (const specifier of reached) {
    const module = modules.find((candidate) => candidate.specifier === specifier);
    for (const { specifier, isDynamic, code } of module?.dependencies ?? []) {
      if (isDynamic) dynamic += specifier === "onnxruntime-web" ? 1 : 0;
      else if (code?.specifier) reached.add(code.specifier);
    }
  }
  assert.equal(dynamic, 1);
  assert(reached.size > 10);
  assert(![...reached].some((specifier) => specifier.includes("onnxruntime")), [...reached].join());
});
