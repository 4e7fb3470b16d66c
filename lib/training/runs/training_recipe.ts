/**
 * A training run as data.
 *
 * @module
 */
import { z } from "zod";
import { InputError } from "../../errors.ts";
import type { ArchitectureName } from "../architectures/architectures.ts";
import type { OptimizerSettings } from "../plan/optimizer_settings.ts";
import type { PruningSettings } from "../pruning/prune.ts";
import { type QatSettings, qatSettingsSchema } from "../qat/qat_settings.ts";
import { type LearningRate, learningRateSchema } from "./learning_rate.ts";

/** What a model is trained on. */
export type RecipeData =
  /** A synthetic twin: see `syntheticSets`. */
  | {
    synthetic: "kws" | "ic" | "vww" | "ad" | "sww";
    seed?: number;
    train?: number;
    validation?: number;
    test?: number;
    calibration?: number;
  }
  /** A folder that `thimble data build` wrote. */
  | { folder: string };

/** What becomes of the examples before the model sees them. */
export interface RecipeFeatures {
  /** Which features. Examples that have the model's size already stay as they are. */
  kind: "none" | "mfcc" | "lfbe" | "samples" | "wakeword" | "logMel";
  /** Keywords: noise in this share of the clips, of a volume up to this; recordings of a folder, or synthetic ones. */
  noise?: { share?: number; volume?: number; folder?: string };
  /** Keywords: clips are moved by up to so many samples. [0] */
  shiftSamples?: number;
}

/** Random changes to images, as {@linkcode augmentImages} makes them. */
export interface RecipeAugmentation {
  /** To either side, in degrees. [15] */
  rotationDegrees?: number;
  /** To either side, as a part of height and width. [0.1] */
  shift?: number;
  /** Smaller and larger by this part. [0] */
  zoom?: number;
  /** Whether every other image is mirrored. [true] */
  flip?: boolean;
}

/** A figure by which epochs are compared. */
export type RecipeMetric = "loss" | "accuracy" | "validationLoss" | "validationAccuracy";

/** A training run, as a JSON file holds it. */
export interface TrainingRecipe {
  /** What it is, in words. */
  description?: string;
  /** The model: see {@linkcode architectures}. */
  architecture: ArchitectureName;
  /** What it is trained on. */
  data: RecipeData;
  /** What becomes of the examples. [as the architecture's benchmark has it] */
  features?: RecipeFeatures;
  /** Random changes to images; undefined: none. */
  augmentation?: RecipeAugmentation;
  /**
   * Of features or images with chance in them, make so many versions once, and take them in turn: saves time, takes
   * memory. [new ones in each epoch]
   */
  variants?: number;
  /** Factor on the values that the model is given. [1/255 for vww, else 1] */
  inputScale?: number;
  /** Examples of a step. */
  batchSize: number;
  /** How often all examples are seen. */
  epochs: number;
  /** The optimiser. [Adam] */
  optimizer?: OptimizerSettings;
  /** The learning rate. */
  learningRate: LearningRate;
  /** Ends training when nothing has got better for `patience` epochs. */
  earlyStopping?: { metric: RecipeMetric; patience: number; minDelta?: number };
  /** Which weights are kept: those of the last epoch, or of the best by this metric. [last] */
  keep?: "last" | { best: RecipeMetric };
  /** Factor of each class in the loss. [1 each] */
  classWeights?: number[];
  /** Float32 model whose weights training begins with. */
  start?: string;
  /** Distillation: labels are mixed with the outputs of another model. */
  teacher?: {
    /** Its file, float32. */
    model: string;
    /** Its share of the labels. [0.7] */
    share?: number;
    /** Above 1 brings its probabilities closer together: each is raised to the power of 1/temperature. [2] */
    temperature?: number;
  };
  /** Weights that are set to 0 at the start and stay there. */
  pruning?: PruningSettings;
  /**
   * Quantization-aware training: the forward pass rounds as the int8 model does. Begin with a model that was trained in
   * float (`start`), at a small learning rate.
   */
  qat?: QatSettings;
  /** Of all that is left to chance. [0] */
  seed?: number;
  /** Threads. Results do not depend on it. [1] */
  threads?: number;
  /** Parts of a batch that are computed on their own; results depend on it in their last bits. [8] */
  shards?: number;
}

const count = z.int().nonnegative().max(1_000_000).optional();
const share = z.number().min(0).max(1).optional();
const metric = z.enum(["loss", "accuracy", "validationLoss", "validationAccuracy"]);
const momentumShare = z.number().min(0).lt(1).optional();

