/**
 * Bytes over a file descriptor that does not block.
 *
 * @module
 */
import { PortSystemError } from "../port_errors.ts";
import { portLost, type Wire } from "../wire_port.ts";
import { fixedBytes, type Libc } from "./libc.ts";

const POLLIN = 0x1;
const POLLOUT = 0x4;
/** POLLERR, POLLHUP, POLLNVAL. */
const POLL_GONE = 0x38;

const READ_SIZE = 65_536;
/** Reads in a row that find bytes at once, before timers and other events get their turn. */
const READS_IN_A_ROW = 16;

/** What a vanished device answers. */
const GONE = new Set(["EIO", "ENXIO", "ENODEV", "EBADF", "EPIPE", "EPROTO", "ESHUTDOWN"]);

/**
 * Reads and writes at once where it can; where not, waits in `poll` on another thread, together with a descriptor that
 * wakes it at close. {@linkcode FdWire.release} frees what the descriptor's owner wants freed, when no call uses it.
 */
export class FdWire implements Wire {
  protected readonly libc: Libc;
  protected readonly fd: number;
  #name: string;
  #wake: [number, number];
  #buffer = fixedBytes(READ_SIZE);
  #readPoll: DataView<ArrayBuffer>;
  #writePoll: DataView<ArrayBuffer>;
  #inARow = 0;
  #closed = false;
  #polling = 0;
  #whenIdle: (() => void) | null = null;

  constructor(libc: Libc, fd: number, name: string) {
    this.libc = libc;
    this.fd = fd;
    this.#name = name;
    this.#wake = libc.system.openWake(libc);
    this.#readPoll = this.#pollSet(POLLIN);
    this.#writePoll = this.#pollSet(POLLOUT);
  }

  read(): Uint8Array | null | Promise<Uint8Array | null> {
    if (this.#inARow++ < READS_IN_A_ROW) {
      const bytes = this.#readNow();
      if (bytes !== undefined) return bytes;
    }
    return this.#readWhenReady();
  }

  write(bytes: Uint8Array): void | Promise<void> {
    const written = this.#writeNow(bytes as Uint8Array<ArrayBuffer>);
    if (written < bytes.length) return this.#writeWhenReady(bytes.subarray(written));
  }

  async close(): Promise<void> {
    this.#closed = true;
    const [waker, woken] = [this.#wake[1], this.#wake[0]];
    this.libc.symbols.write(waker, Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0), 8n);
    if (this.#polling > 0) await new Promise<void>((resolve) => this.#whenIdle = resolve);
    this.libc.symbols.close(waker);
    if (woken !== waker) this.libc.symbols.close(woken);
    await this.release();
  }

  /** Frees the descriptor. */
  protected release(): void | Promise<void> {}

  /** Bytes that are there, null when the device is gone, undefined when there is nothing yet. */
  #readNow(): Uint8Array | null | undefined {
    const count = Number(this.libc.symbols.read(this.fd, this.#buffer, BigInt(READ_SIZE)));
    if (count > 0) return this.#buffer.slice(0, count);
    if (count === 0) return null;
    const code = this.libc.errorName();
    if (code === "EAGAIN" || code === "EINTR") return undefined;
    if (GONE.has(code)) return null;
    throw this.#failure("read", code);
  }

  async #readWhenReady(): Promise<Uint8Array | null> {
    for (;;) {
      const events = await this.#poll(this.#readPoll);
      if (this.#closed) return null;
      this.#inARow = 0;
      const bytes = this.#readNow();
      if (bytes !== undefined) return bytes;
      if (events & POLL_GONE && !(events & POLLIN)) return null;
    }
  }

  #writeNow(bytes: Uint8Array<ArrayBuffer>): number {
    const count = Number(this.libc.symbols.write(this.fd, bytes, BigInt(bytes.length)));
    if (count >= 0) return count;
    const code = this.libc.errorName();
    if (code === "EAGAIN" || code === "EINTR") return 0;
    if (GONE.has(code)) throw portLost(this.#name, new Error(`write failed with ${code}`));
    throw this.#failure("write", code);
  }

  async #writeWhenReady(bytes: Uint8Array): Promise<void> {
    while (bytes.length > 0) {
      const events = await this.#poll(this.#writePoll);
      if (this.#closed) throw portLost(this.#name);
      const written = this.#writeNow(bytes as Uint8Array<ArrayBuffer>);
      bytes = bytes.subarray(written);
      if (written === 0 && events & POLL_GONE && !(events & POLLOUT)) throw portLost(this.#name);
    }
  }

  #pollSet(events: number): DataView<ArrayBuffer> {
    // Two struct pollfd: int fd, short events, short revents.
    const set = new DataView(fixedBytes(16).buffer);
    set.setInt32(0, this.fd, true);
    set.setInt16(4, events, true);
    set.setInt32(8, this.#wake[0], true);
    set.setInt16(12, POLLIN, true);
    return set;
  }

  /** Waits for an event or for close; returns what happened to the descriptor. */
  async #poll(set: DataView<ArrayBuffer>): Promise<number> {
    this.#polling++;
    try {
      await this.libc.symbols.poll(set, 2n, -1);
      return set.getInt16(6, true);
    } finally {
      if (--this.#polling === 0) this.#whenIdle?.();
    }
  }

  #failure(call: string, code: string): PortSystemError {
    return new PortSystemError(`Cannot ${call} '${this.#name}' as the system answers '${code}'`, {
      port: this.#name,
      call,
      code,
    });
  }
}
