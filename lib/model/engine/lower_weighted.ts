/**
 * The operators with weights.
 *
 * @module
 */
import type { Step } from "../int8/step.ts";
import type { Windows } from "../int8/window.ts";
import { type Layout, SLACK_BYTES } from "./layout.ts";
import type { Lower, Lowering } from "./lowering.ts";
import { packMatrix, packTaps, paddedDepth, paddedTaps } from "./pack_weights.ts";
import { weightFields, type Weights } from "./weight_fields.ts";
import { outputRange, weightScales } from "./weight_scales.ts";
import { isPadded, windowFields } from "./windows.ts";

/** Windows that a convolution works on at a time: ENGINE_TILE, or what it is at most. */
const tile: { readonly [L in Layout]: number } = { board: 2, simd: 4, relaxed: 4 };

/** Rows of a window at least this long, in bytes, are read in place; shorter ones are brought together first. */
const shortestSegment: { readonly [L in Layout]: number } = { board: 16, simd: 1, relaxed: 1 };

/** CONV_2D: a window of the input at a time times a matrix. */
export const lowerConv2d: Lower<"CONV_2D"> = (step, lowering) => {
  const { layout } = lowering.target;
  const input = lowering.input(step, 0);
  const [outputs, kernelHeight, kernelWidth, channels] = step.input(1).shape;
  const { windows, fields } = windowFields(step, kernelHeight, kernelWidth, step.options);
  const row = kernelWidth * channels;
  const gather = windows.dilationWidth > 1 ||
    kernelHeight > 1 && row < shortestSegment[layout];
  const segments = gather ? 1 : kernelHeight;
  const depth = gather ? kernelHeight * row : row;
  const weights = matrix(step, lowering, "CONV_2D", [outputs, segments, depth]);
  const strip = isPadded(windows) ? stripOf(windows, channels, layout) : noStrip;
  lowering.call(
    "conv_2d",
    {
      windows: fields,
      weights: weightFields(weights, outputRange(step), lowering.target),
      gather: Number(gather),
      stripRows: strip.rows,
    },
    [input],
    lowering.output(step),
    (gather ? tile[layout] * weights.depth + SLACK_BYTES : 0) + strip.bytes +
      (layout === "board" ? 2 * tile.board * segments * weights.depth : 0),
  );
};

/** FULLY_CONNECTED: a row of the input at a time times a matrix. */
export const lowerFullyConnected: Lower<"FULLY_CONNECTED"> = (step, lowering) => {
  const input = lowering.input(step, 0);
  const [outputs, depth] = step.input(1).shape;
  const weights = matrix(step, lowering, "FULLY_CONNECTED", [outputs, 1, depth]);
  const rows = lowering.slots[input].bytes / depth;
  lowering.call(
    "fully_connected",
    {
      weights: weightFields(weights, outputRange(step), lowering.target),
      rows,
      rowSize: depth,
    },
    [input],
    lowering.output(step),
  );
};

