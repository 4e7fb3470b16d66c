import assert from "node:assert/strict";
import type { BenchmarkId } from "../../lib/benchmarks.ts";
import { officialListOf } from "../../lib/submission/official_lists.ts";
import { referenceTest, shared } from "../reference.ts";
import { shortList } from "./example_tree.ts";

Deno.test("officialListOf() knows the short list of ad01, in any order", () => {
  assert.equal(officialListOf("ad01", shortList), "the short list");
  assert.equal(officialListOf("ad01", shortList.toReversed()), "the short list");
  assert.equal(officialListOf("ad01", shortList.slice(1)), undefined);
  assert.equal(officialListOf("kws01", shortList), undefined);
});

referenceTest("officialListOf() knows the official lists", async () => {
  for (const id of ["ad01", "ic01", "vww01"] as const) {
    const text = await Deno.readTextFile(shared(`reference/labels/${id}.csv`));
    const files = text.trim().split("\n").map((line) => line.split(",")[0].trim());
    assert.ok(officialListOf(id as BenchmarkId, files), id);
  }
  const files: string[] = [];
  for await (const { name } of Deno.readDir(shared("reference/kws01"))) {
    if (name.endsWith(".bin")) files.push(name);
  }
  assert.equal(officialListOf("kws01", files), "the list of both runners");
});
