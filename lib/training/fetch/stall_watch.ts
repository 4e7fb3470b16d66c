import type { Clock } from "../../clock.ts";

/** Aborts when nothing happens for too long: whatever does happen is told with `reset`. */
export class StallWatch implements Disposable {
  readonly #controller = new AbortController();
  #cancel = () => {};

  constructor(
    private readonly clock: Clock,
    private readonly ms: number,
    private readonly error: () => Error,
  ) {
    this.reset();
  }

  /** Aborts with the error that was given. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something happened: the deadline starts anew. */
  reset(): void {
    this.#cancel();
    this.#cancel = this.clock.schedule(this.ms, () => this.#controller.abort(this.error()));
  }

  /** Ends the watch. */
  [Symbol.dispose](): void {
    this.#cancel();
  }
}
