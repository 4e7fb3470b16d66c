/**
 * Many settings, tried side by side.
 *
 * @module
 */
import { type Progress, remainingMs } from "../../runner/progress.ts";
import { JobRunner } from "./job_runner.ts";
import { SweepFile, type SweepResult } from "./sweep_results.ts";
import { type SweepJob, sweepJobs, type SweepPlan } from "./sweep_space.ts";

/** How {@linkcode sweep} works. */
export interface SweepOptions {
  /** File of the results, one JSON object a line; a sweep that is in it goes on. */
  out: string;
  /** Jobs at once, each in a worker of its own. [1] */
  workers?: number;
  /** URL of a module whose exports are tasks of one's own. */
  module?: string;
  /** Redis, such as `redis://127.0.0.1:6379`: jobs go to the queue there, and workers on any machine take them. */
  redis?: string;
  /** Try again what failed before. [false] */
  retry?: boolean;
  /** Ends it; what is done is kept. */
  signal?: AbortSignal;
}

/** What a sweep tells. */
export type SweepEvent = { type: "result"; result: SweepResult } | Progress;

/**
 * Runs the jobs of a plan, and yields results as they come. Each is on disk before it is yielded; started again with the
 * same file, a sweep does what is left. A job that fails, or takes its worker down, is a result with an error.
 *
 * @returns All results of the plan, in the order of its jobs.
 * @throws {InputError} The plan or the file cannot be used.
 * @throws The signal's reason when it aborts.
 *
 * @example
 * ```ts
 * import { showProgress, sweep, table } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.writeTextFile(
 *   `${folder}/tasks.ts`,
 *   "export const area = ({ a, b }: { a: number; b: number }) => Promise.resolve({ area: a * b });",
 * );
 * const results = await showProgress(sweep({ task: "area", grid: { a: [1, 2], b: [10, 20] } }, {
 *   out: `${folder}/results.jsonl`,
 *   module: new URL(`file://${folder}/tasks.ts`).href,
 * }));
 * assert.deepEqual(results.map(({ metrics }) => metrics?.area), [10, 20, 20, 40]);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function* sweep(
  plan: SweepPlan,
  options: SweepOptions,
): AsyncGenerator<SweepEvent, SweepResult[]> {
  const { out, workers = 1, module, redis, retry = false, signal } = options;
  const jobs = sweepJobs(plan);
  using file = await SweepFile.open(out);
  const results = new Map<string, SweepResult>();
  for (const result of file.previous) {
    if (!retry || result.error === undefined) results.set(result.id, result);
  }
  const left = jobs.filter(({ id }) => !results.has(id));
  const before = jobs.length - left.length;
  const began = performance.now();
  let done = 0;
  const coming = redis
    ? (await import("./sweep_queue.ts")).runInQueue(left, { redis, signal })
    : runHere(left, { workers, module, signal });
  for await (const result of coming) {
    file.append(result);
    results.set(result.id, result);
    done++;
    yield { type: "result", result };
    yield {
      type: "progress",
      done: before + done,
      total: jobs.length,
      unit: "jobs",
      text: result.error ?? "",
      remainingMs: remainingMs(performance.now() - began, done, left.length - done),
    };
  }
  return jobs.flatMap(({ id }) => results.get(id) ?? []);
}

/** Runs jobs in workers of this process. */
async function* runHere(
  jobs: readonly SweepJob[],
  options: { workers: number; module?: string; signal?: AbortSignal },
): AsyncGenerator<SweepResult> {
  const { workers, module, signal } = options;
  const waiting = [...jobs];
  const runners = Array.from(
    { length: Math.max(1, Math.min(workers, jobs.length)) },
    () => new JobRunner(module),
  );
  const running = new Map<JobRunner, Promise<{ runner: JobRunner; result: SweepResult }>>();
  const start = (runner: JobRunner) => {
    const job = waiting.shift();
    if (!job) return;
    running.set(runner, runner.run(job, signal).then((result) => ({ runner, result })));
  };
  try {
    runners.forEach(start);
    while (running.size > 0) {
      const { runner, result } = await Promise.race(running.values());
      running.delete(runner);
      start(runner);
      yield result;
    }
  } finally {
    for (const promise of running.values()) promise.catch(() => {});
    for (const runner of runners) runner[Symbol.dispose]();
  }
}

/**
 * Results as flat rows, for tables, frames and figures: settings and metrics side by side. A metric of a setting's name
 * wins.
 *
 * @example
 * ```ts
 * import { sweepRows } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const rows = sweepRows([{ id: "a", settings: { weightBits: 4 }, metrics: { top1Percent: 88 }, seconds: 1 }]);
 * assert.deepEqual(rows, [{ weightBits: 4, top1Percent: 88, seconds: 1 }]);
 * ```
 */
export function sweepRows(results: readonly SweepResult[]): Record<string, unknown>[] {
  return results.map(({ settings, metrics, error, seconds }) => ({
    ...settings,
    ...metrics,
    ...error === undefined ? {} : { error },
    seconds,
  }));
}
