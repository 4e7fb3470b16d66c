/**
 * What values each channel of each activation can take, for whatever the model is given.
 *
 * @module
 */
import { elementCount, type Graph, type OperatorKind } from "../graph.ts";
import { requantizer, type Rounding } from "../int8/requantize.ts";
import { Step } from "../int8/step.ts";
import { constantValues } from "../tensor_values.ts";
import { outputRange, type WeightedKind, weightScales } from "./weight_scales.ts";
import { hasBorder } from "./windows.ts";

/** The least and the greatest value of each channel, along the last axis; both included. */
export interface ChannelRanges {
  /** The least. */
  low: Int8Array;
  /** The greatest. */
  high: Int8Array;
}

/** Channels of a shape: the size of its last axis. */
export function channelsOf(shape: readonly number[]): number {
  return shape.at(-1) ?? 1;
}

type Rule = (step: Step<OperatorKind>, input: ChannelRanges) => ChannelRanges;

/** All other operators may give any int8. */
const rules: { readonly [K in OperatorKind]?: Rule } = {
  CONV_2D: (step, input) => weightedRanges(step as Step<"CONV_2D">, "CONV_2D", input),
  DEPTHWISE_CONV_2D: (step, input) =>
    weightedRanges(step as Step<"DEPTHWISE_CONV_2D">, "DEPTHWISE_CONV_2D", input),
  FULLY_CONNECTED: (step, input) =>
    weightedRanges(step as Step<"FULLY_CONNECTED">, "FULLY_CONNECTED", input),
  // A mean and a maximum lie within the range of what they are of.
  AVERAGE_POOL_2D: (step, input) => clamped(step as Step<"AVERAGE_POOL_2D">, input),
  MAX_POOL_2D: (step, input) => clamped(step as Step<"MAX_POOL_2D">, input),
  PAD: paddedRanges,
  RESHAPE: reshapedRanges,
};

/**
 * The ranges of every int8 activation, by tensor; undefined for all others. Every step from an input to an output is
 * monotone in exact integers, so its ends are the outputs at the inputs' ends.
 *
 * @param graph As {@linkcode checkGraph} wants it.
 */
export function channelRanges(
  graph: Graph,
  rounding: Rounding,
): (ChannelRanges | undefined)[] {
  const { tensors, operators } = graph;
  const values = tensors.map((tensor) =>
    tensor.data && (tensor.type === "int8" || tensor.type === "int32")
      ? constantValues(tensor)
      : undefined
  );
  const ranges = tensors.map(({ type, shape, data }) =>
    type === "int8" && !data ? anything(channelsOf(shape)) : undefined
  );
  operators.forEach(({ kind, inputs, outputs }, index) => {
    const rule = rules[kind];
    const input = ranges[inputs[0]];
    if (!rule || !input || !ranges[outputs[0]]) return;
    if (inputs.slice(1).some((i) => i >= 0 && !values[i])) return;
    ranges[outputs[0]] = rule(new Step(graph, index, values, rounding), input);
  });
  return ranges;
}

function anything(channels: number): ChannelRanges {
  return { low: new Int8Array(channels).fill(-128), high: new Int8Array(channels).fill(127) };
}

function clamped(
  step: Step<"AVERAGE_POOL_2D"> | Step<"MAX_POOL_2D">,
  { low, high }: ChannelRanges,
): ChannelRanges {
  const [lowest, highest] = step.activationRange(step.options.activation);
  const clamp = (value: number) => Math.min(Math.max(value, lowest), highest);
  return { low: low.map(clamp), high: high.map(clamp) };
}

function paddedRanges(step: Step<OperatorKind>, { low, high }: ChannelRanges): ChannelRanges {
  const channels = channelsOf(step.output.shape);
  if (channels !== low.length) return anything(channels);
  const { zeroPoint } = step.quantization(step.output);
  return {
    low: low.map((value) => Math.min(value, zeroPoint)),
    high: high.map((value) => Math.max(value, zeroPoint)),
  };
}

/** Channels that lie over each other again and again keep their ranges, others become one. */
function reshapedRanges(step: Step<OperatorKind>, { low, high }: ChannelRanges): ChannelRanges {
  const channels = channelsOf(step.output.shape);
  if (channels % low.length !== 0) {
    const least = low.reduce((a, b) => Math.min(a, b));
    const greatest = high.reduce((a, b) => Math.max(a, b));
    return {
      low: new Int8Array(channels).fill(least),
      high: new Int8Array(channels).fill(greatest),
    };
  }
  return {
    low: Int8Array.from({ length: channels }, (_, c) => low[c % low.length]),
    high: Int8Array.from({ length: channels }, (_, c) => high[c % low.length]),
  };
}

function weightedRanges(
  step: Step<"CONV_2D"> | Step<"DEPTHWISE_CONV_2D"> | Step<"FULLY_CONNECTED">,
  kind: WeightedKind,
  input: ChannelRanges,
): ChannelRanges {
  const weights = step.int8(1);
  const { shape } = step.input(1);
  const depthwise = kind === "DEPTHWISE_CONV_2D";
  const outputs = depthwise ? shape[3] : shape[0];
  const { zeroPoint: inputZero } = step.quantization(step.input(0));
  const bias = step.bias(2, outputs);
  const { multipliers, shifts } = weightScales(step as Step<WeightedKind>, kind, outputs);
  const range = outputRange(step as Step<"CONV_2D">);
  const requantize = requantizer(step.rounding);

  // What a tap can be, less the zero point; beyond the border it is none.
  const padded = kind !== "FULLY_CONNECTED" && hasBorder(step as Step<"CONV_2D">);
  const low = Int32Array.from(
    input.low,
    (v) => padded ? Math.min(v - inputZero, 0) : v - inputZero,
  );
  const high = Int32Array.from(
    input.high,
    (v) => padded ? Math.max(v - inputZero, 0) : v - inputZero,
  );

  const taps = elementCount(shape) / outputs;
  const perInput = depthwise ? outputs / low.length : 1;
  const result = anything(outputs);
  for (let o = 0; o < outputs; o++) {
    let least = bias[o];
    let greatest = bias[o];
    for (let tap = 0; tap < taps; tap++) {
      const w = depthwise ? weights[tap * outputs + o] : weights[o * taps + tap];
      const i = depthwise ? Math.floor(o / perInput) : tap % low.length;
      least += w > 0 ? w * low[i] : w * high[i];
      greatest += w > 0 ? w * high[i] : w * low[i];
    }
    const furthest = Math.max(-least, greatest) * 2 ** Math.max(shifts[o], 0);
    const value = (sum: number) => {
      const y = range.zeroPoint + requantize(sum, multipliers[o], shifts[o]);
      return Math.min(Math.max(y, range.lowest), range.highest);
    };
    // Sums that could wrap are not monotone.
    const ends = furthest < 2 ** 31
      ? [value(least), value(greatest)]
      : [range.lowest, range.highest];
    [result.low[o], result.high[o]] = ends;
  }
  return result;
}
