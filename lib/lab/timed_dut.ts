/** Something that a DUT does, in µs from the end of the last byte that it answers. A byte's time is when it begins. */
export type DutEvent =
  | { timeUs: number; byte: number }
  | { timeUs: number; edge: "falling" | "rising" };

/** All that a DUT does in answer to some bytes, until it waits for more. */
export interface DutTurn {
  /** In order of time. */
  events: readonly DutEvent[];
  /** When it waits again, and all is sent, in µs. */
  endUs: number;
}

/**
 * A DUT that tells when it did what by its own time. It speaks only when it is spoken to, so what it does in answer to some
 * bytes can be known at once, before the time that it takes has passed on the bench.
 */
export interface TimedDut {
  /** Powers it on, also where it was on before; its turn is that of its boot. */
  boot(): DutTurn | Promise<DutTurn>;
  /** Gives it bytes. */
  receive(bytes: Uint8Array): DutTurn | Promise<DutTurn>;
  /** Takes its power away. */
  stop(): void | Promise<void>;
}
