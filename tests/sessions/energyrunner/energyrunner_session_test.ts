import assert from "node:assert/strict";
import { InputError } from "../../../lib/errors.ts";
import { readSession } from "../../../lib/sessions/read_session.ts";
import { scoreSession } from "../../../lib/sessions/score_session.ts";
import { mutate } from "../mutate.ts";
import { withFiles } from "../with_files.ts";
import { traceBytes } from "./trace_bytes.ts";

const head = (mode: string, model: string) => [
  "00001.000 session: m-session-start-id[20210603010201]",
  `00001.000 parser: m-bmark-run-name[ML]-code[${mode === "energy" ? "ulp-ml" : "ulp-mlperf"}]`,
  `00001.000 parser: m-bm-cfg-name[x]-key[runMode]-val[${mode === "accuracy" ? "multi" : "bmark"}]`,
  `00001.000 dut: m-model-[${model}]`,
];

interface Run {
  file: string;
  offset?: number;
  iterations?: number;
  laps?: number[];
  results?: string;
}

function log(mode: string, model: string, runs: readonly Run[]): string {
  const lines = runs.flatMap(({ file, offset, iterations = 1, laps = [], results }) => [
    `00002.000 parser: Command "bload dut "/data/${model}/${file}"${
      offset === undefined ? "" : ` ${offset} 2560`
    }"`,
    `00002.000 parser: Command "dut infer ${iterations} 1"`,
    `00002.000 dut: m-infer-start-${iterations}`,
    ...laps.map((us) => `00002.000 dut: m-lap-us-${us}`),
    "00002.000 dut: m-infer-done",
    ...(results === undefined ? [] : [`00002.000 dut: m-results-[${results}]`]),
  ]);
  return [...head(mode, model), ...lines, "00003.000 sequencer: m-sequencer-stop", ""].join("\n");
}

const fiveRuns = [0, 1, 2, 3, 4].map((i) => ({
  file: `tst_00000${i}_Stop_7.bin`,
  iterations: 100,
  laps: [1_000_000 * i, 1_000_000 * i + 20_000_000 + 1000 * i],
}));

Deno.test("a performance session of EnergyRunner is scored by the median of its windows", () =>
  withFiles({ "log.txt": log("performance", "kws01", fiveRuns) }, async (folder) => {
    const session = await readSession(folder);
    assert.equal(session.start.mode, "performance");
    assert.deepEqual(session.windows.map(({ label }) => label), [7, 7, 7, 7, 7]);
    const score = scoreSession(session);
    assert.equal(score.throughputInfS, 100 / 20.002);
    assert.equal(score.printed, undefined);
    assert.deepEqual(session.findings.map(({ text }) => text), ["There is no results file"]);
  }));

Deno.test("a clock that begins anew within a window counts on; times that go back do not", () => {
  const runs = [
    { file: "a", iterations: 10, laps: [2 ** 32 - 1000, 9000] },
    { file: "b", iterations: 10, laps: [2 ** 40, 5] },
    { file: "c", iterations: 10, laps: [5] },
  ];
  return withFiles({ "log.txt": log("performance", "kws01", runs) }, async (folder) => {
    const { windows, findings } = await readSession(folder);
    assert.deepEqual(windows.map(({ endUs, startUs }) => endUs - startUs), [10_000]);
    const texts = findings.map(({ text }) => text);
    assert.ok(texts.some((text) => /began anew/.test(text)));
    assert.ok(texts.some((text) => /ends before it begins/.test(text)));
    assert.ok(texts.some((text) => /lacks its times .* \(2 times\)/.test(text)));
  });
});

Deno.test("windows of an ad01 file are put together by their offsets", () => {
  const windows = (file: string, values: number[]) =>
    values.map((value, i) => ({ file, offset: 512 * i, results: String(value) }));
  const runs = [
    ...windows("normal_id_01_1.bin", [1, 2, 3]),
    ...windows("anomaly_id_01_1.bin", [7, 8, 9]),
    ...windows("anomaly_id_01_2.bin", [8, 100, 10]).toSpliced(1, 1),
    ...windows("normal_id_01_2.bin", [4, 2, 3]),
  ];
  return withFiles({ "log.txt": log("accuracy", "ad01", runs) }, async (folder) => {
    const score = scoreSession(await readSession(folder));
    assert.deepEqual(score.files, [
      { file: "normal_id_01_1.bin", label: 0, outputs: [2] },
      { file: "anomaly_id_01_1.bin", label: 1, outputs: [8] },
      { file: "normal_id_01_2.bin", label: 0, outputs: [3] },
    ]);
    assert.equal(score.top1Percent, undefined);
    assert.equal(score.bestThresholdAccuracyPercent, 100);
  });
});

