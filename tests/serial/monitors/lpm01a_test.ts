import assert from "node:assert/strict";
import { VirtualClock } from "../../../lib/clock.ts";
import { Lpm01a, type Lpm01aOptions } from "../../../lib/serial/monitors/lpm01a/lpm01a.ts";
import {
  MonitorCapabilityError,
  MonitorError,
  MonitorFirmwareError,
  MonitorLostError,
  MonitorRefusedError,
  MonitorStoppedError,
  MonitorTimeoutError,
} from "../../../lib/serial/monitors/monitor_errors.ts";
import { PowerModel } from "../../../lib/serial/virtual/monitors/power_model.ts";
import { simulatedPower } from "../../../lib/serial/virtual/monitors/power_source.ts";
import {
  type Lpm01aFaults,
  virtualLpm01a,
} from "../../../lib/serial/virtual/monitors/virtual_lpm01a.ts";
import { memoryPortPair } from "../../../lib/serial/memory_port.ts";
import { DevicePort } from "../../../lib/serial/virtual/monitors/device_wire.ts";
import { type Exchange, expectedProtocol } from "../expected_protocol.ts";
import { takeEvents, total } from "./take_events.ts";

const ack = (command: string, more = ""): Exchange => [
  `${command}\r\n`,
  `\r\nPowerShield > ack ${command}${more}\r\n\r\n`,
];

const startUp: Exchange[] = [
  ack("htc"),
  ack('lcd 1 "    Thimble     "'),
  ack("pwr off"),
  ack("acqtime inf"),
  ack("trigdelay 0"),
  ack("trigsrc sw"),
  ack("eventsrc d7 fal"),
  ack("output energy"),
  ack("format ascii_dec"),
  ack("freq 1k"),
  ["volt 3000m\r\n", "\r\nPowerShield > ack volt 3000m\r\n\r\ncalibration request handled\r\n"],
  ack("version", " 1.0.6"),
  ["powershield\r\n", "\r\nPowerShield > ack powershield\r\nPowerShield present: 0001ABCD\r\n\r\n"],
];

const shutDown: Exchange[] = [ack("pwr off"), ack("hrc")];

Deno.test("Lpm01a says what the official runner says, byte by byte", async () => {
  const clock = new VirtualClock();
  const { port, verify } = await expectedProtocol([
    ...startUp,
    ack("volt 1800m"),
    ack("pwr on nostatus"),
    [
      "start\r\n",
      "\r\nPowerShield > ack start\r\n\r\n6409-07\r\n1000-06\r\nevent 00 ris\r\n1000-06\r\n" +
      "TimeStamp: 000s 003ms, buff 00%\r\n1000-06\r\n",
    ],
    [
      "stop\r\n",
      "2000-06\r\nsummary beg\r\nsummary end\r\nend\r\nPowerShield > Acquisition completed\r\n\r\n",
    ],
    ack("pwr off"),
    ...shutDown,
  ]);
  const monitor = await Lpm01a.connect(port, { clock });
  assert.deepEqual(monitor.info, {
    kind: "lpm01a",
    name: "PowerShield",
    source: "measured",
    firmwareVersion: "1.0.6",
    serialNumber: "0001ABCD",
  });
  await monitor.setSupply(1.8);
  await monitor.powerOn();
  const acquisition = await monitor.start();
  await monitor.stop();
  const { values, edges, lost, events } = await takeEvents(acquisition, "energy");
  assert.deepEqual(values, [640.9e-6, 1e-3, 1e-3, 1e-3, 2e-3]);
  assert.deepEqual(edges, [2]);
  assert.deepEqual(lost, []);
  assert.deepEqual(events.filter(({ type }) => type === "clock"), [
    { type: "clock", index: 3, timeUs: 3000 },
  ]);
  await monitor.powerOff();
  await monitor.close();
  await monitor.close();
  verify();
  assert.equal(port.readable, null);
});

