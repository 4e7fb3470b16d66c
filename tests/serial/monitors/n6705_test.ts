import assert from "node:assert/strict";
import { VirtualClock } from "../../../lib/clock.ts";
import { BlockReader } from "../../../lib/serial/monitors/n6705/block_reader.ts";
import { N6705, type N6705Options } from "../../../lib/serial/monitors/n6705/n6705.ts";
import { TcpPort } from "../../../lib/serial/monitors/tcp_port.ts";
import { UsbtmcPort } from "../../../lib/serial/monitors/usbtmc_port.ts";
import {
  MonitorAnswerError,
  MonitorCapabilityError,
  MonitorError,
  MonitorLostError,
  MonitorRefusedError,
  MonitorTimeoutError,
} from "../../../lib/serial/monitors/monitor_errors.ts";
import { PortAccessError, PortNotFoundError } from "../../../lib/serial/port_errors.ts";
import { PowerModel } from "../../../lib/serial/virtual/monitors/power_model.ts";
import { simulatedPower } from "../../../lib/serial/virtual/monitors/power_source.ts";
import {
  listenN6705,
  virtualN6705,
  type VirtualN6705Options,
} from "../../../lib/serial/virtual/monitors/virtual_n6705.ts";
import { SeededRandom } from "../../model/seeded_random.ts";
import { type Exchange, expectedProtocol } from "../expected_protocol.ts";
import { takeEvents, total } from "./take_events.ts";

const good: Exchange = ["SYST:ERR?\n", '+0,"No error"\n'];
const does = (text: string): Exchange[] => [[text + "\n", ""], good];
const asks = (text: string, answer: string): Exchange[] => [[text + "\n", answer], good];

Deno.test("N6705 sets up in the order that works, and reads the error queue after each command", async () => {
  const clock = new VirtualClock();
  // One sample, 2.0 A: 0x40000000, big-endian, all of it ASCII.
  const block = "#14@\0\0\0\n";
  const { port, verify } = await expectedProtocol([
    ...asks("*IDN?", "Keysight Technologies,N6705B,MY1,D.01\n"),
    ...asks("SYST:CHAN?", "2\n"),
    ...asks("SYST:CHAN:MOD? (@1,2)", '"N6731B","N6781A"\n'),
    ...does("*RST;*CLS"),
    ...does("OUTP OFF,(@1,2)"),
    ...does("EMUL PS2Q,(@2)"),
    ...does("FUNC VOLT,(@2)"),
    ...does("VOLT:LEV 1.8,(@1,2)"),
    ...does("CURR:LIM 0.5,(@2)"),
    ...does("VOLT:PROT:REM 2.66,(@2)"),
    ...does("OUTP ON,(@1,2)"),
    ...does("FORM REAL"),
    ...does("FORM:BORD NORM"),
    ...does("SENS:ELOG:FUNC:VOLT OFF,(@2)"),
    ...does("SENS:ELOG:FUNC:CURR ON,(@2)"),
    ...does("SENS:ELOG:PER 0.001,(@2)"),
    ...asks("SENS:ELOG:PER? (@2)", "1.003520E-03\n"),
    ...does("TRIG:ELOG:SOUR BUS,(@2)"),
    ...does("INIT:ELOG (@2)"),
    ...does("TRIG:ELOG (@2)"),
    ...asks("FETC:ELOG? 16384,(@2)", block),
    ...does("ABOR:ELOG (@2)"),
    ...does("OUTP OFF,(@1,2)"),
  ]);
  const monitor = await N6705.connect(port, { clock, supplyVolts: 1.8 });
  assert.equal(clock.now(), 4000);
  assert.equal(monitor.info.serialNumber, "MY1");
  await monitor.powerOn();
  const acquisition = await monitor.start({ sampleRateHz: 1000 });
  await monitor.stop();
  assert.equal(acquisition.sampleRateHz, 1 / 1.00352e-3);
  const { values } = await takeEvents(acquisition, "energy");
  assert.deepEqual(values, [2 * 1.8 * 1.00352e-3]);
  await monitor.close();
  verify();
});

function bench(more: Partial<VirtualN6705Options> = {}) {
  const clock = new VirtualClock();
  const model = new PowerModel({ seed: 3 });
  const switched: string[] = [];
  const power = simulatedPower({
    model,
    onPower: (isOn, volts) => switched.push(isOn ? `on ${volts}` : "off"),
  });
  const port = virtualN6705({ clock, power, ...more });
  const connect = (options: N6705Options = {}) => N6705.connect(port, { clock, ...options });
  return { clock, model, power, port, switched, connect };
}

