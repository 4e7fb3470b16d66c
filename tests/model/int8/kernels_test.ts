import assert from "node:assert/strict";
import { ModelError } from "../../../lib/model/errors.ts";
import {
  type Activation,
  elementCount,
  type Graph,
  type Operator,
  type Padding,
  type Tensor,
} from "../../../lib/model/graph.ts";
import { Int8Executor } from "../../../lib/model/int8/int8_executor.ts";
import type { Rounding } from "../../../lib/model/int8/requantize.ts";
import { outputShape } from "../../../lib/model/output_shape.ts";
import { constantValues } from "../../../lib/model/tensor_values.ts";
import { SeededRandom } from "../seeded_random.ts";
import { quantized, quantizedAlong, tensor } from "../small_graph.ts";
import { plainOutput } from "./plain_kernels.ts";

const roundings: Rounding[] = ["tflm", "single"];
const activations: Activation[] = ["none", "relu", "relu6", "relu_n1_to_1"];
const paddings: Padding[] = ["same", "valid"];

/** A graph of one operator; its output's shape is worked out. The first input is the graph's. */
function graphOf(
  kind: Operator["kind"],
  inputs: readonly (Tensor | undefined)[],
  options: Operator["options"],
  quantization: Tensor["quantization"],
): Graph {
  const present = inputs.filter((input) => input !== undefined);
  const indices = inputs.map((input) => input ? present.indexOf(input) : -1);
  const operator = { kind, inputs: indices, outputs: [present.length], options } as Operator;
  const graph = {
    description: "",
    tensors: present,
    operators: [operator],
    inputs: [0],
    outputs: [present.length],
  };
  const shape = outputShape(graph, operator)!;
  return { ...graph, tensors: [...present, tensor("y", shape, "int8", quantization)] };
}

/** The kernel equals the definition on `graph`, in both classes. */
function checkAgainstPlain(graph: Graph, random: SeededRandom): void {
  for (const rounding of roundings) {
    const executor = new Int8Executor(graph, { rounding });
    const x = random.int8s(elementCount(executor.input.shape));
    const values = graph.operators[0].inputs.map((index) =>
      index === 0 ? x : index < 0 ? [] : constantValues(graph.tensors[index])
    );
    if (graph.operators[0].inputs[2] === -1) values.length = 2;
    const description = JSON.stringify([
      rounding,
      graph.operators,
      graph.tensors.map((t) => t.shape),
    ]);
    assert.deepEqual([...executor.run(x)], plainOutput(graph, values, rounding), description);
  }
}

const randomScale = (random: SeededRandom) => Math.fround(10 ** (-3 + 2.5 * random.real()));
const randomActivation = (random: SeededRandom) =>
  quantized(randomScale(random), random.integer(-128, 127));

/** Weights whose scales bring the accumulator to about the output's range, some dead, some wild. */
function randomWeights(
  random: SeededRandom,
  shape: number[],
  axis: number,
  perTensor: boolean,
): Tensor {
  const scale = () => random.pick([0.001, 0.01, 0.03, 1e-8, 0.5]) * (0.5 + random.real());
  const quantization = perTensor
    ? quantized(scale())
    : quantizedAlong(axis, Array.from({ length: shape[axis] }, scale));
  return tensor("w", shape, "int8", quantization, random.int8s(elementCount(shape)));
}

function randomBias(random: SeededRandom, length: number): Tensor | undefined {
  if (random.integer(0, 3) === 0) return undefined;
  const values = Int32Array.from(
    { length },
    () =>
      random.integer(0, 9) === 0
        ? random.pick([2 ** 30, -(2 ** 30)])
        : random.integer(-20000, 20000),
  );
  return tensor("b", [length], "int32", undefined, values);
}

Deno.test("CONV_2D equals its definition", () => {
  const random = new SeededRandom(21);
  for (let i = 0; i < 150; i++) {
    const [height, width] = [random.integer(1, 7), random.integer(1, 7)];
    const [depth, outputs] = [random.integer(1, 5), random.integer(1, 9)];
    const padding = random.pick(paddings);
    const limit = padding === "valid" ? Math.min(height, width, 4) : 5;
    const [kernelHeight, kernelWidth] = [random.integer(1, limit), random.integer(1, limit)];
    const fits = (size: number, kernel: number) =>
      padding === "same" || 2 * (kernel - 1) + 1 <= size ? random.integer(1, 2) : 1;
    const x = tensor(
      "x",
      [random.integer(1, 2), height, width, depth],
      "int8",
      randomActivation(random),
    );
    const w = randomWeights(
      random,
      [outputs, kernelHeight, kernelWidth, depth],
      0,
      random.integer(0, 1) === 0,
    );
    const options = {
      padding,
      strideHeight: random.integer(1, 3),
      strideWidth: random.integer(1, 3),
      dilationHeight: fits(height, kernelHeight),
      dilationWidth: fits(width, kernelWidth),
      activation: random.pick(activations),
    };
    const bias = randomBias(random, outputs);
    checkAgainstPlain(graphOf("CONV_2D", [x, w, bias], options, randomActivation(random)), random);
  }
});

