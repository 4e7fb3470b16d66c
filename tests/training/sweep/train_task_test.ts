import assert from "node:assert/strict";
import { sweep } from "../../../lib/training/sweep/sweep.ts";
import { trainTask } from "../../../lib/training/sweep/train_task.ts";
import type { Settings } from "../../../lib/training/sweep/sweep_space.ts";
import type { SweepResult } from "../../../lib/training/sweep/sweep_results.ts";
import { inFolder } from "../../cli/thimble.ts";
import { smallRecipe } from "../runs/small_runs.ts";

Deno.test("a sweep over training settings gives a row for each", async () => {
  await inFolder(async (folder) => {
    const recipe = `${folder}/recipe.json`;
    await Deno.writeTextFile(recipe, JSON.stringify({ ...smallRecipe, epochs: 2 }));
    const run = sweep({
      task: "train",
      fixed: { recipe, epochs: 1, out: `${folder}/runs`, quantize: true },
      grid: { "learningRate.rate": [1e-3, 1e-4] },
    }, { out: `${folder}/results.jsonl` });
    let step = await run.next();
    while (!step.done) step = await run.next();
    const results: SweepResult[] = step.value;
    assert.equal(results.length, 2);
    for (const { metrics, error } of results) {
      assert.equal(error, undefined);
      assert.equal(metrics?.epochs, 1);
      assert(Number(metrics?.loss) > 0 && Number(metrics?.top1Percent) >= 0);
      assert(Number(metrics?.modelBytes) > 47_000 && Number(metrics?.int8Top1Percent) >= 0);
    }
    assert.equal(new Set(results.map(({ metrics }) => metrics?.loss)).size, 2);
    assert.equal([...Deno.readDirSync(`${folder}/runs`)].length, 2);
  });
});

Deno.test("trainTask() refuses settings that are none of a recipe's", async () => {
  for (
    const settings of [
      {},
      { recipe: "kws", quick: true, epoch: 1 },
      { recipe: "kws", quick: true, "learningRate.rat": 1 },
      { recipe: "kws", quick: true, "__proto__.epochs": 1 },
      { recipe: "nowhere.json" },
    ] as Settings[]
  ) await assert.rejects(trainTask(settings), { name: "InputError" }, JSON.stringify(settings));
});
