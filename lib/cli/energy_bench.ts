import type { Benchmark } from "../benchmarks.ts";
import { InputError } from "../errors.ts";
import { demoModel } from "../runner/demo_data.ts";
import { openBoard } from "../runner/open_board.ts";
import { isLabPort, labDutOf } from "./lab_port.ts";
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
}

/**
 * Puts a bench together.
 *
 * @throws {InputError} Where the arguments do not fit together.
 */
export async function energyBenchOf(args: EnergyArguments): Promise<OpenConnection> {
  const { ioPort, port } = args;
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
  if (isVirtual) return await virtualBench(args, settings);
  if (args.monitor === undefined) {
    throw new InputError("Cannot measure energy without --monitor", {
      source: "--monitor",
      hint: "Add --monitor lpm01a, n6705, js110, js220, ppk2 or virtual",
    });
  }
  const spec = parseMonitorSpec(args.monitor, args.monitorPort);
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
    energy: { ...settings, openMonitor: (options) => openMonitor(spec, options) },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

const isOfVirtualBench = (part: string | undefined) => part === "virtual" || isLabPort(part ?? "");

async function virtualBench(
  { benchmark, monitor, port, ioPort, model = demoModel(benchmark) }: EnergyArguments,
  settings: { ioManager: boolean; supplyV?: number; sampleRateHz?: number },
): Promise<OpenConnection> {
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

function positive(value: string | undefined, option: string, hint: string): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (value.trim() !== "" && number > 0 && Number.isFinite(number)) return number;
  throw new InputError(`Cannot read '${value}' for ${option}`, { source: option, hint });
}

const volts = (value: string | undefined) =>
  positive(value, "--supply", "Write volts, such as 3.0");
const hertz = (value: string | undefined) =>
  positive(value, "--rate", "Write samples a second, such as 1000");
