import type { Benchmark } from "../benchmarks.ts";
import { evaluate, type EvaluateOptions } from "../model/evaluate.ts";
import type { Graph } from "../model/graph.ts";
import { int8Ends } from "../model/int8/int8_ends.ts";
import { dequantize } from "../model/int8/quantize_input.ts";
import { checkBoardModel, meanSquaredError } from "../serial/virtual/board_model.ts";
import type { ScoredFile } from "../sessions/score.ts";
import { evaluationInputs } from "./evaluation_inputs.ts";
import type { EvaluationSet } from "./evaluation_set.ts";
import { fitsStoredInput, fittedInputs } from "./fitted_inputs.ts";

/** How {@linkcode evaluateSet} works. */
export interface EvaluateSetOptions extends Omit<EvaluateOptions, "onProgress"> {
  /** Called after each inference, with how many are done and the file it was of. */
  onProgress?: (done: number, file: string) => void;
}

/** A file's outputs as they are scored, and as the model gives them. */
export interface EvaluatedFile extends ScoredFile {
  /** int8; of ad01 the file's score. */
  raw: readonly number[];
}

/** What {@linkcode evaluateSet} gives. */
export interface EvaluatedSet {
  /** One for each file, in order: `accuracyFigures` makes figures of them. */
  files: EvaluatedFile[];
  /** The stored inputs have another scale than the model's: they were converted, as a board would have to do. */
  inputsConverted: boolean;
}

/**
 * Runs an int8 model over a benchmark's evaluation set, in the exact arithmetic of a board; of ad01 a file's windows come
 * together in its score.
 *
 * @throws {ModelError} The model does not take what the benchmark has, or give what it scores.
 *
 * @example
 * ```ts
 * import { benchmarks, demoData, demoModel, evaluateSet, loadModel, openEvaluationSet } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const set = await openEvaluationSet(demoData(), benchmarks.kws01, { limit: 4 });
 * const { files } = await evaluateSet(await loadModel(demoModel()), benchmarks.kws01, set);
 * assert.equal(files.length, 4);
 * assert.equal(files[0].outputs.length, 12);
 * ```
 */
export async function evaluateSet(
  graph: Graph,
  benchmark: Benchmark,
  set: EvaluationSet,
  options: EvaluateSetOptions = {},
): Promise<EvaluatedSet> {
  const { onProgress, ...settings } = options;
  const ends = int8Ends(graph);
  const [input, tensor] = [graph.tensors[ends.input], graph.tensors[ends.output]];
  checkBoardModel(benchmark, input, tensor);
  const files: EvaluatedFile[] = [];
  let done = 0;
  let errors: number[] = [];
  const inputs = fittedInputs(evaluationInputs(set, benchmark), benchmark, input);
  for await (const { item, output } of evaluate(graph, inputs, settings)) {
    const { file, label, segment, segments } = item;
    const values = dequantize(output, tensor);
    if (benchmark.id === "ad01") {
      errors.push(meanSquaredError(item.input, values));
      if (segment === segments - 1) {
        const score = errors.reduce((sum, error) => sum + error, 0) / errors.length;
        files.push({ file, label, outputs: [score], raw: [score] });
        errors = [];
      }
    } else {
      files.push({ file, label, outputs: Array.from(values), raw: Array.from(output) });
    }
    onProgress?.(++done, file);
  }
  return { files, inputsConverted: !fitsStoredInput(benchmark, input) };
}
