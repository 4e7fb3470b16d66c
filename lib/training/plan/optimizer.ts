import { InputError } from "../../errors.ts";
import type { AdamSettings, OptimizerSettings, SgdSettings } from "./optimizer_settings.ts";
import { type Buffer, controlWords } from "./plan_memory.ts";
import { elementParts, type Recorder } from "./recorder.ts";

/** Settings with their defaults, checked. */
export type Optimizer = Required<AdamSettings> | Required<SgdSettings>;

/** What an optimiser keeps for each weight. */
export const optimizerSlots: { readonly [T in Optimizer["type"]]: readonly string[] } = {
  adam: ["m", "v"],
  sgd: ["velocity"],
};

/**
 * Settings with their defaults.
 *
 * @throws {InputError} A setting is out of its range.
 */
export function optimizerOf(settings: OptimizerSettings): Optimizer {
  const optimizer: Optimizer = settings.type === "sgd"
    ? { momentum: 0, nesterov: false, weightDecay: 0, ...settings }
    : { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weightDecay: 0, ...settings };
  const below1 = ["beta1", "beta2", "momentum", "weightDecay"];
  for (const [name, value] of Object.entries(optimizer)) {
    if (typeof value !== "number") continue;
    const most = below1.includes(name) ? 1 : Infinity;
    if (!(value >= 0 && value < most)) {
      throw new InputError(
        `Cannot train with '${name}' ${value}: expected at least 0, below ${most}`,
        {
          source: name,
        },
      );
    }
  }
  return optimizer;
}

/**
 * A learning rate.
 *
 * @throws {InputError} It is below 0, or no number.
 */
export function checkedRate(rate: number): number {
  if (rate >= 0 && rate < Infinity) return rate;
  throw new InputError(`Cannot train with the learning rate ${rate}`, { source: "learningRate" });
}

/** The step's factors as the kernels take them: for learning rate `rate` in step `step`, which counts from 1. */
export function stepFactors(optimizer: Optimizer, rate: number, step: number) {
  const corrected = optimizer.type === "adam"
    ? rate * Math.sqrt(1 - optimizer.beta2 ** step) / (1 - optimizer.beta1 ** step)
    : rate;
  return { rate: corrected, decay: rate * optimizer.weightDecay };
}

/** Writes them where the kernels read them. */
export function writeFactors(
  floats: Float32Array,
  control: Buffer,
  { rate, decay }: { rate: number; decay: number },
): void {
  floats[control.offset / 4 + controlWords.rate] = rate;
  floats[control.offset / 4 + controlWords.decay] = decay;
}

/** Records the step of all trained weights. */
export function recordOptimizer(
  recorder: Recorder,
  optimizer: Optimizer,
  slots: readonly Buffer[],
): void {
  const { trained, gradients, trainedFloats: count } = recorder.weights;
  if (count === 0) return;
  const common = { gradients, finite: recorder.memory.finite, weights: trained, count };
  if (optimizer.type === "adam") {
    const { beta1, beta2, epsilon } = optimizer;
    const [m, v] = slots;
    recorder.call(
      "update",
      "adam",
      { ...common, m, v, beta1, beta2, epsilon },
      elementParts(count),
    );
  } else {
    const { momentum, nesterov } = optimizer;
    const [velocity] = slots;
    recorder.call(
      "update",
      "sgd",
      { ...common, velocity, momentum, nesterov: Number(nesterov) },
      elementParts(count),
    );
  }
}
