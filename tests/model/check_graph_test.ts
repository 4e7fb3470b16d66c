import assert from "node:assert/strict";
import { checkGraph } from "../../lib/model/check_graph.ts";
import { ModelError } from "../../lib/model/errors.ts";
import type { Graph, Operator, Tensor } from "../../lib/model/graph.ts";
import { quantized, quantizedAlong, smallGraph, tensor } from "./small_graph.ts";

Deno.test("checkGraph() accepts a sound graph", () => checkGraph(smallGraph()));

function withTensor(index: number, change: Partial<Tensor>): Graph {
  const graph = smallGraph();
  const tensors = graph.tensors.map((t, i) => i === index ? { ...t, ...change } : t);
  return { ...graph, tensors };
}

function withOperator(index: number, change: Partial<Operator>): Graph {
  const graph = smallGraph();
  const operators = graph.operators.map((o, i) =>
    (i === index ? { ...o, ...change } : o) as Operator
  );
  return { ...graph, operators };
}

function withOptions(index: number, change: Record<string, unknown>): Graph {
  const options = { ...smallGraph().operators[index].options, ...change };
  return withOperator(index, { options } as Partial<Operator>);
}

const per = (scales: number[], zeros: number[], axis = 0) => ({
  scale: Float32Array.from(scales),
  zeroPoint: Int32Array.from(zeros),
  axis,
});

const faults: [string, Graph, RegExp][] = [
  ["a dimension of 0", withTensor(3, { shape: [1, 8, 0, 4] }), /'conv'.*not positive/],
  ["a negative dimension", withTensor(3, { shape: [1, -8, 6, 4] }), /'conv'.*not positive/],
  ["a fraction", withTensor(3, { shape: [1, 8.5, 6, 4] }), /'conv'.*not positive/],
  ["2^31 bytes", withTensor(3, { shape: [2 ** 16, 2 ** 15] }), /'conv'.*beyond 2 GiB/],
  ["a product beyond 2^53", withTensor(3, { shape: [2 ** 30, 2 ** 30, 2 ** 30] }), /beyond 2 GiB/],
  ["nine dimensions", withTensor(3, { shape: new Array(9).fill(1) }), /has 9 dimensions/],
  ["short data", withTensor(1, { data: new Uint8Array(107) }), /takes 108 bytes and its data 107/],
  ["long data", withTensor(1, { data: new Uint8Array(109) }), /takes 108 bytes and its data 109/],
  ["no zero point", withTensor(3, { quantization: per([1], []) }), /1 scales and 0 zero points/],
  ["no scale", withTensor(3, { quantization: per([], []) }), /0 scales/],
  [
    "a scale too few",
    withTensor(1, { quantization: per([1, 1], [0, 0]) }),
    /2 scales along axis 0/,
  ],
  ["an axis beyond", withTensor(1, { quantization: per([1, 1], [0, 0], 7) }), /axis 7/],
  ["a negative scale", withTensor(3, { quantization: quantized(-1) }), /not a positive number/],
  [
    "a scale that is none",
    withTensor(3, { quantization: quantized(NaN) }),
    /not a positive number/,
  ],
  [
    "a zero point beyond",
    withTensor(3, { quantization: quantized(1, 128) }),
    /not in \[-128,127\]/,
  ],
  ["a quantized float", withTensor(3, { type: "float32" }), /quantized and of type 'float32'/],
  ["an input beyond", { ...smallGraph(), inputs: [99] }, /input 99 does not exist/],
  ["a constant input", { ...smallGraph(), inputs: [1] }, /'conv\/weights' is not free/],
  ["an input twice", { ...smallGraph(), inputs: [0, 0] }, /'input' is not free/],
  ["no output", { ...smallGraph(), outputs: [] }, /has no output/],
  ["an output beyond", { ...smallGraph(), outputs: [14] }, /nothing gives its output 14/],
  ["a negative output", { ...smallGraph(), outputs: [-1] }, /nothing gives its output -1/],
  ["too few inputs", withOperator(2, { inputs: [3] }), /2 'ADD'.*1 inputs: expected 2 to 2/],
  ["too many inputs", withOperator(6, { inputs: [12, 12] }), /6 'SOFTMAX'.*2 inputs/],
  ["an absent input", withOperator(0, { inputs: [-1, 1, 2] }), /0 'CONV_2D'.*input 0 is tensor -1/],
  ["a tensor beyond", withOperator(0, { inputs: [0, 1, 14] }), /input 2 is tensor 14/],
  ["a later tensor", withOperator(0, { inputs: [6, 1, 2] }), /nothing gives before it/],
  ["itself", withOperator(2, { inputs: [3, 7] }), /input 1 is tensor 7, which nothing gives/],
  ["two outputs", withOperator(2, { outputs: [7, 8] }), /has 2 outputs/],
  ["an output twice", withOperator(2, { outputs: [6] }), /not there to be written/],
  ["a constant output", withOperator(2, { outputs: [1] }), /not there to be written/],
  ["an output nowhere", withOperator(2, { outputs: [-1] }), /not there to be written/],
  ["another shape", withTensor(3, { shape: [1, 8, 6, 5] }), /\[1,8,6,5\]: expected \[1,8,6,4\]/],
  ["weights of other depth", withTensor(0, { shape: [1, 8, 6, 2] }), /3 deep: expected 2/],
  ["a stride of 0", withOptions(0, { strideHeight: 0 }), /stride 0/],
  ["a dilation below 1", withOptions(0, { dilationWidth: -1 }), /dilation -1/],
  ["a window too large", withOptions(3, { filterHeight: 9 }), /larger than its input of 8/],
  ["a depth multiplier", withOptions(1, { depthMultiplier: 2 }), /depth multiplier of 2/],
  ["a reshape to another size", withTensor(10, { shape: [1, 47] }), /differ in size/],
];

for (const [what, graph, message] of faults) {
  Deno.test(`checkGraph() throws on ${what}`, () => {
    assert.throws(() => checkGraph(graph), (error) => {
      assert(error instanceof ModelError);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("checkGraph() names the operator or the tensor", () => {
  const errorOf = (graph: Graph) => {
    try {
      checkGraph(graph);
    } catch (error) {
      return error as ModelError;
    }
    throw new Error("nothing thrown");
  };
  const operator = errorOf(withOptions(0, { strideHeight: 0 })).operator;
  assert.deepEqual(operator, { index: 0, kind: "CONV_2D" });
  const { tensor } = errorOf(withTensor(3, { shape: [0] }));
  assert.deepEqual(tensor, { index: 3, name: "conv" });
});

Deno.test("checkGraph() wants constants where an operator's shape depends on them", () => {
  const graph: Graph = {
    description: "",
    tensors: [
      tensor("x", [1, 4], "int8", quantized(1)),
      tensor("axes", [1], "int32"),
      tensor("y", [1, 1], "int8", quantized(1)),
    ],
    operators: [{ kind: "MEAN", inputs: [0, 1], outputs: [2], options: { keepDims: true } }],
    inputs: [0, 1],
    outputs: [2],
  };
  assert.throws(() => checkGraph(graph), /'axes' is not an int32 constant/);
});

Deno.test("checkGraph() wants one scale for each slice", () => {
  const graph = withTensor(1, { quantization: quantizedAlong(3, [1, 1, 1]) });
  checkGraph(graph);
});
