/**
 * From a graph to calls of the kernels in firmware/engine: for this host as for a board.
 *
 * @module
 */
import { checkGraph } from "../check_graph.ts";
import { ModelError } from "../errors.ts";
import type { Graph, OperatorKind } from "../graph.ts";
import type { Rounding } from "../int8/requantize.ts";
import { int8Ends } from "../int8/int8_ends.ts";
import type { EngineTarget } from "./layout.ts";
import { lowerAdd, lowerLookup, lowerMul, lowerSub } from "./lower_elementwise.ts";
import {
  lowerConcatenation,
  lowerPack,
  lowerPad,
  lowerReshape,
  lowerStridedSlice,
  lowerTranspose,
} from "./lower_move.ts";
import { lowerDequantize, lowerQuantize } from "./lower_quantize.ts";
import { lowerConv2d, lowerDepthwiseConv2d, lowerFullyConnected } from "./lower_weighted.ts";
import { lowerAveragePool2d, lowerMaxPool2d, lowerMean, lowerSoftmax } from "./lower_window.ts";
import { type Lower, Lowering } from "./lowering.ts";
import type { Plan } from "./plan.ts";

/** How a graph is lowered. */
export interface LowerOptions {
  /** SIMD by default. */
  target?: EngineTarget;
  /** `tflm` by default. */
  rounding?: Rounding;
}

const lowerings: { readonly [K in OperatorKind]?: Lower<K> } = {
  ADD: lowerAdd,
  AVERAGE_POOL_2D: lowerAveragePool2d,
  CONCATENATION: lowerConcatenation,
  CONV_2D: lowerConv2d,
  DEPTHWISE_CONV_2D: lowerDepthwiseConv2d,
  DEQUANTIZE: lowerDequantize,
  FULLY_CONNECTED: lowerFullyConnected,
  LOGISTIC: lowerLookup,
  MAX_POOL_2D: lowerMaxPool2d,
  MEAN: lowerMean,
  MUL: lowerMul,
  PACK: lowerPack,
  PAD: lowerPad,
  QUANTIZE: lowerQuantize,
  RELU: lowerLookup,
  RELU6: lowerLookup,
  RESHAPE: lowerReshape,
  SOFTMAX: lowerSoftmax,
  STRIDED_SLICE: lowerStridedSlice,
  SUB: lowerSub,
  TANH: lowerLookup,
  TRANSPOSE: lowerTranspose,
};

/**
 * Lowers an int8 graph with one input and one output. Shapes are known, so what computes with shapes needs no call.
 *
 * @throws {ModelError} The graph is not consistent, or holds what the engine does not have; the error names the operator.
 */
export function lowerGraph(graph: Graph, options: LowerOptions = {}): Plan {
  const { target = { layout: "simd", moved: 0 }, rounding = "tflm" } = options;
  checkGraph(graph);
  if (graph.inputs.length !== 1 || graph.outputs.length !== 1) {
    throw new ModelError(
      `Cannot run the model as it has ${graph.inputs.length} inputs and ${graph.outputs.length} outputs: expected 1 of each`,
    );
  }
  const ends = int8Ends(graph);
  for (const index of [ends.input, ends.output]) {
    const { name, type } = graph.tensors[index];
    if (type === "int8") continue;
    throw new ModelError(
      `Cannot run the model as '${name}' is '${type}': expected 'int8'`,
      {
        tensor: { index, name },
        hint: type === "uint8"
          ? "Quantize it with int8 ends: 'thimble quantize --io int8'"
          : "Quantize the model first, or run it with a float executor",
      },
    );
  }
  const lowering = new Lowering(graph, target, rounding);
  const input = { tensor: graph.tensors[ends.input], slot: lowering.slotOfTensor(ends.input) };
  graph.operators.forEach(({ kind, outputs }, index) => {
    if (ends.skipped.has(index) || graph.tensors[outputs[0]].type === "int32") return;
    const step = lowering.step(index);
    const lower = lowerings[kind] as Lower<OperatorKind> | undefined;
    if (!lower) throw step.refuse("the engine does not have it");
    lower(step, lowering);
  });
  const output = { tensor: graph.tensors[ends.output], slot: lowering.slotOfTensor(ends.output) };
  return { target, rounding, slots: lowering.slots, calls: lowering.calls, input, output };
}
