/// <reference lib="deno.worker" />
/**
 * A thread that makes features: the first message is the job, each later one some examples, answered with their rows or
 * with what went wrong.
 *
 * @module
 */
import { type FeatureJob, type FeatureTask, prepareFeatures } from "./feature_job.ts";
import { plainError } from "./plain_error.ts";

let before: Promise<unknown> = Promise.resolve();

self.onmessage = ({ data: job }: MessageEvent<FeatureJob>) => {
  const make = prepareFeatures(job);
  self.onmessage = ({ data: tasks }: MessageEvent<FeatureTask[]>) => {
    // One after the other: answers come in the order of the questions, and memory stays small.
    before = before.then(async () => {
      try {
        const parts = await make(tasks);
        self.postMessage({ parts }, parts.map(({ values }) => values.buffer));
      } catch (error) {
        self.postMessage({ error: plainError(error) });
      }
    });
  };
};
