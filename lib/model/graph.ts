/**
 * A model as plain data: tensors, operators, quantization. Every reader makes it, every writer and executor takes it.
 *
 * @module
 */

/** Element types that models here use. */
export type TensorType =
  | "float32"
  | "float16"
  | "int8"
  | "uint8"
  | "int16"
  | "int32"
  | "int64"
  | "bool";

/** Affine quantization: real = scale · (q − zeroPoint), one pair a tensor or one a slice along `axis`. */
export interface Quantization {
  /** One scale, or one for each slice. float32 values, as the file holds them. */
  scale: Float32Array;
  /** As many as scales. */
  zeroPoint: Int32Array;
  /** The dimension that several scales run along; 0 for a single one. */
  axis: number;
}

/** A value in the graph: an activation, or a constant where `data` is there. */
export interface Tensor {
  /** The file's name for it; not necessarily unique. */
  name: string;
  /** Dimensions, batch first, channels last (NHWC). Empty for a scalar. */
  shape: readonly number[];
  /** Element type. */
  type: TensorType;
  /** Undefined for plain floats and integers. */
  quantization?: Quantization;
  /** Little-endian bytes of a constant; undefined for an activation. A view into the file: do not write to it. */
  data?: Uint8Array;
}

/** How a window is placed at the borders. `same`: before = ⌊total/2⌋. */
export type Padding = "same" | "valid";

/** A clamp fused into an operator. */
export type Activation = "none" | "relu" | "relu6" | "relu_n1_to_1";

/** Options of operators with an activation fused in. */
export interface Fused {
  /** Clamp on the result. */
  activation: Activation;
}

/** Options of operators that move a window over height and width. */
export interface Window2d extends Fused {
  /** How the window is placed at the borders. */
  padding: Padding;
  /** Rows from one window to the next. */
  strideHeight: number;
  /** Columns from one window to the next. */
  strideWidth: number;
}

/** Distance between the taps of a convolution; 1 where they are neighbours. */
export interface Dilation {
  /** In rows. */
  dilationHeight: number;
  /** In columns. */
  dilationWidth: number;
}

/** Options of pooling operators. */
export interface Pool2d extends Window2d {
  /** Rows of the window. */
  filterHeight: number;
  /** Columns of the window. */
  filterWidth: number;
}

/** Options by operator kind; names follow the TFLite schema. Kinds without options have an empty object. */
export interface OperatorOptions {
  /** Inputs: x [n,h,w,c], weights [oc,kh,kw,ic], bias [oc] or −1. */
  CONV_2D: Window2d & Dilation;
  /** Inputs: x [n,h,w,c], weights [1,kh,kw,c·depthMultiplier], bias or −1. */
  DEPTHWISE_CONV_2D: Window2d & Dilation & { depthMultiplier: number };
  /** Inputs: x, weights [out,in], bias [out] or −1. */
  FULLY_CONNECTED: Fused & { keepNumDims: boolean };
  /** Inputs: a, b (broadcast). */
  ADD: Fused;
  /** Inputs: a, b (broadcast). */
  SUB: Fused;
  /** Inputs: a, b (broadcast). */
  MUL: Fused;
  /** Inputs: x. The mean over the elements that exist. */
  AVERAGE_POOL_2D: Pool2d;
  /** Inputs: x. */
  MAX_POOL_2D: Pool2d;
  /** Inputs: x, axes (int32). */
  MEAN: { keepDims: boolean };
  /** Inputs: x, paddings (int32 [rank,2]). */
  PAD: Record<never, never>;
  /** Inputs: x; along the last axis. */
  SOFTMAX: { beta: number };
  /** Inputs: x, optional shape (int32). */
  RESHAPE: { newShape?: readonly number[] };
  /** Inputs: x; to the output's type and scale. */
  QUANTIZE: Record<never, never>;
  /** Inputs: x; to float32. */
  DEQUANTIZE: Record<never, never>;
  /** Inputs: x. */
  RELU: Record<never, never>;
  /** Inputs: x. */
  RELU6: Record<never, never>;
  /** Inputs: x. */
  LOGISTIC: Record<never, never>;
  /** Inputs: x. */
  TANH: Record<never, never>;
  /** Inputs: values…, joined along `axis`. */
  CONCATENATION: Fused & { axis: number };
  /** Inputs: x, begin, end, strides (int32). */
  STRIDED_SLICE: {
    beginMask: number;
    endMask: number;
    ellipsisMask: number;
    newAxisMask: number;
    shrinkAxisMask: number;
  };
  /** Inputs: x. Gives the shape as int32. */
  SHAPE: Record<never, never>;
  /** Inputs: values…; stacked along `axis`. */
  PACK: { axis: number };
  /** Inputs: x, permutation (int32). */
  TRANSPOSE: Record<never, never>;
}

/** The kinds of operators that a graph can hold. */
export type OperatorKind = keyof OperatorOptions;

/** One step: reads tensors, writes tensors, by index into {@linkcode Graph.tensors}. */
export type Operator = {
  [K in OperatorKind]: {
    kind: K;
    /** Tensor indices; −1 where an optional input is absent. */
    inputs: readonly number[];
    /** Tensor indices. */
    outputs: readonly number[];
    options: OperatorOptions[K];
  };
}[OperatorKind];

/** A whole model. Operators stand in an order in which they can run. */
export interface Graph {
  /** Free text of the file; empty where it has none. */
  description: string;
  /** Activations and constants. */
  tensors: readonly Tensor[];
  /** Steps, in order. */
  operators: readonly Operator[];
  /** Indices of the tensors that a run is given. */
  inputs: readonly number[];
  /** Indices of the tensors that a run gives back. */
  outputs: readonly number[];
}

/** The number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}
