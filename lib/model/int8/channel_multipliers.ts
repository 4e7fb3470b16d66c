import { quantizeMultiplier } from "./requantize.ts";

/** Multipliers and shifts, one for each output channel. */
export interface ChannelMultipliers {
  multipliers: Int32Array;
  shifts: Int32Array;
}

/** The real multipliers split, one for each of `count` channels. */
export function channelMultipliers(
  count: number,
  real: (channel: number) => number,
): ChannelMultipliers {
  const multipliers = new Int32Array(count);
  const shifts = new Int32Array(count);
  for (let channel = 0; channel < count; channel++) {
    const { multiplier, shift } = quantizeMultiplier(real(channel));
    multipliers[channel] = multiplier;
    shifts[channel] = shift;
  }
  return { multipliers, shifts };
}
