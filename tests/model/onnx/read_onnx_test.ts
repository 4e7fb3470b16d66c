import assert from "node:assert/strict";
import { ModelError } from "../../../lib/model/errors.ts";
import { FloatExecutor } from "../../../lib/model/float/float_executor.ts";
import { loadOrt } from "../../../lib/model/float/load_ort.ts";
import { elementCount, type Graph } from "../../../lib/model/graph.ts";
import { permuteElements } from "../../../lib/model/onnx/permute_elements.ts";
import { readOnnx } from "../../../lib/model/onnx/read_onnx.ts";
import { SeededRandom } from "../seeded_random.ts";
import { floats } from "./graph_maker.ts";
import {
  type Constant,
  floatConstant,
  intConstant,
  type Node,
  type OnnxFile,
  onnxFile,
} from "./onnx_file.ts";

const random = new SeededRandom(11);
const weights = (...dims: number[]) => floatConstant(dims, floats(random, elementCount(dims), 0.5));
const positive = (...dims: number[]) =>
  floatConstant(dims, floats(random, elementCount(dims)).map((value) => Math.abs(value) + 0.5));

/** Gamma, beta, mean and variance of a batch normalization. */
function normalization(name: string, channels: number): Record<string, Constant> {
  return {
    [`${name}_gamma`]: weights(channels),
    [`${name}_beta`]: weights(channels),
    [`${name}_mean`]: weights(channels),
    [`${name}_variance`]: positive(channels),
  };
}

const normalizationInputs = (x: string, name: string) => [
  x,
  `${name}_gamma`,
  `${name}_beta`,
  `${name}_mean`,
  `${name}_variance`,
];

function permuted(values: Float32Array, shape: readonly number[], order: readonly number[]) {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
  return new Float32Array(permuteElements(bytes, shape, order, 4).buffer);
}

/** Reads the file; what the graph gives has to be what onnxruntime gives for the file itself. */
async function assertReadsAs(file: OnnxFile, kinds: readonly string[]): Promise<Graph> {
  const bytes = onnxFile(file);
  const graph = readOnnx(bytes);
  assert.deepEqual(graph.operators.map(({ kind }) => kind), kinds);
  const [[name, open]] = Object.entries(file.inputs);
  const dims = open.map((size) => typeof size === "number" ? size : 1);
  const input = floats(random, elementCount(dims));
  const ort = await loadOrt();
  const session = await ort.InferenceSession.create(bytes);
  const result = await session.run({ [name]: new ort.Tensor("float32", input, dims) });
  const expected = result[session.outputNames[0]];
  const isSpatial = dims.length === 4;
  const own = isSpatial ? permuted(input, dims, [0, 2, 3, 1]) : input;
  await using executor = await FloatExecutor.create(graph);
  const [output] = await executor.run(own);
  const { shape } = graph.tensors[graph.outputs[0]];
  const isImage = isSpatial && expected.dims.length === 4;
  assert.deepEqual(
    shape,
    isImage ? [0, 2, 3, 1].map((axis) => expected.dims[axis]) : expected.dims,
  );
  const actual = isImage ? permuted(output, shape, [0, 3, 1, 2]) : output;
  (expected.data as Float32Array).forEach((value, i) => {
    assert(
      Math.abs(actual[i] - value) <= 1e-5 * Math.max(1, Math.abs(value)),
      `value ${i} is ${actual[i]}, expected ${value}`,
    );
  });
  return graph;
}

