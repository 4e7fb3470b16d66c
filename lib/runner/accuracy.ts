/**
 * Accuracy: one inference on every input, on every window of it where files are cut.
 *
 * @module
 */
import { systemClock } from "../clock.ts";
import { DutError, DutLostError } from "../serial/dut_errors.ts";
import type { Inference } from "../serial/dut.ts";
import type { InferenceRecord, NoticeRecord } from "../sessions/events.ts";
import { type EvaluationSet, segmentCount, segmentOf } from "./evaluation_set.ts";
import type { RunOptions } from "./performance.ts";
import { type Progress, remainingMs } from "./progress.ts";

/** How often an input is tried after the exchange itself could not be mended, such as after a reboot. */
const mostTries = 3;

/**
 * How many inferences an accuracy run has.
 *
 * @throws Whatever the system says when a file cannot be looked at.
 */
export async function countInferences(inputs: EvaluationSet): Promise<number> {
  let count = 0;
  for (const { file, windowing } of inputs.files) {
    const { size } = await Deno.stat(`${inputs.folder}/${file}`);
    count += segmentCount(size, windowing);
  }
  return count;
}

/**
 * Runs the inferences that are not done yet, in order.
 *
 * @throws {DutError} What could not be mended; what was done before stays valid.
 */
export async function* runAccuracy(
  options: RunOptions,
): AsyncGenerator<InferenceRecord | NoticeRecord | Progress> {
  const { dut, benchmark, inputs, done = new Set(), clock = systemClock, signal } = options;
  const total = await countInferences(inputs);
  const began = clock.now();
  let index = 0;
  let finished = 0;
  for (const { file, label, windowing } of inputs.files) {
    const bytes = await Deno.readFile(`${inputs.folder}/${file}`);
    const segments = segmentCount(bytes.length, windowing);
    for (let segment = 0; segment < segments; segment++, index++) {
      if (done.has(index)) continue;
      let inference: Inference | undefined;
      for (let attempt = 1; inference === undefined; attempt++) {
        signal?.throwIfAborted();
        try {
          await dut.load(segmentOf(bytes, segment, windowing));
          inference = await dut.infer({ iterations: 1, resultCount: benchmark.resultCount });
        } catch (error) {
          const again = error instanceof DutError && !(error instanceof DutLostError) &&
            attempt < mostTries;
          if (!again) throw error;
          const text = `${error.message}: '${file}' is run again`;
          yield { type: "notice", time: new Date().toISOString(), text };
        }
      }
      const { startUs, endUs, results } = inference;
      yield {
        type: "inference",
        time: new Date().toISOString(),
        index,
        file,
        label,
        segment,
        segments,
        startUs,
        endUs,
        results,
      };
      finished++;
      yield {
        type: "progress",
        done: index + 1,
        total,
        unit: "inferences",
        text: file,
        remainingMs: remainingMs(clock.now() - began, finished, total - index - 1),
      };
    }
  }
}
