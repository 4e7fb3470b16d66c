/**
 * What an energy run is made on: a DUT that an energy monitor feeds, and an IO manager in between.
 *
 * @module
 */
import { type Clock, delay, systemClock } from "../clock.ts";
import { InputError } from "../errors.ts";
import { Dut, type DutOptions } from "../serial/dut.ts";
import { FirmwareError } from "../serial/dut_errors.ts";
import { IoManager } from "../serial/io_manager.ts";
import type { EnergyMonitor } from "../serial/monitors/energy_monitor.ts";
import type { SerialPort } from "../serial/serial_port.ts";
import { SupplyError } from "./energy_errors.ts";

/** What an energy run needs besides the wire to the DUT. */
export interface EnergySetup {
  /**
   * Connects to the monitor. The run does it first, and at its end, whatever ends it, closes the monitor, which takes the
   * DUT's power away.
   */
  openMonitor: (options: { clock: Clock; signal?: AbortSignal }) => Promise<EnergyMonitor>;
  /** Whether the connection leads to an IO manager, and not straight to the DUT. @default {true} */
  ioManager?: boolean;
  /** Voltage of the DUT's supply. @default {3, where the monitor is the supply} */
  supplyV?: number;
  /** Samples a second, at least 100. @default {1000 where the monitor can, as the official runners; its default otherwise} */
  sampleRateHz?: number;
}

/** What an {@linkcode EnergyBench} is made of. */
export interface EnergyBenchOptions extends DutOptions, EnergySetup {
  /** The wire to the IO manager, or to the DUT. */
  port: SerialPort;
}

// Long enough for capacitors to empty, and for a DUT that has power all the same to answer.
const offMs = 1000;
/** One sample more or less is 0.1 % of a window of ten seconds then: as many as may be lost. */
const leastRateHz = 100;
const ioBaudRate = 115_200;
/** Bits per second of a DUT behind an IO manager. */
export const energyBaudRate = 9600;
const defaultSupplyV = 3;

/** Voltage of the DUT's supply in V; undefined where that is another one than the monitor, and nobody says. */
export function supplyOf(monitor: EnergyMonitor, asked: number | undefined): number | undefined {
  return asked ?? (monitor.capabilities.supplyVolts ? defaultSupplyV : undefined);
}
// What a command of the IO manager can carry.
const chunkBytes = 26;

/** A bench that has power. Disposing of it takes the power away first. */
export class EnergyBench implements AsyncDisposable {
  /** The DUT, in energy mode. */
  readonly dut: Dut;
  /** The monitor, not sampling yet. */
  readonly monitor: EnergyMonitor;
  /** The IO manager, where there is one. */
  readonly ioManager?: IoManager;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    parts: { dut: Dut; monitor: EnergyMonitor; ioManager?: IoManager },
    stack: AsyncDisposableStack,
  ) {
    this.dut = parts.dut;
    this.monitor = parts.monitor;
    this.ioManager = parts.ioManager;
    this.#stack = stack;
  }

  /**
   * Powers a bench up, in this order: the monitor, with the DUT's power off; the IO manager; a second in which the DUT has to be
   * silent, as nothing but the monitor may feed it; the DUT's power; its banner, which has to be that of energy mode.
   *
   * @param onEdge Called with each edge that the IO manager sees, on its clock in µs.
   * @throws {InputError} When so few samples are asked for that the edges of a window are in doubt.
   * @throws {SupplyError} When the DUT answers without the monitor's power.
   * @throws {FirmwareError} When the DUT's firmware is not in energy mode.
   * @throws {DutError} When the DUT does not start.
   * @throws {IoManagerError} When no IO manager answers.
   * @throws {MonitorError} When the monitor fails.
   */
  static async connect(
    options: EnergyBenchOptions & { onEdge?: (timeUs: number) => void },
  ): Promise<EnergyBench> {
    const { clock = systemClock, signal, supplyV, sampleRateHz, onNotice, onEdge } = options;
    if (sampleRateHz !== undefined && !(sampleRateHz >= leastRateHz)) {
      throw new InputError(`Cannot measure energy at ${sampleRateHz} samples a second`, {
        source: "sampleRateHz",
        hint: `Take at least ${leastRateHz}: the edges of a window are known to one sample only`,
      });
    }
    await using stack = new AsyncDisposableStack();
    const monitor = await options.openMonitor({ clock, signal });
    const powerOff = () => closeMonitor(monitor, onNotice);
    stack.defer(powerOff);
    try {
      await monitor.powerOff();
      const volts = supplyOf(monitor, supplyV);
      if (monitor.capabilities.supplyVolts && volts !== undefined) await monitor.setSupply(volts);
      const ioManager = options.ioManager === false ? undefined : stack.use(
        await IoManager.connect(options.port, {
          baudRate: ioBaudRate,
          clock,
          signal,
          onEdge,
          onNotice,
        }),
      );
      const dutOptions: DutOptions = ioManager
        // It passes on lines of text at one rate, and nothing else.
        ? {
          ...options,
          ...{ baudRate: energyBaudRate, chunkBytes, fastBaudRate: undefined },
          ...{ binaryLoads: false, strideLoads: false },
        }
        : options;
      const dut = stack.use(
        await connectDut(ioManager?.dutPort ?? options.port, monitor, dutOptions),
      );
      // A banner that was lost on the line says nothing; a timestamp does.
      if (dut.mode === undefined) await dut.timestamp();
      if (dut.mode !== "energy") {
        throw new FirmwareError("Cannot measure energy as the firmware is in performance mode", {
          found: dut.mode ?? "performance",
          expected: "energy",
          hint: "Build and flash firmware for energy mode: its timestamps are edges on a pin then",
        });
      }
      stack.defer(powerOff);
      return new EnergyBench({ dut, monitor, ioManager }, stack.move());
    } catch (error) {
      // Before anything else is let go of.
      await powerOff();
      throw error;
    }
  }

  /** Takes the DUT's power away, then lets go of everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

// What ended the run is told; that the power could not be taken away is told beside it.
async function closeMonitor(
  monitor: EnergyMonitor,
  onNotice?: (text: string) => void,
): Promise<void> {
  try {
    await monitor.close();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    onNotice?.(`The DUT may still have power as its monitor could not be closed: ${why}`);
  }
}

// The DUT is listened to before it gets power: its banner comes only once.
async function connectDut(
  port: SerialPort,
  monitor: EnergyMonitor,
  options: DutOptions,
): Promise<Dut> {
  const { clock = systemClock, signal, bootMs = 5000 } = options;
  const connecting = Dut.connect(port, { ...options, bootMs: offMs + bootMs });
  let isFed = false;
  const early = connecting.then((dut) => isFed ? undefined : dut, () => undefined);
  try {
    const answered = await Promise.race([early, delay(clock, offMs, signal)]);
    if (answered) {
      throw new SupplyError("Cannot measure energy as the DUT runs without the monitor's power", {
        hint: "Take every other supply off the DUT: USB, debugger, battery; levels of signal lines",
      });
    }
    isFed = true;
    await monitor.powerOn();
    return await connecting;
  } catch (error) {
    // It closes itself when it does not come about.
    connecting.then((dut) => dut[Symbol.asyncDispose](), () => {});
    throw error;
  }
}
