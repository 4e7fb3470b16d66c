import type { Graph, Operator, Tensor } from "../../../lib/model/graph.ts";
import { float32Bytes } from "../../../lib/model/real_values.ts";
import { seededRandom } from "../../../lib/seeded_random.ts";

/** Float graphs, built operator by operator. */
export class FloatGraph {
  readonly tensors: Tensor[] = [];
  readonly operators: Operator[] = [];
  readonly #random: () => number;

  constructor(seed = 1) {
    this.#random = seededRandom(seed);
  }

  activation(name: string, shape: readonly number[]): number {
    return this.tensors.push({ name, shape, type: "float32" }) - 1;
  }

  constant(name: string, shape: readonly number[], values: ArrayLike<number>): number {
    return this.tensors.push({ name, shape, type: "float32", data: float32Bytes(values) }) - 1;
  }

  integers(name: string, shape: readonly number[], values: readonly number[]): number {
    const data = new Uint8Array(Int32Array.from(values).buffer);
    return this.tensors.push({ name, shape, type: "int32", data }) - 1;
  }

  random(count: number, spread = 1): Float32Array {
    return Float32Array.from({ length: count }, () => spread * (2 * this.#random() - 1));
  }

  step(
    kind: Operator["kind"],
    inputs: number[],
    shape: readonly number[],
    options: object,
  ): number {
    const output = this.activation(`${kind.toLowerCase()}_${this.operators.length}`, shape);
    this.operators.push({ kind, inputs, outputs: [output], options } as unknown as Operator);
    return output;
  }

  graph(input: number, output: number): Graph {
    const { tensors, operators } = this;
    return { description: "", tensors, operators, inputs: [input], outputs: [output] };
  }
}

const window = { padding: "same", strideHeight: 1, strideWidth: 1 } as const;
const convolution = { ...window, dilationHeight: 1, dilationWidth: 1, activation: "relu" } as const;

/** conv 3×3 → depthwise 3×3 → conv 1×1 → mean → fully connected → softmax, on [1, 8, 8, 2]. */
export function smallNet(seed = 1): Graph {
  const g = new FloatGraph(seed);
  const x = g.activation("input", [1, 8, 8, 2]);
  let y = g.step(
    "CONV_2D",
    [
      x,
      // Channels of very different size: what per-channel scales and equalization are for.
      g.constant("w1", [4, 3, 3, 2], g.random(72).map((w, i) => w * 4 ** (Math.floor(i / 18) - 2))),
      g.constant("b1", [4], g.random(4, 0.1)),
    ],
    [1, 8, 8, 4],
    convolution,
  );
  y = g.step(
    "DEPTHWISE_CONV_2D",
    [
      y,
      g.constant("w2", [1, 3, 3, 4], g.random(36)),
      g.constant("b2", [4], g.random(4, 0.1)),
    ],
    [1, 8, 8, 4],
    { ...convolution, depthMultiplier: 1 },
  );
  y = g.step(
    "CONV_2D",
    [
      y,
      g.constant("w3", [6, 1, 1, 4], g.random(24)),
      g.constant("b3", [6], g.random(6, 0.1)),
    ],
    [1, 8, 8, 6],
    convolution,
  );
  y = g.step("MEAN", [y, g.integers("axes", [2], [1, 2])], [1, 6], { keepDims: false });
  y = g.step(
    "FULLY_CONNECTED",
    [
      y,
      g.constant("w4", [3, 6], g.random(18)),
      g.constant("b4", [3], g.random(3, 0.1)),
    ],
    [1, 3],
    { activation: "none", keepNumDims: false },
  );
  return g.graph(x, g.step("SOFTMAX", [y], [1, 3], { beta: 1 }));
}

/** Inputs of {@linkcode smallNet}. */
export function smallInputs(count: number, seed = 7): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count * 128 }, () => 4 * random() - 1);
}
