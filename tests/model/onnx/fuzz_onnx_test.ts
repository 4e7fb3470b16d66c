import assert from "node:assert/strict";
import { ModelError } from "../../../lib/model/errors.ts";
import { decodeOnnxModel } from "../../../lib/model/onnx/decode_onnx.ts";
import { encodeOnnxModel } from "../../../lib/model/onnx/encode_onnx.ts";
import type { OnnxAttribute, OnnxModel, OnnxNode } from "../../../lib/model/onnx/onnx_model.ts";
import { ProtoWriter } from "../../../lib/model/onnx/protobuf.ts";
import { readOnnx } from "../../../lib/model/onnx/read_onnx.ts";
import { writeOnnx } from "../../../lib/model/onnx/write_onnx.ts";
import { SeededRandom } from "../seeded_random.ts";
import { smallGraph } from "../small_graph.ts";
import { floats, randomGraph } from "./graph_maker.ts";
import { floatConstant, intConstant, type Node, onnxFile } from "./onnx_file.ts";

/** Reads; the only error allowed is the one that says what is wrong. Tells whether the file was taken. */
function survives(bytes: Uint8Array, what: string): boolean {
  try {
    readOnnx(bytes);
    return true;
  } catch (error) {
    if (error instanceof ModelError) {
      assert.match(error.message, /^Cannot /, what);
      return false;
    }
    throw new Error(`${what}: ${error}`, { cause: error });
  }
}

/** Channels first, with the nodes that exporters compute shapes with. */
function exported(): Uint8Array {
  const random = new SeededRandom(3);
  const weights = (...dims: number[]) =>
    floatConstant(dims, floats(random, dims.reduce((a, b) => a * b, 1)));
  const nodes: Node[] = [
    ["Conv", ["x", "w"], ["c"], { pads: [1, 1, 1, 1], strides: [2, 2] }],
    ["BatchNormalization", ["c", "v", "v", "v", "v"], ["b"]],
    ["Clip", ["b", "zero", "six"], ["r"]],
    ["Slice", ["r", "starts", "ends", "axes", "steps"], ["s"]],
    ["Pad", ["s", "pads"], ["p"], { mode: "constant" }],
    ["Concat", ["p", "p"], ["two"], { axis: 1 }],
    ["Shape", ["two"], ["shape"]],
    ["Gather", ["shape", "first"], ["size"]],
    ["Concat", ["size", "rest"], ["target"], { axis: 0 }],
    ["Reshape", ["two", "target"], ["flat"]],
    ["Transpose", ["m"], ["turned"], { perm: [1, 0] }],
    ["MatMul", ["flat", "turned"], ["mm"]],
    ["Add", ["mm", "bias"], ["sum"]],
    ["Softmax", ["sum"], ["y"], { axis: -1 }],
  ];
  const constants = {
    w: weights(3, 2, 3, 3),
    v: floatConstant([3], [1, 2, 3]),
    zero: floatConstant([], [0]),
    six: floatConstant([], [6]),
    starts: intConstant(1),
    ends: intConstant(3),
    axes: intConstant(1),
    steps: intConstant(1),
    pads: intConstant(0, 0, 1, 0, 0, 0, 0, 1),
    first: intConstant(0),
    rest: intConstant(-1),
    m: weights(5, 64),
    bias: weights(5),
  };
  return onnxFile({ nodes, constants, inputs: { x: ["n", 2, 6, 6] }, outputs: ["y"] });
}

const files: [name: string, bytes: Uint8Array][] = [
  ["float", writeOnnx(randomGraph(new SeededRandom(12), false))],
  ["qdq", writeOnnx(smallGraph(), { form: "qdq" })],
  ["qlinear", writeOnnx(smallGraph(), { form: "qlinear" })],
  ["exported", exported()],
];

for (const [name, bytes] of files) {
  Deno.test(`readOnnx() meets a damaged file (${name}) with a ModelError`, () => {
    assert(survives(bytes, "whole"));
    const random = new SeededRandom(bytes.length);
    let refused = 0;
    for (let run = 0; run < 3000; run++) {
      const damaged = bytes.slice();
      const flips: string[] = [];
      for (let count = random.integer(1, 3); count > 0; count--) {
        const at = random.integer(0, bytes.length - 1), bit = random.integer(0, 7);
        damaged[at] ^= 1 << bit;
        flips.push(`${at}.${bit}`);
      }
      if (!survives(damaged, `bits ${flips}`)) refused++;
    }
    assert(refused > 300, `${refused} of 3000 were refused`);
    const step = Math.max(1, Math.floor(bytes.length / 1500));
    for (let length = 0; length < bytes.length; length += step) {
      survives(bytes.slice(0, length), `the first ${length} bytes`);
    }
  });

  Deno.test(`readOnnx() meets nonsense in a sound file (${name}) with a ModelError`, () => {
    const model = decodeOnnxModel(bytes);
    const random = new SeededRandom(bytes.length);
    for (let run = 0; run < 3000; run++) {
      survives(encodeOnnxModel(nonsense(model, random)), `run ${run}`);
    }
  });
}

