/// <reference lib="deno.worker" />
/**
 * A thread of an evaluation: the first message is the job, each later one a batch, answered with its outputs.
 *
 * @module
 */
import { type EvaluationJob, prepare, type Values } from "./job.ts";

self.onmessage = ({ data: job }: MessageEvent<EvaluationJob>) => {
  const evaluate = prepare(job);
  self.onmessage = ({ data: values }: MessageEvent<Values>) => {
    const outputs = evaluate(values);
    self.postMessage(outputs, [outputs.buffer as ArrayBuffer]);
  };
};
