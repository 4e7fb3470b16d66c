import assert from "node:assert/strict";
import { ModelError } from "../../../lib/model/errors.ts";
import type { Graph } from "../../../lib/model/graph.ts";
import { FlatbufferReader } from "../../../lib/model/tflite/flatbuffer_reader.ts";
import { type Part, writeFlatbuffer } from "../../../lib/model/tflite/flatbuffer_writer.ts";
import { readTflite } from "../../../lib/model/tflite/read_tflite.ts";
import { slots } from "../../../lib/model/tflite/schema.ts";
import { writeTflite } from "../../../lib/model/tflite/write_tflite.ts";
import { referenceTest, shared } from "../../reference.ts";
import { modelFiles } from "../reference_models.ts";
import { smallGraph } from "../small_graph.ts";

referenceTest("readTflite() reads every official model", () => {
  const files = modelFiles();
  assert(files.length >= 15);
  for (const path of files) {
    const graph = readTflite(Deno.readFileSync(path));
    assert(graph.operators.length >= 4, path);
    assert.equal(graph.inputs.length, 1, path);
    assert.equal(graph.outputs.length, 1, path);
  }
});

referenceTest("readTflite() reads what is known of the keyword model", () => {
  const bytes = Deno.readFileSync(shared("reference/models/kws_ref_model.tflite"));
  const graph = readTflite(bytes);
  const input = graph.tensors[graph.inputs[0]];
  assert.deepEqual(input.shape, [1, 49, 10, 1]);
  assert.equal(input.type, "int8");
  assert.deepEqual(input.quantization, {
    scale: new Float32Array([0.5847029089927673]),
    zeroPoint: new Int32Array([83]),
    axis: 0,
  });
  assert.equal(graph.tensors[graph.outputs[0]].quantization!.scale[0], 1 / 256);
  const [first] = graph.operators;
  assert(first.kind === "CONV_2D");
  assert.deepEqual(first.options, {
    padding: "same",
    strideHeight: 2,
    strideWidth: 2,
    dilationHeight: 1,
    dilationWidth: 1,
    activation: "relu",
  });
  const weights = graph.tensors[first.inputs[1]];
  assert.equal(weights.quantization!.scale.length, 64);
  assert.equal(weights.data!.buffer, bytes.buffer, "constants are views into the file");
});

Deno.test("readTflite() reads from the middle of a larger buffer", () => {
  const bytes = writeTflite(smallGraph());
  const larger = new Uint8Array(bytes.length + 13);
  larger.set(bytes, 5);
  assert.deepEqual(readTflite(larger.subarray(5, 5 + bytes.length)), smallGraph());
});

Deno.test("readTflite() throws on what is no TFLite file", () => {
  for (const bytes of [[], [1, 2, 3], new Array(100).fill(0), new Array(100).fill(255)]) {
    assert.throws(() => readTflite(Uint8Array.from(bytes)), (error) => {
      assert(error instanceof ModelError);
      assert.match(error.message, /not a TFLite file/);
      return true;
    });
  }
});

// Files with one thing wrong, built part by part.

const slot = slots;
const table = (bySlot: Record<number, Part | { uint8: number } | { int32: number }>): Part => {
  const fields: { uint8: number }[] = [];
  for (const [key, field] of Object.entries(bySlot)) {
    const isScalar = "uint8" in field || "int32" in field;
    fields[Number(key)] = (isScalar ? field : { to: field }) as { uint8: number };
  }
  return { table: Array.from(fields) };
};

interface Parts {
  version?: number;
  code?: Part;
  options?: Record<number, Part | { uint8: number } | { int32: number }>;
  operator?: Record<number, Part | { uint8: number } | { int32: number }>;
  tensor?: Record<number, Part | { uint8: number } | { int32: number }>;
  buffer?: Record<number, Part | { uint8: number } | { int32: number }>;
  subgraphs?: number;
}

