/**
 * Learning rates that change as training goes on.
 *
 * @module
 */
import { z } from "zod";

const rate = z.number().positive().max(100);
const epochs = z.int().positive().max(100_000);

/** Schema of a {@linkcode LearningRate}. */
export const learningRateSchema = z.discriminatedUnion("schedule", [
  z.strictObject({ schedule: z.literal("constant"), rate }),
  z.strictObject({
    schedule: z.literal("step"),
    rate,
    factor: z.number().positive().max(1),
    everyEpochs: epochs,
  }),
  z.strictObject({
    schedule: z.literal("exponential"),
    rate,
    factor: z.number().positive().max(1),
  }),
  z.strictObject({
    schedule: z.literal("cosine"),
    rate,
    finalRate: z.number().nonnegative().optional(),
    warmupEpochs: z.number().nonnegative().optional(),
  }),
  z.strictObject({
    schedule: z.literal("piecewise"),
    parts: z.array(z.strictObject({ rate, epochs: epochs.optional() })).min(1).max(1000),
  }),
]);

/**
 * How the learning rate goes: `constant`; `step`: times `factor` after every so many epochs; `exponential`: times
 * `factor` after each epoch; `cosine`: a rise over `warmupEpochs`, then half a cosine down to `finalRate`, step by step;
 * `piecewise`: each rate for its number of epochs, the last one to the end.
 */
export type LearningRate =
  | { schedule: "constant"; rate: number }
  | { schedule: "step"; rate: number; factor: number; everyEpochs: number }
  | { schedule: "exponential"; rate: number; factor: number }
  | { schedule: "cosine"; rate: number; finalRate?: number; warmupEpochs?: number }
  | { schedule: "piecewise"; parts: { rate: number; epochs?: number }[] };

/**
 * The learning rate at a point of training.
 *
 * @param epoch From 0; with a fraction within an epoch.
 * @param epochs Epochs in all.
 *
 * @example
 * ```ts
 * import { learningRateAt } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const halved = { schedule: "step", rate: 0.1, factor: 0.5, everyEpochs: 10 } as const;
 * assert.equal(learningRateAt(halved, 9.9, 30), 0.1);
 * assert.equal(learningRateAt(halved, 10, 30), 0.05);
 * ```
 */
export function learningRateAt(settings: LearningRate, epoch: number, epochs: number): number {
  const whole = Math.floor(epoch);
  switch (settings.schedule) {
    case "constant":
      return settings.rate;
    case "step":
      return settings.rate * settings.factor ** Math.floor(whole / settings.everyEpochs);
    case "exponential":
      return settings.rate * settings.factor ** whole;
    case "cosine": {
      const { rate, finalRate = 0, warmupEpochs = 0 } = settings;
      // A rate of 0 would waste the first step.
      if (epoch < warmupEpochs) return Math.max(rate * epoch / warmupEpochs, rate / 1000);
      const done = Math.min(1, (epoch - warmupEpochs) / Math.max(epochs - warmupEpochs, 1e-9));
      return finalRate + (rate - finalRate) * (1 + Math.cos(Math.PI * done)) / 2;
    }
    case "piecewise": {
      const { parts } = settings;
      let end = 0;
      for (const part of parts) {
        end += part.epochs ?? Infinity;
        if (whole < end) return part.rate;
      }
      return parts[parts.length - 1].rate;
    }
  }
}
