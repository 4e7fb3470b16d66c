/**
 * Weights in the order in which the kernels read them.
 *
 * @module
 */
import {
  channelsPerBlock,
  channelsPerTapBlock,
  depthsPerBlock,
  type Layout,
  tapsPerBlock,
} from "./layout.ts";

/** The kernels take depths that are multiples of this. */
const DEPTH_UNIT = 4;

/** The depth that a row of `depth` values is extended to. */
export function paddedDepth(depth: number): number {
  return Math.ceil(depth / DEPTH_UNIT) * DEPTH_UNIT;
}

/**
 * [channels][segments][depth] in the order [channels / C][segments][depth / D][C][D] of the layout. What is missing to
 * whole blocks is 0.
 */
export function packMatrix(
  weights: Int8Array,
  [channels, segments, depth]: readonly [number, number, number],
  layout: Layout,
): Int8Array {
  const width = channelsPerBlock[layout];
  const run = depthsPerBlock[layout];
  const blocks = paddedDepth(depth) / run;
  const packed = new Int8Array(Math.ceil(channels / width) * width * segments * blocks * run);
  let from = 0;
  for (let channel = 0; channel < channels; channel++) {
    const group = Math.floor(channel / width);
    for (let segment = 0; segment < segments; segment++) {
      for (let k = 0; k < depth; k++) {
        const block = (group * segments + segment) * blocks + Math.floor(k / run);
        packed[(block * width + channel % width) * run + k % run] = weights[from++];
      }
    }
  }
  return packed;
}

/** The number of taps that a depthwise kernel of `taps` is extended to. */
export function paddedTaps(taps: number, layout: Layout): number {
  return Math.ceil(taps / tapsPerBlock[layout]) * tapsPerBlock[layout];
}

/** [taps][channels] in the order of depthwise.h: a group of channels, in it groups of taps, in these channel by channel. */
export function packTaps(
  weights: Int8Array,
  taps: number,
  channels: number,
  layout: Layout,
): Int8Array {
  const width = channelsPerTapBlock[layout];
  const run = tapsPerBlock[layout];
  const depth = paddedTaps(taps, layout);
  const packed = new Int8Array(Math.ceil(channels / width) * width * depth);
  for (let channel = 0; channel < channels; channel++) {
    const c = channel % width;
    for (let tap = 0; tap < taps; tap++) {
      const t = tap % run;
      packed[(channel - c) * depth + (tap - t) * width + c * run + t] =
        weights[tap * channels + channel];
    }
  }
  return packed;
}