/** One RELU on [1], with changes. */
function file(parts: Parts): Uint8Array {
  const tensorOf = (name: string, extra = {}) =>
    table({ [slot.tensor.shape]: { int32s: [1] }, [slot.tensor.name]: { string: name }, ...extra });
  const operator = table({
    [slot.operator.inputs]: { int32s: [0] },
    [slot.operator.outputs]: { int32s: [1] },
    ...parts.operator,
  });
  const subgraph = table({
    [slot.subgraph.tensors]: { tables: [tensorOf("x", parts.tensor), tensorOf("y")] },
    [slot.subgraph.inputs]: { int32s: [0] },
    [slot.subgraph.outputs]: { int32s: [1] },
    [slot.subgraph.operators]: { tables: [operator] },
  });
  const relu = table({ [slot.operatorCode.deprecatedCode]: { uint8: 19 } });
  const model = table({
    [slot.model.version]: { int32: parts.version ?? 3 },
    [slot.model.operatorCodes]: { tables: [parts.code ?? relu] },
    [slot.model.subgraphs]: { tables: new Array(parts.subgraphs ?? 1).fill(subgraph) },
    [slot.model.buffers]: { tables: [table({}), table(parts.buffer ?? {})] },
  });
  return writeFlatbuffer(model, "TFL3");
}

const code = (number: number) => table({ [slot.operatorCode.code]: { int32: number } });
const custom = table({
  [slot.operatorCode.deprecatedCode]: { uint8: 32 },
  [slot.operatorCode.customCode]: { string: "Mystery" },
});

Deno.test("readTflite() accepts an activation whose buffer is empty, and codes in the older field", () => {
  const graph: Graph = readTflite(file({ tensor: { [slot.tensor.buffer]: { int32: 1 } } }));
  assert.equal(graph.operators[0].kind, "RELU");
  assert.equal(graph.tensors[0].data, undefined);
});

const faults: [string, Parts, RegExp, Partial<ModelError>][] = [
  ["another schema version", { version: 4 }, /version is 4: expected 3/, {}],
  ["two subgraphs", { subgraphs: 2 }, /has 2 subgraphs: expected 1/, {}],
  ["no subgraph", { subgraphs: 0 }, /has 0 subgraphs/, {}],
  [
    "an unknown operator",
    { code: code(150) },
    /operator 0 as 'operator code 150' is not supported/,
    { operator: { index: 0, kind: "operator code 150" } },
  ],
  [
    "a custom operator",
    { code: custom },
    /operator 0 as 'CUSTOM Mystery' is not supported/,
    { operator: { index: 0, kind: "CUSTOM Mystery" } },
  ],
  [
    "an operator code that is not there",
    { operator: { [slot.operator.codeIndex]: { int32: 7 } } },
    /'operator code number 7'/,
    {},
  ],
  [
    "an unknown type",
    { tensor: { [slot.tensor.type]: { uint8: 10 } } },
    /tensor 'x' as its element type 10/,
    { tensor: { index: 0, name: "x" } },
  ],
  ["a variable", { tensor: { [slot.tensor.isVariable]: { uint8: 1 } } }, /'x'.*state/, {}],
  ["a sparse tensor", { tensor: { [slot.tensor.sparsity]: table({}) } }, /'x'.*sparse/, {}],
  [
    "a buffer that is not there",
    { tensor: { [slot.tensor.buffer]: { int32: 2 } } },
    /'x'.*number 2 of 2/,
    {},
  ],
  [
    "a buffer outside of the tables",
    {
      tensor: { [slot.tensor.buffer]: { int32: 1 } },
      // Eight bytes wide in the schema.
      buffer: { [slot.buffer.offset]: { int32: 16 }, 2: { int32: 1 } },
    },
    /'x' as its data lies outside of the file's tables/,
    {},
  ],
  [
    "a custom quantization",
    {
      tensor: {
        [slot.tensor.quantization]: table({ [slot.quantization.detailsType]: { uint8: 1 } }),
      },
    },
    /'x' as its quantization is a custom one/,
    {},
  ],
  [
    "a zero point of 64 bits",
    {
      tensor: {
        [slot.tensor.quantization]: table({
          [slot.quantization.scale]: { float32s: [1] },
          [slot.quantization.zeroPoint]: { int64s: [2 ** 33] },
        }),
      },
    },
    /'x' as a zero point of it is beyond 32 bits/,
    {},
  ],
];

