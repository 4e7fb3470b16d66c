import { setImmediate } from "node:timers/promises";

/** Something that answers one question after another, in the order in which they are asked. */
export interface Thread<Question, Answer> extends Disposable {
  /** Questions that it has not answered. */
  readonly busy: number;
  /**
   * Asks.
   *
   * @param transfer What of the question the thread gets rather than a copy; the asker no longer has it.
   */
  ask(question: Question, transfer?: Transferable[]): Promise<Answer>;
}

/** The caller's own thread. Between questions, the rest of the program has its turn. */
export class OwnThread<Question, Answer> implements Thread<Question, Answer> {
  busy = 0;
  readonly #answer: (question: Question) => Answer | Promise<Answer>;

  constructor(answer: (question: Question) => Answer | Promise<Answer>) {
    this.#answer = answer;
  }

  async ask(question: Question): Promise<Answer> {
    this.busy++;
    try {
      await setImmediate();
      return await this.#answer(question);
    } finally {
      this.busy--;
    }
  }

  [Symbol.dispose](): void {}
}

/** The thread with the fewest questions that it has not answered. */
export function leastBusy<T extends { readonly busy: number }>(threads: readonly T[]): T {
  return threads.reduce((least, thread) => thread.busy < least.busy ? thread : least);
}
