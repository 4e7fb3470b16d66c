import { untilAborted } from "../../threads/until_aborted.ts";
import { WorkerThread } from "../../threads/worker_thread.ts";
import type { SweepResult } from "./sweep_results.ts";
import type { SweepJob, SweepMetrics } from "./sweep_space.ts";

/** Runs jobs one after another in a worker of its own; one that a job takes down is replaced. */
export class JobRunner implements Disposable {
  readonly #module?: string;
  #thread?: WorkerThread<{ module?: string }, SweepJob, SweepMetrics>;

  /** @param module Where tasks of one's own are: a URL. */
  constructor(module?: string) {
    this.#module = module;
  }

  /**
   * Runs a job. Whatever it does, there is a result.
   *
   * @throws The signal's reason when it aborts; the job is then gone.
   */
  async run(job: SweepJob, signal?: AbortSignal): Promise<SweepResult> {
    signal?.throwIfAborted();
    const began = performance.now();
    const thread = this.#thread ??= new WorkerThread(
      import.meta.resolve("./sweep_worker.ts"),
      { module: this.#module },
      { purpose: "run the job" },
    );
    let outcome: Pick<SweepResult, "metrics" | "error">;
    try {
      outcome = { metrics: await untilAborted(thread.ask(job), signal) };
    } catch (error) {
      if (signal?.aborted || thread.hasEnded) this[Symbol.dispose]();
      signal?.throwIfAborted();
      outcome = { error: error instanceof Error ? error.message : String(error) };
    }
    const seconds = (performance.now() - began) / 1000;
    return { id: job.id, settings: job.settings, ...outcome, seconds };
  }

  /** Ends the worker. */
  [Symbol.dispose](): void {
    this.#thread?.[Symbol.dispose]();
    this.#thread = undefined;
  }
}
