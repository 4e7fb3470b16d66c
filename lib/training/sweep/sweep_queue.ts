/**
 * Sweeps over several machines: jobs in a queue (BullMQ on Redis), workers wherever somebody starts them.
 *
 * A worker that is lost in the middle of a job loses nothing: its lock runs out, and another takes the job.
 *
 * @module
 */
import type { Job, Queue, QueueEvents, Worker } from "bullmq";
import { z } from "zod";
import { InputError, ThimbleError } from "../../errors.ts";
import { JobRunner } from "./job_runner.ts";
import type { SweepResult } from "./sweep_results.ts";
import type { SweepJob } from "./sweep_space.ts";

/** Name of the queue. */
const queueName = "thimble-sweep";

const jobSchema = z.strictObject({
  id: z.string().max(64),
  task: z.string().max(64),
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});

/** A queue that is not reached within this is not there. */
const connectMs = 5000;

/** How often the queue is asked, should an event be missed. */
const pollMs = 1000;

/** How the jobs of a queue are followed. */
export interface QueueOptions {
  /** Such as `redis://127.0.0.1:6379`. */
  redis: string;
  /** Ends following; jobs that nobody has begun are taken back. */
  signal?: AbortSignal;
}

/**
 * Puts jobs into the queue, and yields their results as workers give them.
 *
 * @throws {InputError} There is no Redis at the address.
 */
export async function* runInQueue(
  jobs: readonly SweepJob[],
  { redis, signal }: QueueOptions,
): AsyncGenerator<SweepResult> {
  const { Queue, QueueEvents } = await import("bullmq");
  await reach(redis);
  const queue: Queue = new Queue(queueName, { connection: connection(redis) });
  const events: QueueEvents = new QueueEvents(queueName, { connection: connection(redis) });
  quiet(queue, events);
  const left = new Map(jobs.map((job) => [job.id, job]));
  const arrived: SweepResult[] = [];
  let wake = Promise.withResolvers<void>();
  const arrive = (result: SweepResult) => {
    if (!left.delete(result.id)) return;
    arrived.push(result);
    wake.resolve();
  };
  /** Takes a job's result, if it has one. */
  const collect = async (id: string) => {
    const job = left.get(id);
    const queued = job && await queue.getJob(id);
    if (!queued || queued.finishedOn === undefined) return;
    arrive(
      queued.failedReason
        ? { id, settings: job.settings, error: queued.failedReason, seconds: 0 }
        : { ...queued.returnvalue as SweepResult, id, settings: job.settings },
    );
  };
  const listener = ({ jobId }: { jobId: string }) => void collect(jobId).catch(() => {});
  events.on("completed", listener);
  events.on("failed", listener);
  const abort = () => wake.resolve();
  signal?.addEventListener("abort", abort);
  try {
    await events.waitUntilReady();
    for (const job of jobs) {
      // What is left of an earlier sweep with the same settings would be taken for this one.
      const old = await queue.getJob(job.id);
      if (old?.finishedOn !== undefined) await old.remove();
    }
    await queue.addBulk(jobs.map((job) => ({
      name: job.task,
      data: job,
      opts: { jobId: job.id, attempts: 3, removeOnComplete: 10_000, removeOnFail: 10_000 },
    })));
    while (left.size > 0 || arrived.length > 0) {
      signal?.throwIfAborted();
      const result = arrived.shift();
      if (result) yield result;
      else {
        wake = Promise.withResolvers();
        // Events of jobs that were done before this listened, or while the line was down, do not come again.
        const timer = setTimeout(() => wake.resolve(), pollMs);
        await wake.promise;
        clearTimeout(timer);
        if (arrived.length === 0) { for (const id of [...left.keys()]) await collect(id); }
      }
    }
  } finally {
    signal?.removeEventListener("abort", abort);
    for (const id of left.keys()) {
      // One that a worker has begun is locked, and stays.
      await queue.getJob(id).then((job) => job?.remove()).catch(() => {});
    }
    await events.close();
    await queue.close();
  }
}

/** How {@linkcode sweepWorker} works. */
export interface SweepWorkerOptions {
  /** Such as `redis://127.0.0.1:6379`. */
  redis: string;
  /** Jobs at once. [1] */
  workers?: number;
  /** URL of a module whose exports are tasks of one's own: jobs name tasks, and only known ones are run. */
  module?: string;
  /** How long a worker may be silent before its job goes to another, in ms. [30000] */
  lockMs?: number;
  /** Called after each job. */
  onResult?: (result: SweepResult) => void;
  /** Ends the worker, once its jobs are done. */
  signal: AbortSignal;
}

/**
 * Takes jobs from the queue until the signal aborts.
 *
 * @throws {InputError} There is no Redis at the address.
 */
export async function sweepWorker(options: SweepWorkerOptions): Promise<void> {
  const { redis, workers = 1, module, lockMs = 30_000, onResult, signal } = options;
  const { Worker } = await import("bullmq");
  await reach(redis);
  const runners = Array.from({ length: workers }, () => new JobRunner(module));
  const free = [...runners];
  const worker: Worker = new Worker(queueName, async (queued: Job) => {
    const parsed = jobSchema.safeParse(queued.data);
    if (!parsed.success) throw new ThimbleError("Cannot run a job that is none of a sweep");
    const runner = free.pop()!;
    try {
      const result = await runner.run(parsed.data);
      onResult?.(result);
      return result;
    } finally {
      free.push(runner);
    }
  }, {
    connection: { ...connection(redis), maxRetriesPerRequest: null },
    concurrency: workers,
    lockDuration: lockMs,
    stalledInterval: lockMs,
    maxStalledCount: 3,
  });
  quiet(worker);
  try {
    await worker.waitUntilReady();
    if (!signal.aborted) {
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    }
    await worker.close();
  } finally {
    for (const runner of runners) runner[Symbol.dispose]();
  }
}

function connection(redis: string) {
  const { hostname, port, username, password, protocol, pathname } = new URL(redis);
  return {
    host: hostname,
    port: Number(port || 6379),
    username: username || undefined,
    password: password ? decodeURIComponent(password) : undefined,
    db: Number(pathname.slice(1)) || 0,
    ...protocol === "rediss:" ? { tls: {} } : {},
  };
}

/** Without it, ioredis tries for ever and says nothing. */
async function reach(redis: string): Promise<void> {
  let address: URL;
  try {
    address = new URL(redis);
    if (!/^rediss?:$/.test(address.protocol)) throw new TypeError("It is no redis: address");
  } catch (cause) {
    throw new InputError(`Cannot use '${redis}' as the address of a Redis`, {
      source: redis,
      cause,
      hint: "Write redis://HOST:PORT",
    });
  }
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("No answer within 5 s")), connectMs);
  const connecting = Deno.connect({
    hostname: address.hostname,
    port: Number(address.port || 6379),
  });
  try {
    (await Promise.race([connecting, late.promise])).close();
  } catch (cause) {
    connecting.then((socket) => socket.close(), () => {});
    throw new InputError(`Cannot reach a Redis at '${address.host}'`, {
      source: redis,
      cause,
      hint: "Start one ('redis-server'), or sweep without --redis",
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Errors of the connection come again as errors of what waits on it. */
function quiet(...sources: { on(event: "error", listener: () => void): unknown }[]): void {
  for (const source of sources) source.on("error", () => {});
}
