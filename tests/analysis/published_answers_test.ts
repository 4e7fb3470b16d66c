/** Questions to the published rounds whose answers can be looked up in the table by hand. */
import assert from "node:assert/strict";
import { paretoFront } from "../../lib/analysis/pareto_front.ts";
import { rankResults } from "../../lib/analysis/rank_results.ts";
import { publishedResults } from "../../lib/analysis/result_row.ts";
import { loadPublished } from "../../lib/sessions/rounds/load_published.ts";

const rows = publishedResults(await loadPublished());
const on = (board: string, benchmark: string) =>
  rows.filter((row) => row.board === board && row.benchmark === benchmark);

Deno.test("every published system has a board, and variants of a board are one", () => {
  assert.equal(rows.length, 365);
  assert(rows.every(({ board }) => board !== null && board !== ""));
  const spellings = new Set(
    rows.filter(({ board }) => board === "NUCLEO-L4R5ZI").map(({ name }) => name.split(" ")[1]),
  );
  assert(spellings.has("Nucleo-L4R5ZI") && spellings.has("NUCLEO_L4R5ZI"));
  assert(spellings.has("microtvm_native/NUCLEO_L4R5ZI"));
  assert(![...spellings].some((name) => name.startsWith("NUCLEO_L4R5ZI-P")));
});

Deno.test("the best latency on the NUCLEO-L4R5ZI is who holds it in the table", () => {
  const best = (benchmark: string) =>
    rankResults(on("NUCLEO-L4R5ZI", benchmark), { latencyMs: 1 })[0].row;
  const answers = {
    kws01: ["STMicroelectronics", "v1.2", 43.1866],
    ic01: ["STMicroelectronics", "v1.2", 165.121],
    vww01: ["STMicroelectronics", "v1.2", 88.9269],
    ad01: ["plumerai", "v1.1", 4.05164],
  };
  for (const [benchmark, [organisation, round, latencyMs]] of Object.entries(answers)) {
    const row = best(benchmark);
    assert.deepEqual([row.organisation, row.round, row.latencyMs], [
      organisation,
      round,
      latencyMs,
    ]);
  }
});

Deno.test("two stacks at equal speed differ 1.7 times in energy on the NUCLEO-L4R5ZI", () => {
  for (const benchmark of ["kws01", "ic01", "vww01", "ad01"]) {
    const st = on("NUCLEO-L4R5ZI", benchmark)
      .find(({ organisation, round }) =>
        organisation === "STMicroelectronics" && round === "v1.0"
      )!;
    const krai = on("NUCLEO-L4R5ZI", benchmark).find(({ stack }) => stack === "X-CUBE-AI-7.3")!;
    assert(Math.abs(krai.latencyMs! / st.latencyMs! - 1) < 0.03, benchmark);
    assert.equal(
      (krai.energyUjPerInf! / st.energyUjPerInf!).toFixed(1),
      benchmark === "ad01" || benchmark === "vww01" ? "1.6" : "1.7",
    );
  }
});

Deno.test("who is not beaten in latency and energy at keyword spotting", () => {
  const closed = rows.filter(({ benchmark, division }) =>
    benchmark === "kws01" && division === "closed"
  );
  const front = paretoFront(closed, { minimize: ["latencyMs", "energyUjPerInf"] });
  assert.deepEqual(
    front.map(({ name }) => name).sort(),
    ["greenwaves-technologies gap9_650_240", "greenwaves-technologies gap9_800_370"],
  );
});