Deno.test("Lpm01a samples current in binary above 5 kHz", async () => {
  const clock = new VirtualClock();
  const latin1 = (bytes: number[]) => String.fromCharCode(...bytes);
  const [port, device] = memoryPortPair();
  await device.open({ baudRate: 1 });
  const writer = device.writable!.getWriter();
  const sent: string[] = [];
  (async () => {
    let text = "";
    for await (const chunk of device.readable!) {
      text += latin1([...chunk]);
      for (let end = text.indexOf("\r\n"); end >= 0; end = text.indexOf("\r\n")) {
        const command = text.slice(0, end);
        text = text.slice(end + 2);
        sent.push(command);
        const data = command === "start"
          ? [
            0xf0,
            0xf3,
            0,
            0,
            0,
            0,
            0,
            0xff,
            0xff,
            0x52,
            0xa0,
            0x52,
            0xa0,
            0xf0,
            0xf3,
            0,
            0,
            0,
            1,
            95,
            0xff,
            0xff,
            0x30,
          ]
          : command === "stop"
          ? [0x10, 0xf0, 0xf4, 0xff, 0xff]
          : [];
        const answer = command === "stop"
          ? latin1(data) + "\r\nPowerShield > Acquisition completed\r\n\r\n"
          // A service line can fall in between, also here.
          : `\r\nPowerShield > ack ${command}\r\n${
            command === "start" ? "calibration request handled\r\n" : ""
          }\r\n` + latin1(data);
        await writer.write(Uint8Array.from(answer, (c) => c.charCodeAt(0)));
      }
    }
  })().catch(() => {});
  await using monitor = await Lpm01a.connect(port, { clock, acquisitionMode: "stat" });
  assert.ok(sent.includes("acqmode stat"));
  sent.length = 0;
  const acquisition = await monitor.start({ sampleRateHz: 100_000, quantity: "current" });
  await monitor.stop();
  assert.deepEqual(sent, ["output current", "format bin_hexa", "freq 100k", "start", "stop"]);
  const { values, notes } = await takeEvents(acquisition, "current");
  assert.deepEqual(values, [0x2a0 / 16 ** 5, 0x2a0 / 16 ** 5, 0x010 / 16 ** 3]);
  assert.ok(notes.includes("The monitor's buffer is 95 % full"));
  // The settings are kept: only what changes is sent again.
  sent.length = 0;
  const again = await monitor.start({ sampleRateHz: 100_000, quantity: "current" });
  await monitor.stop();
  await takeEvents(again, "current");
  assert.deepEqual(sent, ["start", "stop"]);
});

/** A virtual LPM01A with a board that infers from 2 s to 12 s. */
async function bench(faults: Lpm01aFaults = {}, options: Lpm01aOptions = {}) {
  const clock = new VirtualClock();
  const model = new PowerModel({ seed: 7 });
  const switched: string[] = [];
  const power = simulatedPower({
    model,
    onPower: (isOn, volts) => switched.push(isOn ? `on ${volts}` : "off"),
  });
  const port = virtualLpm01a({ clock, power, faults });
  const monitor = await Lpm01a.connect(port, { clock, ...options });
  return { clock, model, power, port, monitor, switched };
}

async function measure(
  { clock, power, monitor }: Awaited<ReturnType<typeof bench>>,
  options: { sampleRateHz?: number; quantity?: "energy" | "current"; forMs?: number } = {},
) {
  const { sampleRateHz = 1000, quantity = "energy", forMs = 14_000 } = options;
  await monitor.powerOn();
  const originUs = clock.now() * 1000;
  power.setState(originUs + 2_000_000, "active");
  power.setState(originUs + 12_000_000, "uart");
  power.setState(originUs + 12_300_000, "idle");
  power.addEdge(originUs + 2_000_400);
  power.addEdge(originUs + 12_000_400);
  const acquisition = await monitor.start({ sampleRateHz, quantity });
  assert.equal(acquisition.startMs * 1000, originUs);
  clock.schedule(forMs, () => monitor.stop().catch(() => {}));
  return { ...await takeEvents(acquisition, quantity), originUs };
}

