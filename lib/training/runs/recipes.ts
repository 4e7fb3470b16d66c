/**
 * Recipes that are known by name.
 *
 * @module
 */
import type { TrainingRecipe } from "./training_recipe.ts";

/** Names of the recipes. */
export type RecipeName = "kws" | "ic" | "vww" | "ad" | "sww";

const adam = { type: "adam" } as const;

/**
 * The hyper-parameters that the reference models were trained with (mlcommons/tiny, `benchmark/training`), on the
 * synthetic twins at their full size: put `data: { folder }` in for the benchmark's own data, built by
 * `thimble data build`. For the streaming wakeword there is no published schedule that needs no callback: its learning
 * rate here is a plain cosine.
 *
 * @example
 * ```ts
 * import { referenceRecipes } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const recipe = { ...referenceRecipes.ic, data: { folder: "data/ic" } };
 * assert.equal(recipe.epochs, 500);
 * ```
 */
export const referenceRecipes: Readonly<Record<RecipeName, TrainingRecipe>> = {
  kws: {
    description: "DS-CNN on keywords, as the reference trains it",
    architecture: "kws",
    data: { synthetic: "kws" },
    features: { kind: "mfcc", noise: { share: 0.8, volume: 0.1 } },
    batchSize: 100,
    epochs: 36,
    optimizer: adam,
    learningRate: {
      schedule: "piecewise",
      parts: [{ rate: 5e-4, epochs: 12 }, { rate: 1e-4, epochs: 12 }, { rate: 2e-5 }],
    },
  },
  ic: {
    description: "ResNet-8 on images, as the reference trains it",
    architecture: "ic",
    data: { synthetic: "ic" },
    augmentation: { rotationDegrees: 15, shift: 0.1, flip: true },
    batchSize: 32,
    epochs: 500,
    optimizer: adam,
    learningRate: { schedule: "exponential", rate: 1e-3, factor: 0.99 },
  },
  vww: {
    description: "MobileNetV1 on persons, as the reference trains it",
    architecture: "vww",
    data: { synthetic: "vww" },
    augmentation: { rotationDegrees: 10, shift: 0.05, zoom: 0.1, flip: true },
    batchSize: 32,
    epochs: 50,
    optimizer: adam,
    learningRate: {
      schedule: "piecewise",
      parts: [{ rate: 1e-3, epochs: 20 }, { rate: 5e-4, epochs: 10 }, { rate: 2.5e-4 }],
    },
  },
  ad: {
    description: "Autoencoder of machine sounds, as the reference trains it",
    architecture: "ad",
    data: { synthetic: "ad" },
    features: { kind: "logMel" },
    batchSize: 512,
    epochs: 100,
    optimizer: adam,
    learningRate: { schedule: "constant", rate: 1e-3 },
  },
  sww: {
    description: "Streaming wakeword",
    architecture: "sww",
    data: { synthetic: "sww" },
    features: { kind: "wakeword" },
    batchSize: 100,
    epochs: 50,
    optimizer: adam,
    learningRate: { schedule: "cosine", rate: 1e-3, warmupEpochs: 1 },
  },
};

/**
 * Small recipes for the synthetic twins: minutes on two cores. The models in `data/models` are made by them.
 *
 * @example
 * ```ts
 * import { quickRecipes } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(Object.keys(quickRecipes), ["kws", "ic", "vww", "ad", "sww"]);
 * ```
 */
export const quickRecipes: Readonly<Record<RecipeName, TrainingRecipe>> = {
  kws: {
    description: "DS-CNN on synthetic keywords, small",
    architecture: "kws",
    data: { synthetic: "kws", train: 4800, validation: 600, test: 1200, calibration: 120 },
    features: { kind: "mfcc" },
    batchSize: 50,
    epochs: 16,
    optimizer: adam,
    learningRate: { schedule: "cosine", rate: 2e-3, warmupEpochs: 0.5 },
    seed: 1,
  },
  ic: {
    description: "ResNet-8 on synthetic shapes and patterns, small",
    architecture: "ic",
    data: { synthetic: "ic", train: 12_000, validation: 1000, test: 2000, calibration: 100 },
    augmentation: { rotationDegrees: 15, shift: 0.1, flip: true },
    batchSize: 32,
    epochs: 14,
    optimizer: adam,
    learningRate: { schedule: "cosine", rate: 2e-3, warmupEpochs: 0.5 },
    seed: 1,
  },
  vww: {
    description: "MobileNetV1 on synthetic people and things, small",
    architecture: "vww",
    data: { synthetic: "vww", train: 6000, validation: 500, test: 1000, calibration: 100 },
    augmentation: { rotationDegrees: 10, shift: 0.05, zoom: 0.1, flip: true },
    batchSize: 32,
    epochs: 14,
    optimizer: adam,
    learningRate: { schedule: "cosine", rate: 2e-3, warmupEpochs: 0.5 },
    seed: 1,
  },
  ad: {
    description: "Autoencoder of synthetic machine sounds, small",
    architecture: "ad",
    data: { synthetic: "ad", train: 480, validation: 24, test: 248, calibration: 20 },
    features: { kind: "logMel" },
    batchSize: 512,
    epochs: 40,
    optimizer: adam,
    learningRate: { schedule: "cosine", rate: 2e-3, warmupEpochs: 0.5 },
    seed: 1,
  },
  sww: {
    description: "Streaming wakeword on synthetic words, small",
    architecture: "sww",
    data: { synthetic: "sww", train: 1800, validation: 300, test: 600, calibration: 45 },
    features: { kind: "wakeword" },
    batchSize: 50,
    epochs: 8,
    optimizer: adam,
    learningRate: { schedule: "cosine", rate: 2e-3, warmupEpochs: 0.5 },
    seed: 1,
  },
};
