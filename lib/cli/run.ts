import type { Benchmark } from "../benchmarks.ts";
import { InputError } from "../errors.ts";
import { demoData } from "../runner/demo_data.ts";
import { openBoard } from "../runner/open_board.ts";
import { openVirtualBoard } from "../runner/open_virtual_board.ts";
import { type Connection, runSession, type RunSessionOptions } from "../runner/run_session.ts";
import type { RunMode } from "../sessions/events.ts";
import type { Score } from "../sessions/score_session.ts";
import { benchmarkOf, readArguments, required, wholeNumber } from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";
import { ProgressLine } from "./progress_line.ts";
import { scoreText } from "./score_text.ts";

const usage =
  `Usage: thimble run --benchmark B --mode performance|accuracy --port PORT --session DIR [OPTIONS]

Runs a benchmark and keeps it in the folder DIR. The same command goes on where a run has ended.

  --benchmark B    kws01, vww01, ic01, ad01 or ic02
  --mode M         performance: five windows of ten seconds; accuracy: all inputs
  --port PORT      /dev/ttyACM0 (a serial port), virtual (a simulated board), unix:PATH, exec:COMMAND
  --session DIR    where the session is kept: events.jsonl and the official files
  --data DIR       folder of the inputs and y_labels.csv  [demo data, for kws01]
  --limit N        take only the first N inputs
  --model FILE     int8 .tflite for --port virtual  [demo model, for kws01]
  --baud N         bits per second  [115200]
  --chunk N        data bytes in a command  [31]
  --verify         read every input back, not only where something went wrong
  --json           print the score as JSON
  --quiet          no progress
  --help           print this`;

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
    verify: { type: "boolean" },
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
  const port = required(values.port, "--port");
  const session = required(values.session, "--session");
  const limit = wholeNumber(values.limit, "--limit");
  if (port !== "virtual" && values.model) {
    throw new InputError("Cannot use --model with a real board: its firmware holds the model", {
      source: "--model",
      hint: "Leave --model out, or take --port virtual",
    });
  }
  if (benchmark.target.metric === "streaming") {
    throw new InputError(`Cannot run '${benchmark.id}': streaming runs need an interface board`, {
      source: "--benchmark",
    });
  }
  const data = values.data ??
    (port === "virtual" ? demoData(benchmark) : required(undefined, "--data"));
  const { connection, clock } = await connectionOf(port, benchmark, values.model);
  const { score, cancelled } = await runWithProgress({
    connection,
    clock,
    benchmark,
    mode,
    session,
    data,
    limit,
    baudRate: wholeNumber(values.baud, "--baud"),
    chunkBytes: wholeNumber(values.chunk, "--chunk"),
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
  if (value === "performance" || value === "accuracy") return value;
  throw new InputError(`Cannot run in mode '${value}'`, {
    source: "--mode",
    hint: "Name performance or accuracy",
  });
}

async function connectionOf(
  port: string,
  benchmark: Benchmark,
  model?: string,
): Promise<{ connection: Connection; clock?: RunSessionOptions["clock"] }> {
  if (port === "virtual") {
    const connection = await openVirtualBoard({ benchmark, model });
    return { connection, clock: connection.clock };
  }
  return { connection: openBoard(port) };
}

/** What {@linkcode runWithProgress} gives: a score, or the exit code of a run that was cancelled. */
export interface RunOutcome {
  score?: Score;
  cancelled: number;
}

/** Runs with a progress line; Ctrl-C ends the run in order. */
export async function runWithProgress(
  options: RunSessionOptions,
  settings: { quiet?: boolean } = {},
): Promise<RunOutcome> {
  const controller = new AbortController();
  const cancel = () => controller.abort(new DOMException("Cancelled", "AbortError"));
  const signals = ["SIGINT", "SIGTERM"] as const;
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
