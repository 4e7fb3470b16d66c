/**
 * Time as a dependency, so that everything that waits can be tested, and simulated, without waiting.
 *
 * @module
 */
import { setImmediate } from "node:timers";

/** Where waiting code gets its time from. */
export interface Clock {
  /** Milliseconds since an arbitrary origin; never goes back. */
  now(): number;
  /** Calls `callback` once after `ms` milliseconds; returns a function that cancels it. */
  schedule(ms: number, callback: () => void): () => void;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  // By the global object: a variable of this name in a notebook would hide it.
  now: () => globalThis.performance.now(),
  schedule(ms, callback) {
    const id = setTimeout(callback, ms);
    return () => clearTimeout(id);
  },
};

/**
 * A clock that jumps to the next scheduled moment as soon as the program has nothing else to do: a wait of an hour
 * takes no time, and the order of events stays what it would have been.
 *
 * @example
 * ```ts
 * import { delay, VirtualClock } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const clock = new VirtualClock();
 * await delay(clock, 3_600_000);
 * assert.equal(clock.now(), 3_600_000);
 * ```
 */
export class VirtualClock implements Clock {
  #now = 0;
  #queue: { at: number; order: number; callback: () => void }[] = [];
  #order = 0;
  #turning = false;
  #holds = 0;

  now(): number {
    return this.#now;
  }

  schedule(ms: number, callback: () => void): () => void {
    const entry = { at: this.#now + Math.max(0, ms), order: this.#order++, callback };
    this.#queue.push(entry);
    this.#turn();
    return () => {
      const index = this.#queue.indexOf(entry);
      if (index >= 0) this.#queue.splice(index, 1);
    };
  }

  /** Moves time on by `ms` at once, as something that takes time does; what falls due is called. */
  advance(ms: number): void {
    this.#now += ms;
    this.#turn();
  }

  /**
   * Keeps time where it is while something outside of the program is at work, of which nothing here can be seen: another
   * process that computes. Goes on when the function that it returns is called.
   */
  hold(): () => void {
    this.#holds++;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#holds--;
      this.#turn();
    };
  }

  // Microtasks (stream hand-overs) run to the end before a macrotask starts; several turns let chained macrotasks
  // settle too before time moves.
  #turn(): void {
    if (this.#turning) return;
    this.#turning = true;
    let idleTurns = 0;
    let size = this.#order;
    const step = () => {
      if (this.#queue.length === 0 || this.#holds > 0) {
        this.#turning = false;
        return;
      }
      if (size !== this.#order) {
        size = this.#order;
        idleTurns = 0;
      }
      if (++idleTurns < 3) {
        setImmediate(step);
        return;
      }
      this.#queue.sort((a, b) => a.at - b.at || a.order - b.order);
      const next = this.#queue.shift()!;
      this.#now = Math.max(this.#now, next.at);
      idleTurns = 0;
      setImmediate(step);
      next.callback();
    };
    setImmediate(step);
  }
}

/**
 * Waits `ms` milliseconds of `clock`.
 *
 * @throws The signal's reason when `signal` aborts first.
 *
 * @example
 * ```ts
 * import { delay, systemClock } from "thimble";
 *
 * await delay(systemClock, 1);
 * ```
 */
export function delay(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const onAbort = () => {
      cancel();
      reject(signal!.reason);
    };
    const cancel = clock.schedule(ms, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
