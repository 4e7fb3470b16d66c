/**
 * Dead-code elimination for int8 models: channels that have one value whatever the model is given are computed once, here,
 * and channels that nobody reads are left out. Every output keeps every bit, for every input. This is not pruning: no
 * weight that matters is touched, nothing is approximated, and nothing needs to be trained or measured again.
 *
 * @module
 */
import { checkGraph } from "../check_graph.ts";
import {
  elementCount,
  type Graph,
  type Operator,
  type Quantization,
  type Tensor,
} from "../graph.ts";
import type { Rounding } from "../int8/requantize.ts";
import { Step } from "../int8/step.ts";
import { graphMacs } from "../macs.ts";
import { withoutUnusedTensors } from "../without_unused_tensors.ts";
import { constantValues } from "../tensor_values.ts";
import { type ChannelRanges, channelRanges, channelsOf } from "./channel_ranges.ts";
import { isWeighted } from "./weight_scales.ts";
import { hasBorder } from "./windows.ts";

/** Why a folded graph gives what the original gives; each claim can be checked by itself. */
export interface FoldProof {
  /** The class of arithmetic that it holds for. */
  rounding: Rounding;
  /**
   * For each tensor of the original that is an int8 activation: the least and greatest value of each channel. They
   * follow, operator by operator, from the inputs' being any int8.
   */
  ranges: readonly (ChannelRanges | undefined)[];
  /**
   * For each such tensor: the channels that are still there. Each other one is read by nobody, or it is constant and
   * its share is in the bias of whoever reads it.
   */
  kept: readonly (readonly number[] | undefined)[];
  /** Output channels of operators with weights that are constant. */
  constantChannels: number;
  /** Multiply-accumulates of one inference, before and after. */
  macs: { before: number; after: number };
}

/**
 * Folds constant channels of an int8 graph forward and leaves out what nobody reads. The same tensors and operators are
 * there, at the same indices; some have fewer channels.
 *
 * @param rounding Proofs hold for one class of arithmetic: a graph folded for one must not run in the other.
 * @throws {ModelError} The graph is not consistent, or its quantization is none that int8 inference has.
 *
 * @example
 * ```ts
 * import { demoModel, foldConstants, Int8Executor, readTflite } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const graph = readTflite(await Deno.readFile(demoModel()));
 * const { graph: folded, proof } = foldConstants(graph, "tflm");
 * assert(proof.macs.after <= proof.macs.before);
 * const executor = new Int8Executor(graph);
 * const input = new Int8Array(executor.input.shape.reduce((a, b) => a * b)).fill(3);
 * assert.deepEqual(new Int8Executor(folded).run(input), executor.run(input));
 * ```
 */
export function foldConstants(
  graph: Graph,
  rounding: Rounding,
): { graph: Graph; proof: FoldProof } {
  checkGraph(graph);
  const ranges = channelRanges(graph, rounding);
  const needed = neededChannels(graph, ranges);
  const kept = needed.map((channels) => channels?.flatMap((need, c) => need ? [c] : []));
  // Weights that smaller ones stand for are not to be written.
  const folded = withoutUnusedTensors(rebuild(graph, ranges, kept));
  const constantChannels = graph.operators.reduce((sum, { kind, outputs }) => {
    const range = isWeighted(kind) ? ranges[outputs[0]] : undefined;
    return sum + (range ? range.low.filter((low, c) => low === range.high[c]).length : 0);
  }, 0);
  const macs = { before: graphMacs(graph), after: graphMacs(folded) };
  return { graph: folded, proof: { rounding, ranges, kept, constantChannels, macs } };
}

type Needed = (boolean[] | undefined)[];
type Ranges = readonly (ChannelRanges | undefined)[];

