import { findBenchmark } from "../benchmarks.ts";
import { InputError } from "../errors.ts";
import { openBoard } from "../runner/open_board.ts";
import { Dut } from "../serial/dut.ts";
import { FirmwareError } from "../serial/dut_errors.ts";
import type { OperatorTime } from "../serial/dut_extensions.ts";
import { benchmarkOf, positionals, readArguments, required, wholeNumber } from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";
import { isLabPort, openLabPort } from "./lab_port.ts";
import { alignColumns } from "./text_table.ts";

const usage = `Usage: thimble operators --port PORT [OPTIONS]

Has a board time the operators of its model one by one, where its firmware announces 'optime'. Times are those of
the board's clock; timing itself takes some.

  --port PORT      /dev/ttyACM0 (a serial port), unix:PATH, exec:COMMAND, lab:qemu:b-l475e, lab:qemu:mps2-an386, lab:native
  --input FILE     the input  [zeros]
  --iterations N   inferences  [10]
  --benchmark B    what a lab's firmware is for  [kws01]
  --model FILE     int8 .tflite for a lab  [demo model, for kws01]
  --baud N         bits per second  [115200]
  --json           print JSON
  --help           print this

  thimble operators --port lab:qemu:mps2-an386 --iterations 5`;

/** `thimble operators`. */
export async function operatorsCommand(args: string[]): Promise<number> {
  const parsed = readArguments(args, {
    port: { type: "string" },
    input: { type: "string" },
    iterations: { type: "string", default: "10" },
    benchmark: { type: "string", default: "kws01" },
    model: { type: "string" },
    baud: { type: "string" },
    json: { type: "boolean" },
    help: { type: "boolean" },
  }, "operators");
  const { values } = parsed;
  if (values.help) {
    console.log(usage);
    return ExitCode.done;
  }
  positionals(parsed, []);
  const port = required(values.port, "--port");
  const iterations = wholeNumber(values.iterations, "--iterations")!;
  const input = values.input === undefined ? undefined : await readInput(values.input);
  await using stack = new AsyncDisposableStack();
  const lab = isLabPort(port)
    ? await openLabPort(port, {
      benchmark: benchmarkOf(values.benchmark),
      model: values.model,
    })
    : undefined;
  if (lab) stack.use(lab.lab);
  const connection = lab?.connection ?? openBoard(port);
  const dut = stack.use(
    await Dut.connect(connection.port, {
      baudRate: wholeNumber(values.baud, "--baud"),
      clock: lab?.lab.clock,
    }),
  );
  const { profile, model, extensions = [] } = await dut.profile();
  if (!extensions.includes("optime")) {
    throw new FirmwareError(
      `Cannot time operators as the firmware '${profile}' does not announce it`,
      {
        found: extensions.join(","),
        expected: "optime",
        hint: "Compile the model for the board with 'thimble compile'",
      },
    );
  }
  await dut.load(input ?? new Uint8Array(inputBytes(model)));
  const times = await dut.operatorTimes({ iterations });
  const source = connection.sourceText ?? connection.source;
  if (values.json) console.log(JSON.stringify({ model, iterations, source, operators: times }));
  else console.log(`${model}, ${source}\n\n${timesText(times, iterations)}`);
  return ExitCode.done;
}

async function readInput(path: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (cause) {
    throw new InputError(`Cannot read '${path}'`, { source: "--input", cause });
  }
}

function inputBytes(model: string): number {
  const benchmark = findBenchmark(model);
  if (benchmark) return benchmark.input.bytes;
  throw new InputError(`Cannot make an input for '${model}'`, {
    source: "--input",
    hint: "Name one with --input",
  });
}

function timesText(times: readonly OperatorTime[], iterations: number): string {
  const totalUs = times.reduce((sum, time) => sum + time.totalUs, 0);
  const row = (index: string, name: string, us: number) => [
    index,
    name,
    (us / iterations).toFixed(1),
    totalUs > 0 ? `${(100 * us / totalUs).toFixed(1)} %` : "",
  ];
  return alignColumns(["#", "operator", "µs an inference", "share"], [
    ...times.map(({ index, name, totalUs }) => row(String(index), name, totalUs)),
    row("", "all", totalUs),
  ]);
}
