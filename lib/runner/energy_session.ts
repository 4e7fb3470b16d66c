/**
 * The energy part of a session: one acquisition with its trace file, and the windows in it.
 *
 * @module
 */
import { ThimbleError } from "../errors.ts";
import type { Acquisition, EnergyMonitor } from "../serial/monitors/energy_monitor.ts";
import type { RunRecord, TraceRecord } from "../sessions/events.ts";
import { EnergyTraceFile } from "../sessions/trace_file.ts";
import { type EnergyBench, type EnergySetup, supplyOf } from "./energy_bench.ts";
import { runEnergy } from "./energy.ts";
import { EnergyRecorder } from "./energy_recorder.ts";
import type { IoEdges } from "./io_edges.ts";
import type { RunOptions } from "./performance.ts";
import type { Progress } from "./progress.ts";

/** What {@linkcode runEnergyTrace} is given. */
export interface EnergyTraceRun extends Omit<RunOptions, "dut">, EnergySetup {
  /** With power. */
  bench: EnergyBench;
  /** Edges of the IO manager, for a monitor that sees none. */
  ioEdges: IoEdges;
  /** Folder of the session. */
  folder: string;
  /** Traces that the session has already. */
  traces: number;
  /** Takes what is to be kept at once, beside what is yielded. */
  append: (record: RunRecord) => void;
  /** Called when the monitor fails in the middle. */
  onMonitorFailure: (error: unknown) => void;
}

/** Starts an acquisition, runs the windows, and ends the acquisition, whatever happens. */
export async function* runEnergyTrace(
  options: EnergyTraceRun,
): AsyncGenerator<RunRecord | Progress> {
  const { bench, folder, append, clock, signal, ioEdges } = options;
  const { monitor, ioManager, dut } = bench;
  const { quantities, maxEnergyRateHz = Infinity } = monitor.capabilities;
  const sampleRateHz = options.sampleRateHz ?? officialRate(monitor);
  const givesEnergy = quantities.includes("energy") && (sampleRateHz ?? 0) <= maxEnergyRateHz;
  const quantity = givesEnergy ? "energy" : "current";
  const acquisition = await monitor.start({ sampleRateHz, quantity, signal });
  try {
    const { path, name } = newFile(folder);
    const trace = traceRecord(options, acquisition, name, quantity);
    using file = EnergyTraceFile.create(path, acquisition.sampleRateHz);
    yield trace;
    if (!monitor.capabilities.acceptedInSubmissions) {
      const text = `Figures by the energy monitor '${monitor.info.kind}' cannot be submitted`;
      yield { type: "notice", time: new Date().toISOString(), text };
    }
    const recorder = new EnergyRecorder({
      acquisition,
      file,
      trace,
      keep: append,
      onFailure: options.onMonitorFailure,
      clock,
      signal,
    });
    try {
      const seesEdges = monitor.capabilities.edges;
      if (!seesEdges) await ioEdges.enable(needed(ioManager, monitor));
      yield* runEnergy({
        ...options,
        dut,
        recorder,
        trace: trace.index,
        sampleRateHz: acquisition.sampleRateHz,
        ioEdges: seesEdges ? undefined : ioEdges,
      });
    } finally {
      // What is on its way is still kept; a monitor that has failed has nothing more to say.
      await monitor.stop().catch(() => {});
      await recorder.finished;
    }
  } finally {
    await monitor.stop().catch(() => {});
  }
}

function needed<T>(ioManager: T | undefined, monitor: EnergyMonitor): T {
  if (ioManager) return ioManager;
  throw new ThimbleError(
    `Cannot measure energy without an IO manager as '${monitor.info.kind}' sees no timestamps`,
    { hint: "Connect the DUT through an IO manager, or take a monitor that sees its pin" },
  );
}

// As the official runners sample.
function officialRate(monitor: EnergyMonitor): number | undefined {
  return monitor.capabilities.sampleRatesHz.includes(1000) ? 1000 : undefined;
}

// A run that died may have left a file that no record tells of.
function newFile(folder: string): { path: string; name: string } {
  for (let number = 1;; number++) {
    const name = `trace${number}-energy.bin`;
    const path = `${folder}/${name}`;
    try {
      Deno.lstatSync(path);
    } catch {
      return { path, name };
    }
  }
}

function traceRecord(
  { bench: { monitor }, traces, supplyV }: EnergyTraceRun,
  { sampleRateHz }: Acquisition,
  file: string,
  quantity: TraceRecord["quantity"],
): TraceRecord {
  const { kind, name, serialNumber, firmwareVersion, source } = monitor.info;
  return {
    type: "trace",
    time: new Date().toISOString(),
    index: traces,
    file,
    sampleRateHz,
    monitor: { kind, name, serialNumber, firmwareVersion },
    source,
    quantity,
    supplyV: supplyOf(monitor, supplyV),
  };
}
