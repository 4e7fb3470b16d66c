/** Graphs of one operator, large and odd enough to reach every corner of a kernel. */
import {
  type Activation,
  elementCount,
  type Graph,
  type OperatorKind,
  type Quantization,
} from "../../../lib/model/graph.ts";
import { GraphMaker } from "../onnx/graph_maker.ts";
import type { SeededRandom } from "../seeded_random.ts";
import { quantized, quantizedAlong, tensor } from "../small_graph.ts";

const activations: Activation[] = ["none", "relu", "relu6", "relu_n1_to_1"];

/** Channel counts around the widths of vectors. */
const channelCounts = [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 23, 24, 25, 31, 32, 33, 40, 48];

const randomScale = (random: SeededRandom) => Math.fround(10 ** (-3 + 2.5 * random.real()));

const randomActivation = (random: SeededRandom) =>
  quantized(randomScale(random), random.integer(-128, 127));

/** Adds weights, and mostly a bias. Some channels are dead; in a third of the graphs, some are beyond all bounds. */
function addWeights(maker: GraphMaker, shape: number[], outputs: number, axis: number): number[] {
  const { random } = maker;
  const wild = random.integer(0, 2) === 0;
  const scale = () =>
    random.pick([0.001, 0.003, 0.01, 1e-8, wild ? 0.5 : 0.002]) * (0.5 + random.real());
  const quantization = random.integer(0, 3) === 0
    ? quantized(scale())
    : quantizedAlong(axis, Array.from({ length: outputs }, scale));
  const values = random.int8s(elementCount(shape));
  const weights = maker.tensors.push(tensor("w", shape, "int8", quantization, values)) - 1;
  if (random.integer(0, 3) === 0) return [0, weights, -1];
  const biases = Int32Array.from(
    { length: outputs },
    () =>
      wild && random.integer(0, 9) === 0
        ? random.pick([2 ** 30, -(2 ** 30), 2 ** 31 - 1, -(2 ** 31)])
        : random.integer(-20000, 20000),
  );
  const bias = maker.tensors.push(tensor("b", [outputs], "int32", undefined, biases)) - 1;
  return [0, weights, bias];
}

function image(random: SeededRandom, channels: number): number[] {
  const most = random.integer(0, 19) === 0 ? 50 : 9;
  return [random.pick([1, 1, 1, 2]), random.integer(1, most), random.integer(1, most), channels];
}

function windowOptions(random: SeededRandom, [, height, width]: number[]) {
  const padding = random.pick(["same", "valid"] as const);
  const side = (size: number) => {
    const kernel = padding === "same" ? random.pick([1, 2, 3, 3, 4, 5]) : random.integer(1, size);
    const room = padding === "same" ? 3 : kernel > 1 ? Math.floor((size - 1) / (kernel - 1)) : 3;
    return { kernel, dilation: random.integer(1, Math.min(3, room)) };
  };
  const [down, across] = [side(height), side(width)];
  if (random.integer(0, 1)) down.dilation = across.dilation = 1;
  return {
    kernel: [down.kernel, across.kernel],
    options: {
      padding,
      strideHeight: random.integer(1, 3),
      strideWidth: random.integer(1, 3),
      dilationHeight: down.dilation,
      dilationWidth: across.dilation,
      activation: random.pick(activations),
    },
  };
}

function makerOf(random: SeededRandom, shape: readonly number[], quantization?: Quantization) {
  const maker = new GraphMaker(random, true, shape);
  maker.tensors[0] = {
    ...maker.tensors[0],
    quantization: quantization ?? randomActivation(random),
  };
  return maker;
}

