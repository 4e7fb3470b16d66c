import assert from "node:assert/strict";
import {
  type DoubleScaling,
  type OutputRange,
  scaleInDouble,
} from "../../../lib/model/engine/scale_in_double.ts";
import { quantizeMultiplier, requantizer } from "../../../lib/model/int8/requantize.ts";
import { SeededRandom } from "../seeded_random.ts";

const ANCHOR = 1.5 * 2 ** 20;
const forms = ["double", "magnitude"] as const;

/** What the kernels compute, in the same doubles. */
function compute(x: number, { scale, offset }: DoubleScaling, form: "double" | "magnitude") {
  return form === "double"
    ? Math.floor(x * scale + offset - ANCHOR)
    : Math.sign(x) * Math.floor(Math.abs(x) * scale + offset - ANCHOR);
}

function randomOutput(random: SeededRandom): OutputRange {
  const zeroPoint = random.integer(-128, 127);
  return {
    rounding: random.pick(["tflm", "single"] as const),
    zeroPoint,
    lowest: random.pick([-128, zeroPoint]),
    highest: random.pick([127, random.integer(zeroPoint, 127)]),
  };
}

Deno.test("scaleInDouble() equals the integers for every accumulator", () => {
  const random = new SeededRandom(71);
  const proved = { double: 0, magnitude: 0 };
  for (let i = 0; i < 400; i++) {
    const { multiplier, shift } = quantizeMultiplier(2 ** (-14 + 15 * random.real()));
    const output = randomOutput(random);
    const [least, greatest] = [-random.integer(0, 40_000), random.integer(0, 40_000)];
    const requantize = requantizer(output.rounding);
    const clamp = (y: number) => Math.min(Math.max(y, output.lowest), output.highest);
    for (const form of forms) {
      const scaling = scaleInDouble({ multiplier, shift, least, greatest }, output, form);
      if (!scaling) continue;
      proved[form]++;
      const added = form === "double" ? 0 : output.zeroPoint;
      for (let x = least; x <= greatest; x++) {
        const exact = clamp(output.zeroPoint + requantize(x, multiplier, shift));
        if (clamp(added + compute(x, scaling, form)) !== exact) {
          assert.fail(`${JSON.stringify({ multiplier, shift, output, form })} at ${x}`);
        }
      }
    }
  }
  assert(proved.double > 200 && proved.magnitude > 390, JSON.stringify(proved));
});

Deno.test("scaleInDouble() equals the integers around every threshold of large accumulators", () => {
  const random = new SeededRandom(72);
  let proved = 0;
  for (let i = 0; i < 300; i++) {
    const { multiplier, shift } = quantizeMultiplier(2 ** (-31 + 24 * random.real()));
    const output = randomOutput(random);
    const furthest = Math.min(2 ** 31 - 1, Math.floor(300 / (multiplier * 2 ** (shift - 31))));
    const [least, greatest] = [-random.integer(1, furthest), random.integer(1, furthest)];
    const requantize = requantizer(output.rounding);
    const clamp = (y: number) => Math.min(Math.max(y, output.lowest), output.highest);
    const exact = (x: number) => clamp(output.zeroPoint + requantize(x, multiplier, shift));
    for (const form of forms) {
      const scaling = scaleInDouble({ multiplier, shift, least, greatest }, output, form);
      if (!scaling) continue;
      proved++;
      const added = form === "double" ? 0 : output.zeroPoint;
      for (let y = exact(least) + 1; y <= exact(greatest); y++) {
        // The least accumulator that gives y, by bisection
        let [below, above] = [least, greatest];
        while (above - below > 1) {
          const middle = Math.floor((below + above) / 2);
          if (exact(middle) >= y) above = middle;
          else below = middle;
        }
        for (const x of [below, above]) {
          assert.equal(
            clamp(added + compute(x, scaling, form)),
            exact(x),
            `${multiplier} ${shift} ${x}`,
          );
        }
      }
    }
  }
  assert(proved > 400, `${proved}`);
});

Deno.test("scaleInDouble() makes a constant of a channel that is one", () => {
  const output: OutputRange = { rounding: "tflm", zeroPoint: -100, lowest: -128, highest: 127 };
  const sums = { multiplier: 2 ** 30, shift: -20, least: 3_000_000, greatest: 3_000_100 };
  const scaling = scaleInDouble(sums, output, "double")!;
  assert.equal(scaling.scale, 0);
  assert.equal(compute(3_000_050, scaling, "double"), -99);
});

Deno.test("scaleInDouble() refuses what it cannot prove", () => {
  const output: OutputRange = { rounding: "tflm", zeroPoint: 0, lowest: -128, highest: 127 };
  const half = quantizeMultiplier(0.01);
  // Two roundings on both sides of zero are no single floor.
  assert.equal(
    scaleInDouble({ ...half, least: -9999, greatest: 9999 }, output, "double"),
    undefined,
  );
  assert(scaleInDouble({ ...half, least: -9999, greatest: 9999 }, output, "magnitude"));
  // Sums that wrap
  const wide = { ...half, least: -(2 ** 31) - 1, greatest: 0 };
  assert.equal(scaleInDouble(wide, output, "magnitude"), undefined);
  const shifted = { ...quantizeMultiplier(8), least: -(2 ** 29), greatest: 0 };
  assert.equal(scaleInDouble(shifted, output, "magnitude"), undefined);
});