Deno.test("readOnnx() reads a residual network with batch normalization, channels first", async () => {
  const nodes: Node[] = [
    ["Conv", ["x", "w0"], ["c0"], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] }],
    ["BatchNormalization", normalizationInputs("c0", "n0"), ["b0"], { epsilon: { float: 1e-3 } }],
    ["Relu", ["b0"], ["r0"]],
    ["MaxPool", ["r0"], ["p0"], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] }],
    ["Conv", ["p0", "w1", "bias1"], ["c1"], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }],
    ["BatchNormalization", normalizationInputs("c1", "n1"), ["b1"]],
    ["Add", ["b1", "p0"], ["sum"]],
    ["Relu", ["sum"], ["r1"]],
    ["Conv", ["r1", "w2"], ["c2"], { group: 4, pads: [1, 1, 1, 1] }],
    ["Clip", ["c2", "zero", "six"], ["r2"]],
    ["GlobalAveragePool", ["r2"], ["pooled"]],
    ["Flatten", ["pooled"], ["flat"]],
    ["Gemm", ["flat", "w3", "bias3"], ["logits"], { transB: 1 }],
    ["Softmax", ["logits"], ["y"], { axis: 1 }],
  ];
  const constants = {
    w0: weights(4, 3, 3, 3),
    ...normalization("n0", 4),
    w1: weights(4, 4, 3, 3),
    bias1: weights(4),
    ...normalization("n1", 4),
    w2: weights(8, 1, 3, 3),
    zero: floatConstant([], [0]),
    six: floatConstant([], [6]),
    w3: weights(5, 8),
    bias3: weights(5),
  };
  const file = { nodes, constants, inputs: { x: ["batch", 3, 16, 16] }, outputs: ["y"] };
  const graph = await assertReadsAs(file, [
    "PAD",
    "CONV_2D",
    "PAD",
    "MAX_POOL_2D",
    "CONV_2D",
    "ADD",
    "DEPTHWISE_CONV_2D",
    "AVERAGE_POOL_2D",
    "RESHAPE",
    "FULLY_CONNECTED",
    "SOFTMAX",
  ]);
  assert.deepEqual(graph.tensors[graph.inputs[0]].shape, [1, 16, 16, 3]);
});

Deno.test("readOnnx() turns weights behind a flattened image around, so that nothing has to move", async () => {
  for (const opType of ["Gemm", "Transposed Gemm", "MatMul"]) {
    const dense: Node[] = opType === "MatMul"
      ? [["MatMul", ["flat", "w1"], ["m"]], ["Add", ["m", "bias"], ["y"]]]
      : [["Gemm", ["flat", "w1", "bias"], ["y"], { transB: opType === "Gemm" ? 0 : 1 }]];
    await assertReadsAs({
      nodes: [
        ["Conv", ["x", "w0"], ["c"]],
        ["Flatten", ["c"], ["flat"]],
        ...dense,
      ],
      constants: {
        w0: weights(5, 2, 3, 3),
        w1: opType === "Transposed Gemm" ? weights(7, 60) : weights(60, 7),
        bias: weights(7),
      },
      inputs: { x: [1, 2, 6, 5] },
      outputs: ["y"],
    }, ["CONV_2D", "RESHAPE", "FULLY_CONNECTED"]);
  }
});

Deno.test("readOnnx() keeps the sequence of a flattened image for what else reads it", async () => {
  await assertReadsAs({
    nodes: [
      ["Conv", ["x", "w0"], ["c"]],
      ["Flatten", ["c"], ["flat"]],
      ["Mul", ["flat", "factors"], ["y"]],
    ],
    constants: { w0: weights(3, 2, 3, 3), factors: weights(36) },
    inputs: { x: [1, 2, 6, 5] },
    outputs: ["y"],
  }, ["CONV_2D", "RESHAPE", "RESHAPE", "TRANSPOSE", "RESHAPE", "MUL"]);
});

Deno.test("readOnnx() computes the shape that an exporter computes at run time", async () => {
  await assertReadsAs({
    nodes: [
      ["GlobalAveragePool", ["x"], ["pooled"]],
      ["Shape", ["pooled"], ["shape"]],
      ["Constant", [], ["first"], { value: { tensor: intConstant(0) } }],
      ["Gather", ["shape", "first"], ["size"]],
      ["Concat", ["size", "rest"], ["target"], { axis: 0 }],
      ["Reshape", ["pooled", "target"], ["y"]],
    ],
    constants: { rest: intConstant(-1) },
    inputs: { x: ["n", 4, 5, 5] },
    outputs: ["y"],
  }, ["AVERAGE_POOL_2D", "RESHAPE"]);
});