const makers: { readonly [K in OperatorKind]?: (random: SeededRandom) => Graph } = {
  CONV_2D(random) {
    const shape = image(random, random.pick(channelCounts));
    const { kernel, options } = windowOptions(random, shape);
    const maker = makerOf(random, shape);
    const outputs = random.pick(channelCounts);
    const inputs = addWeights(maker, [outputs, ...kernel, shape[3]], outputs, 0);
    return maker.graph(maker.add("CONV_2D", inputs, options, randomActivation(random)));
  },
  DEPTHWISE_CONV_2D(random) {
    const shape = image(random, random.pick(channelCounts));
    const { kernel, options } = windowOptions(random, shape);
    if (random.integer(0, 2) === 0) { // as in most networks
      kernel.fill(3);
      Object.assign(options, { padding: "same", dilationHeight: 1, dilationWidth: 1 });
    }
    const maker = makerOf(random, shape);
    const depthMultiplier = random.pick([1, 1, 1, 2, 3, 8]);
    const outputs = shape[3] * depthMultiplier;
    const inputs = addWeights(maker, [1, ...kernel, outputs], outputs, 3);
    const all = { ...options, depthMultiplier };
    return maker.graph(maker.add("DEPTHWISE_CONV_2D", inputs, all, randomActivation(random)));
  },
  FULLY_CONNECTED(random) {
    const depth = random.integer(1, 200);
    const outputs = random.pick(channelCounts);
    const maker = makerOf(random, [random.integer(1, 9), depth]);
    const inputs = addWeights(maker, [outputs, depth], outputs, 0);
    const options = { activation: random.pick(activations), keepNumDims: false };
    return maker.graph(maker.add("FULLY_CONNECTED", inputs, options, randomActivation(random)));
  },
  ADD: (random) => elementwise(random, "ADD"),
  SUB: (random) => elementwise(random, "SUB"),
  MUL: (random) => elementwise(random, "MUL"),
  AVERAGE_POOL_2D: (random) => pool(random, "AVERAGE_POOL_2D"),
  MAX_POOL_2D: (random) => pool(random, "MAX_POOL_2D"),
  MEAN(random) {
    const maker = makerOf(random, image(random, random.pick(channelCounts)));
    const axes = random.pick([[1, 2], [2, 1], [-1], [0, 1, 2, 3], [1, 3], [0, -2], [0, 2], [3]]);
    const options = { keepDims: random.integer(0, 1) === 0 };
    const inputs = [0, maker.ints(axes)];
    return maker.graph(maker.add("MEAN", inputs, options, randomActivation(random)));
  },
  SOFTMAX(random) {
    const maker = makerOf(
      random,
      [random.integer(1, 4), random.pick(channelCounts)],
      quantized(Math.fround(10 ** (-3 + 3 * random.real())), random.integer(-128, 127)),
    );
    const options = { beta: random.pick([1, 0.5, 2]) };
    return maker.graph(maker.add("SOFTMAX", [0], options, quantized(1 / 256, -128)));
  },
  RELU: (random) => unary(random, "RELU", randomActivation(random)),
  RELU6: (random) => unary(random, "RELU6", randomActivation(random)),
  QUANTIZE: (random) => unary(random, "QUANTIZE", randomActivation(random)),
  LOGISTIC: (random) => unary(random, "LOGISTIC", quantized(1 / 256, -128)),
  TANH: (random) => unary(random, "TANH", quantized(1 / 128, 0)),
  PAD: (random) => moved(random, (maker) => maker.pad(0)),
  CONCATENATION: (random) => moved(random, (maker) => maker.concatenate(0)),
  STRIDED_SLICE: (random) => moved(random, (maker) => maker.slice(0)),
  TRANSPOSE: (random) => moved(random, (maker) => maker.transpose(0)),
  RESHAPE: (random) => moved(random, (maker) => maker.unary(maker.flatten(0))),
  PACK(random) {
    const maker = makerOf(random, image(random, random.pick(channelCounts)).slice(1));
    const inputs = random.pick([[0, 0], [0], [0, 0, 0]]);
    const options = { axis: random.integer(-4, 3) };
    return maker.graph(maker.add("PACK", inputs, options, maker.quantizationOf(0)));
  },
};

function elementwise(random: SeededRandom, kind: "ADD" | "SUB" | "MUL"): Graph {
  const shape = image(random, random.pick(channelCounts));
  const maker = makerOf(random, shape);
  const other = random.integer(0, 2) === 0
    ? shape.map((n) => random.integer(0, 2) === 0 ? 1 : n).slice(random.integer(0, 3))
    : shape;
  const values = random.int8s(elementCount(other));
  const constant = tensor("c", other, "int8", randomActivation(random), values);
  const second = random.integer(0, 3) === 0 ? 0 : maker.tensors.push(constant) - 1;
  const inputs = random.integer(0, 1) === 0 ? [0, second] : [second, 0];
  const options = { activation: random.pick(activations) };
  return maker.graph(maker.add(kind, inputs, options, randomActivation(random)));
}

function pool(random: SeededRandom, kind: "AVERAGE_POOL_2D" | "MAX_POOL_2D"): Graph {
  const shape = image(random, random.pick(channelCounts));
  const { kernel, options } = windowOptions(random, shape);
  const maker = makerOf(random, shape);
  const { padding, strideHeight, strideWidth, activation } = options;
  const [filterHeight, filterWidth] = kernel;
  const all = { padding, strideHeight, strideWidth, filterHeight, filterWidth, activation };
  return maker.graph(maker.add(kind, [0], all, maker.quantizationOf(0)));
}

function unary(
  random: SeededRandom,
  kind: "RELU" | "RELU6" | "QUANTIZE" | "LOGISTIC" | "TANH",
  quantization: Quantization,
): Graph {
  const maker = makerOf(random, [random.integer(1, 3), random.integer(1, 300)]);
  return maker.graph(maker.add(kind, [0], {}, quantization));
}

function moved(random: SeededRandom, add: (maker: GraphMaker) => number): Graph {
  const maker = makerOf(random, image(random, random.pick(channelCounts)), quantized(0.1, -7));
  return maker.graph(add(maker));
}

/** The kinds that {@linkcode randomOperator} makes. */
export const randomKinds = Object.keys(makers) as OperatorKind[];

/** A graph of one operator of the kind (RESHAPE: with one behind it, so that something is computed). */
export function randomOperator(random: SeededRandom, kind: OperatorKind): Graph {
  return makers[kind]!(random);
}
