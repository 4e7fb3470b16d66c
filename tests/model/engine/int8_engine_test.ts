import assert from "node:assert/strict";
import { Int8Engine } from "../../../lib/model/engine/int8_engine.ts";
import { ModelError } from "../../../lib/model/errors.ts";
import type { Graph, Operator } from "../../../lib/model/graph.ts";
import { Int8Executor } from "../../../lib/model/int8/int8_executor.ts";
import { readTflite } from "../../../lib/model/tflite/read_tflite.ts";
import { referenceTest, shared } from "../../reference.ts";
import { readInt8, readRows } from "../reference_models.ts";
import { SeededRandom } from "../seeded_random.ts";
import { floatEndsGraph, quantized, smallGraph, tensor } from "../small_graph.ts";

const kws = () => readTflite(Deno.readFileSync(shared("reference/models/kws_ref_model.tflite")));

referenceTest("Int8Engine gives what the NUCLEO-L4R5ZI printed for all 1000 keywords", async () => {
  using engine = await Int8Engine.load(kws());
  const rows = readRows(shared("reference/kws01/outputs_nucleo_l4r5zi_v05.csv"));
  assert.equal(rows.length, 1000);
  for (const row of rows) {
    const y = engine.run(readInt8(shared(`reference/kws01/${row[0]}`)));
    assert.deepEqual([...y], row.slice(14).map(Number), row[0]);
  }
});

referenceTest(
  "Int8Engine with one rounding gives what ST's board printed, but for one of 1000",
  async () => {
    using engine = await Int8Engine.load(kws(), { rounding: "single" });
    const rows = readRows(shared("reference/kws01/outputs_st_h7a3_v07.csv"));
    assert.equal(rows.length, 1000);
    const equal = rows.filter(([file, ...printed]) => {
      const y = engine.run(readInt8(shared(`reference/kws01/${file}`)));
      // Three decimals, rounded: steps of 1/256 stay apart.
      return printed.every((decimals, i) =>
        Math.abs(Number(decimals) - (y[i] + 128) / 256) < 0.00051
      );
    });
    assert(equal.length >= 999, `${equal.length} of 1000`);
  },
);

Deno.test("Int8Engine.runBatch() gives what run() gives, one after another", async () => {
  using engine = await Int8Engine.load(smallGraph());
  const inputs = new SeededRandom(1).int8s(144 * 7);
  const each = Array.from({ length: 7 }, (_, i) => inputs.subarray(i * 144, (i + 1) * 144))
    .flatMap((input) => [...engine.run(input)]);
  assert.deepEqual([...engine.runBatch(inputs)], each);
  assert.equal(engine.runBatch(new Int8Array(0)).length, 0);
});

Deno.test("Int8Engine says what it takes and gives", async () => {
  using engine = await Int8Engine.load(smallGraph());
  assert.deepEqual([engine.input.name, engine.output.name], ["input", "probabilities"]);
  assert.deepEqual(engine.input.shape, [1, 8, 6, 3]);
});

Deno.test("Int8Engine gives results that are the caller's", async () => {
  using engine = await Int8Engine.load(smallGraph());
  const first = engine.run(new Int8Array(144));
  const before = [...first];
  engine.run(new Int8Array(144).fill(90));
  assert.deepEqual([...first], before);
});

Deno.test("several Int8Engines do not disturb each other", async () => {
  const input = new SeededRandom(2).int8s(144);
  using one = await Int8Engine.load(smallGraph());
  const alone = one.run(input);
  using other = await Int8Engine.load(smallGraph(), { rounding: "single" });
  other.run(new Int8Array(144).fill(7));
  assert.deepEqual(one.run(input), alone);
});

Deno.test("Int8Engine leaves out the conversions to and from float32 at the ends", async () => {
  using engine = await Int8Engine.load(floatEndsGraph());
  assert.deepEqual([engine.input.name, engine.output.name], ["in", "out"]);
  assert.deepEqual([...engine.run(new Int8Array([0, 1, 5]))], [-128, -128, -124]);
});

