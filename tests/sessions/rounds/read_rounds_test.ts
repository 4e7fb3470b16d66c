import assert from "node:assert/strict";
import { InputError } from "../../../lib/errors.ts";
import { loadPublished } from "../../../lib/sessions/rounds/load_published.ts";
import { readRounds } from "../../../lib/sessions/rounds/read_rounds.ts";
import type { RoundRow } from "../../../lib/sessions/rounds/round_row.ts";
import { roundRowKeys } from "../../../lib/sessions/rounds/round_row.ts";
import { referenceTest, shared } from "../../reference.ts";
import { mutate } from "../mutate.ts";
import { withFiles } from "../with_files.ts";

const log = (iterations: number, us: number) =>
  `dut: m-infer-start-${iterations}\ndut: m-lap-us-0\ndut: m-lap-us-${us}\ndut: m-infer-done\n`;
const speed = log(100, 20_000_000);

Deno.test("readRounds() finds every published session where it lies", async () => {
  const published = await loadPublished();
  const paths = published.flatMap((row) =>
    [row.performanceLog, row.energyLog, row.accuracyLog]
      .filter((path) => path !== null)
      .map((path) => `tiny_results_${row.round}/${path}`)
  );
  assert.ok(paths.length > 800);
  const files = Object.fromEntries(paths.map((path) => [path, "\n"]));
  await withFiles(files, async (folder) => {
    const rows = await readRounds(folder);
    const place = (row: RoundRow) =>
      JSON.stringify([
        row.round,
        row.division,
        row.organisation,
        row.system,
        row.benchmark,
        row.performanceLog,
        row.energyLog,
        row.accuracyLog,
      ]);
    assert.deepEqual(rows.map(place).toSorted(), published.map(place).toSorted());
    for (const row of rows) assert.deepEqual(Object.keys(row), [...roundRowKeys]);
  });
});

