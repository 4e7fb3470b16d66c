import assert from "node:assert/strict";
import type { Graph, Operator, Tensor } from "../../lib/model/graph.ts";
import { outputShape, paddingBefore, ShapeMismatch } from "../../lib/model/output_shape.ts";
import { tensor } from "./small_graph.ts";

const x = (...shape: number[]) => tensor("x", shape, "float32");
const indices = (...values: number[]) =>
  tensor("i", [values.length], "int32", undefined, Int32Array.from(values));

function shapeOf(kind: Operator["kind"], tensors: Tensor[], options: object = {}) {
  const operator = { kind, inputs: tensors.map((_, i) => i), outputs: [0], options } as Operator;
  const graph: Graph = { description: "", tensors, operators: [operator], inputs: [], outputs: [] };
  return outputShape(graph, operator);
}

const conv = {
  padding: "same",
  strideHeight: 1,
  strideWidth: 1,
  dilationHeight: 1,
  dilationWidth: 1,
  activation: "none",
};
const noMask = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 };

Deno.test("outputShape() counts windows as TensorFlow does", () => {
  const weights = x(7, 3, 5, 2);
  const same = { ...conv, strideHeight: 2, strideWidth: 3 };
  assert.deepEqual(shapeOf("CONV_2D", [x(1, 9, 10, 2), weights], same), [1, 5, 4, 7]);
  const valid = { ...same, padding: "valid" };
  assert.deepEqual(shapeOf("CONV_2D", [x(1, 9, 10, 2), weights], valid), [1, 4, 2, 7]);
  const dilated = { ...conv, padding: "valid", dilationHeight: 4, dilationWidth: 2 };
  assert.deepEqual(shapeOf("CONV_2D", [x(1, 9, 10, 2), weights], dilated), [1, 1, 2, 7]);
});

Deno.test("paddingBefore() puts the odd row after", () => {
  assert.equal(paddingBefore(49, 10, 2, 1, 25, "same"), 4); // 9 rows missing
  assert.equal(paddingBefore(10, 4, 2, 1, 5, "same"), 1);
  assert.equal(paddingBefore(8, 1, 2, 1, 4, "same"), 0);
  assert.equal(paddingBefore(9, 3, 1, 1, 7, "valid"), 0);
});

Deno.test("outputShape() slices as TensorFlow does", () => {
  const slice = (begin: number, end: number, stride: number, masks = {}) =>
    shapeOf("STRIDED_SLICE", [x(10), indices(begin), indices(end), indices(stride)], {
      ...noMask,
      ...masks,
    });
  assert.deepEqual(slice(2, 8, 1), [6]);
  assert.deepEqual(slice(-3, 100, 1), [3]);
  assert.deepEqual(slice(0, 10, 3), [4]);
  assert.deepEqual(slice(9, -11, -1), [10]);
  assert.deepEqual(slice(5, 0, 1), [0]);
  assert.deepEqual(slice(5, 0, 1, { endMask: 1 }), [5]);
  assert.deepEqual(slice(5, 0, -2, { beginMask: 1, endMask: 1 }), [5]);
  assert.deepEqual(slice(3, 4, 1, { shrinkAxisMask: 1 }), []);
});

const faults: [string, () => unknown, RegExp][] = [
  ["grouped weights", () => shapeOf("CONV_2D", [x(1, 4, 4, 4), x(4, 1, 1, 2)], conv), /2 deep/],
  ["a flat input", () => shapeOf("CONV_2D", [x(4, 4), x(4, 1, 1, 2)], conv), /has 2 dimensions/],
  [
    "a bias of another size",
    () => shapeOf("CONV_2D", [x(1, 4, 4, 2), x(4, 1, 1, 2), x(3)], conv),
    /bias/,
  ],
  [
    "rows of another size",
    () => shapeOf("FULLY_CONNECTED", [x(1, 7), x(2, 3)], { keepNumDims: false }),
    /rows of 3/,
  ],
  [
    "an end of another size",
    () => shapeOf("FULLY_CONNECTED", [x(3, 2), x(2, 3)], { keepNumDims: true }),
    /does not end in 3/,
  ],
  ["no broadcast", () => shapeOf("ADD", [x(2, 3), x(2, 2)]), /do not broadcast/],
  ["an axis beyond", () => shapeOf("MEAN", [x(2, 3), indices(2)], { keepDims: true }), /axis 2/],
  ["too few paddings", () => shapeOf("PAD", [x(2, 3), indices(1, 1)]), /2 paddings/],
  ["a negative padding", () => shapeOf("PAD", [x(2), indices(1, -1)]), /negative/],
  ["float paddings", () => shapeOf("PAD", [x(2), x(2)]), /not an int32 constant/],
  [
    "parts that do not meet",
    () => shapeOf("CONCATENATION", [x(2, 3), x(3, 3)], { axis: 1 }),
    /meet/,
  ],
  ["parts of other shape", () => shapeOf("PACK", [x(2), x(3)], { axis: 0 }), /differ in shape/],
  [
    "a permutation that is none",
    () => shapeOf("TRANSPOSE", [x(2, 3), indices(0, 0)]),
    /permutation/,
  ],
  [
    "a stride of 0",
    () => shapeOf("STRIDED_SLICE", [x(2), indices(0), indices(1), indices(0)], noMask),
    /stride of it is 0/,
  ],
  [
    "an ellipsis",
    () =>
      shapeOf("STRIDED_SLICE", [x(2), indices(0), indices(1), indices(1)], {
        ...noMask,
        ellipsisMask: 1,
      }),
    /ellipsis/,
  ],
  [
    "ends that do not fit",
    () => shapeOf("STRIDED_SLICE", [x(2), indices(0, 0), indices(1), indices(1)], noMask),
    /do not fit/,
  ],
  [
    "an element outside",
    () =>
      shapeOf("STRIDED_SLICE", [x(2), indices(2), indices(3), indices(1)], {
        ...noMask,
        shrinkAxisMask: 1,
      }),
    /outside of its input/,
  ],
];

for (const [what, run, message] of faults) {
  Deno.test(`outputShape() throws on ${what}`, () => {
    assert.throws(run, (error) => {
      assert(error instanceof ShapeMismatch);
      assert.match(error.message, message);
      return true;
    });
  });
}