const schema = z.strictObject({
  description: z.string().max(10_000).optional(),
  architecture: z.enum(["kws", "kws-td", "vww", "ic", "ic02", "ad", "sww"]),
  data: z.union([
    z.strictObject({
      synthetic: z.enum(["kws", "ic", "vww", "ad", "sww"]),
      seed: z.int().nonnegative().optional(),
      train: count,
      validation: count,
      test: count,
      calibration: count,
    }),
    z.strictObject({ folder: z.string().min(1) }),
  ]),
  features: z.strictObject({
    kind: z.enum(["none", "mfcc", "lfbe", "samples", "wakeword", "logMel"]),
    noise: z.strictObject({
      share,
      volume: z.number().min(0).max(10).optional(),
      folder: z.string().optional(),
    }).optional(),
    shiftSamples: z.int().min(0).max(16_000).optional(),
  }).optional(),
  augmentation: z.strictObject({
    rotationDegrees: z.number().min(0).max(180).optional(),
    shift: share,
    zoom: z.number().min(0).lt(1).optional(),
    flip: z.boolean().optional(),
  }).optional(),
  variants: z.int().positive().max(1000).optional(),
  inputScale: z.number().positive().optional(),
  batchSize: z.int().positive().max(65_536),
  epochs: z.int().positive().max(100_000),
  optimizer: z.discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("adam"),
      beta1: momentumShare,
      beta2: momentumShare,
      epsilon: z.number().positive().optional(),
      weightDecay: z.number().min(0).optional(),
    }),
    z.strictObject({
      type: z.literal("sgd"),
      momentum: momentumShare,
      nesterov: z.boolean().optional(),
      weightDecay: z.number().min(0).optional(),
    }),
  ]).optional(),
  learningRate: learningRateSchema,
  earlyStopping: z.strictObject({
    metric,
    patience: z.int().positive().max(100_000),
    minDelta: z.number().min(0).optional(),
  }).optional(),
  keep: z.union([z.literal("last"), z.strictObject({ best: metric })]).optional(),
  classWeights: z.array(z.number().min(0).max(1000)).max(1000).optional(),
  start: z.string().min(1).optional(),
  teacher: z.strictObject({
    model: z.string().min(1),
    share,
    temperature: z.number().min(0.1).max(100).optional(),
  }).optional(),
  pruning: z.strictObject({
    kind: z.enum(["magnitude", "structured"]),
    amount: z.number().min(0).lt(1),
    scope: z.enum(["layer", "model"]).optional(),
  }).optional(),
  qat: qatSettingsSchema.optional(),
  seed: z.int().nonnegative().max(2 ** 31 - 1).optional(),
  threads: z.int().positive().max(64).optional(),
  shards: z.int().positive().max(64).optional(),
});

/**
 * Checks a recipe.
 *
 * @param text JSON.
 * @param source Where it is from: errors name it.
 * @throws {InputError} It is not JSON, or a setting is missing, unknown or out of its range; names the setting.
 *
 * @example
 * ```ts
 * import { parseTrainingRecipe, quickRecipes } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const recipe = parseTrainingRecipe(JSON.stringify(quickRecipes.kws), "kws.json");
 * assert.equal(recipe.architecture, "kws");
 * assert.throws(() => parseTrainingRecipe("{}", "empty.json"), { name: "InputError" });
 * ```
 */
export function parseTrainingRecipe(text: string, source: string): TrainingRecipe {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InputError(`Cannot read the recipe '${source}' as it is not JSON`, { source, cause });
  }
  return checkTrainingRecipe(value, source);
}

/**
 * Checks a recipe that is data already.
 *
 * @throws {InputError} A setting is missing, unknown or out of its range; names it.
 */
export function checkTrainingRecipe(value: unknown, source = "recipe"): TrainingRecipe {
  const { data, error } = schema.safeParse(value);
  if (data?.qat && data.start === undefined) {
    throw new InputError(`Cannot use the recipe '${source}': 'qat' has no 'start'`, {
      source,
      hint: "Train the model in float first, then name its float32 .tflite file as 'start'",
    });
  }
  if (data) return data;
  const [issue] = error.issues;
  const setting = issue.path.join(".");
  throw new InputError(
    `Cannot use the recipe '${source}'${setting && ` as '${setting}' is wrong`}: ${issue.message}`,
    { source, hint: "'thimble train --help' shows a recipe" },
  );
}

/** Settings that do not change the weights: a run may be taken up with others. */
const free: readonly string[] = ["threads", "description"] satisfies (keyof TrainingRecipe)[];

/** The first setting in which two recipes differ so that their weights would; undefined where there is none. */
export function differingSetting(a: TrainingRecipe, b: TrainingRecipe): string | undefined {
  const [one, other] = [a, b].map((recipe) => recipe as unknown as Record<string, unknown>);
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].find((key) =>
    !free.includes(key) && sorted(one[key]) !== sorted(other[key])
  );
}

const sorted = (value: unknown): string =>
  JSON.stringify(
    value,
    (_, inner) =>
      typeof inner === "object" && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([x], [y]) => x < y ? -1 : 1))
        : inner,
  ) ?? "";

/** Factor on the values of a recipe's inputs. */
export function scaleOf({ inputScale, architecture }: TrainingRecipe): number {
  return inputScale ?? (architecture === "vww" ? 1 / 255 : 1);
}
