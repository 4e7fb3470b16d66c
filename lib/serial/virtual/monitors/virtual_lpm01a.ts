/**
 * An LPM01A without hardware: the protocol of its firmware around a power model.
 *
 * @module
 */
import { type Clock, systemClock } from "../../../clock.ts";
import type { SerialPort } from "../../serial_port.ts";
import { LineSplitter } from "../../lines.ts";
import { type Device, type DeviceLine, DevicePort } from "./device_wire.ts";
import { asciiValue, binaryWord } from "./lpm01a_values.ts";
import type { PowerSource } from "./power_source.ts";

/** What goes wrong with a virtual LPM01A. Sample indices count from the start of each acquisition. */
export interface Lpm01aFaults {
  /** Version of its firmware; below 1.0.6 it refuses `pwr off`. @default {"1.0.6"} */
  firmware?: string;
  /** Sends the rest of an acquisition when it is connected, and refuses the first command. */
  staleOutput?: boolean;
  /** Samples that it takes but does not send. */
  lostSamples?: readonly { firstIndex: number; count: number }[];
  /** Edges that it does not see, by number, from 0. */
  missingEdges?: readonly number[];
  /** Edges that are none, at sample indices. */
  extraEdges?: readonly number[];
  /** Its buffer overruns at this sample: it says so, and ends. */
  overrunAt?: number;
  /** It vanishes at this sample. */
  vanishAt?: number;
  /** Commands that it refuses, by their first word, with the detail that it gives. */
  refuse?: Readonly<Record<string, string>>;
  /** Commands that it does not answer, by their first word. */
  ignore?: readonly string[];
}

/** How a virtual LPM01A is made. */
export interface VirtualLpm01aOptions {
  /** What it feeds. */
  power: PowerSource;
  /** What goes wrong. @default {nothing} */
  faults?: Lpm01aFaults;
  /** Where time comes from. @default {systemClock} */
  clock?: Clock;
}

const stepMs = 20;
/** What the board did is known this much later. */
const lagUs = 5000;
const samplesPerTime = 1000;
/** What a host that does not read leaves unread before the buffer overruns. */
const bufferBytes = 2 ** 22;
const rates = new Set(
  [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5],
);

/**
 * A port with a virtual LPM01A behind it; *simulated*. See {@linkcode Lpm01aFaults} for what can go wrong.
 *
 * @example
 * ```ts
 * import { Lpm01a, MonitorFirmwareError, PowerModel, simulatedPower, virtualLpm01a, VirtualClock } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const clock = new VirtualClock();
 * const power = simulatedPower({ model: new PowerModel() });
 * const port = virtualLpm01a({ clock, power, faults: { firmware: "1.0.4" } });
 * await assert.rejects(Lpm01a.connect(port, { clock }), MonitorFirmwareError);
 * ```
 */
export function virtualLpm01a(options: VirtualLpm01aOptions): SerialPort {
  return new DevicePort("virtual LPM01A", (line) => new VirtualLpm01a(line, options));
}

class VirtualLpm01a implements Device {
  readonly #line: DeviceLine;
  readonly #power: PowerSource;
  readonly #faults: Lpm01aFaults;
  readonly #clock: Clock;
  readonly #commands = new LineSplitter({ maximumLength: 256 });
  #refusesOnce: boolean;
  #isControlled = false;
  #isOn = false;
  #milliVolts = 3300;
  #output = "current";
  #format = "ascii_dec";
  #rateHz = 100;
  #run: Run | undefined;

  constructor(line: DeviceLine, { power, faults = {}, clock = systemClock }: VirtualLpm01aOptions) {
    this.#line = line;
    this.#power = power;
    this.#faults = faults;
    this.#clock = clock;
    this.#refusesOnce = faults.staleOutput === true;
    if (faults.staleOutput) {
      this.#say("09-05\r\n1234-05\r\nTimeStamp: 012s 000ms, buff 03%\r\n1235-");
    }
  }

