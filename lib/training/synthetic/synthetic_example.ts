import type { ExamplePlan, ExamplePlanner, SyntheticOrigin } from "./make_splits.ts";
import { planAd } from "./synthetic_ad.ts";
import { planIc } from "./synthetic_ic.ts";
import { planKws } from "./synthetic_kws.ts";
import { planSww } from "./synthetic_sww.ts";
import { planVww } from "./synthetic_vww.ts";

const planners: Readonly<Record<SyntheticOrigin["set"], (seed: number) => ExamplePlanner>> = {
  kws: planKws,
  ic: planIc,
  vww: planVww,
  ad: planAd,
  sww: planSww,
};

/** The one used last: it knows its speakers and machines. */
let last: { set: string; seed: number; plan: ExamplePlanner } | undefined;

/** The synthetic example of an origin, in whatever thread it is asked for. */
export function syntheticExample({ set, seed, split, index }: SyntheticOrigin): ExamplePlan {
  if (last?.set !== set || last.seed !== seed) last = { set, seed, plan: planners[set](seed) };
  return last.plan(split, index);
}