referenceTest("readRounds() computes the rows of published sessions", async () => {
  const sessions = shared("reference/sessions/");
  const folder = await Deno.makeTempDir();
  try {
    const copy = async (from: string, to: string) => {
      await Deno.mkdir(to, { recursive: true });
      for await (const { name, isDirectory } of Deno.readDir(from)) {
        if (isDirectory) await copy(`${from}/${name}`, `${to}/${name}`);
        else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
      }
    };
    await copy(
      `${sessions}energyrunner/v0.5-nucleo-l4r5zi`,
      `${folder}/tiny_results_v0.5/closed/reference/results/Nucleo-L4R5ZI`,
    );
    const st = `${folder}/v1.3/closed/STMicroelectronics`;
    await copy(`${sessions}mlcrunner/v1.3-nucleo-u575zi-q`, `${st}/results/NUCLEO_U575ZI_Q`);
    await Deno.mkdir(`${st}/systems`);
    await Deno.rename(
      `${st}/results/NUCLEO_U575ZI_Q/NUCLEO_U575ZI_Q.json`,
      `${st}/systems/NUCLEO_U575ZI_Q.json`,
    );
    const rows = await readRounds(`${folder}/tiny_results_v0.5`, `${folder}/v1.3`);
    const published = await loadPublished();
    assert.equal(rows.length, 5);
    for (const row of rows) {
      const known = published.find((other) =>
        other.round === row.round && other.benchmark === row.benchmark &&
        other.system === row.system
      )!;
      const near = (key: "throughputInfS" | "energyUjPerInf" | "top1Percent" | "auc") => {
        const decimals = { throughputInfS: 3, energyUjPerInf: 3, top1Percent: 1, auc: 2 }[key];
        if (row[key] === null) return;
        assert.ok(
          Math.abs(row[key] - known[key]!) <= 0.6 * 10 ** -decimals,
          `${row.benchmark} ${key} ${row[key]} ${known[key]}`,
        );
      };
      near("throughputInfS");
      near("energyUjPerInf");
      near("top1Percent");
      near("auc");
      assert.deepEqual(
        [row.truePositives, row.falseNegatives, row.falsePositives, row.windows, row.runner],
        [
          known.truePositives,
          known.falseNegatives,
          known.falsePositives,
          known.windows,
          known.runner,
        ],
      );
    }
    const [kws, sww] = rows.filter(({ round }) => round === "v1.3");
    assert.equal(kws.processor, "32-bit Arm Cortex-M33 (DSP + FPU)");
    assert.deepEqual([kws.clock, kws.accelerator, kws.availability], [
      "160 MHz",
      null,
      "Available",
    ]);
    assert.equal(kws.framework, "X-CUBE-AI v10.2");
    assert.match(sww.findings!, /energy is as printed/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const board = "closed/org/results/board/kws";

Deno.test("readRounds() takes the round from folder names, or from its options", async () => {
  const cases: [string, string | null][] = [
    ["tiny_results_v0.7", "v0.7"],
    ["v1.3", "v1.3"],
    ["1.0", "v1.0"],
    ["results-V1.2-final", "v1.2"],
    ["v1.1/x", "v1.1"],
    ["2024.10", null],
    ["tiny", null],
  ];
  for (const [name, round] of cases) {
    await withFiles({ [`${name}/${board}/performance/log.txt`]: speed }, async (folder) => {
      assert.equal((await readRounds(folder))[0].round, round, name);
      const [row] = await readRounds([folder], { round: "v9.9" });
      assert.equal(row.round, "v9.9");
    });
  }
});

Deno.test("readRounds() takes printed figures where logs cannot give them, and says so", () =>
  withFiles({
    [`${board}/performance/results.txt`]: "Median throughput is 7.5 inf./sec.\n",
    [`${board}/energy/results.txt`]:
      "Energy data for window 2 at time 1 for 2 sec.:\nPower : 2000.0 uW\nMedian energy cost is 9.5 uJ/inf.\n",
    [`${board}/accuracy/results.txt`]: "Top-1: 90.1%\nAUC: 0.99\n",
    "closed/org/results/board/ad/accuracy/results.txt": "Top-1: 77.8%\nAUC: 0.86\n",
  }, async (folder) => {
    const [ad, kws] = await readRounds(folder);
    assert.deepEqual([kws.throughputInfS, kws.latencyMs], [7.5, 1000 / 7.5]);
    assert.deepEqual([kws.energyUjPerInf, kws.powerMw], [9.5, 2]);
    assert.deepEqual([kws.top1Percent, kws.auc], [90.1, 0.99]);
    assert.deepEqual([kws.performanceLog, kws.energyLog, kws.accuracyLog], [null, null, null]);
    for (const what of ["throughput", "energy", "accuracy"]) {
      assert.match(kws.findings!, new RegExp(`${what} is as printed`));
    }
    assert.deepEqual([ad.top1Percent, ad.auc], [null, 0.86], "ad01 has no top-1");
  }));

Deno.test("readRounds() does not take a part of the inputs for the whole", () => {
  const outputs = (label: number) =>
    Array.from({ length: 12 }, (_, i) => i === label ? "0.9" : "0").join(",");
  const runs = [7, 7, 1].map((label, i) =>
    `parser: Command "bload dut "/d/kws01/tst_00000${i}_Stop_7.bin""\n` +
    `dut: m-infer-start-1\ndut: m-results-[${outputs(label)}]\n`
  );
  return withFiles({
    [`${board}/accuracy/log.txt`]: runs.join(""),
    [`${board}/accuracy/results.txt`]: "Top-1: 90.2%\nAUC: 0.99\n",
  }, async (folder) => {
    const [row] = await readRounds(folder);
    assert.equal(row.top1Percent, 90.2);
    assert.match(row.findings!, /3 inputs: the official set has 1000/);
    assert.match(row.findings!, /computed is 66\.6/);
  });
});

Deno.test("readRounds() learns classes from sessions of the Python runner", () => {
  const json = Array.from({ length: 1000 }, (_, i) => ({
    file: `${i}.bin`,
    class: String(i % 2),
    infer: { results: [0.4, 0.6], iterations: 1 },
    mode: "a",
  }));
  const lines = json.map(({ file }, i) =>
    `parser: Command "bload dut "/d/vww01/${file}""\ndut: m-infer-start-1\n` +
    `dut: m-results-[${i % 4 === 1 ? "0.1,0.9" : "0.9,0.1"}]\n`
  );
  return withFiles({
    "v1.2/closed/a/results/board/vww/accuracy/log.txt": lines.join(""),
    "v1.3/closed/b/results/board/vww/accuracy/results.json": JSON.stringify(json),
  }, async (folder) => {
    const [older, newer] = await readRounds(folder);
    assert.deepEqual([older.runner, older.top1Percent], ["energyrunner", 75]);
    assert.deepEqual([newer.runner, newer.top1Percent], ["mlcommons", 50]);
    const [alone] = await readRounds(`${folder}/v1.2`);
    assert.equal(alone.top1Percent, null);
    assert.match(alone.findings!, /class of 1000 of 1000 inputs is not known/);
  });
});

Deno.test("readRounds() finds descriptions by any likeness of names, and reads broken ones", () => {
  const system = (name: string, rest = "}") =>
    `{"Board Name": "${name}", "Status": "Preview"${rest}`;
  return withFiles({
    "open/org/results/NRF5340-DK/kws/performance/log.txt": speed,
    "open/org/results/NUCLEO_L4R5ZI_int8/kws/performance/log.txt": speed,
    "open/org/results/pynqz2/ic/RN07/performance/log.txt": speed,
    "open/org/results/other/kws/performance/log.txt": speed,
    "open/org/systems/system_description_NRF5340DK_tvm.json": system(
      "nrf",
      ' "Accelerator": "N/A"',
    ),
    "open/org/systems/a/NUCLEO_L4R5ZI_int8_description.json": system("right"),
    "open/org/systems/NUCLEO_L4R5ZI_int8_max.json": system("wrong").replace("Preview", "RDI"),
    "open/org/systems/system_description_pynq.json": `${
      system("\n\u0001", "")
    }, "Inference Framework": "x"`,
    "open/org/systems/._pynq.json": "\0",
  }, async (folder) => {
    const rows = await readRounds(folder);
    const by = new Map(rows.map((row) => [row.system, row]));
    assert.equal(by.get("NRF5340-DK")!.availability, "Preview");
    assert.equal(by.get("NRF5340-DK")!.accelerator, null);
    assert.match(by.get("NRF5340-DK")!.findings!, /no valid JSON/);
    assert.equal(by.get("NUCLEO_L4R5ZI_int8")!.availability, "Preview");
    assert.equal(by.get("pynqz2/RN07")!.framework, "x");
    assert.match(by.get("other")!.findings!, /no description of the system/);
  });
});

Deno.test("readRounds() follows no links and no loops, and opens nothing but files", () =>
  withFiles({
    "v1.0/closed/org/results/board/kws/performance/log.txt": speed,
    "outside/kws/performance/log.txt": speed,
    "outside/secret.txt": "secret",
  }, async (folder) => {
    const results = `${folder}/v1.0/closed/org/results`;
    await Deno.symlink("..", `${results}/board/loop`);
    await Deno.symlink(`${folder}/v1.0`, `${folder}/v1.0/closed/org/self`);
    await Deno.symlink(`${folder}/outside`, `${results}/escape`);
    await Deno.mkdir(`${results}/board/vww/performance`, { recursive: true });
    await Deno.symlink("/dev/zero", `${results}/board/vww/performance/log.txt`);
    await Deno.mkdir(`${results}/board/ic/performance/log.txt`, { recursive: true });
    await Deno.mkdir(`${results}/${"deep/".repeat(30)}`, { recursive: true });
    const rows = await readRounds(`${folder}/v1.0`);
    assert.deepEqual(rows.map(({ system, benchmark }) => [system, benchmark]), [[
      "board",
      "kws01",
    ]]);
  }));

Deno.test("readRounds() refuses folders without results, and ends when it is told to", async () => {
  await withFiles({ "code/main.c": "" }, async (folder) => {
    await assert.rejects(readRounds(folder), InputError);
    await assert.rejects(readRounds(`${folder}/nothing`), InputError);
  });
  await withFiles({ [`${board}/performance/log.txt`]: speed }, async (folder) => {
    const seen: number[] = [];
    await readRounds([folder], { onProgress: ({ done, total }) => seen.push(done, total) });
    assert.deepEqual(seen, [0, 1, 1, 1]);
    const signal = AbortSignal.abort();
    await assert.rejects(readRounds([folder], { signal }), { name: "AbortError" });
  });
});

Deno.test("readRounds() survives damaged trees: rows, whatever the files hold", async () => {
  const encoder = new TextEncoder();
  const system = '{"Board Name": "board", "Status": "Available", "Processor(s) Name": "M33"}';
  const parts: Record<string, Uint8Array> = {
    [`${board}/performance/log.txt`]: encoder.encode(speed.repeat(5)),
    [`${board}/performance/results.txt`]: encoder.encode("Median throughput is 5 inf./sec.\n"),
    "open/o/results/b/sww/energy/results.json": encoder.encode(
      '[{"infer": {"detections": [1, 2000], "detection_windows": [[1, 2]], "iterations": 1}, "mode": "e"}]',
    ),
    "open/o/results/b/ad/accuracy/events.jsonl": encoder.encode('{"type": "start"}\n'),
    "closed/org/systems/board.json": encoder.encode(system),
  };
  const names = Object.keys(parts);
  for (let seed = 0; seed < 75; seed++) {
    const name = names[seed % names.length];
    await withFiles({ ...parts, [name]: mutate(parts[name], seed) }, async (folder) => {
      const rows = await readRounds(folder);
      assert.deepEqual(rows.map(({ benchmark }) => benchmark), ["kws01", "ad01", "sww01"]);
      for (const row of rows) {
        for (const value of Object.values(row)) {
          assert.ok(value === null || typeof value === "string" || Number.isFinite(value));
        }
      }
    });
  }
});

Deno.test("readRounds() says what was too large to read, by its path in the checkout", () =>
  withFiles({
    [`${board}/performance/log.txt`]: speed,
    [`${board}/performance/results.json`]: "[]",
    [`${board}/energy/log.txt`]: "",
  }, async (folder) => {
    await Deno.truncate(`${folder}/${board}/performance/results.json`, 1e12); // a hole
    await Deno.truncate(`${folder}/${board}/energy/log.txt`, 1e12);
    const [row] = await readRounds(folder);
    assert.ok(!row.findings!.includes(folder));
    assert.match(row.findings!, /'closed\/\S+\/energy\/log\.txt' as it has 1000000000000 bytes/);
    assert.match(row.findings!, /'closed\/\S+\/results\.json' as it has 1000000000000 bytes/);
  }));