for (const quantity of ["energy", "current"] as const) {
  Deno.test(`N6705 measures the model's integral within 0.1 %: ${quantity}`, async () => {
    const { clock, model, power, switched, connect } = bench();
    const monitor = await connect();
    await monitor.powerOn();
    const originUs = clock.now() * 1000;
    const changes = [{ timeUs: originUs + 2e6, state: "active" as const }];
    power.setState(changes[0].timeUs, "active");
    const acquisition = await monitor.start({ sampleRateHz: 5000, quantity });
    clock.schedule(12_000, () => void monitor.stop());
    const { values, lost } = await takeEvents(acquisition, quantity);
    const periodUs = 1e6 / acquisition.sampleRateHz;
    assert.ok(Math.abs(periodUs - 204.8) < 1e-6);
    assert.equal(values.length, Math.floor(12e6 / 204.8));
    assert.deepEqual(lost, []);
    const energyJ = total(values) * (quantity === "current" ? 3 * periodUs / 1e6 : 1);
    const startUs = acquisition.startMs * 1000;
    const exactJ = model.energyJ(changes, startUs, startUs + values.length * periodUs);
    assert.ok(Math.abs(energyJ / exactJ - 1) < 0.001, `${energyJ} J, ${exactJ} J`);
    await monitor.close();
    assert.deepEqual(switched, ["on 3", "off"]);
  });
}

Deno.test("N6705 works over a socket", async () => {
  const power = simulatedPower({
    model: new PowerModel({ noise: 0, driftPerHour: 0, idleW: 0.003 }),
  });
  // The instrument's waits are jumped over; what goes over the socket takes its time.
  await using server = listenN6705({ power });
  const [, hostname, port] = /^tcp:\/\/(.*):(\d+)$/.exec(server.url)!;
  const clock = {
    now: () => performance.now(),
    schedule: (ms: number, callback: () => void) => {
      const id = setTimeout(callback, ms >= 5000 ? ms : Math.min(ms, 5));
      return () => clearTimeout(id);
    },
  };
  await using monitor = await N6705.connect(new TcpPort(hostname, Number(port)), { clock });
  await monitor.powerOn();
  const acquisition = await monitor.start({ sampleRateHz: 5000, quantity: "current" });
  const values: number[] = [];
  for await (const event of acquisition) {
    if (event.type !== "samples") continue;
    values.push(...event.values.current!);
    if (values.length > 100) await monitor.stop();
  }
  for (const value of values) assert.ok(Math.abs(value - 0.001) < 1e-8);
});

Deno.test("N6705 falls back to the other way to fetch", async () => {
  const unknown = ["FETC:ELOG? ", "FORM:BORD", "SENS:ELOG:FUNC:VOLT"];
  const { clock, connect } = bench({ faults: { unknown } });
  const monitor = await connect();
  await monitor.powerOn();
  const acquisition = await monitor.start();
  clock.schedule(3000, () => void monitor.stop());
  const { values, error } = await takeEvents(acquisition, "energy");
  assert.equal(error, undefined);
  assert.ok(values.length > 2900, `${values.length}`);
  await monitor.close();
});

Deno.test("N6705 names errors of the instrument", async () => {
  const { connect, port } = bench({ faults: { unknown: ["EMUL"] } });
  await assert.rejects(connect(), (error) => {
    assert.ok(error instanceof MonitorRefusedError);
    assert.equal(error.command, "EMUL PS2Q,(@1)");
    assert.equal(error.answer, '-113,"Undefined header"');
    return true;
  });
  assert.equal(port.readable, null);
});

Deno.test("N6705 throws on another instrument, without its module, without a readable answer", async () => {
  await assert.rejects(
    bench({ faults: { answers: { "*IDN?": "Rigol,DP832,1,2" } } }).connect(),
    /is a 'Rigol DP832'/,
  );
  await assert.rejects(bench({ modules: ["N6731B", "N6731B"] }).connect(), MonitorCapabilityError);
  await assert.rejects(
    bench({ faults: { answers: { "SYST:CHAN?": "many" } } }).connect(),
    MonitorAnswerError,
  );
  await assert.rejects(
    bench({ faults: { answers: { "SYST:CHAN?": "99" } } }).connect(),
    MonitorAnswerError,
  );
  await assert.rejects(bench({ faults: { ignore: ["*IDN?"] } }).connect(), MonitorTimeoutError);
});

Deno.test("N6705 works with two modules N6781, and with one alone", async () => {
  for (const modules of [["N6781A", "N6781A"], ["N6781A"], ["N6731B", "N6731B", "N6781A"]]) {
    const { connect, switched } = bench({ modules });
    const monitor = await connect();
    await monitor.powerOn();
    await monitor.close();
    assert.deepEqual(switched, ["on 3", "off"], modules.join());
  }
});

Deno.test("N6705 ends with an error when the connection vanishes, the data kept", async () => {
  const { connect } = bench({ faults: { vanishAt: 1000 } });
  const monitor = await connect();
  await monitor.powerOn();
  const { values, error } = await takeEvents(await monitor.start(), "energy");
  assert.ok(values.length > 800 && values.length <= 1000);
  assert.ok(error instanceof MonitorLostError);
  await monitor.close();
});