/** Which channels something reads, by tensor: from the outputs back, until all operators agree. */
function neededChannels(graph: Graph, ranges: Ranges): Needed {
  const needed: Needed = graph.tensors.map(({ shape }, i) =>
    ranges[i] && new Array<boolean>(channelsOf(shape)).fill(false)
  );
  for (const index of [...graph.inputs, ...graph.outputs]) needed[index]?.fill(true);
  const count = () => needed.reduce((sum, c) => sum + (c?.filter((need) => need).length ?? 0), 0);
  for (let before = -1; before !== count();) {
    before = count();
    for (let i = graph.operators.length - 1; i >= 0; i--) markInputs(graph, i, ranges, needed);
  }
  return needed;
}

/** Marks what an operator reads for what is read of it. */
function markInputs(graph: Graph, index: number, ranges: Ranges, needed: Needed): void {
  const operator = graph.operators[index];
  const [x] = operator.inputs;
  const [input, output] = [needed[x], needed[operator.outputs[0]]];
  const path = input && output && pathOf(graph, operator, input.length, output.length);
  if (!path) {
    for (const i of [...operator.inputs, ...operator.outputs]) needed[i]?.fill(true);
    return;
  }
  keepSome(graph, operator, output);
  if (path !== "sum") {
    output.forEach((need, c) => input[path(c)] ||= need);
    output.forEach((_, c) => output[c] ||= input[path(c)]);
    return;
  }
  // A constant moves into the bias. Beyond the border there are zero points: it has to be one as well.
  const border = operator.kind === "CONV_2D" &&
    hasBorder(new Step<"CONV_2D">(graph, index, [], "tflm"));
  const zeroPoint = graph.tensors[x].quantization!.zeroPoint[0];
  const { low, high } = ranges[x]!;
  input.forEach((_, c) => input[c] ||= low[c] !== high[c] || border && low[c] !== zeroPoint);
}

/**
 * How channels go through an operator: `sum` where each output takes all of them, a function from an output's channel to
 * the input's where each takes one, undefined where nothing may change.
 */
function pathOf(
  { tensors }: Graph,
  { kind, inputs }: Operator,
  inputChannels: number,
  outputChannels: number,
): "sum" | ((channel: number) => number) | undefined {
  if (isWeighted(kind) && inputs.slice(1).some((i) => i >= 0 && !tensors[i].data)) return undefined;
  switch (kind) {
    case "CONV_2D":
      return "sum";
    case "FULLY_CONNECTED":
      return tensors[inputs[1]].shape[1] === inputChannels ? "sum" : undefined;
    case "DEPTHWISE_CONV_2D":
      return (channel) => Math.floor(channel * inputChannels / outputChannels);
    case "AVERAGE_POOL_2D":
    case "MAX_POOL_2D":
      return (channel) => channel;
    case "PAD":
      return inputChannels === outputChannels ? (channel) => channel : undefined;
    case "RESHAPE":
      return outputChannels % inputChannels === 0
        ? (channel) => channel % inputChannels
        : undefined;
    default:
      return undefined;
  }
}

/**
 * An operator gives at least one channel. A fully connected one with several scales gives two: with one scale left, its
 * arithmetic would be another.
 */
function keepSome({ tensors }: Graph, { kind, inputs }: Operator, output: boolean[]): void {
  const severalScales = kind === "FULLY_CONNECTED" &&
    (tensors[inputs[1]].quantization?.scale.length ?? 0) > 1;
  let missing = (severalScales ? 2 : 1) - output.filter((need) => need).length;
  for (let c = 0; c < output.length && missing > 0; c++) {
    if (output[c]) continue;
    output[c] = true;
    missing--;
  }
}

type Kept = readonly (readonly number[] | undefined)[];