for (const [what, parts, message, data] of faults) {
  Deno.test(`readTflite() throws on ${what}`, () => {
    assert.throws(() => readTflite(file(parts)), (error) => {
      assert(error instanceof ModelError);
      assert.match(error.message, message);
      assert.notEqual(error.offset, undefined);
      for (const [key, value] of Object.entries(data)) {
        assert.deepEqual(error[key as keyof ModelError], value);
      }
      return true;
    });
  });
}

/** An operator with options, on two tensors of one element. */
const withOptions = (kind: number, type: number, options: Parts["options"]) =>
  file({
    code: code(kind),
    operator: {
      [slot.operator.optionsType]: { uint8: type },
      [slot.operator.options]: table(options!),
    },
  });

Deno.test("readTflite() throws on options that it does not support", () => {
  const cases: [Uint8Array, RegExp][] = [
    [withOptions(0, 11, { 0: { uint8: 4 } }), /0 'ADD' as its fused activation 4/],
    [withOptions(3, 1, { 0: { uint8: 9 } }), /0 'CONV_2D' as its padding 9/],
    [withOptions(0, 21, { 0: { uint8: 1 } }), /'ADD' as its options are of type 21: expected 11/],
    [withOptions(9, 8, { 1: { uint8: 1 } }), /'FULLY_CONNECTED' as its weights are shuffled/],
    [withOptions(45, 32, { 5: { uint8: 1 } }), /'STRIDED_SLICE' as its end is an offset/],
  ];
  for (const [bytes, message] of cases) {
    assert.throws(() => readTflite(bytes), (error) => {
      assert(error instanceof ModelError);
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("readTflite() throws where a file's parts overlap to multiply the work", () => {
  // A vector of 20,000 tensors that are all the same one, with a name of 100,000 bytes.
  const count = 20_000;
  const one = table({
    [slot.tensor.shape]: { int32s: [1] },
    [slot.tensor.name]: { string: "x".repeat(100_000) },
  });
  const aside = 9;
  const subgraph = table({
    [slot.subgraph.tensors]: { int32s: new Int32Array(count) },
    [aside]: one,
  });
  const model = table({
    [slot.model.version]: { int32: 3 },
    [slot.model.subgraphs]: { tables: [subgraph] },
    [slot.model.buffers]: { tables: [table({})] },
  });
  const bytes = writeFlatbuffer(model, "TFL3");
  const reader = new FlatbufferReader(bytes);
  const [found] = reader.root().tables(slot.model.subgraphs);
  const target = reader.reference(found.field(aside, 4));
  const { start } = reader.vector(found.field(slot.subgraph.tensors, 4), 4);
  const view = new DataView(bytes.buffer);
  // Offsets only point forward.
  assert(target > start + 4 * count);
  for (let i = 0; i < count; i++) view.setUint32(start + 4 * i, target - (start + 4 * i), true);
  assert.throws(() => readTflite(bytes), /its parts overlap/);
});

Deno.test("readTflite() takes a Node Buffer for the plain bytes that it is", async () => {
  const bytes = writeTflite(smallGraph());
  const { Buffer } = await import("node:buffer");
  const padded = Buffer.concat([Buffer.alloc(3), bytes, Buffer.alloc(5)]);
  const graph = readTflite(padded.subarray(3, 3 + bytes.length));
  for (const { data } of graph.tensors) assert.notEqual(data?.constructor, Buffer);
  assert.deepEqual(graph, readTflite(bytes));
});