/** The model with something in it that is well written and makes no sense. */
function nonsense(model: OnnxModel, random: SeededRandom): OnnxModel {
  const odd = [0, -1, 1, 2, 7, 64, 2 ** 31, -(2 ** 31), 2 ** 53 - 1];
  const replaceOne = <T>(list: readonly T[], change: (value: T) => T): T[] => {
    const at = random.integer(0, list.length - 1);
    return list.map((value, i) => i === at ? change(value) : value);
  };
  const numbers = (list: readonly number[]) =>
    random.pick([
      () => replaceOne(list, () => random.pick(odd)),
      () => list.slice(1),
      () => [...list, random.pick(odd)],
    ])();
  const names = [
    ...model.nodes.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]),
    ...model.initializers.map(({ name }) => name),
  ];
  const attribute = (value: OnnxAttribute): OnnxAttribute => {
    if (value.type === "int") return { type: "int", value: random.pick(odd) };
    if (value.type === "ints") return { type: "ints", value: numbers(value.value) };
    return { type: "string", value: "odd" };
  };
  const node = (value: OnnxNode): OnnxNode =>
    random.pick([
      () => ({ ...value, inputs: replaceOne(value.inputs, () => random.pick(names)) }),
      () => ({ ...value, inputs: value.inputs.slice(1) }),
      () => ({ ...value, inputs: [...value.inputs, random.pick(names)] }),
      () => ({ ...value, outputs: replaceOne(value.outputs, () => random.pick(names)) }),
      () => ({ ...value, opType: random.pick(model.nodes).opType }),
      () => ({
        ...value,
        attributes: new Map([...value.attributes].map(([k, v]) => [k, attribute(v)])),
      }),
      () => ({ ...value, attributes: new Map() }),
    ])();
  return random.pick([
    () => ({ ...model, nodes: replaceOne(model.nodes, node) }),
    () => ({ ...model, nodes: replaceOne(model.nodes, node) }),
    () => ({ ...model, nodes: replaceOne(model.nodes, () => random.pick(model.nodes)) }),
    () => ({ ...model, nodes: model.nodes.toReversed() }),
    () => ({
      ...model,
      initializers: replaceOne(model.initializers, (tensor) => ({
        ...tensor,
        dims: numbers(tensor.dims),
      })),
    }),
    () => ({
      ...model,
      // Other values in the same bytes: scales, zero points, axes.
      initializers: replaceOne(model.initializers, (tensor) => ({
        ...tensor,
        data: tensor.data.map(() => random.integer(0, 255)),
      })),
    }),
    () => ({
      ...model,
      inputs: replaceOne(model.inputs, (input) => ({
        ...input,
        shape: numbers(input.shape as number[]),
      })),
    }),
    () => ({
      ...model,
      outputs: replaceOne(model.outputs, () => ({ name: random.pick(names), dataType: 1 })),
    }),
    () => ({ ...model, opsets: new Map([["", random.integer(7, 25)]]) }),
  ])();
}

Deno.test("readOnnx() is not led astray by files made to be large", () => {
  // Messages in messages, three thousand deep: graphs in attributes are not entered.
  let nested = new Uint8Array(0);
  for (let depth = 0; depth < 3000; depth++) {
    nested = new ProtoWriter().bytes(6, nested).finish().slice();
  }
  const node = new ProtoWriter().message(1, (n) => n.string(4, "If").bytes(5, nested));
  const model = new ProtoWriter().bytes(7, node.finish()).message(8, (o) => o.int(2, 17));
  assert(!survives(model.finish(), "nested"));

  // A shape of more elements than there are atoms, and no data.
  const tensor = new ProtoWriter().ints(1, new Array(40).fill(2 ** 31)).int(2, 1).string(8, "t");
  const graph = new ProtoWriter().bytes(5, tensor.finish());
  assert(!survives(new ProtoWriter().bytes(7, graph.finish()).finish(), "huge shape"));

  // A list that doubles with every node.
  const doubling: Node[] = Array.from(
    { length: 60 },
    (_, i) => ["Concat", [`c${i}`, `c${i}`], [`c${i + 1}`], { axis: 0 }] as const,
  );
  const inputs = { x: [1, 4] }, outputs = ["x"];
  assert(
    !survives(
      onnxFile({ nodes: doubling, constants: { c0: intConstant(1, 2) }, inputs, outputs }),
      "doubling",
    ),
  );

  // One constant that every node turns around.
  const turning: Node[] = Array.from(
    { length: 20_000 },
    (_, i) => ["Transpose", ["w"], [`t${i}`], { perm: [1, 0] }] as const,
  );
  const w = floatConstant([300, 300], new Float32Array(90_000));
  assert(!survives(onnxFile({ nodes: turning, constants: { w }, inputs, outputs }), "turning"));

  // A shape that grows with every node.
  const growing: Node[] = Array.from(
    { length: 2000 },
    (_, i) => ["Concat", [`g${i}`, `g${i}`], [`g${i + 1}`], { axis: 1 }] as const,
  );
  assert(
    !survives(onnxFile({ nodes: growing, inputs: { g0: [1, 4] }, outputs: ["g2000"] }), "growing"),
  );
});
