import type { SweepJob, SweepMetrics } from "./sweep_space.ts";
import type { SweepResult } from "./sweep_results.ts";

/** Runs jobs one after another in a worker of its own; one that a job takes down is replaced. */
export class JobRunner implements Disposable {
  readonly #module?: string;
  #worker?: Worker;

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
    const worker = this.#worker ??= new Worker(import.meta.resolve("./sweep_worker.ts"), {
      type: "module",
    });
    const answer = Promise.withResolvers<{ metrics?: SweepMetrics; error?: string }>();
    worker.onmessage = ({ data }) => answer.resolve(data);
    worker.onmessageerror = () => answer.resolve({ error: "Its figures are not plain data" });
    worker.onerror = (event) => {
      event.preventDefault();
      this.#drop();
      answer.resolve({ error: `Its worker failed: ${event.message}` });
    };
    const abort = () => {
      this.#drop();
      answer.reject(signal!.reason);
    };
    signal?.addEventListener("abort", abort);
    try {
      worker.postMessage({ job, module: this.#module });
      const { metrics, error } = await answer.promise;
      const seconds = (performance.now() - began) / 1000;
      return { id: job.id, settings: job.settings, metrics, error, seconds };
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  #drop(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  /** Ends the worker. */
  [Symbol.dispose](): void {
    this.#drop();
  }
}