Deno.test("DEPTHWISE_CONV_2D equals its definition", () => {
  const random = new SeededRandom(22);
  for (let i = 0; i < 150; i++) {
    const [height, width] = [random.integer(1, 7), random.integer(1, 7)];
    const [channels, depthMultiplier] = [random.integer(1, 6), random.pick([1, 1, 2, 3])];
    const padding = random.pick(paddings);
    const limit = padding === "valid" ? Math.min(height, width, 4) : 5;
    const [kernelHeight, kernelWidth] = [random.integer(1, limit), random.integer(1, limit)];
    const x = tensor(
      "x",
      [random.integer(1, 2), height, width, channels],
      "int8",
      randomActivation(random),
    );
    const shape = [1, kernelHeight, kernelWidth, channels * depthMultiplier];
    const w = randomWeights(random, shape, 3, random.integer(0, 1) === 0);
    const options = {
      padding,
      strideHeight: random.integer(1, 3),
      strideWidth: random.integer(1, 3),
      dilationHeight: padding === "same" ? random.integer(1, 2) : 1,
      dilationWidth: padding === "same" ? random.integer(1, 2) : 1,
      activation: random.pick(activations),
      depthMultiplier,
    };
    const bias = randomBias(random, channels * depthMultiplier);
    checkAgainstPlain(
      graphOf("DEPTHWISE_CONV_2D", [x, w, bias], options, randomActivation(random)),
      random,
    );
  }
});

Deno.test("FULLY_CONNECTED equals its definition", () => {
  const random = new SeededRandom(23);
  for (let i = 0; i < 150; i++) {
    const [rows, depth, outputs] = [
      random.integer(1, 3),
      random.integer(1, 40),
      random.integer(1, 9),
    ];
    const keepNumDims = random.integer(0, 1) === 0;
    const x = tensor("x", [1, rows, depth], "int8", randomActivation(random));
    const w = randomWeights(random, [outputs, depth], 0, random.integer(0, 1) === 0);
    const options = { activation: random.pick(activations), keepNumDims };
    const bias = randomBias(random, outputs);
    checkAgainstPlain(
      graphOf("FULLY_CONNECTED", [x, w, bias], options, randomActivation(random)),
      random,
    );
  }
});

Deno.test("ADD, SUB and MUL equal their definitions, broadcast too", () => {
  const random = new SeededRandom(24);
  for (let i = 0; i < 200; i++) {
    const shape = [1, random.integer(1, 4), random.integer(1, 4), random.integer(1, 5)];
    const other = shape.map((n) => random.integer(0, 3) === 0 ? 1 : n).slice(random.integer(0, 2));
    const x = tensor("x", shape, "int8", randomActivation(random));
    const values = random.int8s(elementCount(other));
    const constant = tensor("c", other, "int8", randomActivation(random), values);
    const options = { activation: random.pick(activations) };
    const kind = random.pick(["ADD", "SUB", "MUL"] as const);
    checkAgainstPlain(graphOf(kind, [x, constant], options, randomActivation(random)), random);
  }
});

Deno.test("ADD equals its definition for every pair of inputs", () => {
  const every = Int8Array.from({ length: 256 }, (_, i) => i - 128);
  // Some sums of the last two lie so close to a tie that a bit less of precision changes them.
  const scales = [[0.5, 0.02, 0.51], [0.011, 0.013, 0.017], [0.1059, 0.1478, 0.107], [
    0.1196,
    0.1975,
    0.118,
  ]];
  for (const [left, right, sum] of scales) {
    const x = tensor("x", [256, 1], "int8", quantized(left, 3));
    const c = tensor("c", [1, 256], "int8", quantized(right, -40), every);
    const graph = graphOf("ADD", [x, c], { activation: "none" }, quantized(sum, 11));
    for (const rounding of roundings) {
      const actual = new Int8Executor(graph, { rounding }).run(every);
      assert.deepEqual([...actual], plainOutput(graph, [every, every], rounding));
    }
  }
});

