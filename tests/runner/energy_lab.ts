/** A DUT and an energy monitor in one simulated time, with faults: what an energy run needs, without wires. */
import type { Benchmark } from "../../lib/benchmarks.ts";
import { type Clock, VirtualClock } from "../../lib/clock.ts";
import type { EnergySetup } from "../../lib/runner/energy_bench.ts";
import type { Connection } from "../../lib/runner/run_session.ts";
import { memoryPortPair } from "../../lib/serial/memory_port.ts";
import type {
  Acquisition,
  EnergyMonitor,
  MonitorCapabilities,
  MonitorEvent,
  StartOptions,
} from "../../lib/serial/monitors/energy_monitor.ts";
import { MonitorLostError } from "../../lib/serial/monitors/monitor_errors.ts";
import { cortexM4Cost } from "../../lib/serial/virtual/cost_model.ts";
import { VirtualBoard } from "../../lib/serial/virtual/virtual_board.ts";

export interface LabFaults {
  /** The DUT has power whatever the monitor does. */
  otherSupply?: boolean;
  /** Edges, counted from 0, that the monitor does not see. */
  missedEdges?: number[];
  /** Edges that it sees twice, 5 ms apart. */
  doubleEdges?: number[];
  /** Samples that are lost: first, count. */
  lost?: [number, number][];
  /** The monitor vanishes at this sample. */
  monitorVanishesAt?: number;
  /** The DUT's port closes when this many commands have come. */
  dutVanishesAfter?: number;
  /** The firmware is in performance mode. */
  performance?: boolean;
  /** Another voltage than 3. */
  supplyV?: number;
  /** From this edge on the board runs at another pace: so many times as fast. */
  pace?: { fromEdge: number; factor: number };
  /** From this sample on none comes, though edges do. */
  samplesEndAt?: number;
  /** The monitor cannot be closed. */
  closeFails?: boolean;
}

const macs = 2_656_768;
/** In mW. */
export const power = { idle: 10, active: 100 };

export class EnergyLab {
  readonly clock = new VirtualClock();
  readonly faults: LabFaults;
  readonly monitor: LabMonitor;
  readonly connection: Connection;
  isPowered = false;
  isActive = false;
  #board: VirtualBoard;
  #edgesUs: number[] = [];
  #cost = { ...cortexM4Cost };
  #commands = 0;
  #edges = 0;
  #bootedMs = 0;

  constructor(benchmark: Benchmark, faults: LabFaults = {}) {
    this.faults = faults;
    this.monitor = new LabMonitor(this);
    this.#board = new VirtualBoard({
      benchmark,
      mode: faults.performance ? "performance" : "energy",
      baudRate: 9600,
      cost: this.#cost,
      model: { macs, results: () => Array(benchmark.resultCount).fill("0.500000") },
      onEdge: (timeUs) => this.#edgesUs.push(timeUs),
    });
    const [host, device] = memoryPortPair();
    this.connection = { port: host, name: "lab", source: "measured" };
    if (faults.otherSupply) this.#board.boot();
    this.#serve(device);
  }

  get setup(): EnergySetup {
    return {
      ioManager: false,
      supplyV: this.faults.supplyV,
      openMonitor: () => {
        this.monitor.isOpen = true;
        return Promise.resolve(this.monitor);
      },
    };
  }

  get hasPower(): boolean {
    return this.isPowered || this.faults.otherSupply === true;
  }

  #write: (text: string) => void = () => {};
  #close: () => void = () => {};

  async #serve(device: ReturnType<typeof memoryPortPair>[1]): Promise<void> {
    await device.open({ baudRate: 9600 });
    const writer = device.writable!.getWriter();
    const reader = device.readable!.getReader();
    this.#close = () => void reader.cancel();
    this.#write = (text) => void writer.write(new TextEncoder().encode(text)).catch(() => {});
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      if (!this.hasPower || this.clock.now() < this.#bootedMs) continue;
      this.#commands += value.filter((byte) => byte === 0x25).length;
      if (this.#commands > (this.faults.dutVanishesAfter ?? Infinity)) break;
      this.#turn(() => this.#board.receive(value));
    }
    reader.releaseLock();
    writer.releaseLock();
    await device.close();
  }

  closeDut(): void {
    this.#close();
  }

  boot(): void {
    if (this.isPowered) return;
    this.isPowered = true;
    if (this.faults.otherSupply) return;
    this.#bootedMs = this.clock.now() + 100;
    this.#turn(() => this.#board.boot(), 0);
  }

  // What the board does at once happens at its times.
  #turn(act: () => string, startUs = this.#board.timeUs): void {
    const text = act();
    const at = (us: number, callback: () => void) =>
      this.clock.schedule((us - startUs) / 1000, () => this.hasPower && callback());
    const edges = this.#edgesUs.splice(0);
    // Between the two edges of a command it computes.
    edges.forEach((us, i) =>
      at(us, () => {
        this.monitor.advance();
        this.isActive = edges.length === 2 && i === 0;
        this.#edge();
      })
    );
    if (text !== "") at(this.#board.timeUs, () => this.#write(text));
  }

  #edge(): void {
    const number = this.#edges++;
    const { pace } = this.faults;
    if (pace && number === pace.fromEdge) this.#cost.clockHz *= pace.factor;
    if (this.faults.missedEdges?.includes(number)) return;
    this.monitor.edge(0);
    if (this.faults.doubleEdges?.includes(number)) this.monitor.edge(5);
  }
}

