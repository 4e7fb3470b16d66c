import { InputError } from "../../errors.ts";
import type { Example, ExampleData, ExampleOrigin, SplitName } from "../data/data_set.ts";

/** How many examples a synthetic data set has, and its seed. */
export interface SyntheticOptions {
  /** Whole number: the same seed gives the same data set. [1] */
  seed?: number;
  /** Examples to train with. */
  train?: number;
  /** Examples to choose settings by. */
  validation?: number;
  /** Examples to score with. */
  test?: number;
  /** Examples for quantization, like those of training but others. */
  calibration?: number;
}

/** All options, with their values. */
export type SyntheticSettings = Required<SyntheticOptions>;

/** In the order of the keys that examples are made from. */
export const splitNames: readonly SplitName[] = ["train", "validation", "test", "calibration"];

const MOST_EXAMPLES = 1_000_000;

/**
 * The options, checked, with `defaults` for what is left out.
 *
 * @throws {InputError} For a seed or a number of examples that is not a whole number in its range.
 */
export function settingsOf(
  options: SyntheticOptions,
  defaults: Omit<SyntheticSettings, "seed">,
): SyntheticSettings {
  const settings = { seed: options.seed ?? 1, ...defaults };
  for (const split of splitNames) settings[split] = options[split] ?? defaults[split];
  for (const [name, value] of Object.entries(settings)) {
    const most = name === "seed" ? Number.MAX_SAFE_INTEGER : MOST_EXAMPLES;
    if (Number.isSafeInteger(value) && value >= 0 && value <= most) continue;
    throw new InputError(`Cannot make a synthetic data set with ${name} ${value}`, {
      source: name,
      hint: `Give a whole number from 0 to ${most}`,
    });
  }
  return settings;
}

/** Where synthetic examples come from. */
export type SyntheticOrigin = Extract<ExampleOrigin, { kind: "synthetic" }>;

/** A synthetic example that is not made yet. */
export interface ExamplePlan {
  id: string;
  label: number;
  make: () => ExampleData;
}

/** Plans the examples of one seed, each from its place alone. */
export type ExamplePlanner = (split: SplitName, index: number) => ExamplePlan;

/** Splits whose examples are made when they are read. */
export function makeSplits(
  set: SyntheticOrigin["set"],
  settings: SyntheticSettings,
  planner: (seed: number) => ExamplePlanner,
): Record<SplitName, Example[]> {
  const { seed } = settings;
  const plan = planner(seed);
  const splitOf = (split: SplitName) =>
    Array.from({ length: settings[split] }, (_, index): Example => {
      const { id, label, make } = plan(split, index);
      return {
        id,
        label,
        origin: { kind: "synthetic", set, seed, split, index },
        read: ({ signal } = {}) => {
          try {
            signal?.throwIfAborted();
            return Promise.resolve(make());
          } catch (error) {
            return Promise.reject(error);
          }
        },
      };
    });
  return {
    train: splitOf("train"),
    validation: splitOf("validation"),
    test: splitOf("test"),
    calibration: splitOf("calibration"),
  };
}