for (
  const [sampleRateHz, quantity, format] of [
    [1000, "energy", undefined],
    [1000, "energy", "bin_hexa"],
    [5000, "current", undefined],
    [20_000, "current", undefined],
    [100, "energy", undefined],
  ] as const
) {
  Deno.test(`Lpm01a measures the model's integral within 0.1 %: ${quantity} at ${sampleRateHz} Hz ${format ?? ""}`, async () => {
    const made = await bench({}, { format });
    const { values, edges, lost, originUs } = await measure(made, { sampleRateHz, quantity });
    assert.equal(values.length, 14 * sampleRateHz);
    assert.deepEqual(lost, []);
    const periodUs = 1e6 / sampleRateHz;
    assert.deepEqual(edges, [2_000_400, 12_000_400].map((us) => Math.floor(us / periodUs) + 1));
    const [from, to] = edges;
    const energyJ = total(values.slice(from, to)) * (quantity === "current" ? 3 / sampleRateHz : 1);
    const changes = [
      { timeUs: originUs + 2_000_000, state: "active" as const },
      { timeUs: originUs + 12_000_000, state: "uart" as const },
    ];
    const exactJ = made.model.energyJ(
      changes,
      originUs + from * periodUs,
      originUs + to * periodUs,
    );
    assert.ok(Math.abs(energyJ / exactJ - 1) < 0.001, `${energyJ} J, ${exactJ} J`);
    await made.monitor.close();
    assert.deepEqual(made.switched, ["on 3", "off"]);
  });
}

Deno.test("Lpm01a tells lost samples and keeps their place", async () => {
  for (const format of ["ascii_dec", "bin_hexa"] as const) {
    const made = await bench({ lostSamples: [{ firstIndex: 3100, count: 40 }] }, { format });
    const { values, lost } = await measure(made);
    assert.equal(lost.length, 1);
    assert.deepEqual(lost[0].count, 40);
    assert.equal(lost[0].firstIndex, 3960);
    assert.equal(values.length, 14_000);
    assert.equal(values.filter(Number.isNaN).length, 40);
    await made.monitor.close();
  }
});

Deno.test("Lpm01a passes on missing and extra edges as they are", async () => {
  const missing = await bench({ missingEdges: [1] });
  assert.deepEqual((await measure(missing)).edges, [2001]);
  const extra = await bench({ extraEdges: [4999] });
  assert.deepEqual((await measure(extra)).edges, [2001, 5000, 12_001]);
  await missing.monitor.close();
  await extra.monitor.close();
  // The monitor numbers its edges: a gap says that one was lost, though there are as many as there should be.
  const both = await bench({ extraEdges: [500], missingEdges: [0] });
  const { edges, notes } = await measure(both);
  assert.deepEqual(edges, [501, 12_001]);
  assert.ok(notes.includes("1 edges before the monitor's edge 2 are lost"), notes.join());
  await both.monitor.close();
});

Deno.test("Lpm01a.connect() survives what was sent before, and one refusal", async () => {
  const made = await bench({ staleOutput: true });
  const { values } = await measure(made, { forMs: 1000 });
  assert.equal(values.length, 1000);
  await made.monitor.close();
});

Deno.test("Lpm01a.connect() stops an acquisition that was left running", async () => {
  const clock = new VirtualClock();
  const power = simulatedPower({ model: new PowerModel() });
  const busy = "1000-06\r\n".repeat(50);
  const [first, ...rest] = startUp;
  const { port, verify } = await expectedProtocol([
    [first[0], busy],
    ["stop\r\n", busy + "PowerShield > Acquisition completed\r\n\r\n"],
    first,
    ...rest,
    ...shutDown,
  ]);
  const monitor = await Lpm01a.connect(port, { clock });
  await monitor.close();
  verify();
  assert.deepEqual(power.edgesUs(0, 1e9), []);
});

Deno.test("Lpm01a.connect() names old firmware", async () => {
  await assert.rejects(bench({ firmware: "1.0.4" }), (error) => {
    assert.ok(error instanceof MonitorFirmwareError);
    assert.equal(error.answer, "1.0.4");
    assert.match(
      error.message,
      /^Cannot use lpm01a on 'a port' as its firmware is older than 1\.0\.6: '1\.0\.4'$/,
    );
    return true;
  });
});