/** 1000 samples a second, in blocks of 100 ms. */
export class LabMonitor implements EnergyMonitor {
  readonly info = { kind: "lpm01a", name: "lab", source: "measured" } as const;
  readonly capabilities: MonitorCapabilities = {
    sampleRatesHz: [1000],
    defaultSampleRateHz: 1000,
    supplyVolts: { min: 1.8, max: 3.3 },
    maxCurrentA: 0.05,
    quantities: ["energy", "current"],
    edges: true,
    acceptedInSubmissions: false,
    note: "",
  };
  isOpen = false;
  calls: string[] = [];
  readonly #lab: EnergyLab;
  #clock: Clock;
  #queue: MonitorEvent[] = [];
  #wake: (() => void) | undefined;
  #failure: unknown;
  #startMs = 0;
  // Sums of µJ of the samples that are not whole yet.
  #doneMs = 0;
  #block: number[] = [];
  #partUj = 0;
  #length = 0;
  #isRunning = false;

  constructor(lab: EnergyLab) {
    this.#lab = lab;
    this.#clock = lab.clock;
  }

  setSupply(volts: number): Promise<void> {
    this.calls.push(`supply ${volts}`);
    return Promise.resolve();
  }

  powerOn(): Promise<void> {
    this.calls.push("on");
    this.#lab.boot();
    return Promise.resolve();
  }

  powerOff(): Promise<void> {
    this.calls.push("off");
    this.#lab.isPowered = false;
    return Promise.resolve();
  }

  start({ signal }: StartOptions = {}): Promise<Acquisition> {
    this.calls.push("start");
    this.#startMs = this.#clock.now();
    this.#isRunning = true;
    const step = () => {
      if (!this.#isRunning) return;
      this.advance();
      this.#flush();
      this.#clock.schedule(100, step);
    };
    this.#clock.schedule(100, step);
    signal?.addEventListener("abort", () => this.#fail(signal.reason));
    const startMs = this.#startMs;
    return Promise.resolve({
      sampleRateHz: 1000,
      startMs,
      [Symbol.asyncIterator]: () => this.#events(),
    });
  }

  stop(): Promise<void> {
    this.calls.push("stop");
    this.#isRunning = false;
    this.#wake?.();
    return Promise.resolve();
  }

  async close(): Promise<void> {
    await this.stop();
    this.calls.push("close");
    this.isOpen = false;
    if (this.#lab.faults.closeFails) throw new MonitorLostError("Gone", { monitor: "lab" });
    this.#lab.isPowered = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The model's integral up to now; changes of power are told by calling this first. */
  advance(): void {
    if (!this.#isRunning) return;
    const nowMs = this.#clock.now() - this.#startMs;
    const mw = !this.#lab.hasPower ? 0 : this.#lab.isActive ? power.active : power.idle;
    for (let at = this.#doneMs; at < nowMs;) {
      const end = Math.min(nowMs, Math.floor(at) + 1);
      this.#partUj += (end - at) * mw;
      if (end === Math.floor(end)) {
        this.#sample(this.#partUj);
        this.#partUj = 0;
      }
      at = end;
    }
    this.#doneMs = nowMs;
  }

  edge(laterMs: number): void {
    if (!this.#isRunning) return;
    const index = this.#doneMs + laterMs;
    this.#push({ type: "edge", index, falling: true });
  }

  #sample(uj: number): void {
    const index = this.#length + this.#block.length;
    const lost = this.#lab.faults.lost?.find(([first, count]) =>
      index >= first && index < first + count
    );
    if (lost && index === lost[0]) {
      this.#push({ type: "lost", firstIndex: index, count: lost[1], reason: "overrun" });
    }
    this.#block.push(lost ? NaN : uj * 1e-6);
    if (index === this.#lab.faults.monitorVanishesAt) {
      this.#fail(new MonitorLostError("Cannot go on as the monitor is gone", { monitor: "lab" }));
    }
  }

  #flush(): void {
    const values = { energy: Float64Array.from(this.#block.splice(0)) };
    const count = values.energy.length;
    if (count === 0 || this.#length >= (this.#lab.faults.samplesEndAt ?? Infinity)) return;
    this.#push({ type: "samples", firstIndex: this.#length, count, values });
    this.#length += count;
    this.#push({ type: "clock", index: this.#length, timeUs: this.#length * 1000 });
  }

  #push(event: MonitorEvent): void {
    this.#queue.push(event);
    this.#wake?.();
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#isRunning = false;
    this.#wake?.();
  }

  async *#events(): AsyncGenerator<MonitorEvent> {
    for (;;) {
      while (this.#queue.length > 0) yield this.#queue.shift()!;
      if (this.#failure) throw this.#failure;
      if (!this.#isRunning) return;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}
