/**
 * Fused activations as the interval that they clamp to.
 *
 * @module
 */
import type { Activation } from "../graph.ts";
import { roundHalfAway } from "../int8/step.ts";

/** The interval in real numbers. */
export const activationBounds: { readonly [A in Activation]: readonly [number, number] } = {
  none: [-Infinity, Infinity],
  relu: [0, Infinity],
  relu6: [0, 6],
  relu_n1_to_1: [-1, 1],
};

/** The interval in integers of a quantized type, of which it is a part. */
export function quantizedBounds(
  activation: Activation,
  type: "int8" | "uint8",
  scale: number,
  zeroPoint: number,
): [low: number, high: number] {
  const [least, most] = type === "uint8" ? [0, 255] : [-128, 127];
  const [low, high] = activationBounds[activation];
  return [
    Math.max(least, zeroPoint + roundHalfAway(Math.fround(low / scale))),
    Math.min(most, zeroPoint + roundHalfAway(Math.fround(high / scale))),
  ];
}
