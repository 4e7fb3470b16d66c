import assert from "node:assert/strict";
import type { RunRecord } from "../../lib/sessions/events.ts";
import { officialFiles } from "../../lib/sessions/official_files.ts";
import { scoreSession } from "../../lib/sessions/score_session.ts";
import { isComplete, sessionOf } from "../../lib/sessions/session.ts";
import { referenceTest, shared } from "../reference.ts";

const time = "2025-08-03T21:24:19.123Z";

function start(mode: "performance" | "accuracy", benchmark = "kws01", planned = 5): RunRecord {
  return {
    type: "start",
    time,
    format: 1,
    benchmark,
    mode,
    source: "measured",
    dut: { name: "STMicroelectronics", profile: "Firmware", model: benchmark },
    port: "/dev/ttyACM0",
    baudRate: 921_600,
    planned,
    files: planned,
    labelsSha256: "0".repeat(64),
  };
}

const stop: RunRecord = { type: "stop", time, reason: "done" };

/** Records as they would have been written for the sessions that the official runner wrote. */
function recordsOf(mode: "performance" | "accuracy", objects: OfficialObject[]): RunRecord[] {
  const runs = objects.map((object, index): RunRecord => {
    const common = {
      time,
      index,
      file: object.file,
      label: Number(object.class),
      startUs: object.infer.start_time,
      endUs: object.infer.end_time,
      results: object.infer.results,
    };
    const { iterations, warmups } = object.infer;
    return mode === "performance"
      ? { type: "window", ...common, iterations, warmups }
      : { type: "inference", ...common, segment: 0, segments: 1 };
  });
  return [start(mode, "kws01", runs.length), ...runs, stop];
}

interface OfficialObject {
  file: string;
  class: string;
  infer: {
    start_time: number;
    end_time: number;
    results: number[];
    iterations: number;
    warmups: number;
  };
}

const official = "reference/sessions/mlcrunner/v1.3-nucleo-u575zi-q/kws/";
const withoutStamp = (text: string) =>
  text.split(/\r?\n/).map((line) => line.replace(/^\d{4}\.\d{6} /, "")).filter((line) =>
    line !== ""
  );

for (const mode of ["performance", "accuracy"] as const) {
  referenceTest(`officialFiles() equals what the official runner wrote (${mode})`, async () => {
    const folder = shared(`${official}${mode}/`);
    const json = await Deno.readTextFile(`${folder}results.json`);
    const session = sessionOf(recordsOf(mode, JSON.parse(json)))!;
    const files = officialFiles(session);
    assert.deepEqual(JSON.parse(files["results.json"]), JSON.parse(json));
    const results = await Deno.readTextFile(`${folder}results.txt`);
    assert.deepEqual(withoutStamp(files["results.txt"]), withoutStamp(results));
    // The log holds the same windows, line by line.
    const log = withoutStamp(await Deno.readTextFile(`${folder}log.txt`));
    const ours = withoutStamp(files["log.txt"]);
    const windows = (lines: string[]) =>
      lines.filter((line) => /^ulp-mlperf:( |Loading|Performance)/.test(line));
    assert.ok(windows(ours).length > 20);
    assert.deepEqual(windows(ours), windows(log));
  });
}

const windows = [0, 1, 2, 3, 4].map((index): RunRecord => ({
  type: "window",
  time,
  index,
  file: "a.bin",
  label: 0,
  iterations: 400,
  warmups: 1,
  startUs: 0,
  endUs: 11_000_000 + index,
  results: [1],
}));

Deno.test("officialFiles() holds the lines that the official checker looks for", () => {
  const performance = officialFiles(sessionOf([start("performance"), ...windows, stop])!);
  assert.match(performance["results.txt"], /Median throughput is\s+36\.364 inf\.\/sec\./);
  const outputs = [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]];
  const inferences = outputs.map((results, index): RunRecord => ({
    type: "inference",
    time,
    index,
    file: `${index}.bin`,
    label: index === 1 ? 1 : 0,
    segment: 0,
    segments: 1,
    results,
  }));
  const accuracy = officialFiles(sessionOf([start("accuracy", "vww01", 3), ...inferences, stop])!);
  assert.match(accuracy["results.txt"], /Top 1% = 100\.0$/m);
  assert.match(accuracy["results.txt"], /AUC = 1\.000$/m);
});

Deno.test("officialFiles() says where figures are not measured", () => {
  const simulated = { ...start("performance"), source: "simulated", sourceText: "a cost model" };
  const files = officialFiles(sessionOf([simulated as RunRecord, ...windows, stop])!);
  for (const name of ["log.txt", "results.txt"] as const) {
    assert.match(files[name], /^Source: simulated, a cost model$/m);
  }
});

const rules = (records: RunRecord[]) =>
  scoreSession(sessionOf(records)!).findings.map(({ rule }) => rule);

Deno.test("scoreSession() names each rule that is broken", () => {
  const short = { ...windows[2], endUs: 9_999_999 } as RunRecord;
  const few = { ...windows[3], iterations: 9 } as RunRecord;
  const begin = start("performance");
  assert.deepEqual(rules([begin, ...windows, stop]), []);
  assert.deepEqual(rules([begin, ...windows.slice(1), stop]), ["window-count"]);
  assert.deepEqual(rules([begin, ...windows, short, stop]), ["runtime"]);
  assert.deepEqual(rules([begin, ...windows, few, stop]), ["iterations"]);
  assert.deepEqual(rules([begin, ...windows]), ["complete"]);
  assert.throws(() => rules([begin, stop]), /without a performance window/);
});

Deno.test("scoreSession() takes the mean of a file's windows, and only of whole files", () => {
  const segment = (index: number, file: string, label: number, segment: number, value: number) => ({
    type: "inference" as const,
    time,
    index,
    file,
    label,
    segment,
    segments: 2,
    results: [value],
  });
  const score = scoreSession(
    sessionOf([
      start("accuracy", "ad01", 5),
      segment(0, "n.bin", 0, 0, 1),
      segment(1, "n.bin", 0, 1, 3),
      segment(2, "a.bin", 1, 0, 8),
      segment(3, "a.bin", 1, 1, 10),
      segment(4, "x.bin", 1, 0, 10),
      stop,
    ])!,
  );
  assert.deepEqual(score.files, [
    { file: "n.bin", label: 0, outputs: [2] },
    { file: "a.bin", label: 1, outputs: [9] },
  ]);
  assert.equal(score.auc, 1);
  assert.equal(score.top1Percent, undefined);
});

Deno.test("isComplete() asks for every index", () => {
  const begin = start("performance");
  assert.ok(isComplete(sessionOf([begin, ...windows])!));
  assert.ok(!isComplete(sessionOf([begin, ...windows.slice(1)])!));
});
