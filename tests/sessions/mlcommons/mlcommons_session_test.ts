import assert from "node:assert/strict";
import { InputError } from "../../../lib/errors.ts";
import { readSession } from "../../../lib/sessions/read_session.ts";
import { scoreSession } from "../../../lib/sessions/score_session.ts";
import { mutate } from "../mutate.ts";
import { withFiles } from "../with_files.ts";

const log = (model: string, ...lines: string[]) =>
  [
    "Logging initialized. Writing output to sessions\\20250803_212617\\log.txt\r",
    "Device name retrieved: A board\r",
    `Device model retrieved: ${model}\r`,
    ...lines,
    "Session logged in file log.txt\r",
    "",
  ].join("\n");

const window = (i: number, more: object = {}) => ({
  file: `tst_00000${i}_Stop_7.bin`,
  classes: "12",
  class: " 7",
  infer: {
    start_time: 1000,
    end_time: 20_001_000 + i,
    results: [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0],
    iterations: 100,
    warmups: 1,
    ...more,
  },
  mode: "p",
});

const texts = (session: { findings: { text: string }[] }) =>
  session.findings.map(({ text }) => text);

Deno.test("a performance session of the Python runner is scored by its results.json", () =>
  withFiles({
    "log.txt": log("kws01"),
    "results.txt": "0803.212717 ulp-mlperf: Median throughput is      5.001 inf./sec.\n",
    "results.json": JSON.stringify([0, 1, 2, 3, 4].map((i) => window(i))),
  }, async (folder) => {
    const session = await readSession(folder);
    assert.deepEqual(session.start.dut, { name: "A board", profile: undefined, model: "kws01" });
    assert.deepEqual(session.windows.map(({ label }) => label), [7, 7, 7, 7, 7]);
    const score = scoreSession(session);
    assert.equal(score.throughputInfS, 100 / 20.000002);
    assert.deepEqual(score.findings.map(({ rule }) => rule), ["printed"]);
    assert.ok(score.valid, "a printed figure that differs breaks no rule");
  }));

Deno.test("entries that hold no result are left out, and say so", () =>
  withFiles({
    "log.txt": log("kws01"),
    "results.txt": "",
    "results.json": JSON.stringify([
      window(0),
      null,
      7,
      { error: "error 2" },
      { ...window(1), error: "error 1" },
      window(2, { iterations: 0 }),
      window(3, { start_time: "x" }),
      window(4, { end_time: 0 }),
      { __proto__: 1, infer: [] },
    ]),
  }, async (folder) => {
    const session = await readSession(folder);
    assert.deepEqual(session.windows.map(({ file }) => file), [
      "tst_000000_Stop_7.bin",
      "tst_000001_Stop_7.bin",
    ]);
    assert.deepEqual(texts(session), [
      "An entry holds no result: it is left out (4 times)",
      "The runner notes an error: 'error 1'",
      "A window lacks its times or the number of its inferences: it is left out (3 times)",
    ]);
  }));

Deno.test("a results.json that was cut off, or holds NaN, is read as far as it goes", async () => {
  const whole = JSON.stringify([0, 1, 2].map((i) => window(i)));
  const cut = whole.slice(0, -60);
  const nan = whole.replace('"warmups":1', '"warmups":NaN,"x":[-Infinity,"NaN"]');
  for (const [text, count] of [[cut, 2], [nan, 3], ["", 0], ["[{", 0]] as const) {
    await withFiles({ "results.json": text, "log.txt": log("kws01") }, async (folder) => {
      const session = await readSession(folder, { mode: "performance" });
      assert.equal(session.windows.length, count);
      assert.ok(texts(session).some((finding) => /no valid JSON/.test(finding)));
    });
  }
});

Deno.test("a results.json without any result leaves the session to its log", async () => {
  const lines = [1, 2, 3, 4, 5].flatMap((number) => [
    `0803.212619 ulp-mlperf: Loading file tst_00000${number}_Stop_7.bin segment 0`,
    "Running inference with 1/100 (warmup/measured) iterations ...",
    `0803.212630 ulp-mlperf: Performance results for window ${number}:`,
    "0803.212630 ulp-mlperf:   # Inferences :           100",
    "0803.212630 ulp-mlperf:   Runtime      :     20.000 sec.",
    "0803.212630 ulp-mlperf:   Throughput   :      5.000 inf./sec.",
    "0803.212630 ulp-mlperf:   m-results    : [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]",
  ]);
  // A checkout without its large files has pointers in their place.
  const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n";
  for (const text of [pointer, "", "[]", "[null]"]) {
    await withFiles({ "results.json": text, "log.txt": log("kws01", ...lines) }, async (folder) => {
      const session = await readSession(folder, { mode: "performance" });
      assert.equal(session.windows.length, 5);
      assert.equal(scoreSession(session).throughputInfS, 5);
      assert.ok(texts(session).includes("results.json holds no result: the log is read instead"));
    });
  }
});

const trial = (edges: [string, number][], samples = 30_000) => ({
  ...window(0),
  infer: { results: [], iterations: 100, warmups: 1 },
  power: { samples: new Array(samples).fill(2e-6), timestamps: edges, voltage: 1.8 },
  mode: "e",
});

