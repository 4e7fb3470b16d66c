import type { Channels } from "./channels.ts";
import type { OutputRange } from "./scale_in_double.ts";

/** How output channels are scaled, and the sums of their positive and of their negative weights. */
export interface ScaledWeights {
  multipliers: Int32Array;
  shifts: Int32Array;
  positive: Int32Array;
  negative: Int32Array;
}

/**
 * Whether the few instructions of firmware/engine/shrink.h give what the integers give, for every accumulator: all channels
 * are shifted to the right, at least so far that the low half of a product does not count, and results are int8 without
 * narrower limits.
 *
 * A multiplier of 0 (a channel that training left without weight, often with a bias beyond all bounds) gives 0 for every
 * accumulator. Where that is all that stands against it, such channels are changed: without the bias, accumulators are
 * below 2³⁰, and scaled by 2⁻³² these are 0 as well.
 */
export function shrinkChannels(
  channels: Channels,
  { multipliers, shifts, positive, negative }: ScaledWeights,
  { rounding, lowest, highest }: OutputRange,
): boolean {
  if (lowest !== -128 || highest !== 127) return false;
  const greatestShift = rounding === "tflm" ? -1 : -2;
  const all = multipliers.every((multiplier, c) =>
    multiplier === 0
      ? 128 * (positive[c] - negative[c]) < 2 ** 30
      : multiplier >= 2 ** 30 && shifts[c] <= greatestShift
  );
  if (!all) return false;
  multipliers.forEach((multiplier, c) => {
    if (multiplier !== 0) return;
    channels.bias[c] = 0;
    channels.multiplier[c] = 2 ** 30;
    channels.shift[c] = -31;
  });
  return true;
}
