import assert from "node:assert/strict";
import { FloatExecutor } from "../../../lib/model/float/float_executor.ts";
import { loadOrt } from "../../../lib/model/float/load_ort.ts";
import { elementCount, type Graph } from "../../../lib/model/graph.ts";
import { Int8Executor } from "../../../lib/model/int8/int8_executor.ts";
import { DataType } from "../../../lib/model/onnx/onnx_model.ts";
import { permuteElements } from "../../../lib/model/onnx/permute_elements.ts";
import { readOnnx } from "../../../lib/model/onnx/read_onnx.ts";
import { SeededRandom } from "../seeded_random.ts";
import { floats } from "./graph_maker.ts";
import { type Constant, floatConstant, intConstant, type Node, onnxFile } from "./onnx_file.ts";

const random = new SeededRandom(5);
const scalar = (value: number) => floatConstant([], [value]);
const zeroU8 = (value: number): Constant => ({ dims: [], values: new Uint8Array([value]) });
const int8Weights = (...dims: number[]): Constant => ({
  dims,
  values: random.int8s(elementCount(dims)).map((q) => Math.max(-127, q)),
});
const kindsOf = (graph: Graph) => graph.operators.map(({ kind }) => kind);

/** The integers between a first and a last QUANTIZE or DEQUANTIZE. */
function inside(graph: Graph): Graph {
  const operators = graph.operators.slice(1, -1);
  const inputs = graph.operators[0].outputs, outputs = graph.operators.at(-1)!.inputs;
  return { ...graph, operators, inputs, outputs };
}

function channelsLast(values: Int8Array, dims: readonly number[]): Int8Array {
  return new Int8Array(permuteElements(new Uint8Array(values), dims, [0, 2, 3, 1], 1).buffer);
}

const quantize = (x: string, name: string, scale: string, zero: string): Node[] => [
  ["QuantizeLinear", [x, scale, zero], [`${name}_q`]],
  ["DequantizeLinear", [`${name}_q`, scale, zero], [name]],
];

Deno.test("readOnnx() reads QDQ with unsigned activations, as onnxruntime's quantizer writes it", async () => {
  const nodes: Node[] = [
    ...quantize("x", "xd", "xs", "xz"),
    ["DequantizeLinear", ["w0", "w0s", "w0z"], ["w0d"], { axis: 0 }],
    ["DequantizeLinear", ["b0", "b0s", "b0z"], ["b0d"], { axis: 0 }],
    ["Conv", ["xd", "w0d", "b0d"], ["c"], { pads: [1, 1, 1, 1] }],
    ["Relu", ["c"], ["r"]],
    ...quantize("r", "rd", "rs", "rz"),
    ["MaxPool", ["rd"], ["p"], { kernel_shape: [2, 2], strides: [2, 2] }],
    ...quantize("p", "pd", "rs", "rz"),
    ["Flatten", ["pd"], ["f"]],
    ...quantize("f", "fd", "rs", "rz"),
    ["DequantizeLinear", ["w1", "w1s", "w1z"], ["w1d"]],
    ["MatMul", ["fd", "w1d"], ["m"]],
    ["Add", ["m", "bias"], ["a"]],
    ...quantize("a", "y", "ys", "yz"),
  ];
  const dims = [1, 2, 6, 6];
  const w0s = [0.01, 0.02, 0.015];
  const constants = {
    xs: scalar(0.02),
    xz: zeroU8(120),
    w0: int8Weights(3, 2, 3, 3),
    w0s: floatConstant([3], w0s),
    w0z: { dims: [3], values: new Int8Array(3) },
    b0: { dims: [3], values: Int32Array.of(1000, -2000, 500) },
    b0s: floatConstant([3], w0s.map((s) => Math.fround(Math.fround(s) * Math.fround(0.02)))),
    b0z: { dims: [3], values: new Int32Array(3) },
    rs: scalar(0.03),
    rz: zeroU8(0),
    w1: int8Weights(27, 4),
    w1s: scalar(0.008),
    w1z: { dims: [], values: new Int8Array(1) },
    bias: floatConstant([4], [0.5, -0.25, 1, 0]),
    ys: scalar(0.5),
    yz: zeroU8(131),
  };
  const bytes = onnxFile({ nodes, constants, inputs: { x: dims }, outputs: ["y"] });
  const graph = readOnnx(bytes);
  assert.deepEqual(kindsOf(graph), [
    "QUANTIZE",
    "CONV_2D",
    "MAX_POOL_2D",
    "RESHAPE",
    "FULLY_CONNECTED",
    "DEQUANTIZE",
  ]);
  const [, convolution] = graph.operators;
  const input = graph.tensors[convolution.inputs[0]], bias = graph.tensors[convolution.inputs[2]];
  assert.deepEqual([input.type, input.shape], ["int8", [1, 6, 6, 2]]);
  assert.deepEqual([...input.quantization!.zeroPoint], [-8]);
  assert.deepEqual([...new Int32Array(bias.data!.slice().buffer)], [1000, -2000, 500]);

  const x = floats(random, elementCount(dims), 2.5);
  const ort = await loadOrt();
  const session = await ort.InferenceSession.create(bytes);
  const { y } = await session.run({ x: new ort.Tensor("float32", x, dims) });
  const integers = Int8Array.from(x, (value) => {
    const q = Math.round(value / Math.fround(0.02)) + 120;
    return Math.max(0, Math.min(255, q)) - 128;
  });
  const executor = new Int8Executor(inside(graph), { rounding: "single" });
  const output = executor.run(channelsLast(integers, dims));
  const expected = Array.from(y.data as Float32Array, (v) => Math.round(v / 0.5) + 131 - 128);
  output.forEach((q, i) => assert(Math.abs(q - expected[i]) <= 1, `${output} for ${expected}`));
  assert(new Set(expected).size > 2, `${expected} tells little`);
});