Deno.test("windows of an ad01 file are taken in order where the log has no offsets", () => {
  const runs = [["normal_1.bin", 1], ["normal_1.bin", 3], ["anomaly_1.bin", 8], [
    "anomaly_1.bin",
    6,
  ]]
    .map(([file, value]) => ({ file: String(file), results: String(value) }));
  return withFiles({ "log.txt": log("accuracy", "ad01", runs) }, async (folder) => {
    const { files } = scoreSession(await readSession(folder));
    assert.deepEqual(files!.map(({ outputs }) => outputs), [[2], [7]]);
  });
});

Deno.test("inferences with the wrong number of results are left out, and say so", () => {
  const outputs = Array.from({ length: 12 }, (_, i) => i === 7 ? "0.9" : "0").join(",");
  const runs = [
    { file: "tst_000000_Stop_7.bin", results: outputs },
    { file: "tst_000001_Go_1.bin", results: "0.5,0.5" },
    { file: "tst_000002_Go_1.bin", results: "" },
    { file: "tst_000003_Go_1.bin" },
    { file: "tst_000004_Go_1.bin", results: outputs + "," },
  ];
  return withFiles({ "log.txt": log("accuracy", "kws01", runs) }, async (folder) => {
    const session = await readSession(folder);
    const score = scoreSession(session);
    assert.deepEqual([score.inputs, score.top1Percent], [2, 50]);
    assert.deepEqual(score.findings.map(({ rule }) => rule), ["inputs", "target"]);
    const left = session.findings.filter(({ text }) => /left out/.test(text));
    assert.deepEqual(left.map(({ text }) => text), [
      "An inference has not 12 results: it is left out",
      "An inference has no results: it is left out (2 times)",
    ]);
  });
});

Deno.test("classes that nothing tells are not guessed: the printed figures stand alone", () => {
  const runs = [{ file: "000000343218.bin", results: "0.2,0.8" }];
  const files = {
    "accuracy/log.txt": log("accuracy", "vww01", runs),
    "accuracy/results.txt": "03171.459 ulp-mlperf: Top-1: 85.4%\n03171.489 ulp-mlperf: AUC: 0.94\n",
    "labels/y_labels.csv": "000000343218.bin, 2, 1\n",
  };
  return withFiles(files, async (folder) => {
    const score = scoreSession(await readSession(`${folder}/accuracy`));
    assert.equal(score.top1Percent, undefined);
    assert.ok(score.findings.some(({ rule }) => rule === "labels"));
    assert.deepEqual(score.printed, [
      { figure: "top1Percent", printed: 85.4 },
      { figure: "aucEnergyRunner", printed: 0.94 },
    ]);
    const { readLabels } = await import("../../../lib/sessions/labels.ts");
    const labels = await readLabels(`${folder}/labels`);
    const known = scoreSession(await readSession(`${folder}/accuracy`, { labels }));
    assert.equal(known.top1Percent, 100);
    assert.equal(known.printed![0].agrees, false);
    assert.ok(known.findings.some(({ rule }) => rule === "printed"));
  });
});

// 1 µJ in each millisecond of a load, 10 of a window.
const edges = [0.01, 1.01, 13.01, 14.01, 26.01, 27.01, 39.01, 40.01, 52.01, 53.01, 65.01];
const samples = Array.from({ length: 66_000 }, (_, i) => {
  const k = edges.findLastIndex((edge) => i >= Math.round(edge * 1000));
  return k % 2 === 1 ? 10 : 1;
});
const energyRuns = [0, 1, 2, 3, 4].map((i) => ({ file: `${i}.bin`, iterations: 60 }));

