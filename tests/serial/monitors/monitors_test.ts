import assert from "node:assert/strict";
import { VirtualClock } from "../../../lib/clock.ts";
import { InputError } from "../../../lib/errors.ts";
import { monitorCapabilities } from "../../../lib/serial/monitors/capabilities.ts";
import { EventQueue } from "../../../lib/serial/monitors/event_queue.ts";
import { listMonitors } from "../../../lib/serial/monitors/list_monitors.ts";
import {
  MonitorError,
  MonitorNotFoundError,
  MonitorStoppedError,
} from "../../../lib/serial/monitors/monitor_errors.ts";
import { parseMonitorSpec } from "../../../lib/serial/monitors/monitor_spec.ts";
import { openMonitor } from "../../../lib/serial/monitors/open_monitor.ts";
import { SampleTracker } from "../../../lib/serial/monitors/sample_tracker.ts";
import { TimeMap } from "../../../lib/serial/monitors/time_map.ts";
import { PortError } from "../../../lib/serial/port_errors.ts";
import { PowerModel } from "../../../lib/serial/virtual/monitors/power_model.ts";
import { simulatedPower } from "../../../lib/serial/virtual/monitors/power_source.ts";
import { listenN6705 } from "../../../lib/serial/virtual/monitors/virtual_n6705.ts";
import { SeededRandom } from "../../model/seeded_random.ts";
import { takeEvents } from "./take_events.ts";

Deno.test("TimeMap never moves the past", () => {
  const random = new SeededRandom(1);
  const map = new TimeMap(1000);
  const said = new Map<number, number>();
  let index = 0;
  let timeUs = 0;
  for (let i = 0; i < 300; i++) {
    index += random.integer(-5, 2000);
    timeUs += random.integer(-5000, 2_000_000);
    map.add({ index, timeUs });
    const last = map.points[map.points.length - 1];
    for (const [at, us] of said) assert.equal(map.timeUs(at), us);
    for (let k = 0; k < 5; k++) {
      const at = random.real() * last.index;
      said.set(at, map.timeUs(at));
      const back = map.index(map.timeUs(at));
      assert.ok(Math.abs(back - at) < 1e-6 * Math.max(1, at), `${back} ${at}`);
    }
  }
  assert.ok(said.size > 1000);
});

Deno.test("TimeMap leaves points out that would turn time back, or are no numbers", () => {
  const map = new TimeMap(1000);
  assert.equal(map.add({ index: 10, timeUs: 10_000 }), true);
  for (const [index, timeUs] of [[10, 11_000], [11, 10_000], [9, 9000], [NaN, 1], [20, Infinity]]) {
    assert.equal(map.add({ index, timeUs }), false);
  }
  assert.equal(map.points.length, 2);
  assert.equal(map.timeUs(20), 20_000);
  assert.equal(map.timeUs(-1), -1000);
  assert.equal(map.index(-1000), -1);
  for (const rate of [0, -1, NaN, Infinity]) assert.throws(() => new TimeMap(rate), RangeError);
});

function tracked(sampleRateHz = 1000) {
  const clock = new VirtualClock();
  const queue = new EventQueue({ monitor: "test", sampleRateHz, clock });
  return {
    queue,
    tracker: new SampleTracker(queue, { quantity: "current", monitor: "test" }),
    clock,
  };
}

Deno.test("SampleTracker finds what is missing by the monitor's time", async () => {
  const { queue, tracker } = tracked();
  const some = (count: number) => tracker.samples(new Float64Array(count).fill(1));
  some(1000);
  tracker.time(1_000_000);
  some(1000);
  tracker.time(2_000_000);
  some(990);
  tracker.time(3_000_000);
  some(999);
  tracker.time(4_000_000);
  some(999);
  tracker.time(5_000_000);
  queue.end();
  const { values, lost } = await takeEvents(queue, "current");
  // One missing sample is within the steps of a time in ms; two are not.
  assert.deepEqual(lost.map(({ firstIndex, count }) => [firstIndex, count]), [[2990, 10], [
    4998,
    2,
  ]]);
  assert.equal(values.length, 5000);
  assert.equal(values.filter(Number.isNaN).length, 12);
});