  receive(bytes: Uint8Array): void {
    for (const line of this.#commands.push(bytes)) this.#obey(line.trim());
  }

  close(): void {
    this.#endRun();
  }

  #say(text: string): void {
    this.#line.send(Uint8Array.from(text, (c) => c.charCodeAt(0)));
  }

  #obey(command: string): void {
    const [name, ...args] = command.split(" ");
    if (command === "" || this.#faults.ignore?.includes(name)) return;
    if (name === "stop") return this.#run ? this.#stop() : this.#refuse(command, "no acquisition");
    if (this.#run) return;
    if (this.#refusesOnce) {
      this.#refusesOnce = false;
      return this.#refuse(command, "unknown command");
    }
    const detail = this.#faults.refuse && Object.hasOwn(this.#faults.refuse, name)
      ? this.#faults.refuse[name]
      : this.#apply(name, args);
    if (detail !== undefined) return this.#refuse(command, detail);
    this.#say(`\r\nPowerShield > ack ${command}${this.#about(name)}\r\n\r\n`);
    if (name === "volt") this.#say("PowerShield > calibration request handled\r\n");
    if (name === "start") this.#begin();
  }

  #refuse(command: string, detail: string): void {
    this.#say(`\r\nPowerShield > error ${command}\r\nError detail: ${detail}\r\n\r\n`);
  }