Deno.test("readOnnx() reads a perceptron with batch normalization and turned weights", async () => {
  await assertReadsAs({
    nodes: [
      ["Gemm", ["x", "w0", "bias"], ["g"], { transB: 1 }],
      ["BatchNormalization", normalizationInputs("g", "n"), ["b"]],
      ["Relu", ["b"], ["r"]],
      ["Transpose", ["w1"], ["turned"], { perm: [1, 0] }],
      ["MatMul", ["r", "turned"], ["m"]],
      ["Identity", ["m"], ["same"]],
      ["Dropout", ["same"], ["y"]],
    ],
    constants: {
      w0: weights(6, 10),
      bias: weights(6),
      ...normalization("n", 6),
      w1: weights(4, 6),
    },
    inputs: { x: [1, 10] },
    outputs: ["y"],
  }, ["FULLY_CONNECTED", "FULLY_CONNECTED"]);
});

Deno.test("readOnnx() reads every kind of padding", async () => {
  const conv = (attributes: Record<string, number[] | string>, size: number): OnnxFile => ({
    nodes: [["Conv", ["x", "w"], ["y"], attributes]],
    constants: { w: weights(3, 2, 3, 3) },
    inputs: { x: [1, 2, size, size] },
    outputs: ["y"],
  });
  for (const size of [7, 8]) {
    const strides = [2, 2];
    await assertReadsAs(conv({ strides, auto_pad: "SAME_UPPER" }, size), ["CONV_2D"]);
    await assertReadsAs(conv({ strides, auto_pad: "VALID" }, size), ["CONV_2D"]);
    const lower = size === 7 ? ["CONV_2D"] : ["PAD", "CONV_2D"];
    await assertReadsAs(conv({ strides, auto_pad: "SAME_LOWER" }, size), lower);
    await assertReadsAs(conv({ strides, pads: [1, 1, 1, 1] }, size), lower);
    await assertReadsAs(conv({ pads: [1, 0, 2, 3], dilations: [2, 1] }, size), ["PAD", "CONV_2D"]);
  }
});

Deno.test("readOnnx() reads average pools that count their padding and such that do not", async () => {
  const pool = (attributes: Record<string, number | number[]>): OnnxFile => ({
    nodes: [["AveragePool", ["x"], ["y"], { kernel_shape: [3, 3], ...attributes }]],
    inputs: { x: [1, 2, 7, 7] },
    outputs: ["y"],
  });
  const pads = [1, 1, 1, 1];
  await assertReadsAs(pool({ pads }), ["AVERAGE_POOL_2D"]);
  await assertReadsAs(pool({ pads, count_include_pad: 1 }), ["PAD", "AVERAGE_POOL_2D"]);
  await assertReadsAs(pool({ strides: [2, 2], ceil_mode: 1 }), ["AVERAGE_POOL_2D"]);
  assert.throws(
    () => readOnnx(onnxFile(pool({ strides: [3, 3], ceil_mode: 1 }))),
    /ceil_mode|border/,
  );
  assert.throws(() => readOnnx(onnxFile(pool({ pads: [2, 1, 0, 1] }))), /do not count/);
});