Deno.test("SampleTracker takes any times without harm", async () => {
  const random = new SeededRandom(2);
  for (let round = 0; round < 200; round++) {
    const { queue, tracker } = tracked(random.pick([1, 1000, 100_000]));
    for (let i = 0; i < 50; i++) {
      if (random.integer(0, 1)) tracker.samples(new Float32Array(random.integer(0, 100)));
      else tracker.time(random.pick([0, 1e6, random.integer(0, 2 ** 31) * 1000, 2 ** 31 * 1000]));
    }
    queue.end();
    const { values, error } = await takeEvents(queue, "current");
    assert.ok(values.length < 50 * 100 + 50 * 1_000_000);
    assert.ok(error === undefined || error instanceof MonitorStoppedError);
  }
});

Deno.test("SampleTracker ends where the gap is no gap any more", async () => {
  const { queue, tracker } = tracked();
  tracker.lost(10_001, "test");
  const { values, error } = await takeEvents(queue, "current");
  assert.ok(error instanceof MonitorStoppedError);
  assert.equal(values.length, 0);
});

Deno.test("EventQueue ends with an error where nobody takes the samples", async () => {
  const { queue, tracker } = tracked();
  const block = new Float32Array(2 ** 20);
  for (let i = 0; i <= 64; i++) tracker.samples(block);
  assert.ok(queue.isEnded);
  await assert.rejects(async () => {
    for await (const _ of queue);
  }, MonitorError);
  assert.throws(() => queue[Symbol.asyncIterator](), TypeError);
});

Deno.test("EventQueue hands out what came before its end, then its error", async () => {
  const { queue, clock } = tracked();
  const taken = takeEvents(queue, "current");
  queue.push({ type: "note", text: "a" });
  clock.schedule(10, () => queue.push({ type: "note", text: "b" }));
  clock.schedule(20, () => queue.fail(new Error("x")));
  clock.schedule(30, () => queue.push({ type: "note", text: "c" }));
  const { notes, error } = await taken;
  assert.deepEqual(notes, ["a", "b"]);
  assert.match(String(error), /x/);
});

Deno.test("parseMonitorSpec() reads kinds and ports, and names what it cannot", () => {
  assert.deepEqual(parseMonitorSpec("n6705:tcp://host:5025"), {
    kind: "n6705",
    port: "tcp://host:5025",
  });
  assert.deepEqual(parseMonitorSpec("LPM01A:unix:/tmp/x"), { kind: "lpm01a", port: "unix:/tmp/x" });
  assert.deepEqual(parseMonitorSpec("ppk2:/dev/a", "/dev/b"), { kind: "ppk2", port: "/dev/b" });
  assert.deepEqual(parseMonitorSpec("virtual"), { kind: "virtual", port: undefined });
  for (const spec of ["", ":", "lpm01a:", "js330", "__proto__", "constructor:x"]) {
    assert.throws(() => parseMonitorSpec(spec), InputError, spec);
  }
  assert.throws(() => parseMonitorSpec("lpm01a", ""), InputError);
});

Deno.test("openMonitor() names what cannot be opened", async () => {
  await assert.rejects(openMonitor("n6705:tcp://host:99999"), InputError);
  await assert.rejects(openMonitor("n6705:what is this"), InputError);
  await assert.rejects(openMonitor("lpm01a:nowhere"), InputError);
  await assert.rejects(openMonitor("lpm01a:/dev/no-such-port"), PortError);
  await assert.rejects(openMonitor("js220:1"), MonitorNotFoundError);
  await assert.rejects(openMonitor("ppk2"), MonitorNotFoundError);
});

Deno.test("openMonitor() opens an N6705 on a socket", async () => {
  await using server = listenN6705({ power: simulatedPower({ model: new PowerModel() }) });
  const clock = new VirtualClock();
  const patient = {
    now: () => clock.now(),
    // Deadlines of answers over a real socket are the machine's own; the instrument's waits are not waited for.
    schedule: (ms: number, callback: () => void) => {
      const id = setTimeout(callback, ms === 5000 ? ms : 0);
      return () => clearTimeout(id);
    },
  };
  await using monitor = await openMonitor(`n6705:${server.url}`, { clock: patient });
  assert.equal(monitor.info.name, "Keysight Technologies N6705C");
});