Deno.test("Int8Engine runs a model that computes a shape", async () => {
  const ints = (name: string, shape: number[], values?: number[]) =>
    tensor(name, shape, "int32", undefined, values && Int32Array.from(values));
  const graph: Graph = {
    description: "",
    tensors: [
      tensor("x", [1, 2, 3], "int8", quantized(0.5)),
      ints("shape", [3]),
      ints("zero", [1], [0]),
      ints("one", [1], [1]),
      ints("batch", []),
      ints("six", [], [6]),
      ints("new shape", [2]),
      tensor("flat", [1, 6], "int8", quantized(0.5)),
      tensor("y", [1, 6], "int8", quantized(0.5)),
    ],
    operators: [
      { kind: "SHAPE", inputs: [0], outputs: [1], options: {} },
      {
        kind: "STRIDED_SLICE",
        inputs: [1, 2, 3, 3],
        outputs: [4],
        options: { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 1 },
      },
      { kind: "PACK", inputs: [4, 5], outputs: [6], options: { axis: 0 } },
      { kind: "RESHAPE", inputs: [0, 6], outputs: [7], options: {} },
      { kind: "RELU", inputs: [7], outputs: [8], options: {} },
    ],
    inputs: [0],
    outputs: [8],
  };
  using engine = await Int8Engine.load(graph);
  const input = new Int8Array([-1, 2, -3, 4, -5, 6]);
  assert.deepEqual([...engine.run(input)], [0, 2, 0, 4, 0, 6]);
  assert.deepEqual(engine.run(input), new Int8Executor(graph).run(input));
});

Deno.test("Int8Engine throws on what it cannot run, naming it", async () => {
  const x = tensor("x", [1, 4], "int8", quantized(0.1));
  const y = tensor("y", [1, 4], "int8", quantized(0.1));
  const one = (operator: Operator, ...tensors: Graph["tensors"]): Graph => ({
    description: "",
    tensors,
    operators: [operator],
    inputs: [0],
    outputs: [tensors.length - 1],
  });
  const dense = { activation: "none", keepNumDims: false } as const;
  const cases: [Graph, RegExp][] = [
    [
      one({ kind: "SOFTMAX", inputs: [0], outputs: [1], options: { beta: 1 } }, x, y),
      /operator 0 'SOFTMAX' as its output's scale is not 1\/256/,
    ],
    [
      one(
        { kind: "RELU", inputs: [0], outputs: [1], options: {} },
        tensor("x", [1, 4], "float32"),
        tensor("y", [1, 4], "float32"),
      ),
      /'x' is 'float32': expected 'int8'/,
    ],
    [
      one(
        { kind: "FULLY_CONNECTED", inputs: [0, 0, -1], outputs: [1], options: dense },
        tensor("x", [4, 4], "int8", quantized(0.1)),
        tensor("y", [4, 4], "int8", quantized(0.1)),
      ),
      /operator 0 'FULLY_CONNECTED' as 'x' is not constant/,
    ],
    [
      one(
        { kind: "FULLY_CONNECTED", inputs: [0, 1, -1], outputs: [2], options: dense },
        x,
        tensor("w", [2, 4], "float32", undefined, new Float32Array(8)),
        tensor("y", [1, 2], "int8", quantized(0.1)),
      ),
      /'FULLY_CONNECTED'.*'float32'/,
    ],
    [
      one(
        {
          kind: "MAX_POOL_2D",
          inputs: [0],
          outputs: [1],
          options: {
            padding: "same",
            strideHeight: 1,
            strideWidth: 1,
            filterHeight: 2 ** 30,
            filterWidth: 1,
            activation: "none",
          },
        },
        tensor("x", [1, 4, 4, 1], "int8", quantized(0.1)),
        tensor("y", [1, 4, 4, 1], "int8", quantized(0.1)),
      ),
      /'MAX_POOL_2D' as its window of 1073741824 × 1 reaches too far/,
    ],
  ];
  for (const [graph, message] of cases) {
    await assert.rejects(Int8Engine.load(graph), (error) => {
      assert(error instanceof ModelError);
      assert.match(error.message, message);
      return true;
    });
  }
  const graph = smallGraph();
  await assert.rejects(Int8Engine.load({ ...graph, outputs: [13, 12] }), /2 outputs/);
  await assert.rejects(Int8Engine.load(graph, { maxMemoryBytes: 999 }), /expected at most 999/);
});

Deno.test("Int8Engine throws on inputs of a wrong size, and when disposed of", async () => {
  const engine = await Int8Engine.load(smallGraph());
  assert.throws(() => engine.run(new Int8Array(143)), /143 values: expected 144/);
  assert.throws(
    () => engine.runBatch(new Int8Array(145)),
    /145 values: expected a multiple of 144/,
  );
  engine[Symbol.dispose]();
  assert.throws(() => engine.run(new Int8Array(144)), ModelError);
});
