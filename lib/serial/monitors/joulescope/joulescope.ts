/**
 * Joulescope JS110 and JS220.
 *
 * @module
 */
import { type Clock, systemClock } from "../../../clock.ts";
import { printable } from "../../lines.ts";
import { checkedSupply, chosenSampling, monitorCapabilities } from "../capabilities.ts";
import type {
  Acquisition,
  EnergyMonitor,
  MonitorCapabilities,
  MonitorInfo,
  Quantity,
  StartOptions,
} from "../energy_monitor.ts";
import { EventQueue } from "../event_queue.ts";
import {
  MonitorAnswerError,
  MonitorError,
  MonitorLostError,
  MonitorNotFoundError,
} from "../monitor_errors.ts";
import { SampleTracker } from "../sample_tracker.ts";
import { JoulescopeStream } from "./joulescope_stream.ts";
import { Jsdrv, type TopicValue } from "./jsdrv.ts";
import { parseStreamBlock } from "./jsdrv_values.ts";

/** How a {@linkcode Joulescope} is connected. */
export interface JoulescopeOptions {
  /** Which one. */
  kind: "js110" | "js220";
  /** Its serial number, where several are attached. */
  serialNumber?: string;
  /** The driver's library. @default {the environment's THIMBLE_JSDRV, then where it is usually installed} */
  library?: string;
  /** Where its samples come from. @default {"measured"} */
  source?: MonitorInfo["source"];
  /** Where time comes from. @default {systemClock} */
  clock?: Clock;
  /** Ends connecting when it aborts. */
  signal?: AbortSignal;
}

/** Topics of what can be sampled; energy is power times the period. */
const topicOf: Record<Quantity, string> = { current: "s/i", voltage: "s/v", energy: "s/p" };
const edgeTopic = "s/gpi/0";

/** What switches the board's power: the current range. */
const powerTopic = { js110: "s/i/range/select", js220: "s/i/range/mode" };

/**
 * A Joulescope in the line of another supply, through the driver of its maker (`jsdrv`), which the user installs. Its GPI0 is the
 * timestamp pin.
 */
