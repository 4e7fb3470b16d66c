/**
 * Nordic Semiconductor Power Profiler Kit II.
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
import { MonitorError, MonitorLostError, MonitorTimeoutError } from "../monitor_errors.ts";
import { SampleTracker } from "../sample_tracker.ts";
import { Ppk2Decoder } from "./ppk2_decoder.ts";
import { defaultModifiers, parsePpk2Metadata } from "./ppk2_modifiers.ts";

/** How a {@linkcode Ppk2} is connected. */
export interface Ppk2Options {
  /** What errors call the port. @default {"a port"} */
  portName?: string;
  /** Voltage until `setSupply` is called. @default {3} */
  supplyVolts?: number;
  /** How long its calibration may take to come, in ms. @default {2000} */
  answerMs?: number;
  /** Where its samples come from. @default {"measured"} */
  source?: MonitorInfo["source"];
  /** Where time comes from. @default {systemClock} */
  clock?: Clock;
  /** Ends connecting when it aborts. */
  signal?: AbortSignal;
}

/** Its commands, as the published drivers have them. */
const command = {
  averageStart: 0x06,
  averageStop: 0x07,
  deviceRunning: 0x0c,
  regulator: 0x0d,
  powerMode: 0x11,
  metadata: 0x19,
};
const sourceMode = 2;
/** After a stop, samples that are under way come in. */
const quietMs = 100;
const longestMetadata = 16_384;

/**
 * A PPK2 in source mode: it feeds the board and samples the current 100,000 times a second; D0 is the timestamp pin. **For
 * research: results of it are not accepted in submissions.** It numbers its samples modulo 64, so that a gap of 64 is not seen.
 */
export class Ppk2 implements EnergyMonitor {
  /** What it can do. */
  readonly capabilities: MonitorCapabilities = monitorCapabilities.ppk2;
  readonly #port: SerialPort;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #options: Ppk2Options;
  readonly #clock: Clock;
  readonly #monitor: string;
  readonly #pump: Promise<void>;
  #info: MonitorInfo;
  #modifiers = defaultModifiers();
  #volts: number;
  #isLost = false;
  #text: string | undefined;
  #wake: (() => void) | undefined;
  #run: { queue: EventQueue; decoder: Ppk2Decoder } | undefined;
  #closing: Promise<void> | undefined;

  /**
   * Opens `port` and reads the calibration. The board's power is off afterwards. The port is closed again where that fails, and
   * by `close`.
   *
   * @throws {MonitorTimeoutError} When no calibration comes.
   * @throws {MonitorLostError} When the port vanishes.
   * @throws Whatever the port throws when it cannot be opened.
   */
  static async connect(port: SerialPort, options: Ppk2Options = {}): Promise<Ppk2> {
    options.signal?.throwIfAborted();
    await port.open({ baudRate: 115_200 });
    const monitor = new Ppk2(port, options);
    try {
      await monitor.#begin();
      return monitor;
    } catch (error) {
      await monitor.close().catch(() => {});
      throw error;
    }
  }

  private constructor(port: SerialPort, options: Ppk2Options) {
    this.#port = port;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#monitor = `ppk2 on '${options.portName ?? "a port"}'`;
    this.#info = { kind: "ppk2", name: "PPK2", source: options.source ?? "measured" };
    this.#volts = options.supplyVolts ?? 3;
    this.#reader = port.readable!.getReader();
    this.#writer = port.writable!.getWriter();
    this.#writer.closed.catch(() => this.#lose());
    this.#pump = this.#read();
  }

  /** Which one it is. */
  get info(): MonitorInfo {
    return this.#info;
  }

