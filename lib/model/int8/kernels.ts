import type { OperatorKind } from "../graph.ts";
import { add, subtract } from "./add.ts";
import { conv2d } from "./conv_2d.ts";
import { depthwiseConv2d } from "./depthwise_conv_2d.ts";
import { fullyConnected } from "./fully_connected.ts";
import { logistic, tanh } from "./logistic.ts";
import { mean } from "./mean.ts";
import { concatenation, pack, pad, reshape, shape, stridedSlice, transpose } from "./move.ts";
import { mul } from "./mul.ts";
import { averagePool2d, maxPool2d } from "./pool_2d.ts";
import { dequantize, quantize } from "./quantize.ts";
import { relu, relu6 } from "./relu.ts";
import { softmax } from "./softmax.ts";
import type { Kernel } from "./step.ts";

/** The int8 kernel of each kind. */
export const kernels: { readonly [K in OperatorKind]: Kernel<K> } = {
  ADD: add,
  AVERAGE_POOL_2D: averagePool2d,
  CONCATENATION: concatenation,
  CONV_2D: conv2d,
  DEPTHWISE_CONV_2D: depthwiseConv2d,
  DEQUANTIZE: dequantize,
  FULLY_CONNECTED: fullyConnected,
  LOGISTIC: logistic,
  MAX_POOL_2D: maxPool2d,
  MEAN: mean,
  MUL: mul,
  PACK: pack,
  PAD: pad,
  QUANTIZE: quantize,
  RELU: relu,
  RELU6: relu6,
  RESHAPE: reshape,
  SHAPE: shape,
  SOFTMAX: softmax,
  STRIDED_SLICE: stridedSlice,
  SUB: subtract,
  TANH: tanh,
  TRANSPOSE: transpose,
};
