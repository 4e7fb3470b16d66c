/**
 * One run from the port to the score, kept on disk while it goes on.
 *
 * @module
 */
import { type Benchmark, findBenchmark, windowCount } from "../benchmarks.ts";
import { systemClock } from "../clock.ts";
import { InputError, ThimbleError } from "../errors.ts";
import { Dut, type DutOptions } from "../serial/dut.ts";
import { FirmwareError } from "../serial/dut_errors.ts";
import type { SerialPort } from "../serial/serial_port.ts";
import type {
  EnergyWindowRecord,
  NoticeRecord,
  RunMode,
  RunRecord,
  Source,
  StartRecord,
} from "../sessions/events.ts";
import { type Score, scoreSession } from "../sessions/score_session.ts";
import { isComplete, type RecordedSession, type Session } from "../sessions/session.ts";
import { SessionFolder } from "../sessions/session_folder.ts";
import { holdsSamples } from "../sessions/trace_file.ts";
import { countInferences, runAccuracy } from "./accuracy.ts";
import { type EvaluationSet, openEvaluationSet } from "./evaluation_set.ts";
import { energyBaudRate, EnergyBench, type EnergySetup, supplyOf } from "./energy_bench.ts";
import { runEnergyTrace } from "./energy_session.ts";
import { IoEdges } from "./io_edges.ts";
import { runPerformance } from "./performance.ts";
import type { Progress } from "./progress.ts";

/** What a run tells: records, which are kept, and progress, which is not. */
export type RunEvent = RunRecord | Progress;

/** A wire to a device, and what is known of it. */
export interface Connection {
  /** Closed; it is opened and closed by the run. */
  port: SerialPort;
  /** What the session calls it, such as "/dev/ttyACM0". */
  name: string;
  /** Where the device's figures come from. */
  source: Source;
  /** The same in words, such as the name of a cost model. */
  sourceText?: string;
}

/** What {@linkcode runSession} is given. */
export interface RunSessionOptions extends Omit<DutOptions, "onNotice"> {
  /** The wire to the device. */
  connection: Connection;
  /** What is run. */
  benchmark: Benchmark;
  /** Kind of run. */
  mode: RunMode;
  /** Folder of the inputs and their `y_labels.csv`. */
  data: string;
  /** Mode "energy": the monitor, and what else is needed. The connection then leads to the IO manager. */
  energy?: EnergySetup;
  /** Take only this many inputs. */
  limit?: number;
  /** Folder of the session: new, empty, or that of the same run, which is then taken up again. */
  session: string;
}

/**
 * Runs a benchmark on a device, yielding what happens, and returns the score. Every record is on disk before it is
 * yielded. A run that was cut off, cancelled or failed goes on where it ended when it is started again with the same
 * folder.
 *
 * @throws {InputError} When inputs or session folder cannot be used; where they are unfit from the start, nothing has
 * been written.
 * @throws {FirmwareError} When the board runs another benchmark, or is in energy mode.
 * @throws {DutError} When the device fails in a way that cannot be mended; the session says so too.
 * @throws {EnergyRunError} When edges, samples or supply of an energy run are doubtful; what was measured is kept.
 * @throws {MonitorError} When the energy monitor fails.
 * @throws The signal's reason when it aborts.
 *
 * @example A run on a simulated board; with `/dev/ttyACM0` in its place, on a real one
 * ```ts
 * import { benchmarks, demoData, openVirtualBoard, runSession } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const benchmark = benchmarks.kws01;
 * const run = runSession({
 *   connection: await openVirtualBoard({ benchmark }),
 *   benchmark,
 *   mode: "accuracy",
 *   data: demoData(benchmark),
 *   limit: 3,
 *   session: await Deno.makeTempDir(),
 * });
 * let step = await run.next();
 * for (; !step.done; step = await run.next()) {
 *   if (step.value.type === "inference") console.log(step.value.file);
 * }
 * assert.equal(step.value.inputs, 3);
 * assert.equal(step.value.source, "simulated");
 * ```
 *
 * @example Energy without hardware: a simulated board, a virtual monitor; with `openMonitor("lpm01a")`, on a real bench
 * ```ts
 * import { benchmarks, demoData, demoModel, openEnergyLab, runSession } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const benchmark = benchmarks.kws01;
 * await using bench = await openEnergyLab({
 *   dut: "wasm",
 *   benchmark,
 *   model: demoModel(benchmark),
 * });
 * const run = runSession({
 *   connection: { port: bench.port, name: "lab", source: bench.lab.source },
 *   clock: bench.clock,
 *   baudRate: bench.lab.dutBaudRate,
 *   energy: { ioManager: false, openMonitor: (options) => bench.openMonitor(options) },
 *   benchmark,
 *   mode: "energy",
 *   data: demoData(benchmark),
 *   session: await Deno.makeTempDir(),
 * });
 * let step = await run.next();
 * while (!step.done) step = await run.next();
 * assert.equal(step.value.energyWindows?.length, 5);
 * assert.equal(step.value.energyUjPerInf?.toFixed(0), "79");
 * ```
 */
