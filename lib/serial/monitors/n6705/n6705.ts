/**
 * Keysight N6705 DC power analyzer with a module N6781.
 *
 * @module
 */
import { type Clock, delay, systemClock } from "../../../clock.ts";
import { printable } from "../../lines.ts";
import type { SerialPort } from "../../serial_port.ts";
import { checkedSupply, chosenSampling, monitorCapabilities } from "../capabilities.ts";
import type {
  Acquisition,
  EnergyMonitor,
  MonitorCapabilities,
  MonitorInfo,
  StartOptions,
} from "../energy_monitor.ts";
import { EventQueue } from "../event_queue.ts";
import {
  MonitorAnswerError,
  MonitorCapabilityError,
  MonitorRefusedError,
  MonitorTimeoutError,
} from "../monitor_errors.ts";
import { SampleTracker } from "../sample_tracker.ts";
import { ScpiConversation } from "./scpi.ts";

/** How an {@linkcode N6705} is connected. */
export interface N6705Options {
  /** What errors call the port. @default {"a port"} */
  portName?: string;
  /** Voltage until `setSupply` is called. @default {3} */
  supplyVolts?: number;
  /** Largest current that it lets through, in A. @default {0.5} */
  currentLimitA?: number;
  /** How long an answer may take, in ms. @default {5000} */
  answerMs?: number;
  /** How often it is asked for samples, in ms. @default {100} */
  pollMs?: number;
  /** Where its samples come from. @default {"measured"} */
  source?: MonitorInfo["source"];
  /** Where time comes from. @default {systemClock} */
  clock?: Clock;
  /** Ends connecting when it aborts. */
  signal?: AbortSignal;
}

/** Waits of the set-up order that works. */
const offMs = 3000;
const setMs = 1000;
/** Samples that are asked for at once. */
const mostRecords = 16_384;
/**
 * Asks for samples of the external log; where only one quantity is logged both are the same. The first is what published
 * programs for the N6705 use; the second stands in the facts that others go by.
 */
const fetchCommands = ["FETC:ELOG?", "FETC:ELOG:CURR?"];
/** A question that is not known has no answer: this long is waited for the first one. */
const probeMs = 1000;

/**
 * An N6705 over its network socket (port 5025) or a USBTMC device file. The channel with the module N6781 feeds the board's core
 * and is measured; a second channel feeds level shifters, at the same voltage, and is not counted. Samples are currents of the
 * external log; energy is current times the voltage that is set.
 *
 * @example
 * ```ts
 * import { N6705, PowerModel, simulatedPower, virtualN6705, VirtualClock } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const clock = new VirtualClock();
 * const power = simulatedPower({ model: new PowerModel({ idleW: 0.003, noise: 0 }) });
 * await using monitor = await N6705.connect(virtualN6705({ clock, power }), { clock });
 * await monitor.powerOn();
 * const acquisition = await monitor.start({ sampleRateHz: 1000 });
 * clock.schedule(1000, () => void monitor.stop());
 * let energyJ = 0;
 * for await (const event of acquisition) {
 *   if (event.type === "samples") for (const value of event.values.energy!) energyJ += value;
 * }
 * assert.ok(Math.abs(energyJ - 0.003) < 0.0001);
 * ```
 */
export class N6705 implements EnergyMonitor {
  /** What it can do. */
  readonly capabilities: MonitorCapabilities = monitorCapabilities.n6705;
  readonly #port: SerialPort;
  readonly #scpi: ScpiConversation;
  readonly #options: N6705Options;
  readonly #clock: Clock;
  readonly #monitor: string;
  #info: MonitorInfo;
  #dutChannel = 1;
  #channels: number[] = [];
  #volts: number;
  #fetchCommand: string | undefined;
  #run: { queue: EventQueue; done: Promise<void>; stop: AbortController } | undefined;
  #closing: Promise<void> | undefined;

  /**
   * Opens `port`, finds the modules, and sets them up. The board's power is off afterwards. The port is closed again where that
   * fails, and by `close`.
   *
   * @throws {MonitorCapabilityError} When there is no module N6781.
   * @throws {MonitorError} When it does not answer, or refuses.
   * @throws Whatever the port throws when it cannot be opened.
   */
  static async connect(port: SerialPort, options: N6705Options = {}): Promise<N6705> {
    options.signal?.throwIfAborted();
    await port.open({ baudRate: 115_200 });
    const monitor = new N6705(port, options);
    try {
      await monitor.#begin();
      return monitor;
    } catch (error) {
      await monitor.close().catch(() => {});
      throw error;
    }
  }

