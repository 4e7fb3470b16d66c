import type { DataSet } from "../data/data_set.ts";
import type { SyntheticOptions } from "./make_splits.ts";
import { syntheticAd } from "./synthetic_ad.ts";
import { syntheticIc } from "./synthetic_ic.ts";
import { syntheticKws } from "./synthetic_kws.ts";
import { syntheticSww } from "./synthetic_sww.ts";
import { syntheticVww } from "./synthetic_vww.ts";

/** The synthetic data sets by the short names of their benchmarks. */
export const syntheticSets: Readonly<
  Record<"kws" | "ic" | "vww" | "ad" | "sww", (options?: SyntheticOptions) => DataSet>
> = { kws: syntheticKws, ic: syntheticIc, vww: syntheticVww, ad: syntheticAd, sww: syntheticSww };

/**
 * The maker of a synthetic data set by a short name (`kws`) or a benchmark's id (`kws01`), undefined where there is none.
 *
 * @example
 * ```ts
 * import { findSyntheticSet } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.equal(findSyntheticSet("ic01")?.({ train: 10 }).splits.train.length, 10);
 * assert.equal(findSyntheticSet("constructor"), undefined);
 * ```
 */
export function findSyntheticSet(
  name: string,
): ((options?: SyntheticOptions) => DataSet) | undefined {
  const short = name.replace(/01$/, "");
  return Object.hasOwn(syntheticSets, short)
    ? syntheticSets[short as keyof typeof syntheticSets]
    : undefined;
}