Deno.test("readOnnx() reads operators on unsigned integers at both ends of the model", async () => {
  const nodes: Node[] = [
    ["QLinearConv", ["x", "xs", "xz", "w", "ws", "wz", "cs", "cz", "b"], ["c"]],
    ["Clip", ["c", "low"], ["r"]],
    [
      "com.microsoft.QLinearAdd",
      ["r", "cs", "cz", "c", "cs", "cz", "ys", "yz"],
      ["a"],
    ],
    ["com.microsoft.QLinearGlobalAveragePool", ["a", "ys", "yz", "ys", "yz"], ["y"]],
  ];
  const dims = [1, 2, 5, 5];
  const constants = {
    xs: scalar(0.02),
    xz: zeroU8(100),
    w: int8Weights(3, 2, 2, 2),
    ws: floatConstant([3], [0.01, 0.02, 0.015]),
    wz: { dims: [3], values: new Int8Array(3) },
    b: { dims: [3], values: Int32Array.of(900, 4000, -500) },
    cs: scalar(0.04),
    cz: zeroU8(90),
    low: zeroU8(90),
    ys: scalar(0.06),
    yz: zeroU8(80),
  };
  const bytes = onnxFile({
    nodes,
    constants,
    inputs: { x: dims },
    outputs: ["y"],
    inputType: DataType.uint8,
    outputType: DataType.uint8,
  });
  const graph = readOnnx(bytes);
  // What the Clip reads is read by the sum too: it cannot be a part of the convolution.
  assert.deepEqual(
    kindsOf(graph),
    ["QUANTIZE", "CONV_2D", "RELU", "ADD", "AVERAGE_POOL_2D", "QUANTIZE"],
  );
  const ends = [graph.inputs[0], graph.outputs[0]].map((index) => graph.tensors[index]);
  assert.deepEqual(ends.map(({ type }) => type), ["uint8", "uint8"]);
  assert.deepEqual(ends.map(({ quantization }) => quantization!.zeroPoint[0]), [100, 80]);
  assert.deepEqual(ends.map(({ shape }) => shape), [[1, 5, 5, 2], [1, 1, 1, 3]]);

  const x = Uint8Array.from(random.int8s(elementCount(dims)), (q) => q + 128);
  const ort = await loadOrt();
  const session = await ort.InferenceSession.create(bytes);
  const { y } = await session.run({ x: new ort.Tensor("uint8", x, dims) });
  const executor = new Int8Executor(inside(graph), { rounding: "single" });
  const output = executor.run(channelsLast(Int8Array.from(x, (q) => q - 128), dims));
  const expected = Array.from(y.data as Uint8Array, (q) => q - 128);
  output.forEach((q, i) => assert(Math.abs(q - expected[i]) <= 1, `${output} for ${expected}`));
});

