import assert from "node:assert/strict";
import { InputError } from "../../lib/errors.ts";
import { compareMonitors } from "../../lib/sessions/compare_monitors.ts";
import type { EnergyWindowRecord, RunRecord } from "../../lib/sessions/events.ts";
import { energyReport } from "../../lib/sessions/energy_report.ts";
import { officialFiles } from "../../lib/sessions/official_files.ts";
import { noFigures } from "../../lib/sessions/printed_figures.ts";
import { readSession } from "../../lib/sessions/read_session.ts";
import { scoreSession } from "../../lib/sessions/score_session.ts";
import type { RecordedSession, Session } from "../../lib/sessions/session.ts";
import { referenceTest, shared } from "../reference.ts";
import { traceBytes } from "./energyrunner/trace_bytes.ts";
import { mutate } from "./mutate.ts";
import { withFiles } from "./with_files.ts";

const time = "2026-11-20T12:00:00.000Z";
const rate = 1000;
const monitor = { kind: "lpm01a", name: "PowerShield" };

/** Five windows of 11 s at 30 mW, 3 s at 5 mW around each. */
function energySession(options: { mw?: number; rate?: number; missing?: [number, number] } = {}): {
  records: RunRecord[];
  trace: Uint8Array;
} {
  const { mw = 30, rate: sampleRateHz = rate, missing } = options;
  const seconds = (s: number) => Math.round(s * sampleRateHz);
  const samples = new Float32Array(seconds(5 * 14 + 3)).fill(5000 / sampleRateHz);
  const records: RunRecord[] = [{
    type: "start",
    time,
    format: 1,
    benchmark: "kws01",
    mode: "energy",
    source: "measured",
    dut: { name: "board", profile: "firmware", model: "kws01" },
    port: "/dev/ttyACM0",
    baudRate: 9600,
    planned: 5,
    files: 5,
    labelsSha256: "0".repeat(64),
  }, {
    type: "trace",
    time,
    index: 0,
    file: "trace1-energy.bin",
    sampleRateHz,
    monitor,
    source: "measured",
    quantity: "energy",
    supplyV: 1.8,
  }];
  for (let index = 0; index < 5; index++) {
    const startSample = seconds(3 + 14 * index);
    const count = seconds(11);
    // A little more from window to window, in halves of µJ a sample: exact in float32.
    const each = (mw + index / 16) * 1000 / sampleRateHz;
    samples.fill(each, startSample, startSample + count);
    for (const sample of [startSample, startSample + count]) {
      records.push({ type: "edge", trace: 0, sample, by: "monitor" });
    }
    let lost = 0;
    if (missing && index === 0) {
      samples.fill(NaN, startSample + missing[0], startSample + missing[0] + missing[1]);
      lost = missing[1];
      const sample = startSample + missing[0];
      records.push({ type: "lost", trace: 0, sample, count: lost, reason: "overrun" });
    }
    records.push({
      type: "energy",
      time,
      index,
      file: `${index}.bin`,
      label: index,
      iterations: 100,
      warmups: 1,
      trace: 0,
      startSample,
      samples: count,
      missing: lost,
      energyUj: Math.fround(each) * count,
      results: [0.5, 0.25],
    });
  }
  records.push({ type: "stop", time, reason: "done" });
  return { records, trace: traceBytes(samples, sampleRateHz) };
}

const jsonLines = (records: readonly RunRecord[]) =>
  records.map((record) => JSON.stringify(record) + "\n").join("");

async function withSession<T>(
  options: Parameters<typeof energySession>[0],
  use: (session: RecordedSession, folder: string) => Promise<T> | T,
): Promise<T> {
  const { records, trace } = energySession(options);
  const files = { "events.jsonl": jsonLines(records), "trace1-energy.bin": trace };
  return await withFiles(
    files,
    async (folder) => await use(await readSession(folder) as RecordedSession, folder),
  );
}

Deno.test("readSession() gives an energy session its samples, edges and windows", () =>
  withSession({}, (session) => {
    assert.deepEqual(session.findings, []);
    const [trace] = session.energyTraces;
    assert.deepEqual([trace.samplesUj.length, trace.timestampsS.length], [73_000, 10]);
    assert.deepEqual([trace.monitor, trace.supplyV], [monitor, 1.8]);
    const score = scoreSession(session);
    assert.equal(score.energyUjPerInf, (30 + 2 / 16) * 11_000 / 100);
    assert.ok(score.valid, JSON.stringify(score.findings));
  }));