Deno.test("Lpm01a throws a refusal with its detail, and closes the port", async () => {
  const clock = new VirtualClock();
  const power = simulatedPower({ model: new PowerModel() });
  const port = virtualLpm01a({
    clock,
    power,
    faults: { refuse: { trigsrc: "solder bridge open" } },
  });
  await assert.rejects(Lpm01a.connect(port, { clock }), (error) => {
    assert.ok(error instanceof MonitorRefusedError);
    assert.equal(error.command, "trigsrc sw");
    assert.equal(error.answer, "solder bridge open");
    return true;
  });
  assert.equal(port.readable, null);
});

Deno.test("Lpm01a throws where nothing answers", async () => {
  await assert.rejects(bench({ ignore: ["htc", "stop", "pwr", "hrc"] }), MonitorTimeoutError);
});

Deno.test("Lpm01a does without a version and a serial number", async () => {
  const { monitor } = await bench({
    refuse: { version: "unknown command" },
    ignore: ["powershield"],
  });
  assert.equal(monitor.info.firmwareVersion, undefined);
  assert.equal(monitor.info.serialNumber, undefined);
  await monitor.close();
});

Deno.test("Lpm01a ends with an error when its buffer overruns, the data kept", async () => {
  for (const format of ["ascii_dec", "bin_hexa"] as const) {
    const made = await bench({ overrunAt: 2500 }, { format });
    const { values, error, lost } = await measure(made);
    assert.equal(values.length, 2500);
    assert.ok(error instanceof MonitorStoppedError, String(error));
    assert.match(error.answer, /buffer overrun/);
    assert.deepEqual(lost.map(({ count }) => count), [0]);
    await made.monitor.close();
    assert.deepEqual(made.switched, ["on 3", "off"]);
  }
});

Deno.test("Lpm01a ends with an error when the port vanishes, the data kept", async () => {
  const made = await bench({ vanishAt: 2500 });
  const { values, error } = await measure(made);
  assert.ok(values.length >= 2480 && values.length <= 2500, `${values.length}`);
  assert.ok(error instanceof MonitorLostError, String(error));
  await assert.rejects(made.monitor.powerOn(), MonitorLostError);
  await made.monitor.close();
});

Deno.test("Lpm01a stops when a signal aborts, and close() switches the power off", async () => {
  const made = await bench();
  await made.monitor.powerOn();
  const aborter = new AbortController();
  const acquisition = await made.monitor.start({ signal: aborter.signal });
  made.clock.schedule(500, () => aborter.abort(new Error("enough")));
  const { error, values } = await takeEvents(acquisition, "energy");
  assert.match(String(error), /enough/);
  assert.equal(values.length, 500);
  await made.monitor.close();
  assert.deepEqual(made.switched, ["on 3", "off"]);
});

Deno.test("Lpm01a.close() switches the power off after its own signal aborted", async () => {
  const aborter = new AbortController();
  const made = await bench({}, { signal: aborter.signal });
  await made.monitor.powerOn();
  await made.monitor.start();
  aborter.abort(new Error("enough"));
  await assert.rejects(made.monitor.powerOn());
  await made.monitor.close();
  assert.deepEqual(made.switched, ["on 3", "off"]);
  assert.equal(made.port.readable, null);
});

Deno.test("Lpm01a.close() switches the power off where its signal aborts meanwhile", async () => {
  for (const isSampling of [false, true]) {
    const aborter = new AbortController();
    const made = await bench({}, { signal: aborter.signal });
    await made.monitor.powerOn();
    if (isSampling) await made.monitor.start();
    const closing = made.monitor.close();
    aborter.abort(new Error("enough"));
    await closing;
    assert.deepEqual(made.switched, ["on 3", "off"]);
    assert.equal(made.port.readable, null);
  }
});

Deno.test("Lpm01a refuses what it cannot do, before anything is sent", async () => {
  const { monitor } = await bench();
  await assert.rejects(monitor.setSupply(5), MonitorCapabilityError);
  await assert.rejects(monitor.setSupply(NaN), MonitorCapabilityError);
  await assert.rejects(monitor.start({ sampleRateHz: 1234 }), MonitorCapabilityError);
  await assert.rejects(monitor.start({ quantity: "voltage" }), MonitorCapabilityError);
  await assert.rejects(monitor.start({ sampleRateHz: 50_000 }), MonitorError);
  await monitor.start();
  await assert.rejects(monitor.start(), /Cannot start again as lpm01a on 'a port' is sampling/);
  await assert.rejects(monitor.setSupply(3), MonitorError);
  await monitor.close();
});