  private constructor(port: SerialPort, options: N6705Options) {
    this.#port = port;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#monitor = `n6705 on '${options.portName ?? "a port"}'`;
    this.#info = { kind: "n6705", name: "N6705", source: options.source ?? "measured" };
    this.#volts = options.supplyVolts ?? 3;
    this.#scpi = new ScpiConversation(port, {
      monitor: this.#monitor,
      answerMs: options.answerMs ?? 5000,
      clock: options.clock,
      // What ends a run must not keep it from switching the power off.
      signal: undefined,
    });
  }

  /** Which one it is. */
  get info(): MonitorInfo {
    return this.#info;
  }

  /** Sets the voltage of both channels. */
  async setSupply(volts: number): Promise<void> {
    this.#volts = checkedSupply(this.#monitor, this.capabilities, volts);
    await this.#scpi.command(`VOLT:LEV ${volts},${list(this.#channels)}`);
  }

  /** Feeds the board and the level shifters. */
  async powerOn(): Promise<void> {
    await this.#scpi.command(`OUTP ON,${list(this.#channels)}`);
  }

  /** Takes their power away. */
  async powerOff(): Promise<void> {
    await this.stop();
    await this.#scpi.command(`OUTP OFF,${list(this.#channels)}`);
  }

  /** Begins to sample; the period is rounded, see `Acquisition.sampleRateHz`. */
  async start(options: StartOptions = {}): Promise<Acquisition> {
    options.signal?.throwIfAborted();
    const { sampleRateHz, quantity } = chosenSampling(this.#monitor, this.capabilities, options);
    if (this.#run && !this.#run.queue.isEnded) {
      throw new MonitorCapabilityError(`Cannot start again as ${this.#monitor} is sampling`, {
        monitor: this.#monitor,
        hint: "Call stop() first",
      });
    }
    const channel = list([this.#dutChannel]);
    const scpi = this.#scpi;
    await scpi.command("FORM REAL");
    // As it is after a reset; where it is not known there is nothing to change.
    for (const command of ["FORM:BORD NORM", `SENS:ELOG:FUNC:VOLT OFF,${channel}`]) {
      await scpi.command(command).catch((error) => {
        if (!(error instanceof MonitorRefusedError)) throw error;
      });
    }
    await scpi.command(`SENS:ELOG:FUNC:CURR ON,${channel}`);
    await scpi.command(`SENS:ELOG:PER ${1 / sampleRateHz},${channel}`);
    const periodS = await this.#number(`SENS:ELOG:PER? ${channel}`);
    await scpi.command(`TRIG:ELOG:SOUR BUS,${channel}`);
    await scpi.command(`INIT:ELOG ${channel}`);
    const queue = new EventQueue({
      monitor: this.#monitor,
      sampleRateHz: 1 / periodS,
      clock: this.#clock,
    });
    await scpi.command(`TRIG:ELOG ${channel}`).catch((error) => {
      queue.end();
      throw error;
    });
    const tracker = new SampleTracker(queue, { quantity, monitor: this.#monitor });
    const scale = quantity === "energy" ? this.#volts * periodS : 1;
    const stop = new AbortController();
    const onAbort = () => stop.abort();
    options.signal?.addEventListener("abort", onAbort, { once: true });
    if (options.signal?.aborted) onAbort();
    const done = this.#poll(queue, tracker, scale, stop.signal)
      .then(
        () => options.signal?.aborted ? queue.fail(options.signal.reason) : queue.end(),
        (error) => queue.fail(error),
      )
      .finally(() => options.signal?.removeEventListener("abort", onAbort));
    this.#run = { queue, done, stop };
    return queue;
  }

  /** Ends the acquisition. */
  async stop(): Promise<void> {
    const run = this.#run;
    if (!run) return;
    run.stop.abort();
    await run.done;
    this.#run = undefined;
  }

  /** Stops, switches the power off, and closes the port. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** Closes. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    try {
      await this.stop();
      if (this.#scpi.isLost) return;
      if (this.#channels.length > 0) await this.powerOff();
    } catch (error) {
      if (!this.#scpi.isLost) throw error;
    } finally {
      await this.#scpi.close();
      await this.#port.close();
    }
  }

  async #begin(): Promise<void> {
    const scpi = this.#scpi;
    const { signal, currentLimitA = 0.5 } = this.#options;
    checkedSupply(this.#monitor, this.capabilities, this.#volts);
    const [maker = "", model = "", serialNumber, firmwareVersion] = (await scpi.query("*IDN?"))
      .split(",").map((part) => printable(part.trim()));
    if (!/N6705/i.test(model)) {
      throw new MonitorAnswerError(`Cannot use ${this.#monitor} as it is a '${maker} ${model}'`, {
        monitor: this.#monitor,
        command: "*IDN?",
        answer: `${maker} ${model}`,
      });
    }
    this.#info = { ...this.#info, name: `${maker} ${model}`, serialNumber, firmwareVersion };
    const smus = await this.#findModules();
    signal?.throwIfAborted();
    const all = list(this.#channels);
    await scpi.command("*RST;*CLS");
    await scpi.command(`OUTP OFF,${all}`);
    await delay(this.#clock, offMs, signal);
    for (const channel of smus) await scpi.command(`EMUL PS2Q,${list([channel])}`);
    await scpi.command(`FUNC VOLT,${list(smus)}`);
    await scpi.command(`VOLT:LEV ${this.#volts},${all}`);
    await scpi.command(`CURR:LIM ${currentLimitA},${list(smus)}`);
    await scpi.command(`VOLT:PROT:REM ${this.#protection()},${list(smus)}`);
    await delay(this.#clock, setMs, signal);
  }

  /** Above the voltage that is set: it guards against a sense line that is open. */
  #protection(): number {
    return Math.min(20, Math.round((this.#volts * 1.2 + 0.5) * 100) / 100);
  }

  /** Finds the channel that is measured and the one for level shifters; returns those with an N6781. */
  async #findModules(): Promise<number[]> {
    const count = await this.#number("SYST:CHAN?");
    if (!(Number.isInteger(count) && count >= 1 && count <= 4)) {
      throw new MonitorAnswerError(`Cannot use ${this.#monitor} as it has '${count}' channels`, {
        monitor: this.#monitor,
        command: "SYST:CHAN?",
        answer: String(count),
      });
    }
    const numbers = Array.from({ length: count }, (_, i) => i + 1);
    const models = (await this.#scpi.query(`SYST:CHAN:MOD? ${list(numbers)}`))
      .split(",").map((model) => printable(model.replaceAll('"', "").trim()));
    const smus = numbers.filter((n) => /^N678[15]/i.test(models[n - 1] ?? ""));
    if (smus.length === 0) {
      throw new MonitorCapabilityError(
        `Cannot measure with ${this.#monitor} as it has no module N6781: '${models.join("', '")}'`,
        { monitor: this.#monitor, answer: models.join(",") },
      );
    }
    this.#dutChannel = smus[0];
    const other = numbers.find((n) => n !== smus[0]);
    this.#channels = other === undefined ? [smus[0]] : [smus[0], other].sort();
    return smus.filter((n) => this.#channels.includes(n));
  }

  async #number(question: string): Promise<number> {
    const answer = await this.#scpi.query(question);
    const value = Number(answer.trim() || NaN);
    if (Number.isFinite(value) && value > 0) return value;
    throw new MonitorAnswerError(
      `Cannot read '${printable(answer).slice(0, 60)}' from ${this.#monitor}: a number is expected`,
      { monitor: this.#monitor, command: question, answer: printable(answer) },
    );
  }

  async #poll(
    queue: EventQueue,
    tracker: SampleTracker,
    scale: number,
    stop: AbortSignal,
  ): Promise<void> {
    const channel = list([this.#dutChannel]);
    try {
      while (!stop.aborted && !queue.isEnded) {
        await delay(this.#clock, this.#options.pollMs ?? 100, stop).catch(() => {});
        while (await this.#fetch(tracker, scale) === mostRecords);
      }
    } finally {
      if (!this.#scpi.isLost) await this.#scpi.command(`ABOR:ELOG ${channel}`);
    }
  }

  /** Takes the samples that are there; returns how many. */
  async #fetch(tracker: SampleTracker, scale: number): Promise<number> {
    const bytes = await this.#fetchBlock();
    if (bytes.length % 4 !== 0) {
      throw new MonitorAnswerError(
        `Cannot read ${bytes.length} bytes from ${this.#monitor}: four a sample are expected`,
        { monitor: this.#monitor, command: this.#fetchCommand },
      );
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const values = new Float64Array(bytes.length / 4);
    for (let i = 0; i < values.length; i++) {
      const ampere = view.getFloat32(4 * i);
      // 9.9e37 is SCPI's infinity, 9.91e37 its NaN.
      values[i] = Math.abs(ampere) < 9e37 ? ampere * scale : NaN;
    }
    const overflows = values.filter(Number.isNaN).length;
    if (overflows > 0) tracker.note(`${overflows} samples are beyond the range`);
    tracker.samples(values);
    return values.length;
  }

  async #fetchBlock(): Promise<Uint8Array> {
    const ask = (command: string, answerMs?: number) =>
      this.#scpi.queryBlock(`${command} ${mostRecords},${list([this.#dutChannel])}`, { answerMs });
    if (this.#fetchCommand) return await ask(this.#fetchCommand);
    const [first, second] = fetchCommands;
    try {
      const bytes = await ask(first, probeMs);
      this.#fetchCommand = first;
      return bytes;
    } catch (error) {
      if (!(error instanceof MonitorRefusedError || error instanceof MonitorTimeoutError)) {
        throw error;
      }
      const bytes = await ask(second);
      this.#fetchCommand = second;
      return bytes;
    }
  }
}

/** A list of channels, as SCPI writes it. */
function list(channels: readonly number[]): string {
  return `(@${channels.join(",")})`;
}
