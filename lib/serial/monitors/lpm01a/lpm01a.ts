/**
 * STMicroelectronics X-NUCLEO-LPM01A ("PowerShield").
 *
 * @module
 */
import { type Clock, delay, systemClock } from "../../../clock.ts";
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
  MonitorError,
  MonitorFirmwareError,
  MonitorRefusedError,
  MonitorStoppedError,
  MonitorTimeoutError,
} from "../monitor_errors.ts";
import { SampleTracker } from "../sample_tracker.ts";
import type { Lpm01aSink } from "./lpm01a_sink.ts";
import { PowerShield } from "./power_shield.ts";

/** How an {@linkcode Lpm01a} is connected. */
export interface Lpm01aOptions {
  /** What errors call the port. @default {"a port"} */
  portName?: string;
  /** Bits per second. @default {3686400} */
  baudRate?: number;
  /** Voltage until `setSupply` is called. @default {3} */
  supplyVolts?: number;
  /**
   * `dyn` for currents that change, up to about 50 mA; `stat` for more. Sent only where it is given: the monitor's own
   * default is `dyn`.
   */
  acquisitionMode?: "dyn" | "stat";
  /** Format of the data. @default {ascii_dec up to 5 kHz, bin_hexa above} */
  format?: "ascii_dec" | "bin_hexa";
  /** How long an answer may take, in ms. @default {3000} */
  answerMs?: number;
  /** Where its samples come from. @default {"measured"} */
  source?: MonitorInfo["source"];
  /** Called with what it says outside of an acquisition. */
  onNotice?: (text: string) => void;
  /** Where time comes from. @default {systemClock} */
  clock?: Clock;
  /** Ends every wait when it aborts. */
  signal?: AbortSignal;
}

/** Older firmware cannot switch the power from the host. */
const leastVersion = [1, 0, 6];
/** How long a question about itself may take; older firmware leaves some unanswered. */
const aboutMs = 1000;
const resetMs = 15_000;
const mostAsciiHz = 5000;

