import assert from "node:assert/strict";
import { Channels } from "../../../lib/model/engine/channels.ts";
import { shrinkChannels } from "../../../lib/model/engine/shrink_channels.ts";
import type { Rounding } from "../../../lib/model/int8/requantize.ts";

const range = { zeroPoint: 3, lowest: -128, highest: 127 };

/** Two channels, the second of which is 2^(shift - 1) or, with a multiplier of 0, 0. */
function shrunk(
  rounding: Rounding,
  { multiplier = 2 ** 30, shift = -8, weights = 100, ...limits }: {
    multiplier?: number;
    shift?: number;
    weights?: number;
    lowest?: number;
    highest?: number;
  },
): Channels | undefined {
  const channels = new Channels(2);
  channels.bias.set([1, 2 ** 31 - 1]);
  channels.multiplier.set([2 ** 30, multiplier]);
  channels.shift.set([-8, shift]);
  const scaled = {
    multipliers: Int32Array.of(2 ** 30, multiplier),
    shifts: Int32Array.of(-8, shift),
    positive: Int32Array.of(5, weights),
    negative: Int32Array.of(-5, -weights),
  };
  const output = { ...range, rounding, ...limits };
  return shrinkChannels(channels, scaled, output) ? channels : undefined;
}

Deno.test("shrinkChannels() wants shifts so far to the right that no low half counts", () => {
  assert(shrunk("tflm", { shift: -1 }));
  assert.equal(shrunk("tflm", { shift: 0 }), undefined);
  assert(shrunk("single", { shift: -2 }));
  assert.equal(shrunk("single", { shift: -1 }), undefined);
});

Deno.test("shrinkChannels() wants all of int8", () => {
  assert.equal(shrunk("tflm", { lowest: -127 }), undefined);
  assert.equal(shrunk("tflm", { highest: 126 }), undefined);
});

Deno.test("shrinkChannels() makes a channel vanish that has no scale", () => {
  const channels = shrunk("tflm", { multiplier: 0, shift: 0 })!;
  assert.deepEqual([...channels.bias], [1, 0]);
  assert.deepEqual([...channels.multiplier], [2 ** 30, 2 ** 30]);
  assert.deepEqual([...channels.shift], [-8, -31]);
  assert.equal(shrunk("tflm", { multiplier: 0, shift: 0, weights: 2 ** 22 }), undefined);
});
