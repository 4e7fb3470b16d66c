/**
 * Energy mode on the whole bench: the firmware's core with a real model, the IO manager's firmware on an emulated UNO, and
 * the driver of the LPM01A against a virtual one.
 */
import assert from "node:assert/strict";
import { benchmarks } from "../../lib/benchmarks.ts";
import { openEnergyLab } from "../../lib/lab/energy_lab.ts";
import { demoData, demoModel } from "../../lib/runner/demo_data.ts";
import { type RunEvent, runSession } from "../../lib/runner/run_session.ts";
import { energyReport } from "../../lib/sessions/energy_report.ts";
import { readSession } from "../../lib/sessions/read_session.ts";
import { type Score, scoreSession } from "../../lib/sessions/score_session.ts";
import type { RecordedSession } from "../../lib/sessions/session.ts";
import { plainIoManager } from "./plain_io_manager.ts";

const benchmark = benchmarks.kws01;

for (const io of ["avr8js", undefined] as const) {
  const through = io ? "through the IO manager" : "without an IO manager";
  Deno.test(`energy of the lab is the power model's integral, within 0.1 %, ${through}`, async () => {
    const folder = await Deno.makeTempDir();
    await using bench = await openEnergyLab({
      dut: "wasm",
      io,
      benchmark,
      model: demoModel(benchmark),
    });
    const trueEdgesUs: number[] = [];
    bench.lab.onEdge(({ timeUs, falling }) => falling && trueEdgesUs.push(timeUs));
    const events: RunEvent[] = [];
    let startMs = 0;
    const run = runSession({
      connection: { port: bench.port, name: "lab", source: bench.lab.source },
      clock: bench.clock,
      benchmark,
      mode: "energy",
      data: demoData(benchmark),
      session: folder,
      baudRate: bench.lab.dutBaudRate,
      energy: {
        ioManager: io !== undefined,
        async openMonitor(options) {
          const monitor = await bench.openMonitor(options);
          const start = monitor.start.bind(monitor);
          monitor.start = async (settings) => {
            const acquisition = await start(settings);
            startMs = acquisition.startMs;
            return acquisition;
          };
          return monitor;
        },
      },
    });
    // An emulated UNO takes ten seconds for a window: one shows it, and that a run that is left takes the power away.
    const windows = io ? 1 : 5;
    let score: Score | undefined;
    while (io === undefined || events.filter(({ type }) => type === "energy").length < windows) {
      const step = await run.next();
      if (step.done) {
        score = step.value;
        break;
      }
      events.push(step.value);
    }
    await run.return(undefined!);
    assert.equal(bench.lab.state, "off");
    const session = await readSession(folder) as RecordedSession;
    if (!io) {
      assert.equal(score?.source, "simulated");
      assert.deepEqual(score.findings.map(({ rule }) => rule), ["source"]);
      assert.deepEqual(scoreSession(session), score);
    }
    assert.deepEqual(session.findings, []);
    assert.equal(session.energyWindows.length, windows);
    assert.equal(session.start.baudRate, 9600);
    // Each window is what the model says of the time between its two edges.
    const [trace] = session.energyTraces;
    for (const window of session.energyWindows) {
      const fromUs = startMs * 1000 + window.startS * 1e6;
      const toUs = startMs * 1000 + window.endS * 1e6;
      const expectedUj = bench.power.energyJ(fromUs, toUs) * 1e6;
      const difference = window.energyUj / expectedUj - 1;
      assert.ok(Math.abs(difference) < 1e-3, `window ${window.index}: ${difference}`);
      const durationUs = (window.endS - window.startS) * 1e6;
      const fits = trueEdgesUs.some((edgeUs, i) =>
        Math.abs(trueEdgesUs[i + 1] - edgeUs - durationUs) <= 1e6 / trace.sampleRateHz
      );
      assert.ok(fits, `window ${window.index} of ${durationUs} µs has two edges of the board`);
    }
    const report = energyReport(session);
    assert.deepEqual(report.warnings, []);
    assert.ok(Math.abs(report.idleMw! / 4 - 1) < 0.1, `${report.idleMw}`);
    await Deno.remove(folder, { recursive: true });
  });
}

Deno.test("the driver takes the power away when a run is cancelled, or cannot go on", async () => {
  const folder = await Deno.makeTempDir();
  for (const monitor of ["lpm01a", "n6705"] as const) {
    await using bench = await openEnergyLab({
      ...{ dut: "wasm", benchmark, model: demoModel(benchmark), monitor },
    });
    const controller = new AbortController();
    const states: string[] = [];
    bench.lab.onActivity(({ state }) => states.push(state));
    const run = runSession({
      connection: { port: bench.port, name: "lab", source: "simulated" },
      clock: bench.clock,
      benchmark,
      mode: "energy",
      data: demoData(benchmark),
      session: `${folder}/${monitor}`,
      baudRate: bench.lab.dutBaudRate,
      signal: controller.signal,
      energy: { ioManager: false, openMonitor: (options) => bench.openMonitor(options) },
    });
    const expected = monitor === "lpm01a" ? { name: "AbortError" } : /sees no timestamps/;
    await assert.rejects(async () => {
      for await (const event of run) if (event.type === "energy") controller.abort();
    }, expected);
    assert.ok(states.includes("idle"), "the DUT had power");
    assert.equal(bench.lab.state, "off");
    const { stop } = await readSession(`${folder}/${monitor}`);
    assert.equal(stop?.reason, monitor === "lpm01a" ? "cancelled" : "failed");
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("energy by a monitor that sees no edges takes them from the IO manager, whose clock is off", async () => {
  const folder = await Deno.makeTempDir();
  await using bench = await openEnergyLab({
    ...{ dut: "wasm", benchmark, model: demoModel(benchmark), monitor: "n6705" },
  });
  const trueUs: number[] = [];
  bench.lab.onEdge(({ timeUs, falling }) => falling && trueUs.push(timeUs));
  const run = runSession({
    // Half a percent fast: a window of 10 s would be 50 ms too long.
    connection: { port: await plainIoManager(bench, 1.005), name: "io", source: "simulated" },
    clock: bench.clock,
    benchmark,
    mode: "energy",
    data: demoData(benchmark),
    session: folder,
    energy: { openMonitor: (options) => bench.openMonitor(options) },
  });
  let step = await run.next();
  while (!step.done) step = await run.next();
  assert.deepEqual(step.value.findings.map(({ rule }) => rule), ["source"]);
  const session = await readSession(folder) as RecordedSession;
  const [trace] = session.energyTraces;
  assert.equal(trace.monitor?.kind, "n6705");
  for (const { startS, endS } of session.energyWindows) {
    const durationUs = (endS - startS) * 1e6;
    const off = trueUs.slice(1).map((us, i) => Math.abs(us - trueUs[i] - durationUs));
    assert.ok(Math.min(...off) < 3000, `${Math.min(...off)} µs off`);
  }
  assert.deepEqual(energyReport(session).warnings, []);
  const events = await Deno.readTextFile(`${folder}/events.jsonl`);
  assert.ok(events.includes('"by":"io-manager"') && !events.includes('"by":"monitor"'));
  await Deno.remove(folder, { recursive: true });
});
