/**
 * The whole bench of energy mode without hardware: a lab, and an energy monitor that feeds its DUT.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { EnergyMonitor } from "../serial/monitors/energy_monitor.ts";
import type { SerialPort } from "../serial/serial_port.ts";
import { PowerModel, type PowerModelOptions } from "../serial/virtual/monitors/power_model.ts";
import { type SimulatedPower, simulatedPower } from "../serial/virtual/monitors/power_source.ts";
import { type Lpm01aFaults, virtualLpm01a } from "../serial/virtual/monitors/virtual_lpm01a.ts";
import { virtualN6705 } from "../serial/virtual/monitors/virtual_n6705.ts";
import type { Lab } from "./lab.ts";
import { openLab, type OpenLabOptions } from "./open_lab.ts";

/** What {@linkcode openEnergyLab} puts on the bench. */
export interface EnergyLabOptions extends Omit<OpenLabOptions, "mode" | "powered"> {
  /** What the DUT takes. @default {the figures of `PowerModel`} */
  power?: PowerModelOptions;
  /** Which monitor. An N6705 does not see the timestamp pin: then an IO manager has to. @default {"lpm01a"} */
  monitor?: "lpm01a" | "n6705";
  /** What goes wrong with an LPM01A. @default {nothing} */
  faults?: Lpm01aFaults;
}

/** A bench; nothing runs before a port is opened. */
export interface EnergyLab extends AsyncDisposable {
  /** The serial line to the IO manager, or, where there is none, to the DUT; closed. */
  readonly port: SerialPort;
  /** Connects to the virtual monitor. Its power switches the DUT. */
  openMonitor(options?: { signal?: AbortSignal }): Promise<EnergyMonitor>;
  /** The lab around the DUT. */
  readonly lab: Lab;
  /** What the DUT takes and took, to be compared with what was measured. Times in µs of {@linkcode EnergyLab.clock}. */
  readonly power: SimulatedPower;
  /** What waits of the host have to run by. */
  readonly clock: Clock;
  /** What is simulated, in words. */
  readonly sourceText: string;
  /** What `runSession` takes of a bench: `runSession({ ...bench.setup, mode: "energy", … })`. */
  readonly setup: EnergyLabSetup;
}

/** A bench as `runSession` takes it. */
export interface EnergyLabSetup {
  /** The wire to the IO manager, or to the DUT. */
  readonly connection: {
    port: SerialPort;
    name: string;
    source: "emulated" | "simulated";
    sourceText: string;
  };
  /** What waits of the host have to run by. */
  readonly clock: Clock;
  /** The monitor, and whether an IO manager stands before the DUT. */
  readonly energy: { ioManager: boolean; openMonitor: EnergyLab["openMonitor"] };
}

/**
 * Opens a bench: the DUT runs the real firmware, in front of it an IO manager where `io` says so, and a virtual monitor
 * measures a power model that follows what the DUT does. All of it is *simulated*, whatever the DUT's times are.
 *
 * @throws {InputError} Where options do not fit together.
 * @throws As {@linkcode openLab} does.
 *
 * @example
 * ```ts
 * import { benchmarks, demoModel, openEnergyLab } from "thimble";
 * import assert from "node:assert/strict";
 *
 * await using bench = await openEnergyLab({
 *   dut: "wasm",
 *   benchmark: benchmarks.kws01,
 *   model: demoModel(),
 * });
 * await using monitor = await bench.openMonitor();
 * assert.equal(monitor.info.source, "simulated");
 * assert.equal(bench.setup.energy.ioManager, false);
 * ```
 */
export async function openEnergyLab(options: EnergyLabOptions): Promise<EnergyLab> {
  const lab = await openLab({ ...options, mode: "energy", powered: false });
  const { clock } = lab;
  const power = simulatedPower({
    model: new PowerModel(options.power),
    // A DUT that cannot be started is silent, and the run says so.
    onPower: (isOn) => void lab.power(isOn).catch(() => {}),
  });
  // The lab's time begins when its port is opened, and follows the clock in steps.
  let offsetUs: number | undefined;
  const onClock = (labUs: number) => labUs + (offsetUs ??= clock.now() * 1000 - lab.timeUs);
  lab.onEdge(({ timeUs, falling }) => falling && power.addEdge(onClock(timeUs)));
  lab.onActivity(({ timeUs, state }) => {
    const taken = state === "inference" ? "active" : state === "off" ? "idle" : state;
    power.setState(onClock(timeUs), taken);
  });
  const port = (lab.ioPort ?? lab.dutPort)!;
  const sourceText = `${lab.sourceText}; power by a model, not measured`;
  const openMonitor: EnergyLab["openMonitor"] = async ({ signal } = {}) => {
    const settings = { clock, signal, source: "simulated" } as const;
    if (options.monitor === "n6705") {
      const { N6705 } = await import("../serial/monitors/n6705/n6705.ts");
      return await N6705.connect(virtualN6705({ power, clock }), settings);
    }
    const { Lpm01a } = await import("../serial/monitors/lpm01a/lpm01a.ts");
    return await Lpm01a.connect(virtualLpm01a({ power, clock, faults: options.faults }), settings);
  };
  return {
    port,
    openMonitor,
    lab,
    power,
    clock,
    sourceText,
    setup: {
      connection: { port, name: `virtual bench, ${options.dut}`, source: lab.source, sourceText },
      clock,
      energy: { ioManager: lab.ioPort !== undefined, openMonitor },
    },
    [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
  };
}