  #about(name: string): string {
    if (name === "version") return ` ${this.#faults.firmware ?? "1.0.6"}`;
    if (name === "powershield") return "\r\nPowerShield present: 0000VIRTUAL";
    return "";
  }

  /** Does what a command says; returns why it cannot be done. */
  #apply(name: string, args: readonly string[]): string | undefined {
    const [first = ""] = args;
    const oneOf = (...words: string[]) => words.includes(first) ? undefined : "invalid argument";
    if (name === "htc" || name === "hrc") this.#isControlled = name === "htc";
    else if (["version", "powershield", "status"].includes(name)) return;
    else if (!this.#isControlled) return "host control required";
    switch (name) {
      case "htc":
      case "hrc":
      case "lcd":
      case "acqtime":
      case "trigdelay":
        return;
      case "start":
        this.#switch(true);
        return;
      case "trigsrc":
        return oneOf("sw", "d7");
      case "eventsrc":
        return oneOf("d7");
      case "acqmode":
        return oneOf("dyn", "stat");
      case "output":
        this.#output = first;
        return oneOf("current", "energy");
      case "format":
        this.#format = first;
        return oneOf("ascii_dec", "bin_hexa");
      case "pwr":
        if (first === "off" && isOld(this.#faults.firmware)) return "invalid argument";
        if (first === "on" || first === "off") this.#switch(first === "on");
        return oneOf("on", "off", "auto");
      case "freq": {
        const rateHz = Number(first.replace(/k$/, "")) * (first.endsWith("k") ? 1000 : 1);
        if (!rates.has(rateHz)) return "value out of range";
        this.#rateHz = rateHz;
        return;
      }
      case "volt": {
        const milliVolts = /^\d+m$/.test(first) ? parseInt(first) : NaN;
        if (!(milliVolts >= 1800 && milliVolts <= 3300)) return "value out of range";
        this.#milliVolts = milliVolts;
        return;
      }
      case "psrst":
        return this.#line.vanish() as undefined;
    }
    return "unknown command";
  }

  #switch(isOn: boolean): void {
    if (isOn === this.#isOn) return;
    this.#isOn = isOn;
    this.#power.onPower?.(isOn, this.#milliVolts / 1000);
  }

  #begin(): void {
    const startUs = this.#clock.now() * 1000;
    const run: Run = {
      startUs,
      periodUs: 1e6 / this.#rateHz,
      index: 0,
      edges: 0,
      text: [],
      words: [],
    };
    this.#run = run;
    this.#time(run);
    const step = () => {
      if (this.#run !== run) return;
      this.#sampleUntil(run, this.#clock.now() * 1000 - lagUs);
      if (this.#run === run) run.cancel = this.#clock.schedule(stepMs, step);
    };
    run.cancel = this.#clock.schedule(stepMs, step);
  }

  #sampleUntil(run: Run, nowUs: number): void {
    const { lostSamples = [], extraEdges = [], overrunAt, vanishAt } = this.#faults;
    while (this.#run === run && run.startUs + (run.index + 1) * run.periodUs <= nowUs) {
      if (run.index === vanishAt) return this.#line.vanish();
      if (run.index === overrunAt || this.#line.unread > bufferBytes) return this.#overrun(run);
      const fromUs = run.startUs + run.index * run.periodUs;
      const toUs = fromUs + run.periodUs;
      const isLost = lostSamples.some(({ firstIndex, count }) =>
        run.index >= firstIndex && run.index < firstIndex + count
      );
      if (!isLost) this.#sample(run, fromUs, toUs);
      // An edge is told after the sample before it.
      if (extraEdges.includes(run.index)) this.#event(run);
      for (const _ of this.#power.edgesUs(fromUs, toUs)) this.#edge(run);
      run.index++;
      if (run.index % samplesPerTime === 0) this.#time(run);
    }
    this.#flush(run);
  }

  #sample(run: Run, fromUs: number, toUs: number): void {
    const energyJ = this.#isOn ? this.#power.energyJ(fromUs, toUs) : 0;
    const value = this.#output === "energy"
      ? energyJ
      : energyJ / (run.periodUs / 1e6) / (this.#milliVolts / 1000);
    if (this.#format === "bin_hexa") {
      const word = binaryWord(value);
      run.words.push(word >> 8, word & 0xff);
    } else run.text.push(asciiValue(value), "\r\n");
  }

  #edge(run: Run): void {
    if (!this.#faults.missingEdges?.includes(run.edges++)) this.#event(run);
  }

  #event(run: Run): void {
    this.#tell(run, `event ${run.edges} ris`, 0xf2);
  }

  #tell(run: Run, text: string, kind: number): void {
    if (this.#format !== "bin_hexa") return void run.text.push(text, "\r\n");
    run.words.push(0xf0, kind, ...new TextEncoder().encode(text), 0xff, 0xff);
  }

  #time(run: Run): void {
    const timeMs = Math.floor(run.index * run.periodUs / 1000);
    if (this.#format === "bin_hexa") {
      const bytes = [24, 16, 8, 0].map((shift) => timeMs >> shift & 0xff);
      run.words.push(0xf0, 0xf3, ...bytes, 0, 0xff, 0xff);
    } else {
      const seconds = String(Math.floor(timeMs / 1000)).padStart(3, "0");
      run.text.push(
        `TimeStamp: ${seconds}s ${String(timeMs % 1000).padStart(3, "0")}ms, buff 00%`,
        "\r\n",
      );
    }
  }

  #flush(run: Run): void {
    if (run.text.length > 0) this.#say(run.text.join(""));
    if (run.words.length > 0) this.#line.send(Uint8Array.from(run.words));
    run.text = [];
    run.words = [];
  }

  #overrun(run: Run): void {
    this.#tell(run, "error: buffer overrun", 0xf1);
    this.#finish(run);
  }

  #stop(): void {
    const run = this.#run!;
    this.#sampleUntil(run, this.#clock.now() * 1000);
    this.#finish(run);
  }

  #finish(run: Run): void {
    if (this.#format === "bin_hexa") run.words.push(0xf0, 0xf4, 0xff, 0xff);
    else run.text.push("\r\nsummary beg\r\nsummary end\r\nend\r\n");
    this.#flush(run);
    this.#endRun();
    this.#say("\r\nPowerShield > Acquisition completed\r\n\r\n");
  }

  #endRun(): void {
    this.#run?.cancel?.();
    this.#run = undefined;
  }
}

/** An acquisition under way. */
interface Run {
  startUs: number;
  periodUs: number;
  /** Of the next sample. */
  index: number;
  /** Edges seen. */
  edges: number;
  text: string[];
  words: number[];
  cancel?: () => void;
}

function isOld(version = "1.0.6"): boolean {
  const [a, b, c] = version.split(".").map(Number);
  return a * 10_000 + b * 100 + c < 10_006;
}