Deno.test("FULLY_CONNECTED multiplies one weight scale in float32, several in double", () => {
  const inputScale = 0.1;
  const outputScale = 0.3;
  // Thresholds of the two products lie some 30 accumulator steps apart where the accumulator is as large as this.
  const scale = 3 * 100 / 2 ** 30;
  const x = tensor("x", [1, 1], "int8", quantized(inputScale));
  const read = (value: number) => Math.fround(value);
  const double = read(inputScale) * read(scale) / read(outputScale);
  const single = read(read(inputScale) * read(scale)) / read(outputScale);
  assert.notEqual(double, single);
  const between = Math.round((100.5 / double + 100.5 / single) / 2);
  const outputs = [[scale], [scale, scale]].map((scales) => {
    const w = tensor("w", [2, 1], "int8", quantizedAlong(0, scales), new Int8Array(2));
    const b = tensor("b", [2], "int32", undefined, Int32Array.of(between, between));
    const options = { activation: "none" as const, keepNumDims: false };
    const graph = graphOf("FULLY_CONNECTED", [x, w, b], options, quantized(outputScale));
    return new Int8Executor(graph).run(new Int8Array(1))[0];
  });
  assert.deepEqual(outputs, [single, double].map((real) => real * between > 100.5 ? 101 : 100));
  assert.notEqual(outputs[0], outputs[1]);
});

Deno.test("AVERAGE_POOL_2D and MAX_POOL_2D equal their definitions", () => {
  const random = new SeededRandom(25);
  for (let i = 0; i < 150; i++) {
    const [height, width] = [random.integer(1, 7), random.integer(1, 7)];
    const padding = random.pick(paddings);
    const quantization = randomActivation(random);
    const x = tensor("x", [1, height, width, random.integer(1, 4)], "int8", quantization);
    const options = {
      padding,
      filterHeight: random.integer(1, padding === "same" ? 4 : height),
      filterWidth: random.integer(1, padding === "same" ? 4 : width),
      strideHeight: random.integer(1, 3),
      strideWidth: random.integer(1, 3),
      activation: random.pick(activations),
    };
    const kind = random.pick(["AVERAGE_POOL_2D", "MAX_POOL_2D"] as const);
    checkAgainstPlain(graphOf(kind, [x], options, quantization), random);
  }
});

Deno.test("MEAN equals its definition", () => {
  const random = new SeededRandom(26);
  for (let i = 0; i < 100; i++) {
    const shape = [1, random.integer(1, 7), random.integer(1, 5), random.integer(1, 4)];
    const axes = random.pick([[1, 2], [2, 1], [-1], [0, 1, 2, 3], [1, -2], [3]]);
    const x = tensor("x", shape, "int8", randomActivation(random));
    const axesTensor = tensor("axes", [axes.length], "int32", undefined, Int32Array.from(axes));
    const options = { keepDims: random.integer(0, 1) === 0 };
    checkAgainstPlain(graphOf("MEAN", [x, axesTensor], options, randomActivation(random)), random);
  }
});

Deno.test("RELU, RELU6 and QUANTIZE equal their definitions", () => {
  const random = new SeededRandom(27);
  for (let i = 0; i < 100; i++) {
    const x = tensor("x", [2, 300], "int8", randomActivation(random));
    const kind = random.pick(["RELU", "RELU6", "QUANTIZE"] as const);
    checkAgainstPlain(graphOf(kind, [x], {}, randomActivation(random)), random);
  }
});

Deno.test("PAD, CONCATENATION, PACK, TRANSPOSE and STRIDED_SLICE move the right values", () => {
  const random = new SeededRandom(28);
  const quantization = quantized(0.1, -7);
  const indices = (values: number[], shape = [values.length]) =>
    tensor("i", shape, "int32", undefined, Int32Array.from(values));
  for (let i = 0; i < 100; i++) {
    const shape = [random.integer(1, 3), random.integer(2, 4), random.integer(2, 5)];
    const x = tensor("x", shape, "int8", quantization);
    const amounts = Array.from({ length: 6 }, () => random.integer(0, 2));
    checkAgainstPlain(graphOf("PAD", [x, indices(amounts, [3, 2])], {}, quantization), random);

    const axis = random.integer(-3, 2);
    const other = shape.map((n, a) => a === (axis + 3) % 3 ? random.integer(1, 3) : n);
    const constant = tensor("c", other, "int8", quantization, random.int8s(elementCount(other)));
    const joined = { axis, activation: "none" as const };
    checkAgainstPlain(graphOf("CONCATENATION", [x, constant, x], joined, quantization), random);

    const alike = tensor("c", shape, "int8", quantization, random.int8s(elementCount(shape)));
    const stacked = { axis: random.integer(-4, 3) };
    checkAgainstPlain(graphOf("PACK", [x, alike], stacked, quantization), random);

    const order = random.pick([[0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1]]);
    checkAgainstPlain(graphOf("TRANSPOSE", [x, indices(order)], {}, quantization), random);

    const strides = shape.map(() => random.pick([1, 2, -1]));
    const begin = shape.map((n, a) => strides[a] > 0 ? random.integer(0, n - 1) : n - 1);
    const end = shape.map((n, a) => strides[a] > 0 ? random.pick([n, n + 5]) : -n - 1);
    const mask = {
      beginMask: 0,
      endMask: 0,
      ellipsisMask: 0,
      newAxisMask: 0,
      shrinkAxisMask: random.pick([0, 1, 4, 5]),
    };
    const slice = [x, indices(begin), indices(end), indices(strides)];
    checkAgainstPlain(graphOf("STRIDED_SLICE", slice, mask, quantization), random);
  }
});

