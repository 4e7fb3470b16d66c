/** Small graphs for tests, float or int8, of random operators. */
import {
  elementCount,
  type Graph,
  type Operator,
  type OperatorKind,
  type OperatorOptions,
  type Quantization,
  type Tensor,
} from "../../../lib/model/graph.ts";
import { outputShape } from "../../../lib/model/output_shape.ts";
import type { SeededRandom } from "../seeded_random.ts";

const bytes = (array: Float32Array | Int8Array | Int32Array) => new Uint8Array(array.buffer);

/** In [−size, size). */
export function floats(random: SeededRandom, count: number, size = 1): Float32Array {
  return Float32Array.from({ length: count }, () => (random.real() * 2 - 1) * size);
}

export function perTensor(scale: number, zeroPoint: number): Quantization {
  return { scale: new Float32Array([scale]), zeroPoint: new Int32Array([zeroPoint]), axis: 0 };
}

/** Builds a graph operator by operator; int8 where `isQuantized`. */
export class GraphMaker {
  readonly tensors: Tensor[] = [];
  readonly operators: Operator[] = [];

  constructor(
    readonly random: SeededRandom,
    readonly isQuantized: boolean,
    readonly inputShape: readonly number[],
  ) {
    this.activation("x", inputShape, perTensor(0.05, random.integer(-128, 127)));
  }

  activation(name: string, shape: readonly number[], quantization: Quantization): number {
    const tensor: Tensor = this.isQuantized
      ? { name, shape, type: "int8", quantization }
      : { name, shape, type: "float32" };
    return this.tensors.push(tensor) - 1;
  }

  ints(values: readonly number[], shape: readonly number[] = [values.length]): number {
    const data = bytes(new Int32Array(values));
    return this.tensors.push({ name: "ints", shape, type: "int32", data }) - 1;
  }

  /** A constant operand of an elementwise operator. */
  constant(shape: readonly number[]): number {
    const count = elementCount(shape);
    return this.tensors.push(
      this.isQuantized
        ? {
          name: "constant",
          shape,
          type: "int8",
          data: bytes(this.random.int8s(count)),
          quantization: perTensor(0.03, this.random.integer(-20, 20)),
        }
        : { name: "constant", shape, type: "float32", data: bytes(floats(this.random, count, 2)) },
    ) - 1;
  }

  /** Adds an operator and its output. `spread`: how far real outputs reach, for the output's scale. */
  add<K extends OperatorKind>(
    kind: K,
    inputs: readonly number[],
    options: OperatorOptions[K],
    quantization: Quantization,
    shape?: readonly number[],
  ): number {
    const output = this.activation(
      `${kind.toLowerCase()}${this.operators.length}`,
      [],
      quantization,
    );
    const operator = { kind, inputs, outputs: [output], options } as unknown as Operator;
    const inferred = outputShape(this.graph(output), operator) ?? shape!;
    this.tensors[output] = { ...this.tensors[output], shape: inferred };
    this.operators.push(operator);
    return output;
  }

  quantizationOf(index: number): Quantization {
    return this.tensors[index].quantization ?? perTensor(1, 0);
  }

  /** A scale under which random sums of `terms` products mostly fit, and a zero point. */
  outputQuantization(scale: number, terms: number): Quantization {
    return perTensor(scale * 74 * Math.sqrt(terms) * 74 / 45, this.random.integer(-128, 40));
  }

  /** Weights and bias of a convolution or a fully connected layer. */
  weights(x: number, shape: readonly number[], outputs: number, axis: number, perChannel: boolean) {
    const { random } = this;
    const hasBias = random.real() < 0.8;
    if (!this.isQuantized) {
      const w = this.tensors.push({
        name: "weights",
        shape,
        type: "float32",
        data: bytes(floats(random, elementCount(shape))),
      }) - 1;
      if (!hasBias) return { inputs: [x, w, -1], scale: 1 };
      const data = bytes(floats(random, outputs));
      const bias = this.tensors.push({ name: "bias", shape: [outputs], type: "float32", data }) - 1;
      return { inputs: [x, w, bias], scale: 1 };
    }
    const count = perChannel ? outputs : 1;
    const scale = Float32Array.from({ length: count }, () => 0.005 + random.real() * 0.01);
    const w = this.tensors.push({
      name: "weights",
      shape,
      type: "int8",
      data: bytes(random.int8s(elementCount(shape)).map((q) => Math.max(q, -127))),
      quantization: { scale, zeroPoint: new Int32Array(count), axis: perChannel ? axis : 0 },
    }) - 1;
    const [inputScale] = this.quantizationOf(x).scale;
    if (!hasBias) return { inputs: [x, w, -1], scale: inputScale * 0.01 };
    const bias = this.tensors.push({
      name: "bias",
      shape: [outputs],
      type: "int32",
      data: bytes(Int32Array.from({ length: outputs }, () => random.integer(-9000, 9000))),
      quantization: {
        scale: scale.map((s) => s * inputScale),
        zeroPoint: new Int32Array(count),
        axis: 0,
      },
    }) - 1;
    return { inputs: [x, w, bias], scale: inputScale * 0.01 };
  }

