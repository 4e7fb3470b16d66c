import { setImmediate } from "node:timers/promises";
import { ThimbleError } from "../../errors.ts";
import {
  type FeatureJob,
  type FeaturePart,
  type FeatureTask,
  prepareFeatures,
} from "./feature_job.ts";
import { errorOfPlain, type PlainError } from "./plain_error.ts";

/** Something that makes the features of some examples after the other. */
export interface FeatureThread extends Disposable {
  /** Questions that it has not answered. */
  readonly busy: number;
  /** The rows of some examples, in their order. */
  run(tasks: FeatureTask[]): Promise<FeaturePart[]>;
}

/** The caller's thread. Between examples the rest of the program has its turn. */
class OwnThread implements FeatureThread {
  busy = 0;
  readonly #make: ReturnType<typeof prepareFeatures>;

  constructor(job: FeatureJob) {
    this.#make = prepareFeatures(job);
  }

  async run(tasks: FeatureTask[]): Promise<FeaturePart[]> {
    this.busy++;
    try {
      await setImmediate();
      return await this.#make(tasks);
    } finally {
      this.busy--;
    }
  }

  [Symbol.dispose](): void {}
}

/** A worker. It answers in the order in which it is asked. */
class WorkerThread implements FeatureThread {
  readonly #worker: Worker;
  readonly #asked: PromiseWithResolvers<FeaturePart[]>[] = [];
  #failure?: Error;

  constructor(job: FeatureJob) {
    this.#worker = new Worker(import.meta.resolve("./feature_worker.ts"), { type: "module" });
    this.#worker.onmessage = (
      { data }: MessageEvent<{ parts: FeaturePart[] } | { error: PlainError }>,
    ) => {
      const { resolve, reject } = this.#asked.shift()!;
      if ("error" in data) reject(errorOfPlain(data.error));
      else resolve(data.parts);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#failure = new ThimbleError(
        `Cannot make features as a worker failed: '${event.message}'`,
      );
      for (const { reject } of this.#asked.splice(0)) reject(this.#failure);
    };
    this.#worker.postMessage(job);
  }

  get busy(): number {
    return this.#asked.length;
  }

  run(tasks: FeatureTask[]): Promise<FeaturePart[]> {
    if (this.#failure) return Promise.reject(this.#failure);
    const answer = Promise.withResolvers<FeaturePart[]>();
    this.#asked.push(answer);
    this.#worker.postMessage(tasks);
    return answer.promise;
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}

/** As many threads; one is the caller's own. */
export function openFeatureThreads(job: FeatureJob, count: number): FeatureThread[] {
  return count === 1
    ? [new OwnThread(job)]
    : Array.from({ length: count }, () => new WorkerThread(job));
}