Deno.test("listMonitors() finds USBTMC instruments without opening them", async () => {
  const root = await Deno.makeTempDir();
  await Deno.mkdir(`${root}/dev`);
  for (const name of ["usbtmc1", "usbtmc0", "ttyS0", "usbtmcx"]) {
    await Deno.writeTextFile(`${root}/dev/${name}`, "");
  }
  const found = (await listMonitors({ root })).filter(({ kind }) => kind === "n6705");
  assert.deepEqual(found.map(({ port }) => port), ["/dev/usbtmc0", "/dev/usbtmc1"]);
  await Deno.remove(root, { recursive: true });
});

Deno.test("monitorCapabilities has rates in order, with the default among them", () => {
  for (const [kind, can] of Object.entries(monitorCapabilities)) {
    const rates = can.sampleRatesHz;
    assert.deepEqual(rates, [...rates].sort((a, b) => a - b), kind);
    assert.ok(rates.includes(can.defaultSampleRateHz), kind);
    assert.ok(can.quantities.includes("energy"), kind);
  }
  assert.equal(monitorCapabilities.lpm01a.sampleRatesHz.length, 16);
});

Deno.test("PowerModel.energyJ() is the integral of watts()", () => {
  const model = new PowerModel({ noise: 0.05, driftPerHour: 0.5, seed: 9 });
  const changes = [
    { timeUs: 10_500, state: "active" as const },
    { timeUs: 10_500, state: "uart" as const },
    { timeUs: 20_250, state: "active" as const },
    { timeUs: 31_700, state: "idle" as const },
  ];
  const stepUs = 0.5;
  let sum = 0;
  for (let at = 5250; at < 40_250; at += stepUs) {
    const middle = at + stepUs / 2;
    const state = changes.filter(({ timeUs }) => timeUs <= middle).at(-1)?.state ?? "idle";
    sum += model.watts(state, middle) * stepUs / 1e6;
  }
  const energyJ = model.energyJ(changes, 5250, 40_250);
  assert.ok(Math.abs(energyJ / sum - 1) < 1e-9, `${energyJ} ${sum}`);
  const parts = model.energyJ(changes, 5250, 12_345) + model.energyJ(changes, 12_345, 40_250);
  assert.ok(Math.abs(parts / energyJ - 1) < 1e-12);
});

Deno.test("PowerModel makes noise of the deviation that it is told, the same each time", () => {
  const model = new PowerModel({ noise: 0.02, driftPerHour: 0, idleW: 1, seed: 4 });
  const values = Array.from({ length: 20_000 }, (_, i) => model.watts("idle", i * 1000 + 1));
  const mean = values.reduce((a, b) => a + b) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
  assert.ok(Math.abs(mean - 1) < 0.001, `${mean}`);
  assert.ok(Math.abs(deviation - 0.02) < 0.001, `${deviation}`);
  const again = new PowerModel({ noise: 0.02, driftPerHour: 0, idleW: 1, seed: 4 });
  assert.equal(again.watts("idle", 5001), values[5]);
  assert.notEqual(new PowerModel({ idleW: 1, seed: 5 }).watts("idle", 5001), values[5]);
});

Deno.test("simulatedPower() keeps what is told out of order in order", () => {
  const power = simulatedPower({
    model: new PowerModel({ noise: 0, driftPerHour: 0, idleW: 1, activeW: 3 }),
  });
  power.setState(3e6, "idle");
  power.setState(1e6, "active");
  assert.ok(Math.abs(power.energyJ(0, 4e6) - 8) < 1e-9);
  for (const us of [5, 0, 7, 5]) power.addEdge(us);
  assert.deepEqual(power.edgesUs(0, 7), [0, 5, 5]);
  assert.deepEqual(power.edgesUs(5, 8), [5, 5, 7]);
  assert.deepEqual(power.edgesUs(8, 9), []);
});