  convolution(x: number): number {
    const { random } = this;
    const [, height, width, channels] = this.tensors[x].shape;
    const kernel = [random.integer(1, Math.min(4, height)), random.integer(1, Math.min(4, width))];
    const dilation = kernel.every((k, i) => (k - 1) * 2 + 1 <= [height, width][i])
      ? random.integer(1, 2)
      : 1;
    const options = {
      padding: random.pick(["same", "valid"] as const),
      strideHeight: random.integer(1, 3),
      strideWidth: random.integer(1, 3),
      dilationHeight: dilation,
      dilationWidth: dilation,
      activation: random.pick(["none", "relu", "relu6", "relu_n1_to_1"] as const),
    };
    if (random.real() < 0.5) {
      const depthMultiplier = random.integer(1, 2);
      const outputs = channels * depthMultiplier;
      const { inputs, scale } = this.weights(x, [1, ...kernel, outputs], outputs, 3, true);
      const quantization = this.outputQuantization(scale, kernel[0] * kernel[1]);
      return this.add("DEPTHWISE_CONV_2D", inputs, { ...options, depthMultiplier }, quantization);
    }
    const outputs = random.integer(1, 5);
    const { inputs, scale } = this.weights(x, [outputs, ...kernel, channels], outputs, 0, true);
    const quantization = this.outputQuantization(scale, kernel[0] * kernel[1] * channels);
    return this.add("CONV_2D", inputs, options, quantization);
  }

  fullyConnected(x: number): number {
    const columns = elementCount(this.tensors[x].shape.slice(1));
    const outputs = this.random.integer(1, 6);
    const perChannel = this.random.real() < 0.5;
    const { inputs, scale } = this.weights(x, [outputs, columns], outputs, 0, perChannel);
    const activation = this.random.pick(["none", "relu"] as const);
    const quantization = this.outputQuantization(scale, columns);
    return this.add("FULLY_CONNECTED", inputs, { activation, keepNumDims: false }, quantization);
  }

  /** A fully connected layer on each pixel. */
  rows(x: number): number {
    const columns = this.tensors[x].shape.at(-1)!;
    const outputs = this.random.integer(1, 4);
    const { inputs, scale } = this.weights(x, [outputs, columns], outputs, 0, true);
    const quantization = this.outputQuantization(scale, columns);
    const options = { activation: "none" as const, keepNumDims: true };
    return this.add("FULLY_CONNECTED", inputs, options, quantization);
  }

  pool(x: number): number {
    const { random } = this;
    const [, height, width] = this.tensors[x].shape;
    return this.add(
      random.pick(["AVERAGE_POOL_2D", "MAX_POOL_2D"] as const),
      [x],
      {
        padding: random.pick(["same", "valid"] as const),
        strideHeight: random.integer(1, 3),
        strideWidth: random.integer(1, 3),
        filterHeight: random.integer(1, Math.min(3, height)),
        filterWidth: random.integer(1, Math.min(3, width)),
        activation: "none",
      },
      this.quantizationOf(x),
    );
  }

  elementwise(x: number): number {
    const { random } = this;
    const { shape } = this.tensors[x];
    const other = random.pick([
      () => x,
      () => this.constant([shape.at(-1)!]),
      () => this.constant(shape),
      () => this.constant([]),
    ])();
    const activation = random.pick(["none", "relu", "relu6"] as const);
    const kind = random.pick(["ADD", "SUB", "MUL"] as const);
    const inputs = random.real() < 0.5 ? [x, other] : [other, x];
    return this.add(kind, inputs, { activation }, perTensor(0.08, random.integer(-40, 40)));
  }

