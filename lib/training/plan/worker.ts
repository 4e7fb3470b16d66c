/// <reference lib="deno.worker" />
/**
 * A thread of a training plan: the first message is the job, each later one a program, answered when it is done.
 *
 * @module
 */
import { type PlacedProgram, prepareThread, type ThreadJob } from "./kernel_thread.ts";

self.onmessage = ({ data: job }: MessageEvent<ThreadJob>) => {
  const run = prepareThread(job);
  self.onmessage = ({ data: program }: MessageEvent<PlacedProgram>) => {
    run(program);
    self.postMessage(null);
  };
  self.postMessage(null);
};
