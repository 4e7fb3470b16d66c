import type { Graph, Quantization, Tensor, TensorType } from "../../lib/model/graph.ts";
import { elementCount } from "../../lib/model/graph.ts";
import { SeededRandom } from "./seeded_random.ts";

/** One scale and zero point. */
export function quantized(scale: number, zeroPoint = 0): Quantization {
  return { scale: new Float32Array([scale]), zeroPoint: new Int32Array([zeroPoint]), axis: 0 };
}

/** One scale for each slice along an axis, zero points 0. */
export function quantizedAlong(axis: number, scale: ArrayLike<number>): Quantization {
  return { scale: Float32Array.from(scale), zeroPoint: new Int32Array(scale.length), axis };
}

/** An activation, or a constant where values are given. */
export function tensor(
  name: string,
  shape: readonly number[],
  type: TensorType,
  quantization?: Quantization,
  values?: Int8Array | Int32Array | Float32Array,
): Tensor {
  const result: Tensor = { name, shape: [...shape], type };
  if (quantization) result.quantization = quantization;
  if (values) {
    result.data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
  }
  return result;
}

/**
 * A network with every shape of tensor and option in it: convolutions, a residual sum, pooling, a reshape, a dense
 * layer, softmax.
 */
export function smallGraph(): Graph {
  const random = new SeededRandom(7);
  const weights = (name: string, shape: number[], axis: number) =>
    tensor(
      name,
      shape,
      "int8",
      quantizedAlong(axis, Array.from({ length: shape[axis] }, () => 0.002 + 0.01 * random.real())),
      random.int8s(elementCount(shape)),
    );
  const bias = (name: string, length: number) =>
    tensor(
      name,
      [length],
      "int32",
      quantizedAlong(0, new Array<number>(length).fill(1e-4)),
      Int32Array.from({ length }, () => random.integer(-5000, 5000)),
    );
  const window = { padding: "same", strideHeight: 1, strideWidth: 1, activation: "relu" } as const;
  const undilated = { dilationHeight: 1, dilationWidth: 1 };
  return {
    description: "a small residual network",
    tensors: [
      tensor("input", [1, 8, 6, 3], "int8", quantized(0.03, 5)),
      weights("conv/weights", [4, 3, 3, 3], 0),
      bias("conv/bias", 4),
      tensor("conv", [1, 8, 6, 4], "int8", quantized(0.04, -128)),
      weights("depthwise/weights", [1, 3, 3, 4], 3),
      bias("depthwise/bias", 4),
      tensor("depthwise", [1, 8, 6, 4], "int8", quantized(0.05, -20)),
      tensor("sum", [1, 8, 6, 4], "int8", quantized(0.06, -100)),
      tensor("pool", [1, 4, 3, 4], "int8", quantized(0.06, -100)),
      tensor("shape", [2], "int32", undefined, Int32Array.of(1, 48)),
      tensor("flat", [1, 48], "int8", quantized(0.06, -100)),
      weights("dense/weights", [5, 48], 0),
      tensor("dense", [1, 5], "int8", quantized(0.2, 3)),
      tensor("probabilities", [1, 5], "int8", quantized(1 / 256, -128)),
    ],
    operators: [
      {
        kind: "CONV_2D",
        inputs: [0, 1, 2],
        outputs: [3],
        options: { ...window, ...undilated },
      },
      {
        kind: "DEPTHWISE_CONV_2D",
        inputs: [3, 4, 5],
        outputs: [6],
        options: { ...window, ...undilated, activation: "none", depthMultiplier: 1 },
      },
      { kind: "ADD", inputs: [3, 6], outputs: [7], options: { activation: "relu6" } },
      {
        kind: "AVERAGE_POOL_2D",
        inputs: [7],
        outputs: [8],
        options: {
          padding: "valid",
          strideHeight: 2,
          strideWidth: 2,
          filterHeight: 2,
          filterWidth: 2,
          activation: "none",
        },
      },
      { kind: "RESHAPE", inputs: [8, 9], outputs: [10], options: { newShape: [1, 48] } },
      {
        kind: "FULLY_CONNECTED",
        inputs: [10, 11, -1],
        outputs: [12],
        options: { activation: "none", keepNumDims: false },
      },
      { kind: "SOFTMAX", inputs: [12], outputs: [13], options: { beta: 1 } },
    ],
    inputs: [0],
    outputs: [13],
  };
}

/** An int8 model with float32 at its ends: it keeps what is above real 0. */
export function floatEndsGraph(): Graph {
  return {
    description: "",
    tensors: [
      tensor("float in", [1, 3], "float32"),
      tensor("in", [1, 3], "int8", quantized(0.5, 1)),
      tensor("out", [1, 3], "int8", quantized(0.5, -128)),
      tensor("float out", [1, 3], "float32"),
    ],
    operators: [
      { kind: "QUANTIZE", inputs: [0], outputs: [1], options: {} },
      { kind: "RELU", inputs: [1], outputs: [2], options: {} },
      { kind: "DEQUANTIZE", inputs: [2], outputs: [3], options: {} },
    ],
    inputs: [0],
    outputs: [3],
  };
}