/**
 * An LPM01A on a serial port. It feeds the board with 1.8 to 3.3 V, samples current or energy, and sees falling edges at its
 * connector's D7.
 *
 * @example
 * ```ts
 * import { Lpm01a, PowerModel, simulatedPower, virtualLpm01a, VirtualClock } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const clock = new VirtualClock();
 * const power = simulatedPower({ model: new PowerModel({ idleW: 0.003, noise: 0 }) });
 * await using monitor = await Lpm01a.connect(virtualLpm01a({ clock, power }), { clock });
 * await monitor.setSupply(3);
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
export class Lpm01a implements EnergyMonitor {
  /** What it can do. */
  readonly capabilities: MonitorCapabilities = monitorCapabilities.lpm01a;
  readonly #port: SerialPort;
  readonly #shield: PowerShield;
  readonly #options: Lpm01aOptions;
  readonly #clock: Clock;
  readonly #monitor: string;
  #info: MonitorInfo;
  #settings = { output: "energy", format: "ascii_dec", freq: "1k" };
  #queue: EventQueue | undefined;
  #isStopping = false;
  // The monitor has ended the acquisition by itself.
  #hasEnded = false;
  #stopping: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #isReset = false;

  /**
   * Opens `port` and takes control of the monitor. The board's power is off afterwards. The port is closed again where that
   * fails, and by `close`.
   *
   * @throws {MonitorFirmwareError} When its firmware is older than 1.0.6.
   * @throws {MonitorError} When it does not answer, or refuses.
   * @throws Whatever the port throws when it cannot be opened.
   */
  static async connect(port: SerialPort, options: Lpm01aOptions = {}): Promise<Lpm01a> {
    options.signal?.throwIfAborted();
    await port.open({ baudRate: options.baudRate ?? 3_686_400 });
    const monitor = new Lpm01a(port, options);
    try {
      await monitor.#begin();
      return monitor;
    } catch (error) {
      await monitor.close().catch(() => {});
      throw error;
    }
  }

  private constructor(port: SerialPort, options: Lpm01aOptions) {
    this.#port = port;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#monitor = `lpm01a on '${options.portName ?? "a port"}'`;
    this.#info = { kind: "lpm01a", name: "PowerShield", source: options.source ?? "measured" };
    this.#shield = new PowerShield(port, {
      monitor: this.#monitor,
      answerMs: options.answerMs ?? 3000,
      clock: options.clock,
      signal: options.signal,
      onNotice: options.onNotice,
    });
  }

  /** Which one it is. */
  get info(): MonitorInfo {
    return this.#info;
  }

  /** Sets the voltage, 1.8 to 3.3 V; not during an acquisition. */
  async setSupply(volts: number): Promise<void> {
    checkedSupply(this.#monitor, this.capabilities, volts);
    this.#refuseWhileSampling("set the voltage");
    await this.#shield.ask(`volt ${Math.round(volts * 1000)}m`);
  }

  /** Feeds the board; not during an acquisition. */
  async powerOn(): Promise<void> {
    this.#refuseWhileSampling("switch the power on");
    await this.#shield.ask("pwr on nostatus");
  }

  /** Takes the board's power away; an acquisition is stopped first. */
  async powerOff(): Promise<void> {
    await this.stop();
    await this.#shield.ask("pwr off");
  }

  /** Begins to sample. */
  async start(options: StartOptions = {}): Promise<Acquisition> {
    options.signal?.throwIfAborted();
    const { sampleRateHz, quantity } = chosenSampling(this.#monitor, this.capabilities, options);
    this.#refuseWhileSampling("start again");
    const { maxEnergyRateHz = Infinity } = this.capabilities;
    if (quantity === "energy" && sampleRateHz > maxEnergyRateHz) {
      throw new MonitorError(
        `Cannot sample energy at '${sampleRateHz}' Hz: ${this.#monitor} does up to ${maxEnergyRateHz}`,
        { monitor: this.#monitor, hint: "Sample the current" },
      );
    }
    const format = this.#options.format ??
      (sampleRateHz > mostAsciiHz ? "bin_hexa" : "ascii_dec");
    const freq = sampleRateHz >= 1000 ? `${sampleRateHz / 1000}k` : `${sampleRateHz}`;
    const wanted = { output: quantity, format, freq };
    for (const name of ["output", "format", "freq"] as const) {
      if (wanted[name] === this.#settings[name]) continue;
      await this.#shield.ask(`${name} ${wanted[name]}`);
      this.#settings[name] = wanted[name];
    }
    const queue = this.#queue = new EventQueue({
      monitor: this.#monitor,
      sampleRateHz,
      clock: this.#clock,
    });
    this.#isStopping = this.#hasEnded = false;
    const onAbort = () => {
      if (this.#queue === queue) this.#stop(options.signal).catch(() => {});
    };
    try {
      await this.#shield.start({
        sink: this.#sink(queue, new SampleTracker(queue, { quantity, monitor: this.#monitor })),
        isBinary: format === "bin_hexa",
        onBytes: () => queue.touch(),
        onLost: (error) => queue.fail(error),
      });
    } catch (error) {
      this.#queue = undefined;
      queue.end();
      throw error;
    }
    options.signal?.addEventListener("abort", onAbort, { once: true });
    if (options.signal?.aborted) onAbort();
    return queue;
  }

  /** Ends the acquisition. */
  stop(): Promise<void> {
    return this.#stop();
  }

  #stop(aborted?: AbortSignal): Promise<void> {
    return this.#stopping ??= this.#stopNow(aborted).finally(() => this.#stopping = undefined);
  }

  async #stopNow(aborted?: AbortSignal): Promise<void> {
    const queue = this.#queue;
    if (!queue) return;
    this.#queue = undefined;
    if (this.#shield.isLost) return;
    this.#isStopping = true;
    try {
      if (this.#hasEnded) this.#shield.release();
      else await this.#shield.stop();
      if (aborted) queue.fail(aborted.reason);
      else queue.end();
    } catch (error) {
      queue.fail(error);
      throw error;
    }
  }

  /**
   * Resets the monitor (`psrst`) and closes: it takes 15 s until it can be connected again, which this waits for. The board
   * has no power meanwhile.
   */
  async reset(): Promise<void> {
    this.#shield.send("psrst");
    this.#isReset = true;
    await delay(this.#clock, resetMs, this.#options.signal);
    await this.close();
  }

  /** Stops, switches the board's power off, and closes the port. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** Closes. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    // A signal that has ended the run must not keep the power on.
    const shield = this.#shield;
    try {
      if (this.#isReset || shield.isLost) return;
      const isSampling = this.#queue !== undefined;
      if (!this.#options.signal?.aborted) {
        try {
          await this.stop().catch(() => {});
          await shield.ask("pwr off");
          await shield.ask("hrc");
          return;
        } catch (error) {
          if (!this.#options.signal?.aborted) throw error;
        }
      }
      for (const command of isSampling ? ["stop", "pwr off", "hrc"] : ["pwr off", "hrc"]) {
        shield.send(command);
        await delay(this.#clock, aboutMs / 5);
      }
    } catch (error) {
      if (!shield.isLost) throw error;
    } finally {
      this.#queue?.end();
      await shield.close();
      await this.#port.close();
    }
  }

  async #begin(): Promise<void> {
    const { supplyVolts = 3, acquisitionMode } = this.#options;
    const volts = checkedSupply(this.#monitor, this.capabilities, supplyVolts);
    const shield = this.#shield;
    await this.#takeControl();
    await shield.ask('lcd 1 "    Thimble     "');
    await shield.ask("pwr off").catch((error) => this.#explainRefusal(error));
    await shield.ask("acqtime inf");
    await shield.ask("trigdelay 0");
    await shield.ask("trigsrc sw");
    await shield.ask("eventsrc d7 fal");
    if (acquisitionMode) await shield.ask(`acqmode ${acquisitionMode}`);
    const { output, format, freq } = this.#settings;
    await shield.ask(`output ${output}`);
    await shield.ask(`format ${format}`);
    await shield.ask(`freq ${freq}`);
    await shield.ask(`volt ${Math.round(volts * 1000)}m`);
    const firmwareVersion = await this.#version();
    if (firmwareVersion && isOlder(firmwareVersion)) throw this.#tooOld(firmwareVersion);
    const about = await this.#about("powershield");
    const serialNumber = /present\W*(?:with board unique ID)?\W*([0-9A-Za-z-]+.*)$/i.exec(about)
      ?.[1];
    this.#info = { ...this.#info, firmwareVersion, serialNumber };
  }

  // Rubbish in its buffer makes it refuse the first command; a run that was cut off can still be sending.
  async #takeControl(): Promise<void> {
    try {
      await this.#shield.ask("htc", { answerMs: aboutMs });
    } catch (error) {
      if (!(error instanceof MonitorRefusedError || error instanceof MonitorTimeoutError)) {
        throw error;
      }
      if (error instanceof MonitorTimeoutError) await this.#shield.stop().catch(() => {});
      await this.#shield.ask("htc");
    }
  }

  async #explainRefusal(error: unknown): Promise<never> {
    if (!(error instanceof MonitorRefusedError)) throw error;
    const version = await this.#version();
    if (version && !isOlder(version)) throw error;
    throw this.#tooOld(version ?? error.answer);
  }

  #tooOld(answer: string): MonitorFirmwareError {
    return new MonitorFirmwareError(
      `Cannot use ${this.#monitor} as its firmware is older than ${
        leastVersion.join(".")
      }: '${answer}'`,
      {
        monitor: this.#monitor,
        command: "pwr off",
        answer,
        hint: "Update it: ST's page of the X-NUCLEO-LPM01A has STSW-PSFW and says how",
      },
    );
  }

  async #version(): Promise<string | undefined> {
    return /\d+\.\d+\.\d+/.exec(await this.#about("version"))?.[0];
  }

  async #about(command: string): Promise<string> {
    return await this.#shield.ask(command, { answerMs: aboutMs, more: true }).catch((error) => {
      if (error instanceof MonitorRefusedError || error instanceof MonitorTimeoutError) return "";
      throw error;
    });
  }

  #refuseWhileSampling(action: string): void {
    if (!this.#queue || this.#queue.isEnded) return;
    throw new MonitorError(`Cannot ${action} as ${this.#monitor} is sampling`, {
      monitor: this.#monitor,
      hint: "Call stop() first",
    });
  }

  #sink(queue: EventQueue, tracker: SampleTracker): Lpm01aSink {
    let complaint = "";
    let events: number | undefined;
    return {
      samples: (values) => tracker.samples(values),
      damaged: (count, reason) => tracker.lost(count, reason),
      time: (timeMs, bufferPercent) => {
        tracker.time(timeMs * 1000);
        if (bufferPercent >= 90) tracker.note(`The monitor's buffer is ${bufferPercent} % full`);
      },
      text: (text) => {
        const event = /^event\b *(\d{1,9})?/i.exec(text);
        if (event) {
          const number = event[1] === undefined ? undefined : Number(event[1]);
          if (number !== undefined && events !== undefined && number > events + 1) {
            tracker.note(
              `${number - events - 1} edges before the monitor's edge ${number} are lost`,
            );
          }
          events = number;
          return tracker.edge(true);
        }
        tracker.note(text);
        if (!/^error/i.test(text)) return;
        complaint = text;
        if (/over(run|flow)|buffer full|lost/i.test(text)) tracker.lost(0, text);
      },
      end: () => {
        if (this.#isStopping) return;
        this.#hasEnded = true;
        queue.fail(
          new MonitorStoppedError(
            `Cannot go on sampling as ${this.#monitor} has ended the acquisition` +
              (complaint && `: '${complaint}'`),
            {
              monitor: this.#monitor,
              answer: complaint,
              hint: "Lower the sample rate; a board above 50 mA needs the acquisition mode 'stat'",
            },
          ),
        );
      },
    };
  }
}

function isOlder(version: string): boolean {
  const parts = version.split(".").map(Number);
  const at = leastVersion.findIndex((least, i) => parts[i] !== least);
  return at >= 0 && parts[at] < leastVersion[at];
}