  /** Sets the voltage, 0.8 to 5 V; not during an acquisition, whose calibration depends on it. */
  async setSupply(volts: number): Promise<void> {
    checkedSupply(this.#monitor, this.capabilities, volts);
    this.#refuseWhileSampling("set the voltage");
    this.#volts = volts;
    await this.#send(command.regulator, ...regulatorBytes(volts));
  }

  /** Feeds the board. */
  async powerOn(): Promise<void> {
    await this.#send(command.deviceRunning, 1);
  }

  /** Takes the board's power away. */
  async powerOff(): Promise<void> {
    await this.stop();
    await this.#send(command.deviceRunning, 0);
  }

  /** Begins to sample. */
  async start(options: StartOptions = {}): Promise<Acquisition> {
    options.signal?.throwIfAborted();
    const { sampleRateHz, quantity } = chosenSampling(this.#monitor, this.capabilities, options);
    this.#refuseWhileSampling("start again");
    const queue = new EventQueue({
      monitor: this.#monitor,
      sampleRateHz,
      clock: this.#clock,
    });
    const tracker = new SampleTracker(queue, { quantity, monitor: this.#monitor });
    const scale = quantity === "energy" ? this.#volts / sampleRateHz : 1;
    const decoder = new Ppk2Decoder({
      samples: (values) => tracker.samples(scale === 1 ? values : values.map((a) => a * scale)),
      lost: (count, reason) => tracker.lost(count, reason),
      edge: (ahead, falling) => tracker.edge(falling, tracker.index + ahead),
    }, { modifiers: this.#modifiers, supplyVolts: this.#volts });
    this.#run = { queue, decoder };
    const onAbort = () => {
      if (this.#run?.queue !== queue) return;
      this.#stop(options.signal).catch(() => {});
    };
    try {
      await this.#send(command.averageStart);
    } catch (error) {
      this.#run = undefined;
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

  async #stop(aborted?: AbortSignal): Promise<void> {
    const run = this.#run;
    if (!run) return;
    try {
      await this.#send(command.averageStop);
      await delay(this.#clock, quietMs);
      if (aborted) run.queue.fail(aborted.reason);
      else run.queue.end();
    } catch (error) {
      run.queue.fail(error);
      throw error;
    } finally {
      this.#run = undefined;
    }
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
    try {
      if (!this.#isLost) await this.powerOff();
    } catch (error) {
      if (!this.#isLost) throw error;
    } finally {
      await this.#reader.cancel().catch(() => {});
      this.#reader.releaseLock();
      await this.#pump;
      this.#writer.abort().catch(() => {});
      this.#writer.releaseLock();
      await this.#port.close();
    }
  }

  async #begin(): Promise<void> {
    const { signal } = this.#options;
    checkedSupply(this.#monitor, this.capabilities, this.#volts);
    await this.#send(command.averageStop);
    await this.#send(command.deviceRunning, 0);
    await delay(this.#clock, quietMs, signal);
    const { modifiers, hardware } = parsePpk2Metadata(await this.#metadata());
    this.#modifiers = modifiers;
    if (hardware) this.#info = { ...this.#info, name: `PPK2 ${printable(hardware).slice(0, 20)}` };
    await this.#send(command.powerMode, sourceMode);
    await this.#send(command.regulator, ...regulatorBytes(this.#volts));
  }

  #metadata(): Promise<string> {
    const { answerMs = 2000, signal } = this.#options;
    this.#text = "";
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void) => {
        cancel();
        signal?.removeEventListener("abort", check);
        this.#wake = undefined;
        this.#text = undefined;
        settle();
      };
      const check = () => {
        const text = this.#text ?? "";
        if (signal?.aborted) finish(() => reject(signal.reason));
        else if (/\bEND\b/.test(text)) finish(() => resolve(text));
        else if (this.#isLost) finish(() => reject(this.#lostError()));
      };
      const cancel = this.#clock.schedule(answerMs, () => {
        const text = printable((this.#text ?? "").slice(-100));
        finish(() =>
          reject(
            new MonitorTimeoutError(
              `Cannot read the calibration of ${this.#monitor} within ${answerMs} ms`,
              {
                monitor: this.#monitor,
                answer: text,
                hint: "A PPK2 has two ports: try the other one",
              },
            ),
          )
        );
      });
      this.#wake = check;
      signal?.addEventListener("abort", check, { once: true });
      this.#send(command.metadata).catch(() => check());
      check();
    });
  }

  async #send(...bytes: number[]): Promise<void> {
    try {
      await this.#writer.write(Uint8Array.from(bytes));
    } catch (cause) {
      this.#lose();
      throw this.#lostError(cause);
    }
  }

  #refuseWhileSampling(action: string): void {
    if (!this.#run || this.#run.queue.isEnded) return;
    throw new MonitorError(`Cannot ${action} as ${this.#monitor} is sampling`, {
      monitor: this.#monitor,
      hint: "Call stop() first",
    });
  }

  async #read(): Promise<void> {
    try {
      for (;;) {
        const { value, done } = await this.#reader.read();
        if (done) break;
        if (this.#run) this.#run.decoder.push(value);
        else if (this.#text !== undefined && this.#text.length < longestMetadata) {
          this.#text += Array.from(value, (byte) => String.fromCharCode(byte)).join("");
          this.#wake?.();
        }
      }
    } catch {
      // As at the end.
    }
    this.#lose();
  }

  #lostError(cause?: unknown): MonitorLostError {
    return new MonitorLostError(`Cannot go on with ${this.#monitor} as its port is gone`, {
      monitor: this.#monitor,
      hint: "Check the cable",
      cause,
    });
  }

  #lose(): void {
    this.#isLost = true;
    this.#run?.queue.fail(this.#lostError());
    this.#wake?.();
  }
}

/** A voltage as the regulator takes it: mV above 800, and 32, onto 3·256. */
function regulatorBytes(volts: number): [number, number] {
  const steps = Math.round(volts * 1000) - 800 + 32;
  return [3 + (steps >> 8), steps & 0xff];
}
