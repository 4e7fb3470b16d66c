import assert from "node:assert/strict";
import type { Graph, Operator, Tensor, TensorType } from "../../../lib/model/graph.ts";
import { operatorVersion } from "../../../lib/model/tflite/operator_version.ts";
import { quantized, quantizedAlong, tensor } from "../small_graph.ts";

const conv = { dilationHeight: 1, dilationWidth: 1 };
const dense = { keepNumDims: false };
const one = quantized(0.5);
const many = quantizedAlong(0, [1, 2]);

/** Kind, type and rank of the input, type and quantization of the second input, options, expected version. */
const cases: [Operator["kind"], TensorType, number, Partial<Tensor>, object, number][] = [
  ["CONV_2D", "float32", 4, { type: "float32" }, conv, 1],
  ["CONV_2D", "float32", 4, { type: "int8", quantization: one }, conv, 2],
  ["CONV_2D", "int8", 4, { type: "int8", quantization: many }, conv, 3],
  ["CONV_2D", "int16", 4, { type: "int8", quantization: many }, conv, 4],
  ["CONV_2D", "float32", 4, { type: "int8", quantization: many }, conv, 5],
  ["DEPTHWISE_CONV_2D", "float32", 4, { type: "float32" }, conv, 1],
  ["DEPTHWISE_CONV_2D", "float32", 4, { type: "float32" }, { ...conv, dilationWidth: 2 }, 2],
  ["DEPTHWISE_CONV_2D", "int8", 4, { type: "int8", quantization: many }, conv, 3],
  ["DEPTHWISE_CONV_2D", "float32", 4, { type: "int8", quantization: one }, conv, 4],
  ["DEPTHWISE_CONV_2D", "int16", 4, { type: "int8", quantization: one }, conv, 5],
  ["DEPTHWISE_CONV_2D", "float32", 4, { type: "int8", quantization: many }, conv, 6],
  ["FULLY_CONNECTED", "int8", 2, { type: "int8", quantization: one }, dense, 6],
  ["FULLY_CONNECTED", "int16", 2, { type: "int8", quantization: one }, dense, 7],
  ["FULLY_CONNECTED", "float32", 2, { type: "int8", quantization: many }, dense, 12],
  ["ADD", "float32", 4, { type: "float32" }, {}, 1],
  ["ADD", "int8", 4, { type: "int8", quantization: one }, {}, 2],
  ["ADD", "int64", 4, { type: "int64" }, {}, 4],
  ["SUB", "int8", 4, { type: "int8", quantization: one }, {}, 2],
  ["SUB", "int64", 4, { type: "int64" }, {}, 4],
  ["SUB", "int8", 5, { type: "int8", shape: [1], quantization: one }, {}, 3],
  ["MUL", "float32", 4, { type: "float32" }, {}, 1],
  ["MUL", "int8", 4, { type: "int8", quantization: one }, {}, 2],
  ["MUL", "int8", 4, { type: "int8", quantization: quantized(8) }, {}, 3],
  ["MUL", "int16", 4, { type: "int16", quantization: one }, {}, 4],
  ["MUL", "int64", 4, { type: "int64" }, {}, 5],
  ["DEQUANTIZE", "int8", 4, {}, {}, 2],
  ["DEQUANTIZE", "uint8", 4, {}, {}, 1],
  ["DEQUANTIZE", "int16", 4, {}, {}, 3],
  ["QUANTIZE", "float32", 4, {}, {}, 1],
  ["TRANSPOSE", "float32", 4, {}, {}, 1],
  ["TRANSPOSE", "int8", 4, {}, {}, 2],
  ["TRANSPOSE", "bool", 4, {}, {}, 3],
  ["TRANSPOSE", "int8", 5, {}, {}, 4],
  ["TRANSPOSE", "int16", 4, {}, {}, 5],
  ["TRANSPOSE", "int8", 6, {}, {}, 6],
  ["PAD", "float32", 4, {}, {}, 1],
  ["PAD", "int8", 4, {}, {}, 2],
  ["PAD", "int16", 4, {}, {}, 3],
  ["PAD", "int8", 5, {}, {}, 4],
  ["STRIDED_SLICE", "int32", 1, {}, {}, 1],
  ["STRIDED_SLICE", "int8", 4, {}, {}, 2],
  ["STRIDED_SLICE", "bool", 4, {}, {}, 3],
  ["STRIDED_SLICE", "int8", 5, {}, {}, 4],
  ["RESHAPE", "int8", 4, {}, {}, 1],
  ["SHAPE", "int8", 4, {}, {}, 1],
  ["SOFTMAX", "float32", 2, {}, {}, 1],
  ["SOFTMAX", "int8", 2, {}, {}, 2],
  ["SOFTMAX", "int16", 2, {}, {}, 3],
];

Deno.test("operatorVersion() follows the converter's rules", () => {
  for (const [kind, type, rank, second, options, expected] of cases) {
    const x = tensor("x", new Array(rank).fill(1), type, quantized(0.5));
    const isUnary = Object.keys(second).length === 0;
    const graph: Graph = {
      description: "",
      tensors: [x, { ...x, ...(isUnary ? {} : { quantization: undefined }), ...second }, x],
      operators: [],
      inputs: [],
      outputs: [],
    };
    const operator = {
      kind,
      inputs: kind === "CONV_2D" || kind === "DEPTHWISE_CONV_2D"
        ? [0, 1, -1]
        : isUnary
        ? [0]
        : [0, 1],
      outputs: [2],
      options,
    } as Operator;
    assert.equal(
      operatorVersion(graph, operator),
      expected,
      JSON.stringify([kind, type, rank, second]),
    );
  }
});

Deno.test("operatorVersion() of a dense layer depends on its bias and its dimensions", () => {
  const x = tensor("x", [1, 2], "int8", one);
  const float = tensor("x", [1, 2], "float32");
  const version = (input: Tensor, inputs: number[], keepNumDims: boolean) =>
    operatorVersion(
      { description: "", tensors: [input, input, input], operators: [], inputs: [], outputs: [] },
      {
        kind: "FULLY_CONNECTED",
        inputs,
        outputs: [2],
        options: { activation: "none", keepNumDims },
      },
    );
  assert.equal(version(x, [0, 1, 2], false), 4);
  assert.equal(version(x, [0, 1, 2], true), 5);
  assert.equal(version(x, [0, 1], true), 6);
  assert.equal(version(float, [0, 1, 2], false), 1);
});