/** DEPTHWISE_CONV_2D: each channel of a window times weights of its own. */
export const lowerDepthwiseConv2d: Lower<"DEPTHWISE_CONV_2D"> = (step, lowering) => {
  const { layout } = lowering.target;
  const input = lowering.input(step, 0);
  const weightsTensor = step.input(1);
  const [, kernelHeight, kernelWidth, outputs] = weightsTensor.shape;
  const { depthMultiplier } = step.options;
  const { windows, fields } = windowFields(step, kernelHeight, kernelWidth, step.options);
  const count = kernelHeight * kernelWidth;
  const { values, bias } = lowering.weights(step, outputs);
  const positive = new Int32Array(outputs);
  const negative = new Int32Array(outputs);
  values.forEach((w, i) => (w > 0 ? positive : negative)[i % outputs] += w);
  const weights: Weights = {
    packed: packTaps(values, count, outputs, layout),
    segments: 1,
    depth: paddedTaps(count, layout),
    positive,
    negative,
    bias,
    ...weightScales(step, "DEPTHWISE_CONV_2D", outputs),
    inputZeroPoint: fields.zeroPoint,
  };
  const copied = isPadded(windows) || depthMultiplier > 1;
  const strip = copied ? stripOf(windows, outputs, layout) : noStrip;
  const rowBytes = (copied ? stripWidth(windows) : windows.width) * outputs;
  const taps = Int32Array.from({ length: weights.depth }, (_, i) => {
    const tap = Math.min(i, count - 1);
    const ky = Math.floor(tap / kernelWidth);
    const kx = tap % kernelWidth;
    return ky * windows.dilationHeight * rowBytes + kx * windows.dilationWidth * outputs;
  });
  lowering.call(
    "depthwise_conv_2d",
    {
      windows: fields,
      weights: weightFields(weights, outputRange(step), lowering.target),
      multiplier: depthMultiplier,
      stripRows: strip.rows,
      taps,
    },
    [input],
    lowering.output(step),
    Math.max(
      strip.bytes +
        (depthMultiplier > 1 ? stripWidth(windows) * windows.channels + SLACK_BYTES : 0),
      layout === "board" ? fourChannelsBytes(windows) : 0,
    ),
  );
};

/** Rows of the output that are made from one strip of the input, and the bytes of its copy. */
interface Strip {
  rows: number;
  bytes: number;
}

/** The input is read in place. */
const noStrip: Strip = { rows: 0, bytes: 0 };

/** A strip should have at most so many bytes; one row of the output needs what it needs. */
const stripBytes: { readonly [L in Layout]: number } = {
  board: 0,
  simd: 2 ** 15,
  relaxed: 2 ** 15,
};

function stripOf(windows: Windows, channels: number, layout: Layout): Strip {
  const { outputHeight, strideHeight, kernelHeight, dilationHeight } = windows;
  const reach = (kernelHeight - 1) * dilationHeight + 1;
  const rowBytes = stripWidth(windows) * channels;
  const most = Math.floor((Math.floor(stripBytes[layout] / rowBytes) - reach) / strideHeight) + 1;
  const rows = Math.min(Math.max(most, 1), outputHeight);
  return { rows, bytes: ((rows - 1) * strideHeight + reach) * rowBytes + SLACK_BYTES };
}

/** What depthwise_dsp.c works on: for four channels, the rows of a row of windows, and constants. */
function fourChannelsBytes(windows: Windows): number {
  const { kernelHeight, kernelWidth, dilationHeight } = windows;
  const ring = ((kernelHeight - 1) * dilationHeight + 1) * stripWidth(windows);
  const biases = 4 * 4;
  const scalings = 4 * 8;
  return 8 * (ring + kernelHeight * kernelWidth) + biases + scalings;
}

/** Columns of the input that all windows look at. */
function stripWidth(windows: Windows): number {
  const { outputWidth, strideWidth, kernelWidth, dilationWidth } = windows;
  return (outputWidth - 1) * strideWidth + (kernelWidth - 1) * dilationWidth + 1;
}

/** The weights of a matrix, one row an output. */
function matrix<K extends "CONV_2D" | "FULLY_CONNECTED">(
  step: Step<K>,
  lowering: Lowering,
  kind: K,
  size: readonly [outputs: number, segments: number, depth: number],
): Weights {
  const [outputs, segments, depth] = size;
  const { values, bias } = lowering.weights(step, outputs);
  const positive = new Int32Array(outputs);
  const negative = new Int32Array(outputs);
  for (let output = 0, i = 0; output < outputs; output++) {
    for (let k = 0; k < segments * depth; k++, i++) {
      (values[i] > 0 ? positive : negative)[output] += values[i];
    }
  }
  return {
    packed: packMatrix(values, size, lowering.target.layout),
    segments,
    depth: paddedDepth(depth),
    positive,
    negative,
    bias,
    ...weightScales(step, kind, outputs),
    inputZeroPoint: step.quantization(step.input(0)).zeroPoint,
  };
}