Deno.test("SOFTMAX is within a step of the real function, at every temperature", () => {
  const random = new SeededRandom(29);
  for (let i = 0; i < 300; i++) {
    const shape = [random.integer(1, 3), random.integer(2, 20)];
    const scale = Math.fround(10 ** (-3 + 3 * random.real()));
    const beta = random.pick([1, 0.5, 2]);
    const x = tensor("x", shape, "int8", quantized(scale, random.integer(-128, 127)));
    const graph = graphOf("SOFTMAX", [x], { beta }, quantized(1 / 256, -128));
    for (const rounding of roundings) {
      const values = random.int8s(elementCount(shape));
      const y = new Int8Executor(graph, { rounding }).run(values);
      for (let row = 0; row < shape[0]; row++) {
        const logits = [...values.subarray(row * shape[1], (row + 1) * shape[1])];
        const greatest = Math.max(...logits);
        const powers = logits.map((logit) => Math.exp(beta * scale * (logit - greatest)));
        const sum = powers.reduce((a, b) => a + b);
        powers.forEach((power, c) => {
          const real = Math.min(256 * power / sum - 128, 127);
          assert(Math.abs(y[row * shape[1] + c] - real) < 1.01, `${rounding} ${logits} ${scale}`);
        });
      }
    }
  }
});

Deno.test("LOGISTIC and TANH are within a step of the real functions for every input", () => {
  const every = Int8Array.from({ length: 256 }, (_, i) => i - 128);
  for (const scale of [0.005, 0.02, 0.1, 0.5]) {
    for (const zeroPoint of [-128, 0, 77]) {
      const x = tensor("x", [1, 256], "int8", quantized(scale, zeroPoint));
      const logistic = new Int8Executor(graphOf("LOGISTIC", [x], {}, quantized(1 / 256, -128)));
      const tanh = new Int8Executor(graphOf("TANH", [x], {}, quantized(1 / 128, 0)));
      const real = (q: number) => Math.fround(scale) * (q - zeroPoint);
      logistic.run(every).forEach((y, i) => {
        const expected = Math.min(256 / (1 + Math.exp(-real(i - 128))) - 128, 127);
        assert(Math.abs(y - expected) < 1.01, `logistic ${i - 128} ${scale} ${y} ${expected}`);
      });
      tanh.run(every).forEach((y, i) => {
        const expected = Math.min(128 * Math.tanh(real(i - 128)), 127);
        assert(Math.abs(y - expected) < 1.01, `tanh ${i - 128} ${scale} ${y} ${expected}`);
      });
    }
  }
});

Deno.test("kernels throw where a type, scale or option is not supported, naming the operator", () => {
  const x = tensor("x", [1, 4], "int8", quantized(0.1));
  const cases: [Graph, RegExp][] = [
    [graphOf("SOFTMAX", [x], { beta: 1 }, quantized(0.1)), /'SOFTMAX'.*1\/256/],
    [graphOf("LOGISTIC", [x], {}, quantized(0.1)), /'LOGISTIC'.*1\/256/],
    [graphOf("RELU", [x], {}, undefined), /'RELU'.*'y' has 0 scales/],
    [graphOf("RELU", [x], {}, quantized(0)), /Cannot scale by 'Infinity'/],
    [
      graphOf("CONCATENATION", [x, x], { axis: 0, activation: "none" }, quantized(0.2)),
      /'CONCATENATION'.*differ in scale/,
    ],
    [
      graphOf(
        "FULLY_CONNECTED",
        [
          x,
          tensor("w", [2, 4], "int8", quantized(0.1, 3), new Int8Array(8)),
        ],
        { activation: "none", keepNumDims: false },
        quantized(0.2),
      ),
      /'FULLY_CONNECTED'.*'w' has zero points other than 0/,
    ],
    [
      graphOf(
        "FULLY_CONNECTED",
        [
          x,
          tensor("w", [2, 4], "float32", undefined, new Float32Array(8)),
        ],
        { activation: "none", keepNumDims: false },
        quantized(0.2),
      ),
      /'FULLY_CONNECTED'.*'float32'/,
    ],
  ];
  for (const [graph, message] of cases) {
    assert.throws(() => new Int8Executor(graph), (error) => {
      assert(error instanceof ModelError);
      assert.match(error.message, message);
      return true;
    });
  }
});
