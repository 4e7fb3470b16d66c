import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { delay, VirtualClock } from "../../lib/clock.ts";
import { Bench } from "../../lib/lab/bench.ts";
import { DutLinePort } from "../../lib/lab/dut_line_port.ts";
import type { LabActivity, LabEdge } from "../../lib/lab/lab.ts";
import type { DutTurn, TimedDut } from "../../lib/lab/timed_dut.ts";

/** A DUT that answers as said, at once or when it is let. */
class ScriptedDut implements TimedDut {
  readonly heard: string[] = [];
  /** When it has stopped; at once where it is undefined. */
  stopped: Promise<void> | undefined;
  answers: (DutTurn | Promise<DutTurn>)[] = [];
  boot(): DutTurn {
    this.heard.push("boot");
    return { events: [], endUs: 0 };
  }
  receive(bytes: Uint8Array): DutTurn | Promise<DutTurn> {
    this.heard.push(new TextDecoder().decode(bytes));
    return this.answers.shift() ?? { events: [], endUs: 0 };
  }
  stop(): void | Promise<void> {
    this.heard.push("stop");
    return this.stopped;
  }
}

function setUp(dut: TimedDut, clock = new VirtualClock(), powered = true) {
  const edges: LabEdge[] = [];
  const activities: LabActivity[] = [];
  const bench = new Bench(dut, {
    baudRate: 10_000, // 1 ms a byte
    powered,
    onEdge: (edge) => edges.push(edge),
    onActivity: (activity) => activities.push(activity),
  });
  const port = new DutLinePort(bench, clock, 10_000);
  return { bench, port, edges, activities, clock };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const round = <T extends { timeUs: number }>(events: T[]) =>
  events.map((event) => ({ ...event, timeUs: Math.round(event.timeUs) }));

const window: DutTurn = {
  events: [
    { timeUs: 0, byte: 65 },
    { timeUs: 1000, byte: 66 },
    { timeUs: 2000, edge: "falling" },
    { timeUs: 2002, edge: "rising" },
    { timeUs: 9000, edge: "falling" },
    { timeUs: 9002, edge: "rising" },
    { timeUs: 9010, byte: 67 },
  ],
  endUs: 10_010,
};

async function send(port: DutLinePort, text: string): Promise<void> {
  const writer = port.writable!.getWriter();
  await writer.write(new TextEncoder().encode(text));
  writer.releaseLock();
}

async function receive(port: DutLinePort, count: number): Promise<string> {
  const reader = port.readable!.getReader();
  let text = "";
  while (text.length < count) {
    const { value, done } = await reader.read();
    assert.ok(!done);
    text += new TextDecoder().decode(value);
  }
  reader.releaseLock();
  return text;
}

Deno.test("Bench has what a DUT does happen at its time, on one axis with its states", async () => {
  const dut = new ScriptedDut();
  dut.answers = [window];
  const { port, edges, activities, clock } = setUp(dut);
  await port.open({ baudRate: 10_000 });
  await send(port, "go%");
  assert.equal(await receive(port, 3), "ABC");
  await delay(clock, 1);
  await port.close();
  assert.deepEqual(dut.heard, ["boot", "go%", "stop"]);
  // The command took 3 ms.
  assert.deepEqual(round(edges), [
    { timeUs: 5000, falling: true },
    { timeUs: 5002, falling: false },
    { timeUs: 12_000, falling: true },
    { timeUs: 12_002, falling: false },
  ]);
  assert.deepEqual(round(activities), [
    { timeUs: 0, state: "idle" },
    { timeUs: 3000, state: "uart" },
    { timeUs: 5000, state: "inference" },
    { timeUs: 12_010, state: "uart" },
    { timeUs: 13_010, state: "idle" },
    { timeUs: 14_010, state: "off" },
  ]);
});

Deno.test("Bench stands still while a DUT computes outside of this process", async () => {
  const clock = new VirtualClock();
  const dut = new ScriptedDut();
  const { promise, resolve } = Promise.withResolvers<DutTurn>();
  dut.answers = [promise];
  const { port, edges } = setUp(dut, clock);
  await port.open({ baudRate: 10_000 });
  const sent = send(port, "go%");
  while (dut.heard.at(-1) !== "go%") await turn();
  let late = false;
  clock.schedule(60_000, () => late = true);
  for (let i = 0; i < 100; i++) await turn();
  assert.equal(late, false);
  const before = clock.now();
  resolve(window);
  await sent;
  await receive(port, 3);
  assert.equal(edges.length, 4);
  assert.ok(Math.abs(edges[0].timeUs - before * 1000 - 2000) < 1);
  await port.close();
});

Deno.test("Bench stands still while a DUT outside of this process loses its power", async () => {
  const clock = new VirtualClock();
  const dut = new ScriptedDut();
  const computing = Promise.withResolvers<DutTurn>();
  const stopping = Promise.withResolvers<void>();
  dut.answers = [computing.promise];
  dut.stopped = stopping.promise;
  const { bench, port, activities } = setUp(dut, clock);
  await port.open({ baudRate: 10_000 });
  const sent = send(port, "go%");
  while (dut.heard.at(-1) !== "go%") await turn();
  const before = clock.now();
  const off = bench.power(false);
  computing.reject(new DOMException("The DUT has lost its power", "AbortError"));
  await sent;
  // The turn is over; the program that computed it is not yet.
  let late = false;
  clock.schedule(60_000, () => late = true);
  for (let i = 0; i < 100; i++) await turn();
  assert.equal(late, false);
  assert.equal(clock.now(), before);
  stopping.resolve();
  await off;
  dut.stopped = undefined;
  await delay(clock, 5);
  await bench.power(true);
  await delay(clock, 1);
  assert.deepEqual(round(activities).slice(1), [
    { timeUs: 3000, state: "off" },
    { timeUs: 8000, state: "idle" },
  ]);
  assert.equal(late, false);
  await port.close();
});
