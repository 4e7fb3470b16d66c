import type { Clock } from "../clock.ts";
import type { IoManager } from "../serial/io_manager.ts";

const uint32 = 2 ** 32;
const syncs = 5;

/** A moment on both clocks. */
interface ClockPair {
  ioUs: number;
  hostMs: number;
}

/**
 * Edges that an IO manager saw, moved to the host's clock: for monitors that do not see the timestamp pin. The IO manager's
 * clock is a ceramic resonator, half a percent off at worst, so it is compared with the host's right before and right
 * after each stretch. What is left is the error of a round trip on the serial line, about a millisecond.
 */
export class IoEdges {
  readonly #clock: Clock;
  #ioManager: IoManager | undefined;
  #edgesUs: number[] = [];
  #begin: ClockPair | undefined;

  /** Edges come by {@linkcode IoEdges.add}. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes an edge, on the IO manager's clock in µs, modulo 2^32. */
  add(timeUs: number): void {
    this.#edgesUs.push(timeUs);
  }

  /** Has edges reported from now on. */
  async enable(ioManager: IoManager): Promise<void> {
    this.#ioManager = ioManager;
    await ioManager.enableTimestamps();
  }

  /** Begins a stretch; edges from before it are dropped. */
  async begin(): Promise<void> {
    this.#begin = await this.#compare();
    this.#edgesUs = [];
  }

  /** Ends a stretch: its edges on the host's clock, in ms. */
  async end(): Promise<number[]> {
    const begin = this.#begin!;
    const end = await this.#compare();
    const since = (ioUs: number) => (ioUs - begin.ioUs + uint32) % uint32;
    const msPerUs = (end.hostMs - begin.hostMs) / Math.max(1, since(end.ioUs));
    return this.#edgesUs.splice(0).map((ioUs) => begin.hostMs + since(ioUs) * msPerUs);
  }

  // Of several answers the one that came fastest tells the time best.
  async #compare(): Promise<ClockPair> {
    let best: ClockPair | undefined;
    let shortestMs = Infinity;
    for (let i = 0; i < syncs; i++) {
      const askedMs = this.#clock.now();
      const ioUs = await this.#ioManager!.timestamp();
      const tookMs = this.#clock.now() - askedMs;
      if (tookMs >= shortestMs) continue;
      shortestMs = tookMs;
      best = { ioUs, hostMs: askedMs + tookMs / 2 };
    }
    return best!;
  }
}