Deno.test("energy is integrated from the trace, between every other pair of edges", () =>
  withFiles({
    "log.txt": log("energy", "kws01", energyRuns),
    "trace1-energy.bin": traceBytes(samples),
    "trace1-timestamps.json": JSON.stringify(edges),
  }, async (folder) => {
    const session = await readSession(folder);
    assert.equal(session.start.mode, "energy");
    assert.deepEqual(session.energyWindows.map(({ number }) => number), [2, 4, 6, 8, 10]);
    const score = scoreSession(session);
    assert.ok(Math.abs(score.energyUjPerInf! - 2000) < 0.5, `${score.energyUjPerInf}`);
    assert.ok(Math.abs(score.powerMw! - 10) < 0.01);
    assert.ok(Math.abs(score.throughputInfS! - 5) < 1e-9);
    assert.deepEqual(score.findings, []);
  }));

Deno.test("ten timestamps for five runs give four windows, and a finding", () =>
  withFiles({
    "log.txt": log("energy", "kws01", energyRuns),
    "trace1-energy.bin": traceBytes(samples),
    "trace1-timestamps.json": JSON.stringify(edges.slice(0, -1)),
  }, async (folder) => {
    const session = await readSession(folder);
    const score = scoreSession(session);
    assert.equal(score.energyWindows!.length, 4);
    assert.deepEqual(score.findings.map(({ rule }) => rule), ["edges", "window-count"]);
    assert.ok(session.findings.some(({ text }) => text === "10 timestamps for 5 runs"));
  }));

Deno.test("a trace tells that energy was measured where neither folder nor log does", () =>
  withFiles({
    "log.txt": energyRuns.map(() => "00001.000 io: [dut]: m-infer-start-60\n").join(""),
    "trace1-energy.bin": traceBytes(samples),
    "trace1-timestamps.json": JSON.stringify(edges),
  }, async (folder) => {
    const session = await readSession(folder, { benchmark: "kws01" });
    assert.equal(session.start.mode, "energy");
    assert.equal(scoreSession(session).energyWindows?.length, 5);
  }));

Deno.test("an edge too many, or a trace that ends too early, keeps energy from counting", async () => {
  const cases: [number[], number, string][] = [
    // The two edges stand at the end: nothing else tells.
    [[...edges, 65.5, 65.7], samples.length, "edges"],
    [edges, 60_000, "lost-samples"],
  ];
  for (const [timestamps, length, rule] of cases) {
    await withFiles({
      "log.txt": log("energy", "kws01", energyRuns),
      "trace1-energy.bin": traceBytes(samples.slice(0, length)),
      "trace1-timestamps.json": JSON.stringify(timestamps),
    }, async (folder) => {
      const score = scoreSession(await readSession(folder));
      assert.ok(score.findings.some((finding) => finding.rule === rule), rule);
      assert.equal(score.valid, false);
    });
  }
});

Deno.test("runs of a log that was cut at the front are those of the last windows", () => {
  const printed = [2, 4, 6, 8, 10].map((n) =>
    `00319.889 ulp-ml: Energy data for window ${n} at time 1.01 for 12.00 sec.:
00319.889 ulp-ml:   Energy       :   120000.000 uJ
00319.916 ulp-ml: Performance results for window ${n}:
00319.916 ulp-ml:   # Inferences :          ${n < 6 ? 50 : 60}
`
  ).join("");
  return withFiles({
    "log.txt": log("energy", "kws01", energyRuns.slice(2)),
    "results.txt": printed,
    "trace1-energy.bin": traceBytes(samples),
    "trace1-timestamps.json": JSON.stringify(edges.map((edge) => edge - 0.0005)),
  }, async (folder) => {
    const session = await readSession(folder);
    const windows = session.energyWindows.map(({ iterations, file }) => [iterations, file]);
    assert.deepEqual(
      windows,
      [[50, ""], [50, ""], [60, "2.bin"], [60, "3.bin"], [60, "4.bin"]],
    );
    assert.deepEqual(scoreSession(session).findings, []);
  });
});