Deno.test("readOnnx() reads operators along channels, as old and as new operator sets have them", async () => {
  const tail: Node[] = [
    ["Concat", ["padded", "x"], ["both"], { axis: 1 }],
    ["Conv", ["both", "w"], ["y"]],
  ];
  const rest = {
    inputs: { x: [1, 2, 6, 6] },
    outputs: ["y"],
  };
  await assertReadsAs({
    opset: 9,
    nodes: [
      ["Clip", ["x"], ["clipped"], { min: { float: 0 }, max: { float: 6 } }],
      ["Slice", ["clipped"], ["slice"], { starts: [1], ends: [2 ** 31 - 1], axes: [1] }],
      ["Pad", ["slice"], ["padded"], { pads: [0, 1, 0, 0, 0, 0, 0, 0] }],
      ...tail,
    ],
    constants: { w: weights(3, 4, 2, 2) },
    ...rest,
  }, ["RELU6", "STRIDED_SLICE", "PAD", "CONCATENATION", "CONV_2D"]);
  await assertReadsAs({
    opset: 18,
    nodes: [
      ["Clip", ["x", "zero"], ["clipped"]],
      ["Slice", ["clipped", "one", "end", "one", "minus"], ["slice"]],
      ["Pad", ["slice", "pads"], ["padded"]],
      ...tail,
    ],
    constants: {
      w: weights(3, 4, 2, 2),
      zero: floatConstant([], [0]),
      one: intConstant(1),
      end: intConstant(-9),
      minus: intConstant(-1),
      pads: intConstant(0, 0, 0, 0, 0, 0, 0, 0),
    },
    ...rest,
  }, ["RELU", "STRIDED_SLICE", "PAD", "CONCATENATION", "CONV_2D"]);
});

Deno.test("readOnnx() reads means and softmax over any axis", async () => {
  for (const keepdims of [0, 1]) {
    await assertReadsAs({
      nodes: [["Conv", ["x", "w"], ["c"]], ["ReduceMean", ["c"], ["y"], {
        axes: [-1, 2],
        keepdims,
      }]],
      constants: { w: weights(3, 2, 2, 2) },
      inputs: { x: [1, 2, 5, 6] },
      outputs: ["y"],
    }, ["CONV_2D", "MEAN"]);
    await assertReadsAs({
      opset: 18,
      nodes: [["Conv", ["x", "w"], ["c"]], ["ReduceMean", ["c", "axes"], ["y"], { keepdims }]],
      constants: { w: weights(3, 2, 2, 2), axes: intConstant(1) },
      inputs: { x: [1, 2, 5, 6] },
      outputs: ["y"],
    }, ["CONV_2D", "MEAN"]);
  }
  for (const axis of [1, 2, 3]) {
    await assertReadsAs({
      nodes: [["Conv", ["x", "w"], ["c"]], ["Softmax", ["c"], ["y"], { axis }]],
      constants: { w: weights(3, 2, 2, 2) },
      inputs: { x: [1, 2, 5, 6] },
      outputs: ["y"],
    }, axis === 1 ? ["CONV_2D", "SOFTMAX"] : ["CONV_2D", "TRANSPOSE", "SOFTMAX", "TRANSPOSE"]);
  }
});

Deno.test("readOnnx() reads arithmetic with constants of any rank", async () => {
  await assertReadsAs({
    nodes: [
      ["Sub", ["x", "means"], ["centred"]],
      ["Div", ["centred", "deviations"], ["scaled"]],
      ["Conv", ["scaled", "w"], ["c"]],
      ["Add", ["c", "channelwise"], ["moved"]],
      ["Mul", ["scalar", "moved"], ["product"]],
      ["Sigmoid", ["product"], ["gate"]],
      ["Mul", ["gate", "product"], ["swish"]],
      ["Tanh", ["swish"], ["y"]],
    ],
    constants: {
      means: weights(2, 1, 1),
      deviations: positive(1, 2, 1, 1),
      w: weights(3, 2, 2, 2),
      channelwise: weights(3, 1, 1),
      scalar: floatConstant([], [0.7]),
    },
    inputs: { x: [1, 2, 5, 6] },
    outputs: ["y"],
  }, ["SUB", "MUL", "CONV_2D", "MUL", "LOGISTIC", "MUL", "TANH"]);
});

