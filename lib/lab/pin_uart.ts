/**
 * A UART made of a pin, as a device at the other end of the wire sees it: 8N1, by time alone.
 *
 * @module
 */

/** Calls something back later. */
export type Later = (cycles: number, callback: () => void) => void;

/** Bits of a frame: start, eight data, stop. */
const frameBits = 10;

/** Sends bytes by driving a pin, one after the other. */
export class PinSender {
  readonly #drive: (high: boolean) => void;
  readonly #later: Later;
  readonly #bitCycles: number;
  readonly #queue: number[] = [];
  #busy = false;

  /** A sender at rest. */
  constructor(bitCycles: number, drive: (high: boolean) => void, later: Later) {
    this.#bitCycles = bitCycles;
    this.#drive = drive;
    this.#later = later;
  }

  /** Sends a byte after those that wait. */
  send(byte: number): void {
    this.#queue.push(byte);
    if (!this.#busy) this.#next();
  }

  #next(): void {
    const byte = this.#queue.shift();
    this.#busy = byte !== undefined;
    if (byte !== undefined) this.#bit(0x200 | byte << 1, 0);
  }

  // Each wait is reckoned from the start of the frame, so that rounding does not add up.
  #bit(frame: number, index: number): void {
    if (index === frameBits) return this.#next();
    this.#drive((frame >> index & 1) === 1);
    const wait = Math.round((index + 1) * this.#bitCycles) - Math.round(index * this.#bitCycles);
    this.#later(wait, () => this.#bit(frame, index + 1));
  }
}

/** Reads bytes off a pin, in the middle of each bit. */
export class PinReceiver {
  readonly #onByte: (byte: number) => void;
  readonly #later: Later;
  readonly #bitCycles: number;
  #high = true;
  #busy = false;
  #errors = 0;

  /** A receiver on a line at rest. */
  constructor(bitCycles: number, onByte: (byte: number) => void, later: Later) {
    this.#bitCycles = bitCycles;
    this.#onByte = onByte;
    this.#later = later;
  }

  /** Frames without a stop bit, and start bits that were spikes. */
  get errors(): number {
    return this.#errors;
  }

  /** Tells the level of the pin, at each change. */
  level(high: boolean): void {
    this.#high = high;
    if (high || this.#busy) return;
    this.#busy = true;
    this.#later(Math.round(this.#bitCycles / 2), () => this.#sample(0, 0));
  }

  #sample(index: number, byte: number): void {
    if (index === 0 && this.#high) return this.#end(undefined);
    if (index === frameBits - 1) return this.#end(this.#high ? byte : undefined);
    const read = index === 0 ? 0 : byte | (this.#high ? 1 << (index - 1) : 0);
    const middle = (bit: number) => Math.round((bit + 0.5) * this.#bitCycles);
    this.#later(middle(index + 1) - middle(index), () => this.#sample(index + 1, read));
  }

  #end(byte: number | undefined): void {
    this.#busy = false;
    if (byte === undefined) this.#errors++;
    else this.#onByte(byte);
  }
}
