/**
 * Two ports joined in memory: a wire to a simulated device.
 *
 * @module
 */
import type { SerialPort } from "./serial_port.ts";
import { portLost, type Wire, WirePort } from "./wire_port.ts";

/** Bytes one direction holds before a write waits for a read. */
const CAPACITY = 65_536;

/** One direction of a connection: a bounded queue of chunks. */
class Pipe {
  #name: string;
  #chunks: Uint8Array[] = [];
  #size = 0;
  #ended = false;
  #resolveRead: ((bytes: Uint8Array | null) => void) | null = null;
  #resumeWrite: (() => void) | null = null;

  constructor(name: string) {
    this.#name = name;
  }

  read(): Uint8Array | null | Promise<Uint8Array | null> {
    if (this.#size > 0) {
      const bytes = this.#chunks.length === 1 ? this.#chunks[0] : concat(this.#chunks, this.#size);
      this.#chunks = [];
      this.#size = 0;
      this.#resumeWrite?.();
      return bytes;
    }
    if (this.#ended) return null;
    return new Promise((resolve) => this.#resolveRead = resolve);
  }

  write(bytes: Uint8Array): void | Promise<void> {
    if (bytes.length > CAPACITY - this.#size) return this.#writeInParts(bytes);
    this.#put(bytes.slice());
  }

  end(): void {
    this.#ended = true;
    this.#resolveRead?.(null);
    this.#resumeWrite?.();
  }

  async #writeInParts(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      while (this.#size >= CAPACITY && !this.#ended) {
        await new Promise<void>((resolve) => this.#resumeWrite = resolve);
        this.#resumeWrite = null;
      }
      const part = bytes.slice(at, at + CAPACITY - this.#size);
      this.#put(part);
      at += part.length;
    }
  }

  #put(chunk: Uint8Array): void {
    if (this.#ended) throw portLost(this.#name);
    if (this.#resolveRead) {
      this.#resolveRead(chunk);
      this.#resolveRead = null;
    } else {
      this.#chunks.push(chunk);
      this.#size += chunk.length;
    }
  }
}

function concat(chunks: Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** What the two ports share: the connection that one of them has opened and the other has not joined yet. */
interface Link {
  waiting: { side: 0 | 1; pipes: [Pipe, Pipe] } | null;
}

class MemoryPort extends WirePort {
  #side: 0 | 1;
  #link: Link;

  constructor(side: 0 | 1, link: Link) {
    super(`memory:${side}`);
    this.#side = side;
    this.#link = link;
  }

  protected override connect(): Promise<Wire> {
    const link = this.#link;
    const side = this.#side;
    const { pipes } = link.waiting ??= {
      side,
      pipes: [new Pipe("memory:1"), new Pipe("memory:0")],
    };
    if (link.waiting.side !== side) link.waiting = null;
    const incoming = pipes[side];
    const outgoing = pipes[1 - side];
    return Promise.resolve({
      read: () => incoming.read(),
      write: (bytes) => outgoing.write(bytes),
      close: () => {
        incoming.end();
        outgoing.end();
        if (link.waiting?.pipes === pipes) link.waiting = null;
      },
    });
  }
}

/**
 * Two ports wired to each other: what is written to one can be read from the other. A direction holds 64 KiB; a write
 * beyond that waits for the reader. What one side writes before the other opens is kept for it, within that bound.
 *
 * Closing one side is to the other what unplugging a device is: it still reads what had been sent, then its `readable`
 * ends, and its writes reject with a `PortLostError`. Both sides may close and open again for a new connection.
 *
 * A conversation takes no turn of the event loop: timers wait until both sides wait for something else.
 *
 * @example
 * ```ts
 * import { memoryPortPair } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const [host, device] = memoryPortPair();
 * await host.open({ baudRate: 115200 });
 * await device.open({ baudRate: 115200 });
 * await host.writable!.getWriter().write(new TextEncoder().encode("name%"));
 * const { value } = await device.readable!.getReader().read();
 * assert.equal(new TextDecoder().decode(value), "name%");
 * await host.close();
 * await device.close();
 * ```
 */
export function memoryPortPair(): [SerialPort, SerialPort] {
  const link: Link = { waiting: null };
  return [new MemoryPort(0, link), new MemoryPort(1, link)];
}
