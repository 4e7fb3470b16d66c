import assert from "node:assert/strict";
import { VirtualClock } from "../../lib/clock.ts";
import { EnergyRecorder } from "../../lib/runner/energy_recorder.ts";
import type { Acquisition, MonitorEvent } from "../../lib/serial/monitors/energy_monitor.ts";
import type { RunRecord, TraceRecord } from "../../lib/sessions/events.ts";
import { EnergyTraceFile } from "../../lib/sessions/trace_file.ts";

interface Recorded {
  recorder: EnergyRecorder;
  records: RunRecord[];
  failures: unknown[];
}

async function record(
  events: (MonitorEvent | Error)[],
  trace: Partial<TraceRecord>,
  use: (recorded: Recorded) => Promise<void> | void,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const sampleRateHz = trace.sampleRateHz ?? 1000;
  using file = EnergyTraceFile.create(`${folder}/trace1-energy.bin`, sampleRateHz);
  const acquisition: Acquisition = {
    sampleRateHz,
    startMs: 100,
    async *[Symbol.asyncIterator]() {
      for (const event of events) {
        await Promise.resolve();
        if (event instanceof Error) throw event;
        yield event;
      }
    },
  };
  const [records, failures]: [RunRecord[], unknown[]] = [[], []];
  const recorder = new EnergyRecorder({
    acquisition,
    file,
    trace: {
      ...{ type: "trace", time: "2026-11-20T12:00:00Z", index: 3, file: "trace1-energy.bin" },
      ...{ monitor: { kind: "js220", name: "x" }, source: "measured" },
      ...{ quantity: "energy", sampleRateHz, ...trace },
    },
    keep: (record) => records.push(record),
    onFailure: (error) => failures.push(error),
    clock: new VirtualClock(),
  });
  await recorder.finished;
  await use({ recorder, records, failures });
  await Deno.remove(folder, { recursive: true });
}

const samples = (firstIndex: number, values: { [quantity: string]: number[] }): MonitorEvent => ({
  type: "samples",
  firstIndex,
  count: Object.values(values)[0].length,
  values: Object.fromEntries(
    Object.entries(values).map(([quantity, list]) => [quantity, Float64Array.from(list)]),
  ),
});

const near = (found: Float32Array, expected: number[]) =>
  expected.forEach((value, i) =>
    assert.ok(Math.abs(found[i] - value) < 1e-4 || Number.isNaN(value) && Number.isNaN(found[i]))
  );

Deno.test("EnergyRecorder keeps µJ of joules, of amperes at a supply, and of amperes and volts", async () => {
  await record([samples(0, { energy: [1e-6, NaN, 3e-6] })], {}, ({ recorder }) => {
    near(recorder.read(0, 3), [1, NaN, 3]);
  });
  const current = { quantity: "current", supplyV: 2, sampleRateHz: 500 } as const;
  // 5 mA at 2 V over 2 ms.
  await record([samples(0, { current: [0.005] })], current, ({ recorder }) => {
    near(recorder.read(0, 1), [20]);
  });
  const both = samples(0, { current: [0.005], voltage: [3] });
  await record([both], current, ({ recorder }) => near(recorder.read(0, 1), [30]));
});

Deno.test("EnergyRecorder keeps edges that fall, losses, and a clock once a second", () =>
  record(
    [
      samples(0, { energy: Array(10).fill(1e-6) }),
      { type: "edge", index: 3.5, falling: true },
      { type: "edge", index: 4, falling: false },
      { type: "lost", firstIndex: 10, count: 2, reason: "overrun" },
      ...[500_000, 1_000_000, 1_400_000, 2_100_000].map((timeUs): MonitorEvent => ({
        type: "clock",
        index: timeUs / 1000,
        timeUs,
      })),
      { type: "note", text: "calibrated" },
    ],
    {},
    async ({ recorder, records }) => {
      assert.deepEqual(recorder.edges, [3.5]);
      recorder.addEdgeAt(101);
      assert.deepEqual(records.map((record) => ({ ...record, time: undefined })), [
        { type: "edge", trace: 3, sample: 3.5, by: "monitor", time: undefined },
        { type: "lost", trace: 3, sample: 10, count: 2, reason: "overrun", time: undefined },
        { type: "clock", trace: 3, sample: 1000, timeUs: 1_000_000, time: undefined },
        { type: "clock", trace: 3, sample: 2100, timeUs: 2_100_000, time: undefined },
        { type: "notice", text: "Energy monitor: calibrated", time: undefined },
        { type: "edge", trace: 3, sample: 1, by: "io-manager", time: undefined },
      ]);
      // In order of time, whoever told them first.
      const wait = { settleMs: 1, deadlineMs: 10 };
      assert.deepEqual(await recorder.edgesFrom(0, 2, wait), [1, 3.5]);
      assert.deepEqual(await recorder.edgesFrom(1, 5, wait), [1]);
    },
  ));

Deno.test("EnergyRecorder tells when the monitor fails, or leaves samples out without a word", async () => {
  const gone = new Error("gone");
  await record([samples(0, { energy: [1e-6] }), gone], {}, async ({ recorder, failures }) => {
    assert.deepEqual(failures, [gone]);
    assert.equal(recorder.length, 1);
    await assert.rejects(recorder.edgesFrom(0, 1, { settleMs: 1, deadlineMs: 10 }), gone);
  });
  await record([samples(0, { energy: [1e-6] }), samples(5, { energy: [1e-6] })], {}, (recorded) => {
    assert.match(String(recorded.failures[0]), /from 5 on as there are 1 so far/);
  });
});
