import type { Benchmark } from "../benchmarks.ts";
import { InputError } from "../errors.ts";
import { demoData } from "../runner/demo_data.ts";
import { openBoard } from "../runner/open_board.ts";
import { openVirtualBoard } from "../runner/open_virtual_board.ts";
import { runSession, type RunSessionOptions } from "../runner/run_session.ts";
import type { RunMode } from "../sessions/events.ts";
import type { Score } from "../sessions/score_session.ts";
import { benchmarkOf, readArguments, required, wholeNumber } from "./arguments.ts";
import { energyBenchOf } from "./energy_bench.ts";
import { ExitCode } from "./exit_code.ts";
import { isLabPort, openLabPort } from "./lab_port.ts";
import type { OpenConnection } from "./open_connection.ts";
import { ProgressLine } from "./progress_line.ts";
import { scoreText } from "./score_text.ts";

const usage =
  `Usage: thimble run --benchmark B --mode performance|accuracy --port PORT --session DIR [OPTIONS]
       thimble run --benchmark B --mode energy --monitor MONITOR [--io-port PORT] --session DIR [OPTIONS]

Runs a benchmark and keeps it in the folder DIR. The same command goes on where a run has ended.

  --benchmark B    kws01, vww01, ic01, ad01 or ic02
  --mode M         performance: five windows of ten seconds; accuracy: all inputs; energy: as performance,
                   while a monitor feeds the DUT and measures what it takes
  --port PORT      /dev/ttyACM0 (a serial port), virtual (a simulated board), unix:PATH, exec:COMMAND, or an emulated
                   board: lab:qemu:b-l475e, lab:qemu:mps2-an386, lab:native, lab:wasm
  --session DIR    where the session is kept: events.jsonl and the official files
  --data DIR       folder of the inputs and y_labels.csv  [demo data, for kws01]
  --limit N        take only the first N inputs
  --model FILE     int8 .tflite for --port virtual and lab:…  [demo model, for kws01]
  --baud N         bits per second  [115200]
  --chunk N        data bytes in a command, up to 512 where the firmware announces it  [31]
  --binary-load    load inputs as bytes with a checksum, where the firmware announces it
  --stride         of windows that overlap send only what is new, where the firmware announces it
  --baud-switch N  go on at this rate once the board has answered, where the firmware announces it
  --verify         read every input back, not only where something went wrong
  --json           print the score as JSON
  --quiet          no progress
  --help           print this

Energy:
  --monitor M      lpm01a, n6705, js110, js220, ppk2, or virtual: then the whole bench is
  --monitor-port P /dev/ttyACM1, tcp://HOST:5025, a serial number  [the one that is attached]
  --io-port PORT   the IO manager, with the DUT behind it at 9600 baud
  --port PORT      the DUT itself, where there is no IO manager
                   (with --monitor virtual either can be an emulated board: lab:qemu:b-l475e)
  --supply V       voltage of the DUT's supply  [3]
  --rate HZ        samples a second, at least 100  [1000]
  --acquisition M  of an LPM01A: dyn, or stat for boards above 50 mA  [dyn]

Examples:
  thimble run --benchmark kws01 --mode performance --port virtual --session sessions/kws
  thimble run --benchmark kws01 --mode energy --monitor virtual --session sessions/kws-energy
  thimble run --benchmark ic01 --mode energy --monitor lpm01a --monitor-port /dev/ttyACM1 \\
    --io-port /dev/ttyACM0 --data data/ic01 --session sessions/ic-energy`;

const energyOptions = [
  "monitor",
  "monitor-port",
  "io-port",
  "supply",
  "rate",
  "acquisition",
] as const;

