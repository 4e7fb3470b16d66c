import assert from "node:assert/strict";
import { ModelError } from "../../../lib/model/errors.ts";
import type { Graph } from "../../../lib/model/graph.ts";
import { Int8Executor } from "../../../lib/model/int8/int8_executor.ts";
import { readTflite } from "../../../lib/model/tflite/read_tflite.ts";
import { referenceTest, shared } from "../../reference.ts";
import { readInt8, readRows } from "../reference_models.ts";
import { SeededRandom } from "../seeded_random.ts";
import { floatEndsGraph, quantized, smallGraph, tensor } from "../small_graph.ts";

const kws = () => readTflite(Deno.readFileSync(shared("reference/models/kws_ref_model.tflite")));

referenceTest("Int8Executor gives what the NUCLEO-L4R5ZI printed for all 1000 keywords", () => {
  const executor = new Int8Executor(kws());
  const rows = readRows(shared("reference/kws01/outputs_nucleo_l4r5zi_v05.csv"));
  assert.equal(rows.length, 1000);
  for (const row of rows) {
    const y = executor.run(readInt8(shared(`reference/kws01/${row[0]}`)));
    assert.deepEqual([...y], row.slice(14).map(Number), row[0]);
  }
});

referenceTest(
  "Int8Executor with one rounding gives what ST's board printed, but for one of 1000",
  () => {
    const executor = new Int8Executor(kws(), { rounding: "single" });
    const rows = readRows(shared("reference/kws01/outputs_st_h7a3_v07.csv"));
    assert.equal(rows.length, 1000);
    const equal = rows.filter(([file, ...printed]) => {
      const y = executor.run(readInt8(shared(`reference/kws01/${file}`)));
      // Three decimals, rounded: steps of 1/256 stay apart.
      return printed.every((decimals, i) =>
        Math.abs(Number(decimals) - (y[i] + 128) / 256) < 0.00051
      );
    });
    assert(equal.length >= 999, `${equal.length} of 1000`);
  },
);

referenceTest("Int8Executor is within a step of TensorFlow on freshly quantized models", () => {
  const { ptq } = JSON.parse(Deno.readTextFileSync(shared("golden/manifest.json")));
  assert.deepEqual(Object.keys(ptq).sort(), ["ae_small", "dscnn_small", "resnet_small"]);
  for (const name of Object.keys(ptq)) {
    const path = shared(`golden/ptq/${name}`);
    const executor = new Int8Executor(readTflite(Deno.readFileSync(`${path}.int8.tflite`)));
    const inputs = readInt8(`${path}.in.i8`);
    const expected = readInt8(`${path}.out.i8`);
    const count: number = ptq[name].in[0];
    const [size, outputs] = [inputs.length / count, expected.length / count];
    let different = 0;
    for (let i = 0; i < count; i++) {
      const y = executor.run(inputs.subarray(i * size, (i + 1) * size));
      y.forEach((value, c) => {
        const distance = Math.abs(value - expected[i * outputs + c]);
        assert(distance <= 1, `${name} ${i} ${c}`);
        different += distance;
      });
    }
    assert(different <= expected.length * 0.01, `${name}: ${different} of ${expected.length}`);
  }
});

Deno.test("Int8Executor runs a whole network, and again the same", () => {
  const executor = new Int8Executor(smallGraph());
  const x = new SeededRandom(3).int8s(8 * 6 * 3);
  const first = executor.run(x);
  const sum = first.reduce((a, q) => a + q + 128, 0);
  assert(Math.abs(sum - 256) <= 3, "softmax's outputs add up to 1");
  executor.run(new Int8Array(x.length));
  assert.deepEqual(executor.run(x), first);
});

Deno.test("Int8Executor gives results that are the caller's", () => {
  const executor = new Int8Executor(smallGraph());
  const first = executor.run(new Int8Array(144));
  const before = [...first];
  executor.run(new Int8Array(144).fill(90));
  assert.deepEqual([...first], before);
});

Deno.test("Int8Executor.tensor() gives constants and the activations of the last run", () => {
  const executor = new Int8Executor(smallGraph());
  const x = new SeededRandom(4).int8s(144);
  const y = executor.run(x);
  assert.deepEqual(executor.tensor(0), x);
  assert.deepEqual([...executor.tensor(9)], [1, 48]);
  assert.deepEqual(executor.tensor(10), executor.tensor(8), "a reshape moves nothing");
  assert.deepEqual(executor.tensor(13), y);
  assert.throws(() => executor.tensor(99), ModelError);
});

Deno.test("Int8Executor leaves out the conversions to and from float32 at the ends", () => {
  const executor = new Int8Executor(floatEndsGraph());
  assert.deepEqual([executor.input.name, executor.output.name], ["in", "out"]);
  assert.deepEqual([...executor.run(new Int8Array([0, 1, 5]))], [-128, -128, -124]);
});

Deno.test("Int8Executor computes QUANTIZE and DEQUANTIZE inside of a graph", () => {
  const graph: Graph = {
    description: "",
    tensors: [
      tensor("x", [1, 4], "int8", quantized(0.5, 1)),
      tensor("float", [1, 4], "float32"),
      tensor("uint8", [1, 4], "uint8", quantized(0.25, 100)),
      tensor("y", [1, 4], "int8", quantized(0.5, 1)),
    ],
    operators: [
      { kind: "DEQUANTIZE", inputs: [0], outputs: [1], options: {} },
      { kind: "QUANTIZE", inputs: [1], outputs: [2], options: {} },
      { kind: "QUANTIZE", inputs: [2], outputs: [3], options: {} },
    ],
    inputs: [0],
    outputs: [3],
  };
  const executor = new Int8Executor(graph);
  const y = executor.run(new Int8Array([-128, -3, 1, 127]));
  assert.deepEqual([...executor.tensor(1)], [-64.5, -2, 0, 63]);
  assert.deepEqual([...executor.tensor(2)], [0, 92, 100, 255]);
  assert.deepEqual([...y], [-49, -3, 1, 79]);
});

Deno.test("Int8Executor throws on a float model, on several inputs, on a wrong size", () => {
  const float: Graph = {
    description: "",
    tensors: [tensor("x", [1, 3], "float32"), tensor("y", [1, 3], "float32")],
    operators: [{ kind: "RELU", inputs: [0], outputs: [1], options: {} }],
    inputs: [0],
    outputs: [1],
  };
  assert.throws(() => new Int8Executor(float), /'x' is 'float32': expected 'int8'/);
  const graph = smallGraph();
  assert.throws(
    () => new Int8Executor({ ...graph, outputs: [13, 12] }),
    /1 inputs and 2 outputs: expected 1 of each/,
  );
  assert.throws(() => new Int8Executor(graph).run(new Int8Array(143)), /143 values: expected 144/);
  assert.throws(() => new Int8Executor(graph, { maxActivationBytes: 500 }), /expected at most 500/);
});