Deno.test("Lpm01a.reset() sends psrst and waits", async () => {
  const { monitor, clock, port } = await bench();
  const before = clock.now();
  await monitor.reset();
  assert.equal(clock.now() - before, 15_000);
  assert.equal(port.readable, null);
});

Deno.test("Lpm01a takes any text from a device without harm", async () => {
  const { SeededRandom } = await import("../../model/seeded_random.ts");
  const random = new SeededRandom(11);
  const words = [
    "ack ",
    "error ",
    "PowerShield > ",
    "\r\n",
    "htc",
    "start",
    "\xf0\xf3",
    "Error detail: x",
    "6409-07",
    "end\r\n",
  ];
  for (let round = 0; round < 40; round++) {
    const clock = new VirtualClock();
    const [port, device] = memoryPortPair();
    await device.open({ baudRate: 1 });
    const writer = device.writable!.getWriter();
    (async () => {
      for await (const chunk of device.readable!) {
        const command = String.fromCharCode(...chunk).trim();
        const text = random.integer(0, 3)
          ? `\r\nPowerShield > ack ${command}\r\n\r\n`
          : Array.from({ length: 20 }, () => random.pick(words)).join("");
        await writer.write(Uint8Array.from(text, (c) => c.charCodeAt(0)));
      }
    })().catch(() => {});
    let after: Lpm01a | undefined;
    try {
      const monitor = await Lpm01a.connect(port, { clock, answerMs: 100 });
      after = monitor;
      const acquisition = await monitor.start({ sampleRateHz: 10_000, quantity: "current" });
      clock.schedule(50, () => monitor.stop().catch(() => {}));
      await takeEvents(acquisition, "current");
    } catch (error) {
      assert.ok(error instanceof MonitorError, String(error));
    }
    await after?.close().catch((error) => assert.ok(error instanceof MonitorError));
  }
});

Deno.test("Lpm01a ends with an error when the monitor falls silent, and still switches off", async () => {
  const clock = new VirtualClock();
  const sent: string[] = [];
  const port = new DevicePort("silent", (line) => ({
    receive(bytes) {
      const command = new TextDecoder().decode(bytes).trim();
      sent.push(command);
      const text = command === "stop"
        ? "PowerShield > Acquisition completed\r\n"
        : `\r\nPowerShield > ack ${command}\r\n\r\n${command === "start" ? "1000-06\r\n" : ""}`;
      line.send(new TextEncoder().encode(text));
    },
  }));
  const monitor = await Lpm01a.connect(port, { clock });
  const { values, error } = await takeEvents(await monitor.start(), "energy");
  assert.deepEqual(values, [1e-3]);
  assert.ok(error instanceof MonitorTimeoutError, String(error));
  assert.match(error.message, /has sent nothing for 5000 ms$/);
  sent.length = 0;
  await monitor.close();
  assert.deepEqual(sent, ["stop", "pwr off", "hrc"]);
});

Deno.test("Lpm01a.stop() takes it that the monitor has ended in the same moment", async () => {
  const clock = new VirtualClock();
  const { port, verify } = await expectedProtocol([
    ...startUp,
    ack("start"),
    ["stop\r\n", "1000-06\r\n\r\nPowerShield > error stop\r\nError detail: no acquisition\r\n\r\n"],
    ...shutDown,
  ]);
  const monitor = await Lpm01a.connect(port, { clock });
  const acquisition = await monitor.start();
  await monitor.stop();
  assert.deepEqual((await takeEvents(acquisition, "energy")).values, [1e-3]);
  await monitor.close();
  verify();
});

Deno.test("Lpm01a does one thing at a time, whoever asks", async () => {
  const made = await bench();
  await made.monitor.powerOn();
  const acquisition = await made.monitor.start();
  made.clock.schedule(100, () => {
    made.monitor.stop();
    made.monitor.powerOff();
    made.monitor.close();
  });
  const { values, error } = await takeEvents(acquisition, "energy");
  assert.equal(error, undefined);
  assert.equal(values.length, 100);
  await made.monitor.close();
  assert.deepEqual(made.switched, ["on 3", "off"]);
});