export async function* runSession(options: RunSessionOptions): AsyncGenerator<RunEvent, Score> {
  const { connection, benchmark, mode, energy } = options;
  // A monitor that fails ends whatever is waited for.
  const monitorFailure = new AbortController();
  const signal = AbortSignal.any([
    monitorFailure.signal,
    ...options.signal ? [options.signal] : [],
  ]);
  const inputs = await openEvaluationSet(options.data, benchmark, { limit: options.limit });
  const planned = mode === "accuracy" ? await countInferences(inputs) : windowCount;
  using folder = await SessionFolder.open(options.session);
  const { previous } = folder;
  if (previous) {
    refuseOtherRun(previous, options, inputs, planned);
    if (isComplete(previous) && previous.stop?.reason === "done") {
      await folder.writeOfficialFiles({ missingOnly: true });
      return scoreSession(previous);
    }
  }
  const notices: string[] = [];
  const { port, name, sourceText } = connection;
  const dutOptions = { ...options, signal, onNotice: (text: string) => void notices.push(text) };
  const ioEdges = new IoEdges(options.clock ?? systemClock);
  await using held = new AsyncDisposableStack();
  const bench = mode !== "energy" ? undefined : held.use(
    await EnergyBench.connect({
      ...dutOptions,
      ...neededFor(energy),
      port,
      onEdge: (timeUs) => ioEdges.add(timeUs),
    }),
  );
  const dut = bench?.dut ?? held.use(await Dut.connect(port, dutOptions));
  const identity = await identify(dut, benchmark);
  if (!bench) await refuseEnergyMode(dut, benchmark);
  const dutSource = sourceOf(identity.profile, connection.source);
  const source = leastReal(dutSource, bench?.monitor.info.source ?? dutSource);
  if (previous) refuseOtherDevice(previous, identity, source, folder.path);
  if (previous && bench) refuseOtherMonitor(previous, bench, energy, folder.path);
  const keep = <T extends RunRecord>(record: T): T => {
    folder.append(record);
    return record;
  };
  yield keep({
    type: "start",
    time: now(),
    format: 1,
    benchmark: benchmark.id,
    mode,
    source,
    sourceText,
    dut: identity,
    port: name,
    baudRate: bench?.ioManager ? energyBaudRate : options.baudRate ?? 115_200,
    planned,
    files: inputs.files.length,
    labelsSha256: inputs.labelsSha256,
  });
  const before = previous && {
    performance: previous.windows,
    accuracy: previous.inferences,
    energy: await windowsWithSamples(previous, folder.path),
  }[mode];
  const done = new Set(before?.map(({ index }) => index));
  let settled = false;
  try {
    const runOptions = { dut, benchmark, inputs, done, clock: options.clock, signal };
    const events = bench
      ? runEnergyTrace({
        ...runOptions,
        ...neededFor(energy),
        bench,
        ioEdges,
        folder: folder.path,
        traces: previous?.traceRecords.length ?? 0,
        append: (record) => folder.append(record),
        onMonitorFailure: (error) => monitorFailure.abort(error),
      })
      : mode === "performance"
      ? runPerformance(runOptions)
      : runAccuracy(runOptions);
    for await (const event of events) {
      for (const text of notices.splice(0)) yield keep(notice(text));
      yield event.type === "progress" ? event : keep(event);
    }
    settled = true;
    yield keep({ type: "stop", time: now(), reason: "done" });
  } catch (error) {
    settled = true;
    // First of all the DUT's power is taken away.
    if (bench) await held.disposeAsync().catch(() => {});
    for (const text of notices.splice(0)) keep(notice(text));
    keep(stopOf(error, options.signal));
    throw error;
  } finally {
    // Whoever listened went away in the middle.
    if (!settled) keep({ type: "stop", time: now(), reason: "cancelled" });
  }
  await held.disposeAsync();
  for (const text of notices.splice(0)) yield keep(notice(text));
  await folder.writeOfficialFiles();
  return scoreSession(folder.session!);
}

const now = () => new Date().toISOString();

const notice = (text: string): NoticeRecord => ({ type: "notice", time: now(), text });

function stopOf(error: unknown, signal?: AbortSignal): RunRecord {
  if (signal?.aborted) return { type: "stop", time: now(), reason: "cancelled" };
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const hint = error instanceof ThimbleError ? error.hint : undefined;
  return { type: "stop", time: now(), reason: "failed", error: { name, message, hint } };
}

