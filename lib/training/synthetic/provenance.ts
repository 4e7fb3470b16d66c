import type { Provenance } from "../data/data_set.ts";
import type { SyntheticSettings } from "./make_splits.ts";

/** Rises whenever the same seed gives other examples than before. */
export const generatorVersion = 1;

/** Where synthetic data come from. */
export function syntheticProvenance(
  settings: SyntheticSettings,
  notes: readonly string[],
): Provenance {
  return {
    synthetic: true,
    licence: "Apache-2.0, as the program that made it",
    sources: [{ name: `Thimble's synthetic data, version ${generatorVersion}` }],
    settings: { ...settings, generatorVersion },
    notes: [
      "Synthetic: whatever is measured on it says nothing about the benchmark's own data",
      ...notes,
    ],
  };
}