/** The graph with the channels that are kept. */
function rebuild(graph: Graph, ranges: Ranges, kept: Kept): Graph {
  const tensors: Tensor[] = graph.tensors.map((tensor, i) => {
    const channels = kept[i];
    if (!channels || channels.length === channelsOf(tensor.shape)) return tensor;
    return { ...tensor, shape: [...tensor.shape.slice(0, -1), channels.length] };
  });
  const add = (tensor: Tensor) => tensors.push(tensor) - 1;
  const operators = graph.operators.map((operator): Operator => {
    const [input, output] = [operator.inputs[0], operator.outputs[0]];
    const changed = (i: number) => tensors[i] !== graph.tensors[i];
    if (operator.kind === "RESHAPE" && (changed(input) || changed(output))) {
      return { ...operator, inputs: [input], options: { newShape: tensors[output].shape } };
    }
    if (!isWeighted(operator.kind) || !(changed(input) || changed(output))) return operator;
    const { weights, bias } = smallerWeights(graph, operator, ranges[input]!, kept);
    return { ...operator, inputs: [input, add(weights), add(bias)] } as Operator;
  });
  return { ...graph, tensors, operators };
}

/** The weights between channels that are kept, and the bias with the share of constants that are not. */
function smallerWeights(
  { tensors }: Graph,
  { kind, inputs, outputs }: Operator,
  { low: constants }: ChannelRanges,
  kept: Kept,
): { weights: Tensor; bias: Tensor } {
  const tensor = tensors[inputs[1]];
  const weights = constantValues(tensor);
  const oldBias = inputs[2] >= 0 ? tensors[inputs[2]] : undefined;
  const biases = oldBias && constantValues(oldBias);
  const rows = kept[outputs[0]]!;
  const columns = kept[inputs[0]]!;
  const depthwise = kind === "DEPTHWISE_CONV_2D";
  const zeroPoint = tensors[inputs[0]].quantization!.zeroPoint[0];
  const outputCount = channelsOf(tensors[outputs[0]].shape);
  const inputCount = channelsOf(tensors[inputs[0]].shape);
  const taps = elementCount(tensor.shape) / outputCount / (depthwise ? 1 : inputCount);
  const isKept = new Set(columns);

  const values: number[] = [];
  const bias = Int32Array.from(rows, (row) => biases?.[row] ?? 0);
  if (depthwise) {
    for (let tap = 0; tap < taps; tap++) {
      for (const row of rows) values.push(weights[tap * outputCount + row]);
    }
  } else {
    rows.forEach((row, r) => {
      for (let tap = 0; tap < taps; tap++) {
        for (let c = 0; c < inputCount; c++) {
          const w = weights[(row * taps + tap) * inputCount + c];
          if (isKept.has(c)) values.push(w);
          else bias[r] += w * (constants[c] - zeroPoint);
        }
      }
    });
  }
  const shape = [...tensor.shape];
  if (depthwise) shape[3] = rows.length;
  else [shape[0], shape[shape.length - 1]] = [rows.length, columns.length];
  const scales = sliced(tensor.quantization!, rows);
  return {
    weights: {
      ...tensor,
      shape,
      quantization: scales,
      data: new Uint8Array(Int8Array.from(values).buffer),
    },
    bias: {
      name: oldBias?.name ?? `${tensor.name}/bias`,
      shape: [rows.length],
      type: "int32",
      quantization: oldBias?.quantization
        ? sliced(oldBias.quantization, rows)
        : biasQuantization(tensors[inputs[0]].quantization!, scales),
      data: new Uint8Array(bias.buffer),
    },
  };
}

/** The scales of some rows. */
function sliced(quantization: Quantization, rows: readonly number[]): Quantization {
  const { scale, zeroPoint, axis } = quantization;
  if (scale.length === 1) return quantization;
  return {
    scale: Float32Array.from(rows, (row) => scale[row]),
    zeroPoint: Int32Array.from(rows, (row) => zeroPoint[row]),
    axis,
  };
}

/** A bias is in steps of an input's times a weight's. */
function biasQuantization(input: Quantization, weights: Quantization): Quantization {
  return {
    scale: weights.scale.map((scale) => input.scale[0] * scale),
    zeroPoint: new Int32Array(weights.scale.length),
    axis: 0,
  };
}
