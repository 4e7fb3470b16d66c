/**
 * Weights and all that leads from their products to int8, as the kernels take them.
 *
 * @module
 */
import type { Rounding } from "../int8/requantize.ts";
import { Channels } from "./channels.ts";
import { channelsPerBlock, type EngineTarget } from "./layout.ts";
import type { Fields } from "./plan.ts";
import {
  type DoubleScaling,
  type OutputRange,
  scaleInDouble,
  type ScalingForm,
  scalingForms,
} from "./scale_in_double.ts";
import { shrinkChannels } from "./shrink_channels.ts";

/** The weights of an operator as it defines them. */
export interface Weights {
  /** In the order of the layout. */
  packed: Int8Array;
  /** Runs of values that make one output, and how long they are, as packed. */
  segments: number;
  depth: number;
  /** For each output channel: the sum of its positive weights, that of its negative ones, and its bias. */
  positive: Int32Array;
  negative: Int32Array;
  bias: Int32Array;
  multipliers: Int32Array;
  shifts: Int32Array;
  inputZeroPoint: number;
}

/** struct engine_weights. */
export function weightFields(
  weights: Weights,
  output: OutputRange,
  { layout, moved }: EngineTarget,
): Fields {
  const { packed, segments, depth, bias } = weights;
  const width = channelsPerBlock[layout];
  const channels = new Channels(Math.ceil(bias.length / width) * width);
  for (let c = 0; c < bias.length; c++) {
    const sum = weights.positive[c] + weights.negative[c];
    channels.bias[c] = bias[c] - (weights.inputZeroPoint + moved) * sum;
    channels.multiplier[c] = weights.multipliers[c];
    channels.shift[c] = weights.shifts[c];
  }
  const form = layout === "board"
    ? shrinkChannels(channels, weights, output) ? "shrink" : "integer"
    : chooseForm(weights, output, channels);
  const { zeroPoint, lowest, highest } = output;
  return {
    values: packed,
    channel: channels,
    channels: bias.length,
    segments,
    depth,
    rounding: roundingNumbers[output.rounding],
    form: scalingForms[form],
    moved,
    ...{ zeroPoint, lowest, highest },
  };
}

/** The numbers of roundings in engine.h. */
export const roundingNumbers: { readonly [R in Rounding]: number } = { tflm: 0, single: 1 };

/** The fastest form of SIMD that is proved for all channels. */
function chooseForm(weights: Weights, output: OutputRange, channels: Channels): ScalingForm {
  for (const form of ["double", "magnitude"] as const) {
    const scalings = scaleAll(weights, output, form);
    if (!scalings) continue;
    scalings.forEach(({ scale, offset }, c) => {
      channels.scale[c] = scale;
      channels.offset[c] = offset;
    });
    return form;
  }
  return "integer";
}

function scaleAll(
  weights: Weights,
  output: OutputRange,
  form: "double" | "magnitude",
): DoubleScaling[] | undefined {
  const { positive, negative, bias, multipliers, shifts, inputZeroPoint } = weights;
  const low = -128 - inputZeroPoint;
  const high = 127 - inputZeroPoint;
  const scalings: DoubleScaling[] = [];
  for (let c = 0; c < bias.length; c++) {
    const sums = {
      multiplier: multipliers[c],
      shift: shifts[c],
      least: bias[c] + positive[c] * low + negative[c] * high,
      greatest: bias[c] + positive[c] * high + negative[c] * low,
    };
    const scaling = scaleInDouble(sums, output, form);
    if (!scaling) return undefined;
    scalings.push(scaling);
  }
  return scalings;
}