Deno.test("energy is summed between the last two edges", () =>
  withFiles({
    "log.txt": log("kws01"),
    "results.json": JSON.stringify([
      trial([["00", 5], ["01", 100], ["02", 12_100]]),
      trial([["08", 100], ["09", 12_100]]),
      trial([["01", 100], ["03", 12_100]]),
      trial([["01", 100]]),
      trial([["01", 100], ["02", 40_000]]),
      trial([["01", -1], ["02", 100]]),
    ]),
  }, async (folder) => {
    const session = await readSession(folder);
    assert.equal(session.start.mode, "energy");
    assert.deepEqual(session.energyWindows.map(({ number }) => number), [0, 1, 2]);
    const score = scoreSession(session);
    assert.ok(Math.abs(score.energyUjPerInf! - 240) < 1e-6);
    assert.ok(Math.abs(score.powerMw! - 2) < 1e-9);
    assert.deepEqual(texts(session).toSorted(), [
      "A trial has more than two edges: the last two count",
      "A trial has no samples or no number of inferences: it is left out",
      "A trial lacks its two edges within the samples: it is left out (2 times)",
      "The edges of a trial are not consecutive: one may be lost",
      "There is no results file: the log tells what was printed",
    ]);
  }));

Deno.test("edges that the monitor did not count one after the other keep energy from counting", () => {
  const cases: [string, string, boolean][] = [
    ["00", "01", true],
    ["09", "10", true],
    ["09", "0a", true],
    ["0F", "10", true],
    ["99", "00", true],
    ["ff", "00", true],
    ["01", "03", false],
    ["01", "01", false],
    ["", "01", false],
  ];
  return withFiles(
    Object.fromEntries(cases.map(([first, second], i) => [
      `${i}/results.json`,
      JSON.stringify(
        [1, 2, 3, 4, 5].map(() => trial([[first, 100], [second, 12_100]])),
      ),
    ])),
    async (folder) => {
      for (const [i, [first, second, valid]] of cases.entries()) {
        const session = await readSession(`${folder}/${i}`, { benchmark: "kws01" });
        const score = scoreSession(session);
        assert.equal(score.valid, valid, `${first} ${second}`);
        assert.deepEqual(score.findings.map(({ rule }) => rule), valid ? [] : ["edges"]);
        assert.equal(session.energyTraces[0].supplyV, 1.8);
      }
    },
  );
});

Deno.test("trials with several supplies do not count", () =>
  withFiles({
    "results.json": JSON.stringify([1.8, 1.8, 3, 1.8, 1.8].map((voltage) => {
      const one = trial([["00", 100], ["01", 12_100]]);
      return { ...one, power: { ...one.power, voltage } };
    })),
  }, async (folder) => {
    const { findings, valid } = scoreSession(await readSession(folder, { benchmark: "kws01" }));
    assert.deepEqual(findings, [
      { rule: "supply", text: "The windows had several supplies: 1.8 V, 3 V" },
    ]);
    assert.equal(valid, false);
  }));

Deno.test("windows of an ad01 file follow each other in results.json", () => {
  const windows = (file: string, label: number, values: number[]) =>
    values.map((value) => ({
      file,
      class: String(label),
      total_length: values.length,
      infer: { results: [value], iterations: 1, warmups: 0 },
      mode: "a",
    }));
  const json = [...windows("n.bin", 0, [1, 3]), ...windows("a.bin", 1, [7, 9])];
  return withFiles(
    { "results.json": JSON.stringify(json), "log.txt": log("ad01") },
    async (folder) => {
      const score = scoreSession(await readSession(folder));
      assert.deepEqual(score.files, [
        { file: "n.bin", label: 0, outputs: [2] },
        { file: "a.bin", label: 1, outputs: [8] },
      ]);
      assert.equal(score.auc, 1);
    },
  );
});

Deno.test("a session of the Python runner survives damage: a session or an InputError", async () => {
  const encoder = new TextEncoder();
  const streaming = {
    infer: {
      wav_file: "long_wav.wav",
      length_sec: 1200,
      detection_windows: [[9, 10], [14, 15]],
      detections: [96, 9975, 10_007, 30_000],
      iterations: 1,
    },
    dutycycle: { start_times_s: [1, 2, 3], stop_times_s: [1.5, 2.5, 3.5] },
  };
  const list = [window(0), trial([["00", 5], ["01", 100]], 200), streaming];
  const parts: Record<string, Uint8Array> = {
    "results.json": encoder.encode(JSON.stringify(list)),
    "log.txt": encoder.encode(log(
      "kws01",
      "0803.212619 ulp-mlperf: Loading file tst_000000_Stop_7.bin segment 0",
      "Running inference with 1/400 (warmup/measured) iterations ...",
      "0803.212630 ulp-mlperf:   Runtime      :     11.599 sec.",
      "0803.212630 ulp-mlperf:   m-results    : [0.0, 0.0, 0.996]",
      "[97, 9974, 10006]",
    )),
    "results.txt": encoder.encode("Energy data for trial 0\n  Power : 23.0 mW.\nTop 1% = 90.2\n"),
  };
  let scored = 0;
  for (let seed = 0; seed < 400; seed++) {
    const names = Object.keys(parts);
    const name = names[seed % names.length];
    const damaged = { ...parts, [name]: mutate(parts[name], seed) };
    if (seed % 5 === 0) delete damaged["results.json"];
    await withFiles(damaged, async (folder) => {
      for (const mode of ["performance", "accuracy", "energy", undefined] as const) {
        try {
          scoreSession(await readSession(folder, { mode, benchmark: "kws01" }));
          scored++;
        } catch (error) {
          assert.ok(error instanceof InputError, `seed ${seed}: ${error}`);
        }
      }
    });
  }
  assert.ok(scored > 1000, `${scored} were scored`);
});
