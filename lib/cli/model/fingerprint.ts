import type { Benchmark } from "../../benchmarks.ts";
import { InputError } from "../../errors.ts";
import { fingerprint, type FingerprintSample } from "../../model/fingerprint.ts";
import { loadModel } from "../../model/load_model.ts";
import { evaluationInputs } from "../../runner/evaluation_inputs.ts";
import { openEvaluationSet } from "../../runner/evaluation_set.ts";
import { meanSquaredError } from "../../serial/virtual/board_model.ts";
import {
  benchmarkOf,
  positionals,
  readArguments,
  realNumber,
  required,
  wholeNumber,
} from "../arguments.ts";
import { ExitCode } from "../exit_code.ts";
import { alignColumns } from "../text_table.ts";
import { readOutputs } from "./read_outputs.ts";

const usage = `Usage: thimble model fingerprint MODEL --benchmark B --data DIR --log LOG [OPTIONS]

Tells which arithmetic made a log of outputs: tflm (rounds twice: TFLite Micro, CMSIS-NN) or single (rounds
once: STM32Cube.AI, XNNPACK), and how fp32 inputs became int8.

  --log LOG      a session folder, or a CSV: file, then its output values, printed or int8
  --data DIR     the inputs
  --limit N      use only the first N inputs
  --tolerance T  how far a printed value may be off  [0.001: three decimals, rounded or cut]
  --json         print JSON
  --help         print this`;

/** `thimble model fingerprint`. */
export async function fingerprintCommand(args: string[]): Promise<number> {
  const parsed = readArguments(args, {
    benchmark: { type: "string" },
    data: { type: "string" },
    log: { type: "string" },
    limit: { type: "string" },
    tolerance: { type: "string" },
    json: { type: "boolean" },
    help: { type: "boolean" },
  }, "model fingerprint");
  const { values } = parsed;
  if (values.help) {
    console.log(usage);
    return ExitCode.done;
  }
  const [path] = positionals(parsed, ["MODEL"]);
  const benchmark = benchmarkOf(required(values.benchmark, "--benchmark"));
  const log = required(values.log, "--log");
  const graph = await loadModel(path);
  const samples = await samplesOf(
    benchmark,
    required(values.data, "--data"),
    await readOutputs(log),
    wholeNumber(values.limit, "--limit"),
  );
  if (samples.length === 0) {
    throw new InputError(`Cannot compare as no file of '${values.data}' is in '${log}'`, {
      source: log,
      hint: "The names in the log must be those of the files",
    });
  }
  const matches = fingerprint(graph, samples, {
    tolerance: realNumber(values.tolerance, "--tolerance", {
      least: 0,
      hint: "Write a number such as 0.001",
    }),
    printed: benchmark.id === "ad01"
      ? (output, input) => [meanSquaredError(input, output)]
      : undefined,
  });
  console.log(
    values.json ? JSON.stringify(matches) : alignColumns(
      ["arithmetic", "input rounding", "agreeing", "of", "%"],
      matches.map(({ rounding, inputRounding, agreeing, samples, agreement }) => [
        rounding,
        inputRounding ?? "-",
        String(agreeing),
        String(samples),
        (100 * agreement).toFixed(1),
      ]),
    ),
  );
  return ExitCode.done;
}

// Inputs beside what the device made of them; a file in windows has as many outputs.
async function samplesOf(
  benchmark: Benchmark,
  data: string,
  outputs: ReadonlyMap<string, readonly number[][]>,
  limit?: number,
): Promise<FingerprintSample[]> {
  const set = await openEvaluationSet(data, benchmark, { limit });
  const isInt8 = [...outputs.values()].flat().every((values) =>
    values.every((value) => Number.isInteger(value) && value >= -128 && value <= 127)
  );
  const samples: FingerprintSample[] = [];
  for await (const { file, segment, input } of evaluationInputs(set, benchmark)) {
    const output = outputs.get(file)?.[segment];
    if (output) samples.push({ input, output: isInt8 ? Int8Array.from(output) : output });
  }
  return samples;
}
