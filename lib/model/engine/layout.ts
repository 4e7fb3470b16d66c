/**
 * How packed weights are ordered: for `simd`, eight channels with two values each; for `relaxed` SIMD, eight with four;
 * for a `board` (Cortex-M with the DSP extension, portable C), two with four. Each kind of kernels reads its own.
 */
export type Layout = "board" | "simd" | "relaxed";

/** Output channels that stand together: ENGINE_CHANNELS. */
export const channelsPerBlock: { readonly [L in Layout]: number } = {
  board: 2,
  simd: 8,
  relaxed: 8,
};

/** Values of one channel that stand together: ENGINE_DEPTHS. */
export const depthsPerBlock: { readonly [L in Layout]: number } = { board: 4, simd: 2, relaxed: 4 };

/** Channels of a depthwise convolution that stand together: ENGINE_TAP_CHANNELS. */
export const channelsPerTapBlock: { readonly [L in Layout]: number } = {
  board: 4,
  simd: 8,
  relaxed: 8,
};

/** Taps of one channel that stand together: ENGINE_TAPS. */
export const tapsPerBlock: { readonly [L in Layout]: number } = { board: 1, simd: 2, relaxed: 4 };

/** Bytes past the end of a tensor that kernels may read, and of scratch that they may overwrite: ENGINE_SLACK. */
export const SLACK_BYTES = 16;

/** What the plan of a model is made for. */
export interface EngineTarget {
  layout: Layout;
  /**
   * What the kernels add to each activation before it is multiplied: 128 where relaxed SIMD takes activations as unsigned,
   * 0 for all others.
   */
  moved: number;
}
