/**
 * Weights in few bits.
 *
 * @module
 */
import { roundHalfAway } from "../../model/int8/step.ts";
import { greatestWeight, type WeightBits } from "./ranges.ts";

/** How many outputs an operator's weights have, and how they lie: output o of element i is floor(i / inner) % outputs. */
export interface WeightLayout {
  /** Channels or units. */
  outputs: number;
  /** Elements from one output to the next. */
  inner: number;
}

/** Weights as integers. */
export interface QuantizedWeights {
  /** One for each output, or a single one: real = step · value. Double precision; a file holds it in float32. */
  steps: Float64Array;
  /** In the order of the real ones, from −(2^(bits−1) − 1) to 2^(bits−1) − 1. */
  values: Int8Array;
}

/** How {@linkcode quantizeWeights} chooses steps. */
export interface QuantizeWeightsOptions {
  /** Width of a weight. [8] */
  bits?: WeightBits;
  /** A step for each output, or one for all. [true] */
  perChannel?: boolean;
  /** `max`: the greatest weight stays whole, as the TFLite converter does it. `mse`: the least squared error, which pays below 8 bits. [max] */
  method?: "max" | "mse";
  /** Steps that are the least allowed, one for each output: a bias has to fit its integer. */
  leastSteps?: Float64Array;
}

/**
 * Quantizes weights symmetrically: zero is zero.
 *
 * @example
 * ```ts
 * import { quantizeWeights } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const weights = Float32Array.of(1, -0.5, 0.02, 4);
 * const { steps, values } = quantizeWeights(weights, { outputs: 2, inner: 2 });
 * assert.deepEqual([...steps], [1 / 127, 4 / 127]);
 * assert.deepEqual([...values], [127, -64, 1, 127]);
 * ```
 */
export function quantizeWeights(
  weights: Float32Array,
  layout: WeightLayout,
  options: QuantizeWeightsOptions = {},
): QuantizedWeights {
  const { bits = 8, perChannel = true, method = "max", leastSteps } = options;
  const greatest = greatestWeight(bits);
  const channels = perChannel ? layout.outputs : 1;
  const channelOf = (i: number) => Math.floor(i / layout.inner) % channels;
  const largest = new Float64Array(channels);
  weights.forEach((w, i) => {
    largest[channelOf(i)] = Math.max(largest[channelOf(i)], Math.abs(w));
  });
  const steps = largest.map((w) => w / greatest);
  if (method === "mse") {
    const members: number[][] = Array.from({ length: channels }, () => []);
    weights.forEach((w, i) => members[channelOf(i)].push(w));
    steps.forEach((step, c) => steps[c] = leastErrorStep(members[c], step, greatest));
  }
  steps.forEach((step, c) => {
    const least = leastSteps ? Math.max(...perChannel ? [leastSteps[c]] : leastSteps) : 0;
    // A channel of zeros needs a step all the same.
    steps[c] = Math.max(step, least) || 1;
  });
  const values = new Int8Array(weights.length);
  for (let i = 0; i < weights.length; i++) {
    const value = roundHalfAway(weights[i] / steps[channelOf(i)]);
    values[i] = Math.min(greatest, Math.max(-greatest, value));
  }
  return { steps, values };
}

function leastErrorStep(weights: readonly number[], full: number, greatest: number): number {
  let found = { step: full, error: Infinity };
  for (let percent = 100; percent >= 30; percent -= 2) {
    const step = full * percent / 100;
    let error = 0;
    for (const w of weights) {
      const q = Math.min(greatest, Math.max(-greatest, Math.round(w / step)));
      error += (w - q * step) ** 2;
    }
    if (error < found.error) found = { step, error };
  }
  return found.step;
}
