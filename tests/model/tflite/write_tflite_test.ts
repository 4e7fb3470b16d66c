import assert from "node:assert/strict";
import { ModelError } from "../../../lib/model/errors.ts";
import type { Graph, TensorType } from "../../../lib/model/graph.ts";
import { Int8Executor } from "../../../lib/model/int8/int8_executor.ts";
import { FlatbufferReader } from "../../../lib/model/tflite/flatbuffer_reader.ts";
import { readTflite } from "../../../lib/model/tflite/read_tflite.ts";
import { slots } from "../../../lib/model/tflite/schema.ts";
import { writeTflite } from "../../../lib/model/tflite/write_tflite.ts";
import { referenceTest } from "../../reference.ts";
import { modelFiles } from "../reference_models.ts";
import { SeededRandom } from "../seeded_random.ts";
import { quantized, smallGraph, tensor } from "../small_graph.ts";

Deno.test("writeTflite() is undone by readTflite()", () => {
  const graph = smallGraph();
  const bytes = writeTflite(graph);
  assert.deepEqual(readTflite(bytes), graph);
  assert.deepEqual(writeTflite(readTflite(bytes)), bytes);
});

Deno.test("writeTflite() keeps every type, scalars, empty lists and any name", () => {
  const types: TensorType[] = [
    "float32",
    "float16",
    "int8",
    "uint8",
    "int16",
    "int32",
    "int64",
    "bool",
  ];
  const bytes = {
    float32: 4,
    float16: 2,
    int8: 1,
    uint8: 1,
    int16: 2,
    int32: 4,
    int64: 8,
    bool: 1,
  };
  const graph: Graph = {
    description: "déjà vu 🐛",
    tensors: [
      tensor("x", [1], "float32"),
      tensor("y", [], "float32"),
      ...types.map((type) => ({
        name: `${type} "';<\u0000>`,
        shape: [],
        type,
        data: new Uint8Array(bytes[type]).fill(7),
      })),
    ],
    operators: [{ kind: "RESHAPE", inputs: [0, -1], outputs: [1], options: { newShape: [] } }],
    inputs: [0],
    outputs: [1],
  };
  assert.deepEqual(readTflite(writeTflite(graph)), graph);
});

Deno.test("writeTflite() keeps the options of every operator", () => {
  const x = tensor("x", [2, 4], "int8", quantized(0.1));
  const y = tensor("y", [2, 4], "int8", quantized(0.1));
  const index = (...values: number[]) =>
    tensor("i", [values.length], "int32", undefined, Int32Array.from(values));
  const graph: Graph = {
    description: "",
    tensors: [
      x,
      { ...y, shape: [4, 4] },
      { ...y, shape: [4, 4, 2] },
      index(0, 0, 0),
      index(9, 1, 9),
      index(1, 1, 1),
      { ...y, shape: [4, 2] },
      { ...y, shape: [2, 4] },
      index(1, 0),
      tensor("shape", [2], "int32"),
    ],
    operators: [
      {
        kind: "CONCATENATION",
        inputs: [0, 0],
        outputs: [1],
        options: { axis: -2, activation: "none" },
      },
      { kind: "PACK", inputs: [1, 1], outputs: [2], options: { axis: -1 } },
      {
        kind: "STRIDED_SLICE",
        inputs: [2, 3, 4, 5],
        outputs: [6],
        options: {
          beginMask: 1,
          endMask: 5,
          ellipsisMask: 0,
          newAxisMask: 0,
          shrinkAxisMask: 2,
        },
      },
      { kind: "TRANSPOSE", inputs: [6, 8], outputs: [7], options: {} },
      { kind: "SHAPE", inputs: [7], outputs: [9], options: {} },
    ],
    inputs: [0],
    outputs: [9, 7],
  };
  assert.deepEqual(readTflite(writeTflite(graph)), graph);
});

Deno.test("writeTflite() aligns constants to 16 bytes and leaves buffer 0 empty", () => {
  const bytes = writeTflite(smallGraph());
  const model = new FlatbufferReader(bytes).root();
  const buffers = model.tables(slots.model.buffers);
  assert.equal(buffers[0].bytes(slots.buffer.data), undefined);
  assert.equal(buffers.length, 7);
  for (const buffer of buffers.slice(1)) {
    assert.equal(buffer.bytes(slots.buffer.data)!.byteOffset % 16, 0);
  }
});

Deno.test("writeTflite() shares one code between operators of the same kind and version", () => {
  const graph = smallGraph();
  const model = new FlatbufferReader(writeTflite(graph)).root();
  assert.equal(
    model.tables(slots.model.operatorCodes).length,
    new Set(graph.operators.map(({ kind }) => kind)).size,
  );
});

Deno.test("writeTflite() throws on a graph that is not consistent", () => {
  assert.throws(() => writeTflite({ ...smallGraph(), outputs: [] }), ModelError);
});

/** Kind and version of each operator, as the file has them. */
function versions(bytes: Uint8Array): string[] {
  const model = new FlatbufferReader(bytes).root();
  const codes = model.tables(slots.model.operatorCodes).map((code) => {
    const slot = slots.operatorCode;
    return `${Math.max(code.int8(slot.deprecatedCode), code.int32(slot.code))} v${
      code.int32(slot.version, 1)
    }`;
  });
  const [subgraph] = model.tables(slots.model.subgraphs);
  return subgraph.tables(slots.subgraph.operators)
    .map((operator) => codes[operator.uint32(slots.operator.codeIndex)]);
}

referenceTest("writeTflite() keeps every official model, and its operators' versions", () => {
  for (const path of modelFiles()) {
    const original = Deno.readFileSync(path);
    const graph = readTflite(original);
    const bytes = writeTflite(graph);
    assert.deepEqual(readTflite(bytes), graph, path);
    assert.deepEqual(writeTflite(readTflite(bytes)), bytes, path);
    // Its dense layer has a version for int8 weights, which the converter then left in float.
    if (!path.includes("kws_ref_model_float32")) {
      assert.deepEqual(versions(bytes), versions(original), path);
    }
  }
});

referenceTest("writeTflite() does not change what an int8 model computes", () => {
  for (const path of modelFiles()) {
    const graph = readTflite(Deno.readFileSync(path));
    if (graph.tensors[graph.inputs[0]].type !== "int8") continue;
    const before = new Int8Executor(graph);
    const after = new Int8Executor(readTflite(writeTflite(graph)));
    const x = new SeededRandom(5).int8s(before.input.shape.reduce((a, b) => a * b));
    assert.deepEqual(after.run(x), before.run(x), path);
  }
});
