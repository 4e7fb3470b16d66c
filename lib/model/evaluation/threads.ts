import { setImmediate } from "node:timers/promises";
import { ThimbleError } from "../../errors.ts";
import { type EvaluationJob, prepare, type Values } from "./job.ts";

/** Something that evaluates one batch after another. */
export interface Thread extends Disposable {
  /** Batches that it has been given and has not done. */
  readonly busy: number;
  /** The outputs of inputs, end to end. The values are the thread's from now on. */
  run(values: Values): Promise<Int8Array>;
}

/** The caller's thread. Between batches, the rest of the program has its turn. */
export class OwnThread implements Thread {
  busy = 0;
  readonly #evaluate: (values: Values) => Int8Array;

  constructor(job: EvaluationJob) {
    this.#evaluate = prepare(job);
  }

  async run(values: Values): Promise<Int8Array> {
    this.busy++;
    await setImmediate();
    this.busy--;
    return this.#evaluate(values);
  }

  [Symbol.dispose](): void {}
}

/** A worker. It answers in the order in which it is asked. */
export class WorkerThread implements Thread {
  readonly #worker: Worker;
  readonly #asked: PromiseWithResolvers<Int8Array>[] = [];
  #failure?: Error;

  constructor(job: EvaluationJob) {
    this.#worker = new Worker(import.meta.resolve("./worker.ts"), { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<Int8Array>) =>
      this.#asked.shift()!.resolve(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#failure = new ThimbleError(`Cannot evaluate as a worker failed: '${event.message}'`);
      for (const { reject } of this.#asked.splice(0)) reject(this.#failure);
    };
    this.#worker.postMessage(job);
  }

  get busy(): number {
    return this.#asked.length;
  }

  run(values: Values): Promise<Int8Array> {
    if (this.#failure) return Promise.reject(this.#failure);
    const answer = Promise.withResolvers<Int8Array>();
    this.#asked.push(answer);
    this.#worker.postMessage(values, [values.buffer]);
    return answer.promise;
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}
