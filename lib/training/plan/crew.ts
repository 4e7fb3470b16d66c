import { setImmediate } from "node:timers/promises";
import { TrainingWorkerError } from "./errors.ts";
import { type PlacedProgram, prepareThread, type ThreadJob } from "./kernel_thread.ts";

/** The threads that run a plan's programs. */
export interface Crew extends Disposable {
  run(program: PlacedProgram): Promise<void>;
}

/** One thread: the caller's. Before each program, the rest of the caller's program has its turn. */
export class OwnThread implements Crew {
  readonly #run: (program: PlacedProgram) => void;

  constructor(job: ThreadJob) {
    this.#run = prepareThread(job);
  }

  async run(program: PlacedProgram): Promise<void> {
    await setImmediate();
    this.#run(program);
  }

  [Symbol.dispose](): void {}
}

/** Workers, all on the same memory. The caller's thread is free meanwhile. */
export class WorkerCrew implements Crew {
  readonly #workers: readonly Worker[];
  readonly #stallMs: number;
  readonly #progress: () => number;
  #left = 0;
  #done?: PromiseWithResolvers<void>;
  #failure?: Error;

  private constructor(jobs: readonly ThreadJob[], stallMs: number, progress: () => number) {
    this.#stallMs = stallMs;
    this.#progress = progress;
    this.#workers = jobs.map(() =>
      new Worker(import.meta.resolve("./worker.ts"), { type: "module" })
    );
    for (const worker of this.#workers) {
      worker.onmessage = () => {
        if (--this.#left === 0) this.#done?.resolve();
      };
      worker.onerror = (event) => {
        event.preventDefault();
        this.#fail(`Cannot go on training as a worker failed: '${event.message}'`);
      };
    }
  }

  /**
   * Starts workers.
   *
   * @param stallMs They have failed if nothing gets done in this time, in ms.
   * @param progress A number that changes whenever something got done.
   */
  static async start(
    jobs: readonly ThreadJob[],
    stallMs: number,
    progress: () => number,
  ): Promise<WorkerCrew> {
    const crew = new WorkerCrew(jobs, stallMs, progress);
    await crew.#ask((worker, i) => worker.postMessage(jobs[i]));
    return crew;
  }

  /** For tests: the workers themselves. */
  get workers(): readonly Worker[] {
    return this.#workers;
  }

  run(program: PlacedProgram): Promise<void> {
    return this.#ask((worker) => worker.postMessage(program));
  }

  [Symbol.dispose](): void {
    this.#fail("Cannot go on training as the plan was ended");
  }

  async #ask(post: (worker: Worker, index: number) => void): Promise<void> {
    if (this.#failure) throw this.#failure;
    this.#done = Promise.withResolvers();
    this.#left = this.#workers.length;
    this.#workers.forEach(post);
    let seen = this.#progress();
    // A machine may sleep between two looks: nothing is wrong before the second without progress.
    let still = 0;
    const watch = setInterval(() => {
      const now = this.#progress();
      still = now === seen ? still + 1 : 0;
      seen = now;
      if (still >= 2) {
        const seconds = this.#stallMs / 1000;
        this.#fail(`Cannot go on training as nothing got done in ${seconds} s: a worker is gone`);
      }
    }, this.#stallMs / 2);
    try {
      await this.#done.promise;
    } finally {
      clearInterval(watch);
    }
  }

  #fail(message: string): void {
    this.#failure ??= new TrainingWorkerError(message);
    for (const worker of this.#workers) worker.terminate();
    this.#done?.reject(this.#failure);
  }
}