Deno.test("readSession() says where a trace does not hold what was recorded", async () => {
  const { records, trace } = energySession();
  const events = jsonLines(records);
  const cases: [Record<string, string | Uint8Array>, RegExp][] = [
    [{}, /trace cannot be read/],
    [{ "trace1-energy.bin": trace.subarray(0, -1) }, /last sample was cut off/],
    [{ "trace1-energy.bin": trace.subarray(0, 150_000) }, /recorded of energy window 3/],
    [{ "trace1-energy.bin": trace.map((b, i) => i === 5 + 4 * 3100 + 2 ? b ^ 64 : b) }, /window 1/],
    [{ "trace1-energy.bin": traceBytes([1, 2], 500) }, /says 500 Hz, its record 1000/],
  ];
  for (const [files, pattern] of cases) {
    await withFiles({ "events.jsonl": events, ...files }, async (folder) => {
      const session = await readSession(folder);
      assert.match(session.findings.map(({ text }) => text).join("\n"), pattern);
      // Its records still stand; where the trace speaks against them they do not count.
      const { energyWindows, findings, valid } = scoreSession(session);
      assert.equal(energyWindows!.length, 5);
      const broken = pattern.source.includes("cut off") ? [] : ["trace"];
      assert.deepEqual([...new Set(findings.map(({ rule }) => rule))], broken);
      assert.equal(valid, broken.length === 0);
    });
  }
  await withFiles({ "events.jsonl": events }, async (folder) => {
    const session = await readSession(folder);
    assert.throws(() => energyReport(session), /without its samples/);
    assert.throws(() => officialFiles(session as RecordedSession), InputError);
  });
});

Deno.test("readSession() takes no trace from elsewhere, and survives damage", async () => {
  const { records, trace } = energySession();
  const outside = records.map((record) =>
    record.type === "trace" ? { ...record, file: "../trace1-energy.bin" } : record
  );
  await withFiles(
    { "events.jsonl": jsonLines(outside) },
    (folder) => assert.rejects(readSession(folder), InputError),
  );
  const events = new TextEncoder().encode(jsonLines(records));
  let read = 0;
  for (let seed = 0; seed < 150; seed++) {
    const files = { "events.jsonl": mutate(events, seed), "trace1-energy.bin": trace };
    await withFiles(files, async (folder) => {
      try {
        const session = await readSession(folder);
        scoreSession(session);
        if (session.energyWindows.length > 0) energyReport(session);
        read++;
      } catch (error) {
        assert.ok(error instanceof InputError, `seed ${seed}: ${(error as Error).stack}`);
      }
    });
  }
  assert.ok(read > 0);
});

Deno.test("lost samples are a finding of the score above 0.1 %", async () => {
  await withSession({ missing: [500, 11] }, (session) => {
    assert.deepEqual(session.findings, []);
    assert.ok(scoreSession(session).valid);
    assert.match(energyReport(session).warnings.join(), /Window 1: 11 of 11000 samples are lost/);
  });
  await withSession({ missing: [500, 12] }, (session) => {
    const { findings, valid } = scoreSession(session);
    assert.deepEqual([findings.map(({ rule }) => rule), valid], [["lost-samples"], false]);
  });
});

Deno.test("officialFiles() of an energy session are read by both official readers alike", async () => {
  for (const sampleRateHz of [1000, 100, 8000, 48_828.125]) {
    await withSession({ rate: sampleRateHz, missing: [500, 5] }, async (session) => {
      const files = officialFiles(session);
      const { ["trace1-timestamps.json"]: timestamps, ...python } = files;
      const score = scoreSession(session);
      await withFiles(python, async (folder) => {
        const read = await readSession(folder);
        const again = scoreSession(read);
        assert.deepEqual([again.runner, again.mode], ["mlcommons", "energy"]);
        assert.equal(again.printed!.length, 26);
        assert.deepEqual(again.printed!.filter(({ agrees }) => !agrees), [], `${sampleRateHz} Hz`);
        // A window's ends move to the millisecond.
        const difference = again.energyUjPerInf! / score.energyUjPerInf! - 1;
        assert.ok(Math.abs(difference) < 3e-4, `${sampleRateHz} Hz: ${difference}`);
        assert.equal(read.energyTraces.length, 5);
      });
      const { trace } = energySession({ rate: sampleRateHz, missing: [500, 5] });
      await withFiles(
        { "trace1-energy.bin": trace, "trace1-timestamps.json": timestamps!, "log.txt": log },
        async (folder) => {
          const read = await readSession(folder, { mode: "energy", benchmark: "kws01" });
          assert.equal(read.runner, "energyrunner");
          assert.deepEqual(
            read.energyWindows.map((window) => [window.startSample, window.samples]),
            session.energyWindows.map((window) => [window.startSample, window.samples]),
          );
          assert.equal(scoreSession(read).energyUjPerInf, score.energyUjPerInf);
        },
      );
    });
  }
});

const log = [0, 1, 2, 3, 4].flatMap((i) => [
  `00${300 + i}.000 dut: m-load-done`,
  `00${300 + i}.100 io: [dut]: m-infer-start-100`,
  `00${300 + i}.200 io: [dut]: m-results-[0.5]`,
]).join("\n") + "\n";

const base = "reference/sessions/";
const python = `${base}mlcrunner/v1.3-nucleo-u575zi-q/kws/energy`;

