/** Training on what `thimble data build` writes. */
import assert from "node:assert/strict";
import { buildDataSet } from "../../../lib/training/data/build_data_set.ts";
import type { FeatureSettings } from "../../../lib/training/data/feature_settings.ts";
import { referenceRecipes } from "../../../lib/training/runs/recipes.ts";
import type { TrainingRecord } from "../../../lib/training/runs/training_records.ts";
import { syntheticSets } from "../../../lib/training/synthetic/synthetic_sets.ts";
import { inFolder } from "../../cli/thimble.ts";
import { runToEnd } from "./small_runs.ts";

const cases: readonly [
  name: "kws" | "ic" | "vww" | "ad" | "sww",
  features: FeatureSettings | undefined,
  notice: RegExp | undefined,
][] = [
  ["kws", undefined, /features already: no noise/],
  ["kws", { kind: "samples" }, undefined],
  ["ic", undefined, undefined],
  ["vww", undefined, undefined],
  ["ad", undefined, undefined],
  ["ad", { kind: "logMel", windows: true }, undefined],
  ["sww", undefined, undefined],
];

for (const [name, features, notice] of cases) {
  Deno.test(`train() takes a built folder: ${name} ${JSON.stringify(features ?? {})}`, async () => {
    await inFolder(async (folder) => {
      const count = name === "ad" ? 2 : 12;
      const set = syntheticSets[name]({
        train: 12,
        validation: count,
        test: count,
        calibration: 2,
      });
      const built = `${folder}/built`;
      const steps = buildDataSet(set, { out: built, features, evaluation: { count } });
      for await (const _ of steps);
      const records: TrainingRecord[] = [];
      const { run } = await runToEnd(
        { ...referenceRecipes[name], data: { folder: built }, epochs: 1 },
        { out: `${folder}/run` },
        (record) => void records.push(record),
      );
      const notices = records.flatMap((record) => record.type === "notice" ? [record.text] : []);
      assert.equal(notices.length, notice ? 1 : 0, String(notices));
      if (notice) assert.match(notices[0], notice);
      assert.equal(run.stop?.reason, "done");
      assert.equal(run.result?.examples, count);
      if (name !== "ad") assert(run.result?.top1Percent !== undefined);
    });
  });
}
