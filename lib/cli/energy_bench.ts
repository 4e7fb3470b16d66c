import type { Benchmark } from "../benchmarks.ts";
import { InputError } from "../errors.ts";
import { demoModel } from "../runner/demo_data.ts";
import { openBoard } from "../runner/open_board.ts";
import { realNumber } from "./arguments.ts";
import {
  checkedSupply,
  chosenSampling,
  monitorCapabilities,
} from "../serial/monitors/capabilities.ts";
import type { MonitorKind } from "../serial/monitors/energy_monitor.ts";
import { MonitorCapabilityError } from "../serial/monitors/monitor_errors.ts";
import { isLabPort, labDutOf } from "./lab_port.ts";
import { oneOf } from "./arguments.ts";
import type { OpenConnection } from "./open_connection.ts";
import { parseMonitorSpec } from "../serial/monitors/monitor_spec.ts";

/** What the command line says of a bench of energy mode. */
export interface EnergyArguments {
  /** What is run. */
  benchmark: Benchmark;
  /** `--monitor`. */
  monitor?: string;
  /** `--monitor-port`. */
  monitorPort?: string;
  /** `--io-port`. */
  ioPort?: string;
  /** `--port`: the DUT itself, without an IO manager. */
  port?: string;
  /** `--model`, for a virtual bench. */
  model?: string;
  /** `--supply`. */
  supply?: string;
  /** `--rate`. */
  rate?: string;
  /** `--acquisition`. */
  acquisition?: string;
}

/**
 * Puts a bench together.
 *
 * @throws {InputError} Where the arguments do not fit together.
 */
export async function energyBenchOf(args: EnergyArguments): Promise<OpenConnection> {
  const { ioPort, port } = args;
  const acquisitionMode = oneOf(args.acquisition, "--acquisition", ["dyn", "stat"]);
  const isVirtual = [args.monitor, port, ioPort].some(isOfVirtualBench);
  const settings = {
    ioManager: port === undefined,
    supplyV: volts(args.supply),
    sampleRateHz: hertz(args.rate),
  };
  if (ioPort !== undefined && port !== undefined) {
    throw new InputError("Cannot use --io-port and --port together", {
      source: "--port",
      hint: "Name --io-port for a DUT behind an IO manager, --port for one without",
    });
  }
  if (isVirtual) {
    refuseWhatItCannot("lpm01a", settings);
    return await virtualBench(args, settings);
  }
  if (args.monitor === undefined) {
    throw new InputError("Cannot measure energy without --monitor", {
      source: "--monitor",
      hint: "Add --monitor lpm01a, n6705, js110, js220, ppk2 or virtual",
    });
  }
  const spec = parseMonitorSpec(args.monitor, args.monitorPort);
  if (spec.kind !== "virtual") refuseWhatItCannot(spec.kind, settings);
  const wire = ioPort ?? port;
  if (wire === undefined) {
    throw new InputError("Cannot measure energy without --io-port", {
      source: "--io-port",
      hint: "Name the port of the IO manager; 'thimble devices' lists ports",
    });
  }
  const { openMonitor } = await import("../serial/monitors/open_monitor.ts");
  return {
    connection: openBoard(wire),
    energy: {
      ...settings,
      openMonitor: (options) => openMonitor(spec, { ...options, acquisitionMode }),
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

// Before anything is opened, which would take minutes, and the power off what is fed.
function refuseWhatItCannot(
  kind: MonitorKind,
  { supplyV, sampleRateHz }: { supplyV?: number; sampleRateHz?: number },
): void {
  const capabilities = monitorCapabilities[kind];
  const refuse = (source: string, check: () => void) => {
    try {
      check();
    } catch (cause) {
      if (!(cause instanceof MonitorCapabilityError)) throw cause;
      throw new InputError(cause.message, { source, hint: cause.hint, cause });
    }
  };
  // What is no supply is told the voltage of the one that is.
  if (supplyV !== undefined && capabilities.supplyVolts) {
    refuse("--supply", () => checkedSupply(kind, capabilities, supplyV));
  }
  refuse("--rate", () => chosenSampling(kind, capabilities, { sampleRateHz }));
}

const isOfVirtualBench = (part: string | undefined) => part === "virtual" || isLabPort(part ?? "");

async function virtualBench(
  args: EnergyArguments,
  settings: { ioManager: boolean; supplyV?: number; sampleRateHz?: number },
): Promise<OpenConnection> {
  const { benchmark, monitor, port, ioPort, model = demoModel(benchmark) } = args;
  for (
    const [option, value] of [
      ["--monitor-port", args.monitorPort],
      ["--acquisition", args.acquisition],
    ] as const
  ) {
    if (value === undefined) continue;
    throw new InputError(`Cannot use ${option} with a virtual bench`, {
      source: option,
      hint: "Leave it out, or name a monitor that is attached",
    });
  }
  const real = [monitor, port, ioPort].find((part) =>
    part !== undefined && !isOfVirtualBench(part)
  );
  if (real !== undefined) {
    throw new InputError(`Cannot put '${real}' on a virtual bench`, {
      source: "--monitor",
      hint: "Write --monitor virtual alone: DUT, IO manager and monitor are virtual then",
    });
  }
  const name = ioPort ?? port ?? "virtual";
  const dut = isLabPort(name) ? labDutOf(name) : "wasm";
  const { openEnergyLab } = await import("../lab/energy_lab.ts");
  const io = settings.ioManager ? "avr8js" as const : undefined;
  const bench = await openEnergyLab({ dut, io, benchmark, model });
  const { connection, clock, energy } = bench.setup;
  return {
    connection: { ...connection, name },
    clock,
    energy: { ...settings, ...energy },
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
}

const volts = (value: string | undefined) =>
  realNumber(value, "--supply", { above: 0, hint: "Write volts, such as 3.0" });
const hertz = (value: string | undefined) =>
  realNumber(value, "--rate", { above: 0, hint: "Write samples a second, such as 1000" });
