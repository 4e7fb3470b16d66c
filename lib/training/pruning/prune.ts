/**
 * Pruning: weights that matter least are set to 0 and stay there.
 *
 * @module
 */
import { InputError } from "../../errors.ts";
import type { LayersModel } from "../load_tf.ts";
import { lowerLayers } from "../plan/lower_layers.ts";
import { BatchNormalization } from "../plan/operations/batch_normalization.ts";
import { Conv2D } from "../plan/operations/conv_2d.ts";
import { Dense } from "../plan/operations/dense.ts";
import { DepthwiseConv2D } from "../plan/operations/depthwise_conv_2d.ts";
import type { NamedTensors } from "../plan/training_plan.ts";
import type { Value } from "../plan/value.ts";

/** What is pruned, and how much of it. */
export interface PruningSettings {
  /**
   * `magnitude`: the smallest weights of convolutions and dense layers. `structured`: whole outputs of them, those whose
   * weights have the smallest sum of squares, with bias and normalization, so that the output is 0; never those of the
   * last layer with weights. Depthwise convolutions are left alone: they have few weights, and each counts.
   */
  kind: "magnitude" | "structured";
  /** Which share of them, 0 to before 1. */
  amount: number;
  /** Whether each layer loses that share, or the model as a whole: large layers then lose more. [layer] */
  scope?: "layer" | "model";
}

/** By weight: 1 where it stays, 0 where it is pruned. Weights without a mask are not pruned. */
export type PruningMasks = ReadonlyMap<string, Uint8Array>;

/**
 * Chooses what to prune.
 *
 * @param model The model's layers.
 * @param weights Its weights, by the names of a training plan.
 * @throws {InputError} `amount` is out of its range.
 *
 * @example
 * ```ts
 * import { applyMasks, loadTf, pruneModel, sparsityOf } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const tf = await loadTf();
 * const model = tf.sequential({
 *   layers: [tf.layers.dense({ inputShape: [4], units: 1, useBias: false, name: "d" })],
 * });
 * const weights = new Map([["d/kernel", { shape: [4, 1], values: Float32Array.of(3, -1, 2, -4) }]]);
 * applyMasks(weights, pruneModel(model, weights, { kind: "magnitude", amount: 0.5 }));
 * assert.deepEqual([...weights.get("d/kernel")!.values], [3, 0, 0, -4]);
 * assert.equal(sparsityOf(weights), 0.5);
 * ```
 */
export function pruneModel(
  model: LayersModel,
  weights: NamedTensors,
  settings: PruningSettings,
): PruningMasks {
  const { kind, amount, scope = "layer" } = settings;
  if (!(amount >= 0 && amount < 1)) {
    throw new InputError(`Cannot prune a share of ${amount}: expected 0 to before 1`, {
      source: "amount",
    });
  }
  const groups = kind === "magnitude" ? singleWeights(weights) : outputsOf(model, weights);
  const masks = new Map<string, Uint8Array>();
  const parts = scope === "model"
    ? [groups]
    : [...Map.groupBy(groups, ({ layer }) => layer).values()];
  for (const part of parts) {
    const order = part.map((group, i) => ({ group, i, value: group.value }))
      .sort((a, b) => a.value - b.value || a.i - b.i);
    for (const { group } of order.slice(0, Math.floor(amount * order.length))) {
      for (const [name, places] of group.places) {
        let mask = masks.get(name);
        if (!mask) masks.set(name, mask = new Uint8Array(weights.get(name)!.values.length).fill(1));
        for (const place of places) mask[place] = 0;
      }
    }
  }
  return masks;
}

/** Weights that stay or go together. */
interface Group {
  layer: string;
  /** Those of small value go first. */
  value: number;
  places: readonly (readonly [name: string, places: readonly number[]])[];
}

const isKernel = (name: string) => /kernel$/.test(name);

function singleWeights(weights: NamedTensors): Group[] {
  const pruned = [...weights].filter(([name]) =>
    isKernel(name) && !name.endsWith("depthwise_kernel")
  );
  return pruned.flatMap(([name, { values }]) =>
    Array.from(values, (value, i) => ({
      layer: name,
      value: Math.abs(value),
      places: [[name, [i]]] as const,
    }))
  );
}

/** Outputs of convolutions and dense layers, but for the last. */
function outputsOf(model: LayersModel, weights: NamedTensors): Group[] {
  const { operations } = lowerLayers(model);
  const weighted = operations.filter((operation) =>
    operation instanceof Conv2D || operation instanceof Dense ||
    operation instanceof DepthwiseConv2D
  );
  return weighted.slice(0, -1).flatMap((operation) => {
    if (operation instanceof DepthwiseConv2D) return [];
    const [, kernel, bias] = operation.inputs as [Value, Value, Value | undefined];
    const { shape, values } = weights.get(kernel.name)!;
    const outputs = shape[shape.length - 1];
    // Normalization behind it would bring a constant back.
    const alongside = [bias?.name, ...normalizationBehind(operations, operation.output)];
    return Array.from({ length: outputs }, (_, output) => {
      const places = Array.from(
        { length: values.length / outputs },
        (_, i) => i * outputs + output,
      );
      return {
        layer: kernel.name,
        value: places.reduce((sum, place) => sum + values[place] ** 2, 0) / places.length,
        places: [
          [kernel.name, places] as const,
          ...alongside.filter((name) => name !== undefined).map((name) =>
            [name, [output]] as const
          ),
        ],
      };
    });
  });
}

function normalizationBehind(
  operations: ReturnType<typeof lowerLayers>["operations"],
  output: Value,
): string[] {
  const behind = operations.find((operation) =>
    operation instanceof BatchNormalization && operation.inputs[0] === output
  );
  if (!(behind instanceof BatchNormalization)) return [];
  const { gamma, beta } = behind.settings;
  return [gamma, beta].flatMap((weight) => weight ? [weight.name] : []);
}

/** Sets what is pruned to 0, in place; gives back the weights that have a mask. */
export function applyMasks(weights: NamedTensors, masks: PruningMasks): NamedTensors {
  const masked: NamedTensors = new Map();
  for (const [name, mask] of masks) {
    const tensor = weights.get(name);
    if (!tensor) continue;
    for (let i = 0; i < mask.length; i++) if (mask[i] === 0) tensor.values[i] = 0;
    masked.set(name, tensor);
  }
  return masked;
}

/** The share of the weights of convolutions and dense layers, biases aside, that are 0. */
export function sparsityOf(weights: NamedTensors): number {
  let zeros = 0, all = 0;
  for (const [name, { values }] of weights) {
    if (!isKernel(name)) continue;
    all += values.length;
    for (const value of values) if (value === 0) zeros++;
  }
  return all === 0 ? 0 : zeros / all;
}
