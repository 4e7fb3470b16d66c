import assert from "node:assert/strict";
import { benchmarkOfPath, findOrganisations } from "../../lib/submission/layout.ts";
import { SubmissionTree } from "../../lib/submission/submission_tree.ts";
import { referenceTest, shared } from "../reference.ts";
import { type Files, withTree } from "./example_tree.ts";

async function results(paths: readonly string[]) {
  const files: Files = new Map(paths.map((path) => [`${path}/log.txt`, "x"]));
  const organisations = await withTree(
    files,
    async (folder) => findOrganisations(await SubmissionTree.read(folder)),
  );
  return organisations.flatMap(({ systems }) => systems.flatMap(({ results }) => results));
}

for (
  const [path, benchmark, variant, mode] of [
    ["closed/o/results/b/kws/performance", "kws01", undefined, "performance"],
    ["open/o/results/b/ad/AD08/power", "ad01", "AD08", "energy"],
    ["closed/o/results/microtvm/NRF5340-DK/kws/accuracy", "kws01", "NRF5340-DK", "accuracy"],
    ["closed/o/results/b/kws/kws_int8/performance", "kws01", "kws_int8", "performance"],
    ["closed/o/results/b/keyword_spotting/energy", "kws01", undefined, "energy"],
    ["closed/o/results/Cloud (RISC-V)/VWW/Performance", "vww01", undefined, "performance"],
    ["closed/o/results/b/something/performance", undefined, undefined, "performance"],
  ] as const
) {
  Deno.test(`findOrganisations() reads '${path}'`, async () => {
    const [result] = await results([path]);
    assert.deepEqual([result.benchmark?.id, result.variant], [benchmark, variant]);
    assert.deepEqual(result.runs.map((run) => run.mode), [mode]);
  });
}

Deno.test("findOrganisations() takes a benchmark without runs for a result", async () => {
  const [result] = await results(["closed/o/results/b/ic"]);
  assert.deepEqual([result.benchmark?.id, result.runs], ["ic01", []]);
});

Deno.test("findOrganisations() does not look deeper than anybody has gone", async () => {
  const found = await results([
    "closed/o/results/b/1/2/3/4/performance",
    "closed/o/results/b/1/2/3/4/5/accuracy",
  ]);
  assert.deepEqual(found.map(({ name, runs }) => [name, runs.length]), [["1/2/3/4", 1]]);
});

Deno.test("benchmarkOfPath() goes by the nearest name", () => {
  const id = (path: string) => benchmarkOfPath(path)?.id;
  assert.equal(id("code/kws/ic_like.tflite"), "ic01");
  assert.equal(id("code/keyword_spotting/model.tflite"), "kws01");
  assert.equal(id("models/vww_96_int8.tflite"), "vww01");
  assert.equal(id("code/picture/model.tflite"), undefined);
});

referenceTest(
  "findOrganisations() finds all 112 systems and 365 results of the published rounds",
  async () => {
    const table = await Deno.readTextFile(shared("reference/published.csv"));
    const rows = table.trim().split("\n").slice(1).map((line) => line.split(","));
    let systems = 0;
    let results = 0;
    for (const [, round] of Map.groupBy(rows, ([round]) => round)) {
      // The last three columns are the logs.
      const paths = round.flatMap((row) =>
        row.slice(-3).map((cell) => cell.trim()).filter(Boolean)
      );
      const files: Files = new Map(paths.map((path) => [path, "x"]));
      await withTree(files, async (folder) => {
        const organisations = findOrganisations(await SubmissionTree.read(folder));
        const found = organisations.flatMap((organisation) => organisation.systems);
        systems += found.length;
        results += found.flatMap((system) => system.results).length;
        assert.ok(found.every((system) => system.results.every(({ benchmark }) => benchmark)));
      });
    }
    assert.deepEqual([systems, results], [112, 365]);
  },
);
