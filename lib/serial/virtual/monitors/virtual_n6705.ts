/**
 * A Keysight N6705 without hardware: the SCPI that Thimble needs, around a power model.
 *
 * @module
 */
import { type Clock, systemClock } from "../../../clock.ts";
import { LineSplitter } from "../../lines.ts";
import type { SerialPort } from "../../serial_port.ts";
import { type Device, type DeviceLine, DevicePort } from "./device_wire.ts";
import type { PowerSource } from "./power_source.ts";

/** What goes wrong with a virtual N6705. */
export interface N6705Faults {
  /** Commands that it does not know, by how they begin; they leave an error in the queue. */
  unknown?: readonly string[];
  /** Commands that it does not answer, by how they begin. */
  ignore?: readonly string[];
  /** It vanishes when this sample of the log is fetched. */
  vanishAt?: number;
  /** Answers to questions by how they begin, in place of the right ones. */
  answers?: Readonly<Record<string, string>>;
}

/** How a virtual N6705 is made. */
export interface VirtualN6705Options {
  /** What its first module feeds. */
  power: PowerSource;
  /** Modules, by channel. @default {["N6781A", "N6731B"]} */
  modules?: readonly string[];
  /** What goes wrong. @default {nothing} */
  faults?: N6705Faults;
  /** Where time comes from. @default {systemClock} */
  clock?: Clock;
}

/** Periods of its log are multiples of this. */
const stepUs = 20.48;
const leastPeriodUs = 102.4;

/**
 * A port with a virtual N6705 behind it; *simulated*.
 *
 * @example
 * ```ts
 * import { N6705, PowerModel, simulatedPower, virtualN6705, VirtualClock } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const clock = new VirtualClock();
 * const power = simulatedPower({ model: new PowerModel() });
 * await using monitor = await N6705.connect(virtualN6705({ clock, power }), { clock });
 * assert.equal(monitor.info.name, "Keysight Technologies N6705C");
 * ```
 */
export function virtualN6705(options: VirtualN6705Options): SerialPort {
  return new DevicePort("virtual N6705", (line) => new VirtualN6705(line, options));
}

/** A virtual N6705 on a socket; see {@linkcode listenN6705}. */
export interface N6705Server extends AsyncDisposable {
  /** Where it listens, as `openMonitor` takes it behind `n6705:`. */
  readonly url: string;
}

/**
 * A virtual N6705 that listens on a TCP socket of this machine. Needs `--allow-net=127.0.0.1`.
 *
 * @param options.port Its port; 0 takes a free one. @default {0}
 */
export function listenN6705(options: VirtualN6705Options & { port?: number }): N6705Server {
  const hostname = "127.0.0.1";
  const listener = Deno.listen({ hostname, port: options.port ?? 0 });
  const connections = new Set<Deno.TcpConn>();
  const served: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const connection of listener) {
      connections.add(connection);
      served.push(serve(connection, options).finally(() => connections.delete(connection)));
    }
  })().catch(() => {});
  return {
    url: `tcp://${hostname}:${listener.addr.port}`,
    [Symbol.asyncDispose]: async () => {
      listener.close();
      for (const connection of connections) connection.close();
      await accepting;
      await Promise.all(served);
    },
  };
}

async function serve(connection: Deno.TcpConn, options: VirtualN6705Options): Promise<void> {
  const writer = connection.writable.getWriter();
  let isGone = false;
  const device = new VirtualN6705({
    send: (bytes) => void writer.write(bytes).catch(() => {}),
    unread: 0,
    vanish: () => {
      isGone = true;
      connection.close();
    },
  }, options);
  try {
    for await (const bytes of connection.readable) {
      device.receive(bytes);
      if (isGone) break;
    }
  } catch {
    // The host is gone.
  }
}

class VirtualN6705 implements Device {
  readonly #line: DeviceLine;
  readonly #power: PowerSource;
  readonly #modules: readonly string[];
  readonly #faults: N6705Faults;
  readonly #clock: Clock;
  readonly #commands = new LineSplitter({ maximumLength: 1024 });
  #errors: string[] = [];
  #isOn = false;
  #volts = 0;
  #periodUs = leastPeriodUs;
  #isReal = false;
  #log: { startUs: number; fetched: number; isTriggered: boolean } | undefined;

  constructor(line: DeviceLine, options: VirtualN6705Options) {
    this.#line = line;
    this.#power = options.power;
    this.#modules = options.modules ?? ["N6781A", "N6731B"];
    this.#faults = options.faults ?? {};
    this.#clock = options.clock ?? systemClock;
  }