Deno.test("readOnnx() quantizes weights that the file quantizes at run time", () => {
  const nodes: Node[] = [
    ...quantize("w", "wd", "ws", "wz"),
    ["DequantizeLinear", ["x", "xs", "xz"], ["xd"]],
    ["Gemm", ["xd", "wd"], ["g"], { transB: 1 }],
    ["QuantizeLinear", ["g", "ys", "yz"], ["y"]],
  ];
  const signed = (value: number): Constant => ({ dims: [], values: new Int8Array([value]) });
  const constants = {
    xs: scalar(0.1),
    xz: signed(3),
    w: floatConstant([2, 3], [0.5, -0.25, 0.26, 10, -10, 0.75]),
    ws: scalar(0.5),
    wz: signed(0),
    ys: scalar(0.2),
    yz: signed(-4),
  };
  const graph = readOnnx(onnxFile({
    nodes,
    constants,
    inputs: { x: [1, 3] },
    outputs: ["y"],
    inputType: DataType.int8,
    outputType: DataType.int8,
  }));
  assert.deepEqual(kindsOf(graph), ["FULLY_CONNECTED"]);
  const [, index] = graph.operators[0].inputs;
  // Halves go to the even side.
  assert.deepEqual([...new Int8Array(graph.tensors[index].data!)], [1, 0, 1, 20, -20, 2]);
  const x = graph.tensors[graph.inputs[0]];
  assert.deepEqual([x.type, x.quantization!.zeroPoint[0]], ["int8", 3]);
});

Deno.test("readOnnx() keeps weights that alone are quantized", async () => {
  const constants = {
    w: int8Weights(4, 3),
    ws: scalar(0.01),
    wz: { dims: [], values: new Int8Array(1) },
    b: floatConstant([4], floats(random, 4)),
  };
  const nodes: Node[] = [
    ["DequantizeLinear", ["w", "ws", "wz"], ["wd"]],
    ["Gemm", ["x", "wd", "b"], ["y"], { transB: 1 }],
  ];
  const graph = readOnnx(onnxFile({ nodes, constants, inputs: { x: [1, 3] }, outputs: ["y"] }));
  assert.deepEqual(kindsOf(graph), ["FULLY_CONNECTED"]);
  const types = graph.operators[0].inputs.map((index) => graph.tensors[index].type);
  assert.deepEqual(types, ["float32", "int8", "float32"]);
  // The largest magnitude is 127 steps: these numbers are met exactly.
  await using executor = await FloatExecutor.create(graph);
  const [y] = await executor.run(Float32Array.of(127, -3, 50));
  const q = constants.w.values as Int8Array, b = constants.b.values as Float32Array;
  y.forEach((value, i) => {
    const sum = q[i * 3] * 127 - q[i * 3 + 1] * 3 + q[i * 3 + 2] * 50;
    assert(Math.abs(value - (sum * 0.01 + b[i])) < 1e-3);
  });
});

Deno.test("readOnnx() refuses quantization that int8 operators do not have", () => {
  const signed = (value: number): Constant => ({ dims: [], values: new Int8Array([value]) });
  const file = (changes: Record<string, Constant>) =>
    onnxFile({
      nodes: [
        ["QuantizeLinear", ["x", "s", "z"], ["xq"]],
        ["DequantizeLinear", ["xq", "s", "z2"], ["xd"]],
        ["DequantizeLinear", ["w", "s", "wz"], ["wd"]],
        ["Gemm", ["xd", "wd"], ["g"], { transB: 1 }],
        ["QuantizeLinear", ["g", "s", "z"], ["y"]],
      ],
      constants: {
        s: scalar(0.1),
        z: signed(1),
        z2: signed(1),
        w: int8Weights(2, 3),
        wz: signed(0),
        ...changes,
      },
      inputs: { x: [1, 3] },
      outputs: ["y"],
      outputType: DataType.int8,
    });
  assert.deepEqual(kindsOf(readOnnx(file({}))), ["QUANTIZE", "FULLY_CONNECTED"]);
  assert.throws(() => readOnnx(file({ wz: signed(2) })), /not symmetric int8/);
  assert.throws(() => readOnnx(file({ z2: signed(2) })), /not the one that its input/);
  assert.throws(() => readOnnx(file({ s: floatConstant([2], [1, 1]) })), /2 scales and 1 zero/);
  assert.throws(() => readOnnx(file({ s: intConstant() })), /0 scales/);
});