export class Joulescope implements EnergyMonitor {
  /** Which one it is. */
  readonly info: MonitorInfo;
  /** What it can do. */
  readonly capabilities: MonitorCapabilities;
  readonly #driver: Jsdrv;
  readonly #device: string;
  readonly #kind: "js110" | "js220";
  readonly #clock: Clock;
  readonly #monitor: string;
  #isLost = false;
  #run: { queue: EventQueue; topics: string[]; ends: (() => Promise<void>)[] } | undefined;
  #stopping: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /**
   * Starts the driver, finds the Joulescope and opens it. The board's power is off afterwards.
   *
   * @throws {MonitorNotFoundError} When the library, or the Joulescope, is not there, or not permitted, or there are several.
   * @throws {MonitorError} When the driver refuses.
   */
  static async connect(options: JoulescopeOptions): Promise<Joulescope> {
    options.signal?.throwIfAborted();
    const driver = await Jsdrv.open(options.library ?? libraryOfEnvironment());
    try {
      const device = chosenDevice(await driver.devices(), options);
      await driver.publish(`${device}/@/!open`, 0);
      const firmwareVersion = await driver.queryNumber(`${device}/c/fw/version`)
        .then(versionText, () => undefined);
      const monitor = new Joulescope(driver, device, { ...options, firmwareVersion });
      await driver.subscribe("@/!remove", (value) => monitor.#removed(value));
      try {
        options.signal?.throwIfAborted();
        await monitor.powerOff();
        return monitor;
      } catch (error) {
        await monitor.close().catch(() => {});
        throw error;
      }
    } catch (error) {
      await driver.close();
      throw error;
    }
  }

  private constructor(
    driver: Jsdrv,
    device: string,
    options: JoulescopeOptions & { firmwareVersion?: string },
  ) {
    const { kind, firmwareVersion, source = "measured" } = options;
    const serialNumber = printable(device.split("/")[2] ?? "");
    this.#driver = driver;
    this.#device = device;
    this.#kind = kind;
    this.#clock = options.clock ?? systemClock;
    this.#monitor = `${kind} '${serialNumber}'`;
    this.capabilities = monitorCapabilities[kind];
    this.info = {
      kind,
      name: `Joulescope ${kind.toUpperCase()}`,
      serialNumber,
      firmwareVersion,
      source,
    };
  }

  /** Cannot: it does not feed the board. */
  // deno-lint-ignore require-await -- what it throws must reject
  async setSupply(volts: number): Promise<void> {
    checkedSupply(this.#monitor, this.capabilities, volts);
  }

  /** Connects the board to its supply. */
  async powerOn(): Promise<void> {
    await this.#publish(powerTopic[this.#kind], "auto");
  }

  /** Disconnects the board from its supply. */
  async powerOff(): Promise<void> {
    await this.#publish(powerTopic[this.#kind], "off");
  }

  /** Begins to sample. */
  async start(options: StartOptions = {}): Promise<Acquisition> {
    options.signal?.throwIfAborted();
    const { sampleRateHz, quantity } = chosenSampling(this.#monitor, this.capabilities, options);
    if (this.#run && !this.#run.queue.isEnded) {
      throw new MonitorError(`Cannot start again as ${this.#monitor} is sampling`, {
        monitor: this.#monitor,
        hint: "Call stop() first",
      });
    }
    await this.stop();
    const queue = new EventQueue({
      monitor: this.#monitor,
      sampleRateHz,
      clock: this.#clock,
    });
    const tracker = new SampleTracker(queue, { quantity, monitor: this.#monitor });
    const scale = quantity === "energy" ? 1 / sampleRateHz : 1;
    const stream = new JoulescopeStream(queue, tracker, scale);
    const topics = [topicOf[quantity], edgeTopic];
    const run = this.#run = { queue, topics, ends: [] as (() => Promise<void>)[] };
    const guarded = (take: (bytes: Uint8Array) => void) => (value: TopicValue) => {
      if (value.kind !== "stream" || queue.isEnded) return;
      try {
        take(value.bytes);
      } catch (cause) {
        queue.fail(
          new MonitorAnswerError(`Cannot read what ${this.#monitor} streams: ${String(cause)}`, {
            monitor: this.#monitor,
            cause,
          }),
        );
      }
    };
    try {
      await this.#publish("h/fs", sampleRateHz);
      const takers = [
        guarded((bytes) => stream.samples(parseStreamBlock(bytes))),
        guarded((bytes) => stream.levels(parseStreamBlock(bytes))),
      ];
      for (const [i, topic] of topics.entries()) {
        run.ends.push(await this.#driver.subscribe(`${this.#device}/${topic}/!data`, takers[i]));
      }
      for (const topic of topics) await this.#publish(`${topic}/ctrl`, 1);
    } catch (error) {
      await this.stop().catch(() => {});
      throw error;
    }
    const onAbort = () => {
      if (this.#run === run) this.#stop(options.signal).catch(() => {});
    };
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
    const run = this.#run;
    if (!run) return;
    this.#run = undefined;
    try {
      if (!this.#isLost) {
        for (const topic of run.topics) await this.#publish(`${topic}/ctrl`, 0);
      }
      for (const end of run.ends) await end();
      if (aborted) run.queue.fail(aborted.reason);
      else run.queue.end();
    } catch (error) {
      run.queue.fail(error);
      throw error;
    }
  }

  /** Stops, disconnects the board from its supply, and ends the driver. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** Closes. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    try {
      await this.stop().catch(() => {});
      if (this.#isLost) return;
      await this.powerOff();
      await this.#publish("@/!close", 0);
    } catch (error) {
      if (!this.#isLost) throw error;
    } finally {
      await this.#driver.close();
    }
  }

  async #publish(topic: string, value: string | number): Promise<void> {
    if (this.#isLost) throw this.#lostError();
    await this.#driver.publish(`${this.#device}/${topic}`, value);
  }

  #removed(value: TopicValue): void {
    if (value.kind !== "text" || value.text !== this.#device) return;
    this.#isLost = true;
    this.#run?.queue.fail(this.#lostError());
  }

  #lostError(): MonitorLostError {
    return new MonitorLostError(`Cannot go on with ${this.#monitor} as it is gone`, {
      monitor: this.#monitor,
      hint: "Check its USB cable",
    });
  }
}

function libraryOfEnvironment(): string | undefined {
  const isPermitted = Deno.permissions.querySync({ name: "env", variable: "THIMBLE_JSDRV" });
  return isPermitted.state === "granted" ? Deno.env.get("THIMBLE_JSDRV") : undefined;
}

function chosenDevice(devices: readonly string[], options: JoulescopeOptions): string {
  const { kind, serialNumber } = options;
  const ofKind = devices.filter((path) => path.split("/")[1]?.toLowerCase() === kind);
  const found = ofKind.filter((path) => !serialNumber || path.split("/")[2] === serialNumber);
  if (found.length === 1) return found[0];
  const monitor = serialNumber ? `${kind} '${serialNumber}'` : kind;
  const attached = devices.map(printable).join(", ") || "none";
  throw new MonitorNotFoundError(
    found.length === 0
      ? `Cannot find ${monitor}: attached are ${attached}`
      : `Cannot tell which ${kind} is meant: attached are ${attached}`,
    {
      monitor,
      answer: attached,
      hint: found.length === 0
        ? "Check its USB cable, and, on Linux, its udev rule"
        : `Name its serial number: '${kind}:${ofKind[0].split("/")[2]}'`,
    },
  );
}

/** major8.minor8.patch16. */
function versionText(version: number): string {
  return `${version >>> 24}.${version >>> 16 & 0xff}.${version & 0xffff}`;
}