Deno.test("readOnnx() cancels transposes and keeps those that are left", async () => {
  await assertReadsAs({
    nodes: [
      ["Conv", ["x", "w"], ["c"]],
      ["Transpose", ["c"], ["last"], { perm: [0, 2, 3, 1] }],
      ["MatMul", ["last", "m"], ["mixed"]],
      ["Transpose", ["mixed"], ["first"], { perm: [0, 3, 1, 2] }],
      ["Conv", ["first", "w"], ["y"]],
    ],
    constants: { w: weights(2, 2, 2, 2), m: weights(2, 2) },
    inputs: { x: [1, 2, 5, 6] },
    outputs: ["y"],
  }, ["CONV_2D", "FULLY_CONNECTED", "CONV_2D"]);
});

Deno.test("readOnnx() normalizes where no weights are before", async () => {
  await assertReadsAs({
    nodes: [
      ["BatchNormalization", normalizationInputs("x", "n"), ["b"]],
      ["Relu", ["b"], ["r"]],
      ["Conv", ["r", "w"], ["y"]],
    ],
    constants: { ...normalization("n", 2), w: weights(3, 2, 2, 2) },
    inputs: { x: [1, 2, 5, 6] },
    outputs: ["y"],
  }, ["MUL", "ADD", "CONV_2D"]);
});

Deno.test("readOnnx() takes weights in double precision", async () => {
  await assertReadsAs({
    nodes: [
      ["Cast", ["w"], ["single"], { to: 1 }],
      ["Squeeze", ["single", "axis"], ["flat"]],
      ["MatMul", ["x", "flat"], ["y"]],
    ],
    constants: {
      w: { dims: [4, 3, 1], values: Float64Array.from(floats(random, 12)) },
      axis: intConstant(2),
    },
    inputs: { x: [1, 4] },
    outputs: ["y"],
  }, ["FULLY_CONNECTED"]);
});

Deno.test("readOnnx() names the node that is not supported", () => {
  const one = (
    node: Node,
    constants: Record<string, Constant> = {},
    shape: (number | string)[] = [1, 4, 6, 6],
  ) => onnxFile({ nodes: [node], constants, inputs: { x: shape }, outputs: [node[2][0]] });
  const refuses = (bytes: Uint8Array, message: RegExp) =>
    assert.throws(
      () => readOnnx(bytes),
      (error) => error instanceof ModelError && message.test(error.message),
    );
  refuses(one(["LSTM", ["x"], ["y"]]), /'LSTM of y' \(LSTM\).*not supported/);
  refuses(one(["acme.Conv", ["x"], ["y"]]), /\(acme\.Conv\)/);
  const w = weights(4, 2, 3, 3);
  refuses(one(["Conv", ["x", "w"], ["y"], { group: 2 }], { w }), /2 groups/);
  refuses(one(["Conv", ["x", "w"], ["y"]], { w }, [1, 2, "h", 6]), /dimension 2 is open/);
  refuses(one(["Conv", ["x", "w"], ["y"]], { w }, [1, 3, 6, 6]), /2 deep: expected 3/);
  refuses(one(["Conv", ["x", "missing"], ["y"]]), /'missing'/);
  refuses(one(["Conv", ["x"], ["y"]]), /lacks input 1/);
  refuses(one(["Clip", ["x"], ["y"], { min: { float: 1 } }]), /clamps to \[1, Infinity\]/);
  refuses(one(["Softmax", ["x"], ["y"], { axis: 7 }]), /axis 7/);
  refuses(one(["Softmax", ["x"], ["y"], { axis: "1" }]), /'axis' is not of type int/);
  refuses(one(["Reshape", ["x", "shape"], ["y"]], { shape: intConstant(-1, 5) }), /reshaped/);
  refuses(one(["Relu", ["x"], ["x"]]), /'x' is written twice/);
  refuses(
    onnxFile({ opset: 99, nodes: [], inputs: { x: [1] }, outputs: ["x"] }),
    /operator set is 99/,
  );
});