Deno.test("energy that nothing can take, or that is not what was printed, does not count", async () => {
  const cases: [(sample: number, i: number) => number, RegExp][] = [
    [(sample) => -sample, /Window 1 has a mean power of -/],
    [(sample, i) => i === 5000 ? 1e38 : sample, /Window 1 has a mean power of 8\.3\d+e\+33 mW/],
    [(sample) => sample / 2, /printed energyUj of window 2 120000, computed is 60000/],
  ];
  for (const [change, text] of cases) {
    await withFiles({
      "log.txt": log("energy", "kws01", energyRuns),
      "results.txt": "ulp-ml: Energy data for window 2 at time 1.01 for 12.00 sec.:\n" +
        "ulp-ml:   Energy       :   120000.000 uJ\n",
      "trace1-energy.bin": traceBytes(samples.map(change)),
      "trace1-timestamps.json": JSON.stringify(edges.map((edge) => edge - 0.0005)),
    }, async (folder) => {
      const score = scoreSession(await readSession(folder));
      assert.match(score.findings.map((finding) => finding.text).join("\n"), text);
      assert.equal(score.valid, false);
    });
  }
});

const results = `00319.889 ulp-ml: Energy data for window 2 at time 2.87 for 18.05 sec.:
00319.889 ulp-ml:   Energy       :   737242.570 uJ
00319.889 ulp-ml:   Power        :    40835.414 uW
00319.889 ulp-ml:   Energy/Inf.  :     7372.426 uJ/inf.
00319.916 ulp-ml: Median energy cost is 7372.426 uJ/inf.
00319.916 ulp-ml: Performance results for window 2:
00319.916 ulp-ml:   # Inferences :          100
00319.916 ulp-ml:   Runtime      :       18.055 sec.
00319.916 ulp-ml:   Throughput   :        5.539 inf./sec.
00319.916 ulp-ml: e-[The run must take at least 10 seconds and 10 iterations to be valid]
`;

Deno.test("without a trace there are the printed figures, and it is said", () =>
  withFiles({
    "energy_log.txt": log("energy", "kws01", energyRuns),
    "energy_results.txt": results,
    "energy_script.async": "[{cmd: 'io dut infer 100 1'}, {cmd: ",
  }, async (folder) => {
    const session = await readSession(folder);
    assert.deepEqual(session.printed, {
      energyUjPerInf: 7372.426,
      windows: [{ number: 2, iterations: 100, runtimeS: 18.055, throughputInfS: 5.539 }],
      energyWindows: [{
        number: 2,
        startS: 2.87,
        runtimeS: 18.05,
        energyUj: 737242.57,
        powerMw: 40.835414,
        energyUjPerInf: 7372.426,
      }],
      messages: ["The run must take at least 10 seconds and 10 iterations to be valid"],
    });
    assert.ok(session.findings.some(({ text }) => /script cannot be read/.test(text)));
    const score = scoreSession(session);
    assert.deepEqual(score.findings.map(({ rule }) => rule), ["recomputed"]);
    assert.equal(score.energyUjPerInf, undefined);
  }));

Deno.test("a folder with nothing but results is still a session; one with nothing is none", async () => {
  await withFiles({ "accuracy/postproc.txt": "Top-1: 90.1%\n" }, async (folder) => {
    const session = await readSession(`${folder}/accuracy`, { benchmark: "kws01" });
    assert.deepEqual([session.runner, session.start.mode], ["energyrunner", "accuracy"]);
    assert.deepEqual(scoreSession(session).printed, [{ figure: "top1Percent", printed: 90.1 }]);
  });
  await withFiles(
    { "accuracy/._log.txt": "", "accuracy/readme.md": "" },
    (folder) => assert.rejects(readSession(`${folder}/accuracy`), InputError),
  );
});

Deno.test("a session of EnergyRunner survives damage: a session or an InputError", async () => {
  const encoder = new TextEncoder();
  const outputs = Array.from({ length: 12 }, (_, i) => i === 7 ? "0.996" : "0.000").join(",");
  const parts: Record<string, Uint8Array> = {
    "log.txt": encoder.encode(
      log("energy", "kws01", energyRuns.map((run) => ({ ...run, laps: [1, 2], results: outputs }))),
    ),
    "results.txt": encoder.encode(results),
    "script.async": encoder.encode("[{cmd: 'io dut infer 100 1', ack: /dut.?: m-ready/}]"),
    "trace1-energy.bin": traceBytes(samples.slice(0, 2000)),
    "trace1-timestamps.json": encoder.encode(JSON.stringify(edges)),
  };
  let scored = 0;
  for (let seed = 0; seed < 400; seed++) {
    const names = Object.keys(parts);
    const name = names[seed % names.length];
    const damaged = { ...parts, [name]: mutate(parts[name], seed) };
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