Deno.test("N6705 ends with an error where the samples make no sense", async () => {
  for (const answer of ["#13abc", "#9999999999", "no block", "#0", "#2x1"]) {
    const { connect, switched } = bench({ faults: { answers: { "FETC:ELOG": answer } } });
    const monitor = await connect();
    await monitor.powerOn();
    const { error } = await takeEvents(await monitor.start(), "energy");
    assert.ok(error instanceof MonitorAnswerError, `${answer}: ${error}`);
    await monitor.close();
    assert.deepEqual(switched, ["on 3", "off"]);
  }
});

Deno.test("N6705 stops when a signal aborts", async () => {
  const { clock, connect, switched } = bench();
  const monitor = await connect();
  await monitor.powerOn();
  const aborter = new AbortController();
  const acquisition = await monitor.start({ signal: aborter.signal });
  clock.schedule(1000, () => aborter.abort(new Error("enough")));
  const { error, values } = await takeEvents(acquisition, "energy");
  assert.match(String(error), /enough/);
  assert.ok(values.length >= 950);
  await monitor.close();
  assert.deepEqual(switched, ["on 3", "off"]);
});

Deno.test("N6705 refuses what it cannot do, before anything is sent", async () => {
  const { connect } = bench();
  await using monitor = await connect();
  await assert.rejects(monitor.setSupply(25), MonitorCapabilityError);
  await assert.rejects(monitor.start({ sampleRateHz: 100_000 }), MonitorCapabilityError);
  await assert.rejects(monitor.start({ quantity: "voltage" }), MonitorCapabilityError);
  await monitor.setSupply(2);
  await monitor.start();
  await assert.rejects(monitor.start(), /is sampling/);
});

Deno.test("BlockReader reads lines and blocks, however they are cut", () => {
  const random = new SeededRandom(1);
  for (let round = 0; round < 300; round++) {
    const body = Uint8Array.from({ length: random.integer(0, 200) }, () => random.integer(0, 255));
    const length = String(body.length);
    const head = new TextEncoder().encode(`#${length.length}${length}`);
    const whole = Uint8Array.from([...head, ...body, 10]);
    const reader = new BlockReader("block");
    let answer: Uint8Array | undefined;
    for (let at = 0; at < whole.length && !answer;) {
      const size = random.integer(1, 30);
      answer = reader.push(whole.subarray(at, at + size));
      at += size;
    }
    assert.deepEqual(answer, body);
  }
  assert.deepEqual(
    new BlockReader("line").push(new TextEncoder().encode("\nab\r\n")),
    new TextEncoder().encode("ab"),
  );
});

Deno.test("BlockReader takes any bytes without harm", () => {
  const random = new SeededRandom(2);
  for (let round = 0; round < 500; round++) {
    const reader = new BlockReader(random.pick(["line", "block"] as const));
    try {
      for (let i = 0; i < 20; i++) {
        reader.push(
          Uint8Array.from(
            { length: 20 },
            () => random.pick([35, 48, 49, 57, 10, random.integer(0, 255)]),
          ),
        );
      }
    } catch (error) {
      assert.ok(error instanceof RangeError);
    }
  }
});

Deno.test("TcpPort says where nobody answers", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await assert.rejects(new TcpPort("127.0.0.1", port).open({ baudRate: 1 }), PortNotFoundError);
});

Deno.test("UsbtmcPort reads and writes a device file, and says where there is none", async () => {
  const path = await Deno.makeTempFile();
  await assert.rejects(new UsbtmcPort(path + "-none").open({ baudRate: 1 }), PortNotFoundError);
  await assert.rejects(new UsbtmcPort("/dev/usbtmc-none").open({ baudRate: 1 }), (error) => {
    // Without all permissions Deno does not even say whether it is there.
    return error instanceof PortAccessError && /--allow-all/.test(error.hint!) ||
      error instanceof PortNotFoundError;
  });
  await using port = new UsbtmcPort(path);
  await port.open({ baudRate: 1 });
  await port.writable!.getWriter().write(new TextEncoder().encode("*IDN?\n"));
  assert.equal(await Deno.readTextFile(path), "*IDN?\n");
  await Deno.remove(path);
});

Deno.test("N6705 throws only errors of its own, whatever it is answered", async () => {
  const random = new SeededRandom(5);
  const questions = [
    "*IDN?",
    "SYST:CHAN?",
    "SYST:CHAN:MOD?",
    "SYST:ERR?",
    "SENS:ELOG:PER?",
    "FETC:ELOG?",
  ];
  for (let round = 0; round < 40; round++) {
    const text = Array.from(
      { length: random.integer(0, 30) },
      () => String.fromCharCode(random.integer(32, 126)),
    ).join("");
    const { clock, connect } = bench({ faults: { answers: { [random.pick(questions)]: text } } });
    try {
      const monitor = await connect({ answerMs: 50 });
      const acquisition = await monitor.start().finally(() =>
        clock.schedule(300, () => void monitor.close().catch(() => {}))
      );
      await takeEvents(acquisition, "energy");
      await monitor.close();
    } catch (error) {
      assert.ok(error instanceof MonitorError, String(error));
    }
  }
});
