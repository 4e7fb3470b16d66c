import assert from "node:assert/strict";
import { ModelError } from "../../../lib/model/errors.ts";
import type { Graph } from "../../../lib/model/graph.ts";
import { decodeOnnxModel } from "../../../lib/model/onnx/decode_onnx.ts";
import { type OnnxForm, writeOnnx } from "../../../lib/model/onnx/write_onnx.ts";
import { SeededRandom } from "../seeded_random.ts";
import { smallGraph } from "../small_graph.ts";
import { GraphMaker, perTensor } from "./graph_maker.ts";

const kindsOf = (bytes: Uint8Array) => decodeOnnxModel(bytes).nodes.map(({ opType }) => opType);

Deno.test("writeOnnx() transposes at the borders only", () => {
  const kinds = kindsOf(writeOnnx(smallGraph(), { form: "float" }));
  assert.deepEqual(kinds, [
    "Transpose",
    "Conv",
    "Relu",
    "Conv",
    "Add",
    "Clip",
    "AveragePool",
    "Transpose",
    "Reshape",
    "Gemm",
    "Softmax",
  ]);
});

Deno.test("writeOnnx() writes each form with the operators that it is made of", () => {
  const only = (form: OnnxForm) => {
    const kinds = kindsOf(writeOnnx(smallGraph(), { form }));
    return [...new Set(kinds)].sort();
  };
  assert.deepEqual(only("qlinear"), [
    "Clip",
    "QGemm",
    "QLinearAdd",
    "QLinearAveragePool",
    "QLinearConv",
    "QLinearSoftmax",
    "Reshape",
    "Transpose",
  ]);
  assert(only("qdq").includes("QuantizeLinear"));
  assert(!only("qdq").some((kind) => kind.startsWith("QLinear")));
  assert.deepEqual(
    kindsOf(writeOnnx(smallGraph())),
    kindsOf(writeOnnx(smallGraph(), { form: "qdq" })),
  );
});

Deno.test("writeOnnx() keeps names, shapes and types of inputs and outputs", () => {
  const graph = smallGraph();
  const { inputs, outputs } = decodeOnnxModel(writeOnnx(graph, { extraOutputs: [7] }));
  assert.deepEqual(inputs, [{ name: "input", dataType: 3, shape: [1, 8, 6, 3] }]);
  assert.deepEqual(outputs, [
    { name: "probabilities", dataType: 3, shape: [1, 5] },
    { name: "sum", dataType: 3, shape: [1, 8, 6, 4] },
  ]);
  const open = decodeOnnxModel(writeOnnx(graph, { dynamicBatch: true, form: "float" }));
  assert.deepEqual(open.inputs, [{ name: "input", dataType: 1, shape: ["batch", 8, 6, 3] }]);
});

Deno.test("writeOnnx() gives every value a name of its own", () => {
  const graph = smallGraph();
  const same = { ...graph, tensors: graph.tensors.map((tensor) => ({ ...tensor, name: "same" })) };
  for (const form of ["float", "qdq", "qlinear"] as const) {
    const { nodes, initializers, inputs } = decodeOnnxModel(writeOnnx(same, { form }));
    const names = [
      ...nodes.flatMap(({ outputs }) => outputs),
      ...initializers.map(({ name }) => name),
      ...inputs.map(({ name }) => name),
    ];
    assert.equal(new Set(names).size, names.length);
  }
});

Deno.test("writeOnnx() leaves out what computes the shape of a reshape", () => {
  const maker = new GraphMaker(new SeededRandom(1), false, [1, 4, 3, 2]);
  const shape = maker.add("SHAPE", [0], {}, perTensor(1, 0));
  maker.tensors[shape] = { ...maker.tensors[shape], type: "int32" };
  const flat = maker.add("RESHAPE", [0, shape], {}, perTensor(1, 0), [1, 4, 3, 2]);
  assert.deepEqual(kindsOf(writeOnnx(maker.graph(flat))), ["Reshape"]);
});

Deno.test("writeOnnx() gives an output that is an input, or comes twice, under its own name", () => {
  const quantization = perTensor(1, 0);
  const tensor = (name: string) => ({ name, shape: [1, 2], type: "float32" as const });
  const graph: Graph = {
    description: "",
    tensors: [tensor("x"), { ...tensor("q"), type: "int8", quantization }, tensor("y")],
    operators: [
      { kind: "QUANTIZE", inputs: [0], outputs: [1], options: {} },
      { kind: "DEQUANTIZE", inputs: [1], outputs: [2], options: {} },
    ],
    inputs: [0],
    outputs: [2, 1, 2],
  };
  const { nodes, outputs } = decodeOnnxModel(writeOnnx(graph, { form: "float" }));
  assert.deepEqual(outputs.map(({ name }) => name), ["y", "q"]);
  assert.deepEqual(nodes.flatMap((node) => node.outputs), ["y", "q"]);
});

Deno.test("writeOnnx() names what it cannot write", () => {
  const maker = new GraphMaker(new SeededRandom(1), true, [1, 4, 3, 2]);
  const quantization = perTensor(0.001, 0);
  maker.tensors[0] = { ...maker.tensors[0], type: "int16", quantization };
  const graph = maker.graph(maker.softmax(0));
  assert.throws(
    () => writeOnnx(graph),
    (error) =>
      error instanceof ModelError && error.tensor?.name === "x" &&
      /16 bits/.test(error.message),
  );
  assert(writeOnnx(graph, { form: "float" }).length > 0);
});