async function identify(dut: Dut, benchmark: Benchmark): Promise<StartRecord["dut"]> {
  const name = await dut.name();
  const { profile, model } = await dut.profile();
  if (model !== benchmark.id) {
    const other = findBenchmark(model);
    const canRun = other !== undefined && other.target.metric !== "streaming";
    throw new FirmwareError(`Cannot run '${benchmark.id}' as the DUT runs '${model}'`, {
      found: model,
      expected: benchmark.id,
      hint: `Flash the firmware of '${benchmark.id}'${
        canRun ? `, or run with --benchmark ${model}` : ""
      }`,
    });
  }
  return { name, profile, model };
}

async function refuseEnergyMode(dut: Dut, benchmark: Benchmark): Promise<void> {
  if (await dut.timestamp() === undefined) {
    throw new FirmwareError(`Cannot run '${benchmark.id}' as the firmware is in energy mode`, {
      found: "energy",
      expected: "performance",
      hint: "Build and flash the firmware in performance mode: it prints timestamps then",
    });
  }
}

// What a crash of the machine took from a trace is measured again.
async function windowsWithSamples(
  { energyRecords, traceRecords }: RecordedSession,
  folder: string,
): Promise<EnergyWindowRecord[]> {
  const kept: EnergyWindowRecord[] = [];
  for (const window of energyRecords) {
    const path = `${folder}/${traceRecords[window.trace].file}`;
    if (await holdsSamples(path, window.startSample + window.samples)) kept.push(window);
  }
  return kept;
}

function neededFor(energy: EnergySetup | undefined): EnergySetup {
  if (energy) return energy;
  throw new InputError("Cannot measure energy without an energy monitor", {
    source: "energy",
    hint: "Say which one, with 'energy: { openMonitor }'",
  });
}

const reality: readonly Source[] = ["simulated", "emulated", "measured"];

// Figures are no more real than the least real of what they are made of.
function leastReal(a: Source, b: Source): Source {
  return reality.indexOf(a) < reality.indexOf(b) ? a : b;
}

// A device that says that its time is not real is believed, whatever wire it is on.
function sourceOf(profile: string, source: Source): Source {
  const said = /\b(simulated|emulated)\b/i.exec(profile)?.[1].toLowerCase();
  return said === "simulated" || said === "emulated" ? said : source;
}

function refuse(path: string, what: string, was: unknown, is: unknown): never {
  throw new InputError(
    `Cannot go on with the session in '${path}' as its ${what} was '${was}', not '${is}'`,
    {
      source: path,
      hint: "Name another session folder to begin anew",
    },
  );
}

function refuseOtherRun(
  previous: Session,
  options: RunSessionOptions,
  inputs: EvaluationSet,
  planned: number,
): void {
  const { start } = previous;
  const pairs: [string, unknown, unknown][] = [
    ["benchmark", start.benchmark, options.benchmark.id],
    ["mode", start.mode, options.mode],
    ["list of labels", start.labelsSha256, inputs.labelsSha256],
    ["number of inputs", start.files, inputs.files.length],
    ["number of inferences", start.planned, planned],
  ];
  for (const [what, was, is] of pairs) if (was !== is) refuse(options.session, what, was, is);
  const supplyV = options.energy?.supplyV;
  const was = previous.energyTraces.at(-1)?.supplyV;
  if (supplyV !== undefined && was !== undefined && was !== supplyV) {
    refuse(options.session, "supply voltage", was, supplyV);
  }
}

function refuseOtherMonitor(
  previous: RecordedSession,
  { monitor }: EnergyBench,
  energy: EnergySetup | undefined,
  path: string,
): void {
  const last = previous.traceRecords.at(-1);
  if (!last) return;
  const supplyV = supplyOf(monitor, energy?.supplyV);
  if (last.supplyV !== supplyV) refuse(path, "supply voltage", last.supplyV, supplyV);
  const { kind, serialNumber } = monitor.info;
  if (last.monitor.kind !== kind) refuse(path, "energy monitor", last.monitor.kind, kind);
  const was = last.monitor.serialNumber;
  if (was !== serialNumber) refuse(path, "energy monitor", was, serialNumber);
}

function refuseOtherDevice(
  previous: Session,
  identity: StartRecord["dut"],
  source: Source,
  path: string,
): void {
  const was = previous.start.dut;
  if (previous.start.source !== source) refuse(path, "source", previous.start.source, source);
  if (was.name !== identity.name) refuse(path, "DUT", was.name, identity.name);
  if (was.profile !== identity.profile) refuse(path, "firmware", was.profile, identity.profile);
}
