/// <reference lib="deno.worker" />
import { ThimbleError } from "../errors.ts";
import { plainError } from "./plain_error.ts";
import type { Reply } from "./worker_reply.ts";

/**
 * The worker's side of a {@linkcode WorkerThread}: the first message is the job, each later one a question, answered
 * when those before it are.
 *
 * @param prepare Makes a job ready: what it returns answers questions.
 * @param transferOf What of an answer is given away rather than copied.
 */
export function answerQuestions<Job, Question, Answer>(
  prepare: (job: Job) => (question: Question) => Answer | Promise<Answer>,
  transferOf: (answer: Answer) => Transferable[] = () => [],
): void {
  refuseToEnd();
  const give = (answer: Answer) =>
    self.postMessage({ answer } satisfies Reply<Answer>, transferOf(answer));
  const fail = (error: unknown) =>
    self.postMessage({ error: plainError(error) } satisfies Reply<Answer>);
  self.onmessage = ({ data: job }: MessageEvent<Job>) => {
    const answerTo = prepareOrFail(prepare, job);
    // What takes no waiting is answered without: promises would cost evaluations a twentieth.
    let before: Promise<void> | void;
    self.onmessage = ({ data: question }: MessageEvent<Question>) => {
      const reply = (): Promise<void> | void => {
        try {
          const answer = answerTo(question);
          if (answer instanceof Promise) return answer.then(give).catch(fail);
          give(answer);
        } catch (error) {
          fail(error);
        }
      };
      before = before ? before.then(reply) : reply();
    };
  };
}

/** A job that cannot be made ready is what each question fails for. */
function prepareOrFail<Job, Answerer extends (question: never) => unknown>(
  prepare: (job: Job) => Answerer,
  job: Job,
): Answerer | (() => never) {
  try {
    return prepare(job);
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** Nobody outside hears of a worker that ends itself, and would wait for its answer for ever. */
function refuseToEnd(): void {
  const refuse = () => {
    throw new ThimbleError("Cannot end a worker from within");
  };
  self.close = refuse;
  // `process.exit` calls it, too.
  Object.assign(Deno, { exit: refuse });
}