  receive(bytes: Uint8Array): void {
    for (const line of this.#commands.push(bytes)) {
      if (this.#faults.ignore?.some((start) => line.startsWith(start))) continue;
      if (this.#faults.unknown?.some((start) => line.startsWith(start))) {
        this.#errors.push('-113,"Undefined header"');
        continue;
      }
      const wrong = Object.entries(this.#faults.answers ?? {})
        .find(([start]) => line.startsWith(start));
      if (wrong) this.#say(wrong[1]);
      else for (const command of line.split(";")) this.#obey(command.trim());
    }
  }

  #say(text: string): void {
    this.#line.send(new TextEncoder().encode(text + "\n"));
  }

  #obey(command: string): void {
    const [, header, rest] = /^(\S+)\s*(.*)$/.exec(command) ?? ["", command, ""];
    const [value, channels] = splitChannels(rest);
    const isDut = channels.includes(this.#dut);
    if (channels.some((channel) => channel < 1 || channel > this.#modules.length)) {
      this.#errors.push('-222,"Data out of range"');
      return;
    }
    switch (header.toUpperCase()) {
      case "*IDN?":
        return this.#say("Keysight Technologies,N6705C,MY00000000,E.02.07.3129");
      case "SYST:CHAN?":
        return this.#say(String(this.#modules.length));
      case "SYST:CHAN:MOD?":
        return this.#say(channels.map((channel) => this.#modules[channel - 1]).join(","));
      case "SYST:ERR?":
        return this.#say(this.#errors.shift() ?? '+0,"No error"');
      case "*RST":
        this.#switch(false);
        this.#log = undefined;
        return;
      case "*CLS":
        this.#errors = [];
        return;
      case "OUTP":
        return isDut ? this.#switch(/^(ON|1)$/i.test(value)) : undefined;
      case "VOLT:LEV":
        if (!(Number(value) >= 0 && Number(value) <= 20)) {
          this.#errors.push('-222,"Data out of range"');
        } else if (isDut) this.#volts = Number(value);
        return;
      case "EMUL":
      case "VOLT:PROT:REM":
        if (channels.some((channel) => !this.#modules[channel - 1].startsWith("N678"))) {
          this.#errors.push('+309,"Option not installed"');
        }
        return;
      case "FUNC":
      case "CURR:LIM":
      case "SENS:ELOG:FUNC:CURR":
      case "SENS:ELOG:FUNC:VOLT":
      case "TRIG:ELOG:SOUR":
      case "FORM:BORD":
        return;
      case "FORM":
        this.#isReal = /^REAL/i.test(value);
        return;
      case "SENS:ELOG:PER":
        this.#periodUs = Math.max(leastPeriodUs, Math.round(Number(value) * 1e6 / stepUs) * stepUs);
        return;
      case "SENS:ELOG:PER?":
        return this.#say((this.#periodUs / 1e6).toExponential(6));
      case "INIT:ELOG":
        this.#log = { startUs: 0, fetched: 0, isTriggered: false };
        return;
      case "TRIG:ELOG":
        if (!this.#log) this.#errors.push('-211,"Trigger ignored"');
        else this.#log = { startUs: this.#clock.now() * 1000, fetched: 0, isTriggered: true };
        return;
      case "ABOR:ELOG":
        this.#log = undefined;
        return;
      case "FETC:ELOG?":
      case "FETC:ELOG:CURR?":
        return this.#fetch(Number(value));
    }
    this.#errors.push('-113,"Undefined header"');
  }

  get #dut(): number {
    return this.#modules.findIndex((module) => module.startsWith("N678")) + 1;
  }

  #switch(isOn: boolean): void {
    if (isOn === this.#isOn) return;
    this.#isOn = isOn;
    this.#power.onPower?.(isOn, this.#volts);
  }

  #fetch(most: number): void {
    const log = this.#log;
    if (!log?.isTriggered) {
      this.#errors.push('-230,"Data corrupt or stale"');
      return;
    }
    const taken = Math.floor((this.#clock.now() * 1000 - log.startUs) / this.#periodUs);
    const count = Math.max(0, Math.min(most, taken - log.fetched));
    const { vanishAt = Infinity } = this.#faults;
    if (log.fetched + count > vanishAt) return this.#line.vanish();
    const amperes = Array.from({ length: count }, (_, i) => {
      const fromUs = log.startUs + (log.fetched + i) * this.#periodUs;
      const energyJ = this.#isOn ? this.#power.energyJ(fromUs, fromUs + this.#periodUs) : 0;
      return energyJ / (this.#periodUs / 1e6) / this.#volts;
    });
    log.fetched += count;
    if (!this.#isReal) return this.#say(amperes.map((ampere) => ampere.toExponential(5)).join(","));
    const length = String(4 * count);
    const head = new TextEncoder().encode(`#${length.length}${length}`);
    const bytes = new Uint8Array(head.length + 4 * count + 1);
    bytes.set(head);
    const view = new DataView(bytes.buffer, head.length);
    amperes.forEach((ampere, i) => view.setFloat32(4 * i, ampere));
    bytes[bytes.length - 1] = 10;
    this.#line.send(bytes);
  }
}

/** What stands before a list of channels, and the channels. */
function splitChannels(text: string): [string, number[]] {
  const [, before = text, channels] = /^(.*?),?\s*\(@([\d,]*)\)$/.exec(text) ?? [];
  return [before.trim(), channels ? channels.split(",").map(Number) : []];
}
