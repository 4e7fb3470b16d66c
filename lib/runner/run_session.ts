/**
 * One run from the port to the score, kept on disk while it goes on.
 *
 * @module
 */
import { type Benchmark, findBenchmark, windowCount } from "../benchmarks.ts";
import { InputError, ThimbleError } from "../errors.ts";
import { Dut, type DutOptions } from "../serial/dut.ts";
import { FirmwareError } from "../serial/dut_errors.ts";
import type { SerialPort } from "../serial/serial_port.ts";
import type { NoticeRecord, RunMode, RunRecord, Source, StartRecord } from "../sessions/events.ts";
import { type Score, scoreSession } from "../sessions/score_session.ts";
import { isComplete, type Session } from "../sessions/session.ts";
import { SessionFolder } from "../sessions/session_folder.ts";
import { countInferences, runAccuracy } from "./accuracy.ts";
import { type EvaluationSet, openEvaluationSet } from "./evaluation_set.ts";
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
 */
export async function* runSession(options: RunSessionOptions): AsyncGenerator<RunEvent, Score> {
  const { connection, benchmark, mode, signal } = options;
  const inputs = await openEvaluationSet(options.data, benchmark, { limit: options.limit });
  const planned = mode === "performance" ? windowCount : await countInferences(inputs);
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
  await using dut = await Dut.connect(port, { ...options, onNotice: (text) => notices.push(text) });
  const identity = await identify(dut, benchmark);
  const source = sourceOf(identity.profile, connection.source);
  if (previous) refuseOtherDevice(previous, identity, source, folder.path);
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
    baudRate: options.baudRate ?? 115_200,
    planned,
    files: inputs.files.length,
    labelsSha256: inputs.labelsSha256,
  });
  const done = new Set(
    (mode === "performance" ? previous?.windows : previous?.inferences)?.map(({ index }) => index),
  );
  let settled = false;
  try {
    const runner = mode === "performance" ? runPerformance : runAccuracy;
    const events = runner({ dut, benchmark, inputs, done, clock: options.clock, signal });
    for await (const event of events) {
      for (const text of notices.splice(0)) yield keep(notice(text));
      yield event.type === "progress" ? event : keep(event);
    }
    settled = true;
    yield keep({ type: "stop", time: now(), reason: "done" });
  } catch (error) {
    settled = true;
    for (const text of notices.splice(0)) keep(notice(text));
    keep(stopOf(error, signal));
    throw error;
  } finally {
    // Whoever listened went away in the middle.
    if (!settled) keep({ type: "stop", time: now(), reason: "cancelled" });
  }
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
  if (await dut.timestamp() === undefined) {
    throw new FirmwareError(`Cannot run '${benchmark.id}' as the firmware is in energy mode`, {
      found: "energy",
      expected: "performance",
      hint: "Build and flash the firmware in performance mode: it prints timestamps then",
    });
  }
  return { name, profile, model };
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