  pad(x: number): number {
    const { shape } = this.tensors[x];
    const amounts = shape.flatMap((_, axis) =>
      axis === 0 ? [0, 0] : [this.random.integer(0, 2), this.random.integer(0, 2)]
    );
    const inputs = [x, this.ints(amounts, [shape.length, 2])];
    return this.add("PAD", inputs, {}, this.quantizationOf(x));
  }

  concatenate(x: number): number {
    const { shape } = this.tensors[x];
    const options = { axis: this.random.integer(1, shape.length - 1), activation: "none" as const };
    return this.add("CONCATENATION", [x, x], options, this.quantizationOf(x));
  }

  slice(x: number): number {
    const { shape } = this.tensors[x];
    const begin = shape.map((size, axis) => axis === 0 ? 0 : this.random.integer(0, size - 1));
    const strides = shape.map((_, axis) => axis === 0 ? 1 : this.random.pick([1, 1, 2]));
    const inputs = [x, this.ints(begin), this.ints(shape), this.ints(strides)];
    const options = {
      beginMask: 1,
      endMask: this.random.integer(0, 7) << 1 | 1,
      ellipsisMask: 0,
      newAxisMask: 0,
      shrinkAxisMask: 0,
    };
    return this.add("STRIDED_SLICE", inputs, options, this.quantizationOf(x));
  }

  transpose(x: number): number {
    const order = this.random.pick([[0, 2, 1, 3], [0, 3, 1, 2], [0, 2, 3, 1], [0, 3, 2, 1]]);
    return this.add("TRANSPOSE", [x, this.ints(order)], {}, this.quantizationOf(x));
  }

  mean(x: number): number {
    const axes = this.random.pick([[1, 2], [2], [3], [1, 2, 3], [-1]]);
    const options = { keepDims: this.random.real() < 0.5 };
    return this.add("MEAN", [x, this.ints(axes)], options, this.quantizationOf(x));
  }

  unary(x: number): number {
    const kind = this.random.pick(["RELU", "RELU6", "LOGISTIC", "TANH"] as const);
    const fixed = { LOGISTIC: perTensor(1 / 256, -128), TANH: perTensor(1 / 128, 0) } as const;
    const quantization = kind in fixed
      ? fixed[kind as keyof typeof fixed]
      : perTensor(0.04, this.random.integer(-128, 0));
    return this.add(kind, [x], {}, quantization);
  }

  softmax(x: number): number {
    const beta = this.random.pick([1, 1, 0.5]);
    return this.add("SOFTMAX", [x], { beta }, perTensor(1 / 256, -128));
  }

  flatten(x: number): number {
    const { shape } = this.tensors[x];
    const newShape = [1, elementCount(shape)];
    const inputs = [x, this.ints(newShape)];
    return this.add("RESHAPE", inputs, { newShape }, this.quantizationOf(x), newShape);
  }

  /** Any operator on [n, h, w, c] that gives [n, h, w, c]. */
  spatial(x: number): number {
    return this.random.pick([
      () => this.convolution(x),
      () => this.convolution(x),
      () => this.convolution(x),
      () => this.pool(x),
      () => this.elementwise(x),
      () => this.pad(x),
      () => this.concatenate(x),
      () => this.slice(x),
      () => this.transpose(x),
      () => this.rows(x),
      () => this.unary(x),
    ])();
  }

  graph(...outputs: number[]): Graph {
    const { tensors, operators } = this;
    return { description: "made for a test", tensors, operators, inputs: [0], outputs };
  }
}

/** A few operators on an image, then often some on rows. */
export function randomGraph(random: SeededRandom, isQuantized: boolean): Graph {
  const shape = [1, random.integer(3, 9), random.integer(3, 9), random.integer(1, 4)];
  const maker = new GraphMaker(random, isQuantized, shape);
  let last = 0;
  for (let count = random.integer(1, 4); count > 0; count--) last = maker.spatial(last);
  if (random.real() < 0.3) last = maker.mean(last);
  if (random.real() < 0.5 && maker.tensors[last].shape.length > 1) {
    last = maker.fullyConnected(maker.flatten(last));
    if (random.real() < 0.5) last = maker.softmax(last);
  }
  return maker.graph(last);
}
