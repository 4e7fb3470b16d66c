import { benchmarks } from "../../benchmarks.ts";
import { InputError } from "../../errors.ts";
import type { DataSet, Split } from "../data/data_set.ts";
import { type FeatureSettings, isRandom, withoutChance } from "../data/feature_settings.ts";
import { openBuiltDataSet } from "../data/open_built_data_set.ts";
import { readBackground } from "../data/speech_commands.ts";
import { background, backgroundKinds } from "../synthetic/background.ts";
import { KeyedRandom } from "../synthetic/keyed_random.ts";
import { syntheticSets } from "../synthetic/synthetic_sets.ts";
import { MissingClassError } from "./run_errors.ts";
import type { TrainingRecipe } from "./training_recipe.ts";

/** The features of each architecture. */
const defaultKinds: Readonly<Record<TrainingRecipe["architecture"], FeatureSettings["kind"]>> = {
  kws: "mfcc",
  "kws-td": "samples",
  vww: "none",
  ic: "none",
  ic02: "none",
  ad: "logMel",
  sww: "wakeword",
};

/** Seconds of each kind of synthetic noise, and its root mean square: full scale is 1. */
const noiseSeconds = 4;
const noiseLevel = 0.3;

/** Opens the data set of a recipe. */
export async function openRecipeData(recipe: TrainingRecipe): Promise<DataSet> {
  if ("folder" in recipe.data) return await openBuiltDataSet(recipe.data.folder);
  const { synthetic, ...options } = recipe.data;
  return syntheticSets[synthetic](options);
}

/**
 * Refuses a data set that the recipe's model cannot learn from.
 *
 * @throws {MissingClassError} A class has no example in the training split.
 * @throws {InputError} The training split is empty, or the benchmark is another.
 */
export function checkRecipeData({ architecture }: TrainingRecipe, dataSet: DataSet): void {
  const { name, classes, splits: { train } } = dataSet;
  const { folder } = benchmarks[dataSet.benchmark];
  const wanted = architecture.replace(/-td$/, "").replace(/02$/, "");
  if (folder.replace("2", "") !== wanted) {
    throw new InputError(`Cannot train '${architecture}' on '${name}', which is for '${folder}'`, {
      source: "data",
      hint: `Name data for ${wanted}`,
    });
  }
  if (train.length === 0) {
    throw new InputError(`Cannot train on '${name}' as its training split is empty`, {
      source: "data",
    });
  }
  if (wanted === "ad") return; // learns from the normal ones alone
  const there = new Set(train.map(({ label }) => label));
  const missing = classes.filter((_, label) => !there.has(label));
  if (missing.length > 0) throw new MissingClassError(missing, name);
}

/** What becomes of training examples, with what is left to chance, and of all others. */
export interface RecipeFeatureSettings {
  train: FeatureSettings;
  measured: FeatureSettings;
  /** What is not as the recipe says, or worth knowing. */
  notices: string[];
}

/** The features of a recipe for a model that takes so many values, by the first example of a split. */
export async function featuresOfRecipe(
  recipe: TrainingRecipe,
  dataSet: DataSet,
  inputSize: number,
  split: Split = dataSet.splits.train,
): Promise<RecipeFeatureSettings> {
  const notices: string[] = [];
  if (split.length === 0) return { train: { kind: "none" }, measured: { kind: "none" }, notices };
  const { shape } = await split[0].read();
  const size = shape.reduce((product, length) => product * length, 1);
  const { kind = defaultKinds[recipe.architecture], noise, shiftSamples } = recipe.features ?? {};
  // Spectrograms of whole recordings are cut into windows later.
  const isReady = size === inputSize && kind !== "samples" ||
    kind === "logMel" && dataSet.media === "features";
  let train: FeatureSettings = { kind: "none" };
  if (recipe.augmentation) train = { kind: "augment", ...recipe.augmentation };
  else if (!isReady && (kind === "mfcc" || kind === "lfbe" || kind === "samples")) {
    train = {
      kind,
      ...shiftSamples ? { shiftSamples } : {},
      ...noise
        ? {
          background: {
            recordings: noise.folder ? await readBackground(noise.folder) : syntheticNoise(recipe),
            share: noise.share,
            volume: noise.volume,
          },
        }
        : {},
    };
  } else if (!isReady && (kind === "logMel" || kind === "wakeword")) train = { kind };
  if ((noise || shiftSamples) && !isRandom(train)) {
    if (!isReady || kind === "none") {
      throw new InputError("Cannot add noise to features, or move them", {
        source: "features",
        hint: "Name the features of recordings: 'features.kind': 'mfcc'",
      });
    }
    notices.push(
      "The examples are features already: no noise is added. " +
        "'thimble data build kws --kind samples' keeps the recordings",
    );
  } else if (noise && !noise.folder && !dataSet.provenance.synthetic) {
    notices.push("Noise is synthetic, as 'features.noise.folder' names no recordings");
  }
  return { train, measured: withoutChance(train), notices };
}

function syntheticNoise({ seed = 0 }: TrainingRecipe): Float32Array[] {
  return backgroundKinds.map((kind, i) =>
    background(noiseSeconds * 16_000, kind, new KeyedRandom(seed, 0x6e6f, i))
      .map((sample) => sample * noiseLevel)
  );
}