/** A session of ours with the windows and samples of a published one. */
function asRecorded(published: Session, results: number[][]): RecordedSession {
  const windows = published.energyWindows.map((window, index): EnergyWindowRecord => ({
    ...window,
    type: "energy",
    time: "2025-08-03T21:32:51.000Z",
    index,
    label: [7, 2, 6, 8, 5][index],
    warmups: 1,
    results: results[index],
  }));
  const start = energySession().records[0] as RecordedSession["start"];
  return {
    ...published,
    runner: "thimble",
    began: time,
    start,
    windows: [],
    inferences: [],
    notices: [],
    printed: noFigures(),
    energyRecords: windows,
    traceRecords: [],
    energyTraces: published.energyTraces.map((trace) => ({ ...trace, supplyV: 1.8 })),
    stop: { type: "stop", time, reason: "done" },
  };
}

referenceTest(
  "officialFiles() of an energy run equals what the official runner wrote",
  async () => {
    const folder = shared(python);
    const published = await readSession(folder);
    const json = JSON.parse(await Deno.readTextFile(`${folder}/results.json`));
    const results = json.map((object: { infer: { results: number[] } }) => object.infer.results);
    const files = officialFiles(asRecorded(published, results));
    const text = await Deno.readTextFile(`${folder}/results.txt`);
    assert.deepEqual(files["results.txt"].trim().split("\n"), text.trim().split(/\r?\n/));
    const objects = JSON.parse(files["results.json"]);
    for (const [i, object] of objects.entries()) {
      // The runner keeps more before the first window; its samples are ours.
      const { power, ...rest } = object;
      const { power: official, ...others } = json[i];
      assert.deepEqual(rest, others);
      assert.deepEqual(Object.keys(power), Object.keys(official));
      assert.equal(power.voltage, official.voltage);
      const [start, end] = power.timestamps.map(([, sample]: [string, number]) => sample);
      const [from, to] = official.timestamps.map(([, sample]: [string, number]) => sample);
      assert.deepEqual(power.samples.slice(start, end), official.samples.slice(from, to));
      assert.deepEqual(
        power.timestamps.map(([counter]: [string]) => counter),
        official.timestamps.map(([counter]: [string]) => counter),
      );
    }
  },
);

referenceTest(
  "energyReport() finds nothing against published runs, and their figures",
  async () => {
    for (
      const [path, median, idleMw] of [
        [`${base}energyrunner/v0.5-nucleo-l4r5zi/ic/energy`, 29207.01, 34.3],
        [`${base}energyrunner/v0.5-nucleo-l4r5zi/kws/energy`, 7373.704, 34],
        [`${base}energyrunner/v0.5-nucleo-l4r5zi/ad/energy`, 416.312, 33.7],
        [python, 664.4239, 12.1],
      ] as const
    ) {
      const report = energyReport(await readSession(shared(path)));
      assert.ok(Math.abs(report.uncertainty.medianUj - median) < 0.0006);
      assert.ok(Math.abs(report.idleMw! - idleMw) < 0.1, `${report.idleMw}`);
      const { low, high } = report.uncertainty.interval;
      assert.ok(low < median && median < high);
      assert.deepEqual(report.warnings, []);
    }
  },
);

Deno.test("compareMonitors() tells what two monitors make of one run", async () => {
  await withSession({}, (first) =>
    withSession({ mw: 30.3 }, (second) => {
      const same = compareMonitors(first, first);
      assert.equal(same.meanPercent, 0);
      assert.ok(same.agrees && !same.isSystematic);
      const other = compareMonitors(first, second);
      assert.ok(Math.abs(other.meanPercent - 1) < 0.01, `${other.meanPercent}`);
      assert.ok(other.isSystematic && !other.agrees);
      assert.ok(other.interval.low < other.meanPercent && other.meanPercent < other.interval.high);
      assert.equal(other.windows[0].durationPpm, 0);
      // Within two percent each they agree.
      const accuracy = { accuracyPercent: 2 };
      assert.ok(compareMonitors(first, second, { first: accuracy, second: accuracy }).agrees);
      const fewer = { ...second, energyWindows: second.energyWindows.slice(1) };
      assert.throws(() => compareMonitors(first, fewer), InputError);
    }));
});

Deno.test("a sample that the Python runner wrote as NaN is missing, not zero", async () => {
  const samples = Array.from({ length: 12_000 }, (_, i) => i === 500 ? "NaN" : "2e-05");
  const entry = (timestamps: string) =>
    `{"file": "a.bin", "class": "0", "infer": {"results": [0.5], "iterations": 100}, "power": ` +
    `{"samples": [${samples.join(", ")}], "timestamps": ${timestamps}}, "mode": "e"}`;
  const json = `[${entry('[["00", 100], ["01", 10100]]')}, ${entry('[["02", 90], ["03", 90]]')}]`;
  await withFiles({ "results.json": json }, async (folder) => {
    const session = await readSession(folder, { benchmark: "kws01" });
    const [window, ...others] = session.energyWindows;
    assert.deepEqual([window.samples, window.missing, others.length], [10_000, 1, 0]);
    assert.ok(Math.abs(window.energyUj - 200_000) < 1e-6);
    const texts = session.findings.map(({ text }) => text).join("\n");
    assert.match(texts, /Samples of a trial are missing/);
    assert.match(texts, /lacks its two edges/); // both in one sample
  });
});