/** `thimble run`. */
export async function runCommand(args: string[]): Promise<number> {
  const { values } = readArguments(args, {
    benchmark: { type: "string" },
    mode: { type: "string" },
    port: { type: "string" },
    session: { type: "string" },
    data: { type: "string" },
    limit: { type: "string" },
    model: { type: "string" },
    baud: { type: "string" },
    chunk: { type: "string" },
    "binary-load": { type: "boolean" },
    stride: { type: "boolean" },
    "baud-switch": { type: "string" },
    verify: { type: "boolean" },
    monitor: { type: "string" },
    "monitor-port": { type: "string" },
    "io-port": { type: "string" },
    supply: { type: "string" },
    rate: { type: "string" },
    acquisition: { type: "string" },
    json: { type: "boolean" },
    quiet: { type: "boolean" },
    help: { type: "boolean" },
  }, "run");
  if (values.help) {
    console.log(usage);
    return ExitCode.done;
  }
  const benchmark = benchmarkOf(required(values.benchmark, "--benchmark"));
  const mode = modeOf(required(values.mode, "--mode"));
  const isEnergy = mode === "energy";
  const port = isEnergy ? values.port : required(values.port, "--port");
  const session = required(values.session, "--session");
  const limit = wholeNumber(values.limit, "--limit");
  for (const option of energyOptions) {
    if (isEnergy || values[option] === undefined) continue;
    throw new InputError(`Cannot use --${option} in mode '${mode}'`, {
      source: `--${option}`,
      hint: "Leave it out, or run with --mode energy",
    });
  }
  for (const option of ["binary-load", "baud-switch"] as const) {
    if (!isEnergy || port !== undefined || values[option] === undefined) continue;
    throw new InputError(`Cannot use --${option} behind an IO manager`, {
      source: `--${option}`,
      hint: "Leave it out: an IO manager passes text on, at 9600 baud",
    });
  }
  const isSimulated = [port, values.monitor, values["io-port"]].some((part) =>
    part === "virtual" || isLabPort(part ?? "")
  );
  if (!isSimulated && values.model) {
    throw new InputError("Cannot use --model with a real board: its firmware holds the model", {
      source: "--model",
      hint: "Leave --model out, or take --port virtual or lab:…",
    });
  }
  if (benchmark.target.metric === "streaming") {
    throw new InputError(`Cannot run '${benchmark.id}': streaming runs need an interface board`, {
      source: "--benchmark",
    });
  }
  await using opened = isEnergy
    ? await energyBenchOf({
      ...values,
      benchmark,
      monitorPort: values["monitor-port"],
      ioPort: values["io-port"],
    })
    : await connectionOf(port!, benchmark, values.model);
  const data = values.data ??
    (isSimulated ? demoData(benchmark) : required(undefined, "--data"));
  const { connection, clock, energy } = opened;
  const { score, cancelled } = await runWithProgress({
    connection,
    clock,
    energy,
    benchmark,
    mode,
    session,
    data,
    limit,
    baudRate: wholeNumber(values.baud, "--baud"),
    chunkBytes: wholeNumber(values.chunk, "--chunk"),
    binaryLoads: values["binary-load"],
    strideLoads: values.stride,
    fastBaudRate: wholeNumber(values["baud-switch"], "--baud-switch"),
    verifyLoads: values.verify,
  }, { quiet: values.quiet });
  if (!score) {
    console.error(`Cancelled: the same command goes on where it ended, session '${session}'`);
    return cancelled;
  }
  console.log(
    values.json ? JSON.stringify({ ...score, session }) : scoreText(score, connection.sourceText),
  );
  return ExitCode.done;
}

function modeOf(value: string): RunMode {
  if (value === "performance" || value === "accuracy" || value === "energy") return value;
  throw new InputError(`Cannot run in mode '${value}'`, {
    source: "--mode",
    hint: "Name performance, accuracy or energy",
  });
}

async function connectionOf(
  port: string,
  benchmark: Benchmark,
  model?: string,
): Promise<OpenConnection> {
  if (isLabPort(port)) {
    const { lab, connection } = await openLabPort(port, { benchmark, model });
    return {
      connection,
      clock: lab.clock,
      [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
    };
  }
  const nothingToClose = { [Symbol.asyncDispose]: () => Promise.resolve() };
  if (port === "virtual") {
    const connection = await openVirtualBoard({ benchmark, model });
    return { connection, clock: connection.clock, ...nothingToClose };
  }
  return { connection: openBoard(port), ...nothingToClose };
}

/** What {@linkcode runWithProgress} gives: a score, or the exit code of a run that was cancelled. */
export interface RunOutcome {
  score?: Score;
  cancelled: number;
}

/** Runs with a progress line; Ctrl-C, or the end of the terminal, ends the run in order. */
export async function runWithProgress(
  options: RunSessionOptions,
  settings: { quiet?: boolean } = {},
): Promise<RunOutcome> {
  const controller = new AbortController();
  const cancel = () => controller.abort(new DOMException("Cancelled", "AbortError"));
  const signals: readonly Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT"]
    : ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) Deno.addSignalListener(signal, cancel);
  using line = new ProgressLine(`${options.benchmark.id} ${options.mode}`);
  try {
    const run = runSession({ ...options, signal: controller.signal });
    for (;;) {
      const step = await run.next();
      if (step.done) return { score: step.value, cancelled: ExitCode.done };
      if (settings.quiet) continue;
      if (step.value.type === "progress") line.update(step.value);
      if (step.value.type === "notice") line.note(`Note: ${step.value.text}`);
    }
  } catch (error) {
    if (controller.signal.aborted) return { cancelled: ExitCode.cancelled };
    throw error;
  } finally {
    for (const signal of signals) Deno.removeSignalListener(signal, cancel);
  }
}
