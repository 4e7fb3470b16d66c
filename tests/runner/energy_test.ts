import assert from "node:assert/strict";
import { benchmarks } from "../../lib/benchmarks.ts";
import { demoData } from "../../lib/runner/demo_data.ts";
import { EdgeError, LostSamplesError, SupplyError } from "../../lib/runner/energy_errors.ts";
import { type RunEvent, runSession, type RunSessionOptions } from "../../lib/runner/run_session.ts";
import { DutLostError, FirmwareError } from "../../lib/serial/dut_errors.ts";
import { MonitorLostError } from "../../lib/serial/monitors/monitor_errors.ts";
import { cortexM4Cost, inferenceUs } from "../../lib/serial/virtual/cost_model.ts";
import { readSession } from "../../lib/sessions/read_session.ts";
import { type Score, scoreSession } from "../../lib/sessions/score_session.ts";
import type { RecordedSession } from "../../lib/sessions/session.ts";
import { SeededRandom } from "../model/seeded_random.ts";
import { EnergyLab, type LabFaults, power } from "./energy_lab.ts";

const benchmark = benchmarks.kws01;

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(`${folder}/session`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

interface Ran {
  score?: Score;
  error?: unknown;
  events: RunEvent[];
  lab: EnergyLab;
}

async function run(
  session: string,
  faults: LabFaults = {},
  options: Partial<RunSessionOptions> & { onEvent?: (event: RunEvent, lab: EnergyLab) => void } =
    {},
): Promise<Ran> {
  const lab = new EnergyLab(benchmark, faults);
  const events: RunEvent[] = [];
  try {
    const steps = runSession({
      connection: lab.connection,
      benchmark,
      mode: "energy",
      data: demoData(benchmark),
      limit: 2,
      session,
      clock: lab.clock,
      energy: lab.setup,
      baudRate: 9600,
      ...options,
    });
    for (;;) {
      const step = await steps.next();
      if (step.done) return { score: step.value, events, lab };
      events.push(step.value);
      options.onEvent?.(step.value, lab);
    }
  } catch (error) {
    return { error, events, lab };
  }
}

const oneUs = inferenceUs(2_656_768, cortexM4Cost);

Deno.test("an energy run gives the energy of the power model, and the same when it is read again", () =>
  withFolder(async (folder) => {
    const { score, error, lab } = await run(folder);
    assert.equal(error, undefined, String(error));
    assert.ok(score);
    const expectedUj = oneUs / 1000 * power.active;
    assert.ok(Math.abs(score.energyUjPerInf! / expectedUj - 1) < 1e-3, `${score.energyUjPerInf}`);
    // The board says itself that it is simulated.
    assert.deepEqual(score.findings.map(({ rule }) => rule), ["source"]);
    assert.ok(score.valid);
    assert.equal(score.energyWindows!.length, 5);
    assert.ok(score.energyWindows!.every(({ runtimeS }) => runtimeS >= 10));
    // First the supply, then power; at the end no power.
    const { calls } = lab.monitor;
    assert.deepEqual(calls.slice(0, 4), ["off", "supply 3", "on", "start"]);
    assert.ok(!lab.isPowered && !lab.monitor.isOpen);
    const session = await readSession(folder) as RecordedSession;
    assert.deepEqual(session.findings, []);
    assert.deepEqual(scoreSession(session), score);
    const [trace] = session.energyTraces;
    assert.deepEqual([trace.sampleRateHz, trace.supplyV, trace.monitor?.name], [1000, 3, "lab"]);
    assert.ok(trace.samplesUj.length > 50_000);
    assert.match(session.notices[0].text, /monitor 'lpm01a' cannot be submitted/);
    // One of the pin's check, some of the probe, two of each window.
    assert.ok(trace.timestampsS.length >= 1 + 2 + 10);
    assert.ok(trace.clock!.length >= 50);
  }));

Deno.test("the official files of an energy run are read as the official runners' own", () =>
  withFolder(async (folder) => {
    const { score } = await run(folder);
    await Deno.remove(`${folder}/events.jsonl`);
    const python = scoreSession(await readSession(folder, { mode: "energy" }));
    assert.equal(python.runner, "mlcommons");
    assert.ok(python.printed!.length === 1 + 5 * 5);
    assert.deepEqual(python.printed!.filter(({ agrees }) => agrees !== true), []);
    assert.ok(Math.abs(python.energyUjPerInf! / score!.energyUjPerInf! - 1) < 1e-8);
    // EnergyRunner's samples and edges give the same windows.
    const { parseEnergyTimestamps } = await import(
      "../../lib/sessions/energyrunner/energyrunner_trace.ts"
    );
    const { readEnergySamples } = await import("../../lib/sessions/trace_file.ts");
    const { integrateEnergy } = await import("../../lib/scoring/energy.ts");
    const times = parseEnergyTimestamps(
      await Deno.readTextFile(`${folder}/trace1-timestamps.json`),
    );
    const { samplesUj, sampleRateHz } = await readEnergySamples(`${folder}/trace1-energy.bin`);
    assert.equal(times.length, 11);
    score!.energyWindows!.forEach(({ energyUj }, k) => {
      const [start, end] = times.slice(2 * k + 1, 2 * k + 3);
      const { energy } = integrateEnergy(samplesUj, sampleRateHz, start, end);
      assert.ok(Math.abs(energy / energyUj - 1) < 1e-12);
    });
  }));

Deno.test("each broken rule of an energy run is an error of its own, with the data kept and the power off", async () => {
  // Edge 0 is the check of the pin; 1 to 6 at most are of the probe.
  const cases: [LabFaults, new (...args: never[]) => Error, RegExp][] = [
    [{ otherSupply: true }, SupplyError, /without the monitor's power/],
    [{ performance: true }, FirmwareError, /performance mode/],
    [{ missedEdges: [0] }, EdgeError, /makes 0 edges/],
    [{ missedEdges: [9] }, EdgeError, /window \d as it has 1 edges, not 2: one was lost/],
    [{ doubleEdges: [9] }, EdgeError, /window \d as it has 3 edges, not 2: some do not/],
    [{ lost: [[6000, 40]] }, LostSamplesError, /window 1 as 0\.\d+ % of its samples are lost/],
    // Edges go on, samples do not.
    [{ samplesEndAt: 18_000 }, LostSamplesError, /window 2 as the monitor's samples end before/],
    [{ samplesEndAt: 12_000 }, LostSamplesError, /window 1 as the monitor's samples end before/],
    [{ monitorVanishesAt: 8000 }, MonitorLostError, /the monitor is gone/],
    [{ dutVanishesAfter: 30 }, DutLostError, /./],
  ];
  for (const [faults, type, pattern] of cases) {
    await withFolder(async (folder) => {
      const { error, lab } = await run(folder, faults);
      const what = JSON.stringify(faults);
      assert.ok(error instanceof type, `${what}: ${error}`);
      assert.match(error.message, pattern, what);
      assert.ok(!lab.isPowered, `${what}: it has power`);
      assert.ok(!lab.monitor.isOpen, `${what}: the monitor is open`);
      if (error instanceof SupplyError || error instanceof FirmwareError) return;
      const session = await readSession(folder) as RecordedSession;
      assert.equal(session.stop?.reason, "failed");
      assert.equal(session.stop?.error?.name, error.name);
      assert.equal(session.energyTraces.length, 1);
      assert.ok(session.energyTraces[0].samplesUj.length > 100, what);
    });
  }
});

Deno.test("a few lost samples are within the rule: the mean stands for them", () =>
  withFolder(async (folder) => {
    const { score, error } = await run(folder, { lost: [[6000, 8]] });
    assert.equal(error, undefined, String(error));
    const session = await readSession(folder);
    assert.ok(session.energyWindows.some(({ missing }) => missing === 8));
    const expectedUj = oneUs / 1000 * power.active;
    for (const { energyUjPerInf } of score!.energyWindows!) {
      assert.ok(Math.abs(energyUjPerInf / expectedUj - 1) < 1e-3);
    }
    const lost = (await Deno.readTextFile(`${folder}/events.jsonl`)).match(/"type":"lost"/g);
    assert.equal(lost?.length, 1);
  }));

Deno.test("an energy run that was cancelled has no power, and goes on where it ended", () =>
  withFolder(async (folder) => {
    const controller = new AbortController();
    let windows = 0;
    const { error, lab } = await run(folder, {}, {
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === "energy" && ++windows === 2) controller.abort();
      },
    });
    assert.equal((error as Error).name, "AbortError");
    assert.ok(!lab.isPowered && !lab.monitor.isOpen);
    const half = await readSession(folder);
    assert.deepEqual([half.stop?.reason, half.energyWindows.length], ["cancelled", 2]);
    const again = await run(folder);
    assert.equal(again.error, undefined, String(again.error));
    assert.equal(again.events.filter(({ type }) => type === "energy").length, 3);
    const session = await readSession(folder);
    assert.deepEqual(session.energyWindows.map(({ trace }) => trace), [0, 0, 1, 1, 1]);
    assert.deepEqual(scoreSession(session), again.score);
    assert.ok(again.score!.valid);
    // Done: nothing is asked of the bench any more.
    const third = await run(folder);
    assert.deepEqual(third.score, again.score);
    assert.deepEqual(third.lab.monitor.calls, []);
  }));

Deno.test("an energy run whose listener goes away takes the power off", () =>
  withFolder(async (folder) => {
    const lab = new EnergyLab(benchmark);
    const steps = runSession({
      connection: lab.connection,
      benchmark,
      mode: "energy",
      data: demoData(benchmark),
      session: folder,
      clock: lab.clock,
      energy: lab.setup,
      baudRate: 9600,
    });
    for await (const event of steps) if (event.type === "energy") break;
    assert.ok(!lab.isPowered && !lab.monitor.isOpen);
    assert.equal((await readSession(folder)).stop?.reason, "cancelled");
  }));

Deno.test("an energy run says that the power may be on where the monitor cannot be closed", () =>
  withFolder(async (folder) => {
    const { error } = await run(folder, { missedEdges: [9], closeFails: true });
    assert.ok(error instanceof EdgeError, String(error));
    const { notices } = await readSession(folder);
    assert.ok(notices.some(({ text }) => /may still have power/.test(text)));
    // Also where nothing else went wrong.
    const { score, events } = await run(folder, { closeFails: true });
    assert.equal(score?.valid, true);
    const texts = events.flatMap((event) => event.type === "notice" ? [event.text] : []);
    assert.ok(texts.some((text) => /may still have power/.test(text)), texts.join());
    assert.deepEqual(scoreSession(await readSession(folder)), score);
  }));

Deno.test("an energy session goes on only with the same supply", () =>
  withFolder(async (folder) => {
    await run(folder, { missedEdges: [9] });
    const { error } = await run(folder, { supplyV: 1.8 });
    assert.match(String(error), /its supply voltage was '3', not '1.8'/);
    // Also once it is complete.
    await run(folder);
    assert.match(String((await run(folder, { supplyV: 1.8 })).error), /was '3', not '1.8'/);
    assert.equal((await run(folder, { supplyV: 3 })).score?.valid, true);
  }));

Deno.test("an energy run goes on after a crash, wherever its files were cut", () =>
  withFolder(async (folder) => {
    const { score } = await run(folder);
    const events = await Deno.readFile(`${folder}/events.jsonl`);
    const trace = await Deno.readFile(`${folder}/trace1-energy.bin`);
    const random = new SeededRandom(1);
    const header = events.indexOf(10) + 1;
    for (let i = 0; i < 12; i++) {
      await Deno.remove(folder, { recursive: true });
      await Deno.mkdir(folder);
      // The last records, and what was on its way to the disk, are lost; once the machine's crash takes more of the trace.
      const cut = random.integer(header, events.length - 200);
      await Deno.writeFile(`${folder}/events.jsonl`, events.subarray(0, cut));
      const share = i % 4 === 0 ? random.real() : 1;
      await Deno.writeFile(
        `${folder}/trace1-energy.bin`,
        trace.subarray(0, Math.floor(share * trace.length)),
      );
      const again = await run(folder);
      assert.equal(again.error, undefined, `cut at ${cut}: ${again.error}`);
      assert.ok(again.score!.valid);
      assert.equal(again.score!.energyWindows!.length, 5);
      assert.ok(Math.abs(again.score!.energyUjPerInf! / score!.energyUjPerInf! - 1) < 1e-3);
      const session = await readSession(folder);
      assert.deepEqual(scoreSession(session), again.score);
      assert.ok(session.energyTraces.length >= 1);
    }
  }));

Deno.test("a window that is too short, or not as probed, is measured again", () =>
  withFolder(async (folder) => {
    // After the first window the board runs twice as fast: the second lasts five seconds.
    const { score, error, events } = await run(folder, { pace: { fromEdge: 8, factor: 2 } });
    assert.equal(error, undefined, String(error));
    const notices = events.flatMap((event) => event.type === "notice" ? [event.text] : []);
    assert.match(notices.join("\n"), /Window \d took 5\.\d+ s .* not as expected: once more/);
    assert.ok(score!.valid, JSON.stringify(score!.findings));
    assert.ok(score!.energyWindows!.every(({ runtimeS }) => runtimeS >= 10));
  }));
