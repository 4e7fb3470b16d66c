import type { Benchmark } from "../../benchmarks.ts";
import type { Graph } from "../../model/graph.ts";
import { loadModel } from "../../model/load_model.ts";
import { countInferences } from "../../runner/accuracy.ts";
import {
  type EvaluatedSet,
  evaluateSet,
  type EvaluateSetOptions,
} from "../../runner/evaluate_set.ts";
import { type EvaluationSet, openEvaluationSet } from "../../runner/evaluation_set.ts";
import { remainingMs } from "../../runner/progress.ts";
import { accuracyFigures } from "../../sessions/score_accuracy.ts";
import { benchmarkOf, positionals, readArguments, required, wholeNumber } from "../arguments.ts";
import { ExitCode } from "../exit_code.ts";
import { ProgressLine } from "../progress_line.ts";
import { writeWhole } from "../write_whole.ts";
import { inputRoundingOf, roundingOf } from "./arithmetic.ts";

const usage = `Usage: thimble model evaluate MODEL --benchmark B --data DIR [OPTIONS]

Runs an int8 model on a data set in the exact arithmetic of a board, on this machine: top-1, AUC, time.

  --benchmark B         kws01, vww01, ic01, ad01 or ic02
  --data DIR            the inputs and y_labels.csv
  --limit N             use only the first N inputs
  --arithmetic A        tflm (rounds twice: TFLite Micro, CMSIS-NN) or single (once: STM32Cube.AI)  [tflm]
  --input-rounding R    round or truncate: how fp32 inputs become int8  [round]
  --fold                leave out channels that are proved constant; the outputs are the same
  --workers N           threads  [1]
  --outputs OUT.csv     a line a file: name, output values (int8; for ad01 the file's score)
  --json                print JSON
  --help                print this`;

/** `thimble model evaluate`. */
export async function evaluateCommand(args: string[]): Promise<number> {
  const parsed = readArguments(args, {
    benchmark: { type: "string" },
    data: { type: "string" },
    limit: { type: "string" },
    arithmetic: { type: "string" },
    "input-rounding": { type: "string" },
    fold: { type: "boolean" },
    workers: { type: "string" },
    outputs: { type: "string" },
    json: { type: "boolean" },
    help: { type: "boolean" },
  }, "model evaluate");
  const { values } = parsed;
  if (values.help) {
    console.log(usage);
    return ExitCode.done;
  }
  const [path] = positionals(parsed, ["MODEL"]);
  const benchmark = benchmarkOf(required(values.benchmark, "--benchmark"));
  const data = required(values.data, "--data");
  const settings = {
    rounding: roundingOf(values.arithmetic),
    inputRounding: inputRoundingOf(values["input-rounding"]),
    workers: wholeNumber(values.workers, "--workers"),
    fold: values.fold,
  };
  const limit = wholeNumber(values.limit, "--limit");
  const graph = await loadModel(path);
  const set = await openEvaluationSet(data, benchmark, { limit });
  const start = performance.now();
  const { files, inputsConverted } = await evaluated(graph, benchmark, set, settings);
  const seconds = (performance.now() - start) / 1000;
  if (values.outputs) {
    await writeWhole(
      values.outputs,
      files.map(({ file, raw }) => `${file},${raw.join(",")}\n`).join(""),
    );
  }
  const { confusion: _, ...figures } = accuracyFigures(files, benchmark);
  const result = {
    benchmark: benchmark.id,
    arithmetic: settings.rounding,
    inputRounding: settings.inputRounding,
    folded: settings.fold ?? false,
    inputs: files.length,
    inputsConverted,
    ...figures,
    seconds,
  };
  console.log(values.json ? JSON.stringify(result) : resultText(path, result));
  return ExitCode.done;
}

async function evaluated(
  graph: Graph,
  benchmark: Benchmark,
  set: EvaluationSet,
  settings: EvaluateSetOptions,
): Promise<EvaluatedSet> {
  const total = await countInferences(set);
  using line = new ProgressLine(`${benchmark.id} in int8`);
  const began = performance.now();
  return await evaluateSet(graph, benchmark, set, {
    ...settings,
    onProgress: (done, file) =>
      line.update({
        type: "progress",
        done,
        total,
        unit: "inferences",
        text: file,
        remainingMs: remainingMs(performance.now() - began, done, total - done),
      }),
  });
}

interface Result {
  benchmark: string;
  arithmetic: string;
  folded: boolean;
  inputs: number;
  inputsConverted: boolean;
  top1Percent?: number;
  top1Interval?: { low: number; high: number };
  auc?: number;
  aucEnergyRunner?: number;
  bestThresholdAccuracyPercent?: number;
  seconds: number;
}

function resultText(path: string, result: Result): string {
  const lines = [
    `${path} on ${result.inputs} inputs of ${result.benchmark}, arithmetic '${result.arithmetic}'`,
  ];
  if (result.folded) {
    lines.push("  Constant channels folded: dead-code elimination, the outputs are the same");
  }
  if (result.inputsConverted) {
    lines.push("  Inputs converted to the model's own scale: a board has to do the same");
  }
  if (result.top1Percent !== undefined) {
    const { low, high } = result.top1Interval!;
    lines.push(
      `  Top-1  ${result.top1Percent.toFixed(2)} %   95 % interval ${low.toFixed(1)} to ${
        high.toFixed(1)
      } %`,
    );
  }
  if (result.auc !== undefined) {
    lines.push(
      `  AUC    ${result.auc.toFixed(4)}   as EnergyRunner counts it ${
        result.aucEnergyRunner!.toFixed(2)
      }`,
    );
  }
  if (result.bestThresholdAccuracyPercent !== undefined) {
    lines.push(
      `  Best accuracy ${
        result.bestThresholdAccuracyPercent.toFixed(2)
      } %, threshold chosen on the test set: not a score`,
    );
  }
  lines.push(`  ${result.seconds.toFixed(2)} s on this machine`);
  return lines.join("\n");
}
