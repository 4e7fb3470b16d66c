/** `thimble records` and `thimble score` on sessions of other tools, as processes. */
import assert from "node:assert/strict";
import { parseRounds } from "../../lib/sessions/rounds/round_table.ts";
import { withFiles } from "../sessions/with_files.ts";
import { thimble } from "./thimble.ts";

const session = "v1.2/closed/org/results/board/kws/performance";
const files = {
  [`${session}/log.txt`]: [
    "session: m-session-start-id[20210603010201]",
    "dut: m-model-[kws01]",
    ...new Array(5).fill("m-infer-start-100\nm-lap-us-0\nm-lap-us-20000000\nm-infer-done"),
    "sequencer: m-sequencer-stop",
  ].join("\n"),
  [`${session}/results.txt`]: "Median throughput is 5.000 inf./sec.\n",
};

Deno.test("thimble records writes a table as CSV and as JSON", () =>
  withFiles(files, async (folder) => {
    const printed = await thimble(["records", folder]);
    assert.equal(printed.code, 0, printed.err);
    const [row] = parseRounds(printed.out);
    assert.deepEqual([row.round, row.system, row.throughputInfS], ["v1.2", "board", 5]);
    const out = `${folder}/table`;
    for (const form of ["csv", "json"]) {
      const written = await thimble(["records", folder, "--out", `${out}.${form}`]);
      assert.equal(written.code, 0, written.err);
      assert.equal(written.out, "");
      assert.match(written.err, /1 rows in/);
    }
    assert.deepEqual(parseRounds(await Deno.readTextFile(`${out}.csv`)), [row]);
    assert.deepEqual(JSON.parse(await Deno.readTextFile(`${out}.json`)), [row]);
    const named = await thimble(["records", folder, "--round", "v7", "--quiet"]);
    assert.equal(parseRounds(named.out)[0].round, "v7");
  }));

Deno.test("thimble records answers unusable input with one clear error", () =>
  withFiles(files, async (folder) => {
    const cases: [string[], RegExp][] = [
      [["records"], /without a folder/],
      [["records", `${folder}/${session}`], /Cannot find published results/],
      [["records", folder, "--out", "table.xls"], /End its name in \.csv or \.json/],
      [["records", folder, "--out", `${folder}/none/table.csv`], /Cannot write/],
      [["records", folder, "--labels", folder], /Cannot find labels/],
    ];
    for (const [args, pattern] of cases) {
      const { code, out, err } = await thimble(args);
      assert.equal(code, 2, `${args.join(" ")}: ${err}`);
      assert.match(err, pattern);
      assert.equal(out, "");
    }
  }));

Deno.test("thimble score shows what the runner printed beside what is computed", () =>
  withFiles(files, async (folder) => {
    const text = await thimble(["score", `${folder}/${session}`]);
    assert.equal(text.code, 0, text.err);
    assert.match(text.out, /run by EEMBC's EnergyRunner/);
    assert.match(text.out, /throughputInfS 5: computed here too/);
    const json = await thimble(["score", `${folder}/${session}`, "--json"]);
    assert.deepEqual(JSON.parse(json.out).printed, [{
      figure: "throughputInfS",
      printed: 5,
      computed: 5,
      difference: 0,
      agrees: true,
    }]);
  }));

Deno.test("thimble score asks for the benchmark where no file names it", () =>
  withFiles({ "ad/accuracy/results.txt": "x: Top-1: 77.4%\nx: AUC: 0.86\n" }, async (folder) => {
    const { code, err } = await thimble(["score", `${folder}/ad/accuracy`]);
    assert.equal(code, 2);
    assert.match(err, /Cannot score a session that does not say which benchmark it ran/);
    const named = await thimble(["score", `${folder}/ad/accuracy`, "--benchmark", "ad01"]);
    assert.match(named.out, /aucEnergyRunner 0\.86/);
  }));
