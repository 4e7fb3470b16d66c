import type { Benchmark } from "../benchmarks.ts";
import { inputElements } from "../serial/virtual/board_model.ts";
import { type EvaluationSet, segmentCount, segmentOf } from "./evaluation_set.ts";

/** One input of an evaluation set, as a model takes it. */
export interface EvaluationInput {
  /** Its file. */
  file: string;
  /** Class index; for ad01 1 for an anomaly. */
  label: number;
  /** Which window of the file. */
  segment: number;
  /** Windows of the file. */
  segments: number;
  /** Elements, in the type that the benchmark has on the wire. */
  input: Int8Array | Uint8Array | Float32Array;
}

/**
 * The inputs of a set, file by file, window by window; a file is read when its turn comes.
 *
 * @example
 * ```ts
 * import { benchmarks, demoData, evaluationInputs, openEvaluationSet } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const set = await openEvaluationSet(demoData(), benchmarks.kws01, { limit: 2 });
 * for await (const { input } of evaluationInputs(set, benchmarks.kws01)) {
 *   assert.equal(input.length, 490);
 * }
 * ```
 */
export async function* evaluationInputs(
  set: EvaluationSet,
  benchmark: Benchmark,
): AsyncGenerator<EvaluationInput> {
  for (const { file, label, windowing } of set.files) {
    const bytes = await Deno.readFile(`${set.folder}/${file}`);
    const segments = segmentCount(bytes.length, windowing);
    for (let segment = 0; segment < segments; segment++) {
      const input = inputElements(segmentOf(bytes, segment, windowing), benchmark);
      yield { file, label, segment, segments, input };
    }
  }
}
