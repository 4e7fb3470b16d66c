import { ThimbleError } from "../errors.ts";
import { type ErrorClass, errorOfPlain } from "./plain_error.ts";
import type { Thread } from "./thread.ts";
import type { Reply } from "./worker_reply.ts";

/** How a {@linkcode WorkerThread} fails. */
export interface WorkerThreadOptions {
  /** What it is there to do, after "Cannot": "evaluate". */
  purpose: string;
  /** Classes that its errors come back as, besides those of Thimble's base and of the language. */
  errors?: readonly ErrorClass[];
}

/**
 * A worker whose module calls {@linkcode answerQuestions}. What it throws comes back as an error of its class; when the
 * worker itself fails, so does all that waits for it, and all that is asked from then on.
 */
export class WorkerThread<Job, Question, Answer> implements Thread<Question, Answer> {
  readonly #worker: Worker;
  readonly #waiting: PromiseWithResolvers<Answer>[] = [];
  #failure?: Error;

  /**
   * Starts a worker.
   *
   * @param module URL of its module.
   * @param job What it has to know before the first question.
   */
  constructor(module: string, job: Job, { purpose, errors = [] }: WorkerThreadOptions) {
    this.#worker = new Worker(module, { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<Reply<Answer>>) => {
      const { resolve, reject } = this.#waiting.shift()!;
      if ("error" in data) reject(errorOfPlain(data.error, errors));
      else resolve(data.answer);
    };
    const fail = (reason: string) =>
      this.#end(new ThimbleError(`Cannot ${purpose} as a worker failed: '${reason}'`));
    this.#worker.onmessageerror = () => fail("its answer cannot be read");
    this.#worker.onerror = (event) => {
      event.preventDefault();
      fail(event.message);
    };
    this.#worker.postMessage(job);
  }

  get busy(): number {
    return this.#waiting.length;
  }

  /** Whether it answers nothing any more. */
  get hasEnded(): boolean {
    return this.#failure !== undefined;
  }

  /** @throws {ThimbleError} Where the worker has failed. */
  async ask(question: Question, transfer: Transferable[] = []): Promise<Answer> {
    if (this.#failure) throw this.#failure;
    this.#worker.postMessage(question, transfer);
    const answer = Promise.withResolvers<Answer>();
    this.#waiting.push(answer);
    return await answer.promise;
  }

  /** Ends the worker, whatever it does; what waits for it fails. */
  [Symbol.dispose](): void {
    this.#end(new ThimbleError("Cannot wait for a worker that was ended"));
  }

  #end(failure: Error): void {
    this.#failure ??= failure;
    this.#worker.terminate();
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}
