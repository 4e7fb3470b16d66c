import assert from "node:assert/strict";
import { boardOf } from "../../lib/analysis/board_of.ts";
import { rankResults } from "../../lib/analysis/rank_results.ts";
import { frame, ownResults, type ResultRow } from "../../lib/analysis/result_row.ts";
import { ThimbleError } from "../../lib/errors.ts";
import type { Score } from "../../lib/sessions/score.ts";

const score = (part: Partial<Score>): Score => ({
  benchmark: "kws01",
  mode: "performance",
  runner: "thimble",
  source: "measured",
  valid: true,
  findings: [],
  ...part,
});

Deno.test("ownResults() brings the runs of a system together", () => {
  const [row] = ownResults([{
    name: "mine",
    board: "NUCLEO-L4R5ZI",
    scores: [
      score({ mode: "energy", energyUjPerInf: 900, latencyMs: 60, powerMw: 15 }),
      score({ latencyMs: 50, throughputInfS: 20 }),
      score({ mode: "accuracy", top1Percent: 90.5 }),
    ],
  }]);
  assert.equal(row.latencyMs, 50);
  assert.equal(row.energyUjPerInf, 900);
  assert.equal(row.powerMw, 15);
  assert.equal(row.top1Percent, 90.5);
  assert.equal(row.source, "measured");
  assert.equal(row.round, null);
});

Deno.test("ownResults() refuses to mix what is not to be mixed", () => {
  const simulated = score({ source: "simulated" });
  for (const scores of [[], [score({}), score({ benchmark: "ic01" })], [score({}), simulated]]) {
    assert.throws(() => ownResults([{ name: "mixed", scores }]), ThimbleError);
  }
});

Deno.test("boardOf() tells boards from variants that begin alike", () => {
  assert.deepEqual(boardOf("NUCLEO_L4R5ZI-P_70MHz"), { board: "NUCLEO-L4R5ZI-P", stack: "70MHz" });
  assert.deepEqual(boardOf("NUCLEO_H7A3ZI_int8_min_ram"), {
    board: "NUCLEO-H7A3ZI-Q",
    stack: "int8_min_ram",
  });
  assert.deepEqual(boardOf("NUCLEO_H7A3ZI_Q_40MHz"), { board: "NUCLEO-H7A3ZI-Q", stack: "40MHz" });
  assert.deepEqual(boardOf("NUCLEO-L4R5ZI_PRUNED"), { board: "NUCLEO-L4R5ZI", stack: "PRUNED" });
  assert.deepEqual(boardOf(""), { board: "" });
});

Deno.test("frame() holds what rows hold, and null where they hold nothing", async () => {
  const data = await frame([{ board: "a", latencyMs: 1 }, { board: "b" }]);
  assert.deepEqual(data.columns, ["board", "latencyMs"]);
  assert.deepEqual(data.values, [["a", 1], ["b", null]]);
  await assert.rejects(frame([]), ThimbleError);
});

Deno.test("rankResults() goes by ratios, weights and ties", () => {
  const row = (name: string, latencyMs: number, top1Percent: number) =>
    ({ name, latencyMs, top1Percent }) as ResultRow;
  const rows = [
    row("fast", 10, 80),
    row("exact", 20, 90),
    row("same", 20, 90),
    row("worst", 40, 80),
  ];
  const names = (weights: Parameters<typeof rankResults>[1]) =>
    rankResults(rows, weights).map(({ row: { name }, place }) => `${place} ${name}`);
  assert.deepEqual(names({ latencyMs: 1 }), ["1 fast", "2 exact", "2 same", "4 worst"]);
  // Half the errors weigh as much as half the time.
  assert.deepEqual(names({ latencyMs: 1, top1Percent: 1 }).slice(0, 3), [
    "1 fast",
    "1 exact",
    "1 same",
  ]);
  assert.equal(names({ latencyMs: 1, top1Percent: 2 })[0], "1 exact");
  assert.deepEqual(rankResults(rows, { energyUjPerInf: 1 }), []);
  // A latency of nothing, or below, is unknown: it would beat everybody.
  const odd = [...rows, row("zero", 0, 80), row("negative", -1, 80)];
  assert.deepEqual(rankResults(odd, { latencyMs: 1 }), rankResults(rows, { latencyMs: 1 }));
  assert.throws(() => rankResults(rows, {}), RangeError);
  assert.throws(() => rankResults(rows, { latencyMs: 0 }), RangeError);
});
