/// <reference lib="deno.worker" />
/**
 * A thread of a sweep: each message is a job, answered with what it gave or with why it failed.
 *
 * @module
 */
import { findTask } from "./sweep_task.ts";
import type { SweepJob } from "./sweep_space.ts";

self.onmessage = async ({ data }: MessageEvent<{ job: SweepJob; module?: string }>) => {
  try {
    const task = await findTask(data.job.task, data.module);
    self.postMessage({ metrics: await task(data.job.settings) });
  } catch (error) {
    self.postMessage({ error: error instanceof Error ? error.message : String(error) });
  }
};
