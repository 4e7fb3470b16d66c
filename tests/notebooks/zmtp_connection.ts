/**
 * One ZeroMQ socket to a Jupyter kernel: ZMTP 3.0 over TCP, NULL security. It knows what a DEALER and a SUB need, and no
 * more. Protocol: https://rfc.zeromq.org/spec/23/
 *
 * @module
 */
import { delay, systemClock } from "../../lib/clock.ts";

/** A kernel that sends more in one frame is broken; a figure with plotly inline is 4.5 MB. */
const maxFrameBytes = 64 * 2 ** 20;
const moreFlag = 1, longFlag = 2, commandFlag = 4;
const greetingBytes = 64;

const encoder = new TextEncoder();

/** A socket of messages, each a list of byte frames. */
export class ZmtpConnection implements Disposable {
  readonly #tcp: Deno.TcpConn;
  readonly #chunks: Uint8Array[] = [];
  #buffered = 0;

  private constructor(tcp: Deno.TcpConn) {
    this.#tcp = tcp;
  }

  /**
   * Connects to a port of this machine, and waits for a listener there until `signal` aborts.
   *
   * @param identity Sockets of one client on a kernel's shell, control and stdin share an identity.
   * @throws The signal's reason.
   */
  static async dial(
    port: number,
    options: { type: "DEALER" | "SUB"; identity?: string; signal: AbortSignal },
  ): Promise<ZmtpConnection> {
    const connection = new ZmtpConnection(await connect(port, options.signal));
    try {
      await connection.#shakeHands(options.type, options.identity ?? "");
      if (options.type === "SUB") await connection.#write(encodeFrame(0, [Uint8Array.of(1)]));
      return connection;
    } catch (error) {
      connection[Symbol.dispose]();
      throw error;
    }
  }

  /** Sends one message. */
  async send(frames: Uint8Array[]): Promise<void> {
    for (const [i, frame] of frames.entries()) {
      await this.#write(encodeFrame(i < frames.length - 1 ? moreFlag : 0, [frame]));
    }
  }

  /**
   * Waits for one message.
   *
   * @throws {Error} when the other side or {@linkcode Symbol.dispose} closes the socket.
   */
  async receive(): Promise<Uint8Array[]> {
    const frames: Uint8Array[] = [];
    for (;;) {
      const { flags, body } = await this.#readFrame();
      if (flags & commandFlag) continue;
      frames.push(body);
      if (!(flags & moreFlag)) return frames;
    }
  }

  /** Closes the socket; a pending {@linkcode receive} rejects. */
  [Symbol.dispose](): void {
    try {
      this.#tcp.close();
    } catch {
      // Closed by the other side.
    }
  }

  async #shakeHands(type: string, identity: string): Promise<void> {
    const greeting = new Uint8Array(greetingBytes);
    greeting.set([0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0]);
    greeting.set(encoder.encode("NULL"), 12);
    await this.#write(greeting);
    const answer = await this.#read(greetingBytes);
    if (answer[0] !== 0xff || answer[9] !== 0x7f || answer[10] < 3) {
      throw new Error("Cannot speak ZMTP 3 with what listens on the kernel's port");
    }
    await this.#write(encodeFrame(commandFlag, [
      Uint8Array.of(5),
      encoder.encode("READY"),
      property("Socket-Type", type),
      property("Identity", identity),
    ]));
    await this.#readFrame(); // The kernel's own READY.
  }

  async #readFrame(): Promise<{ flags: number; body: Uint8Array }> {
    const [flags] = await this.#read(1);
    let length: number;
    if (flags & longFlag) {
      length = Number(new DataView((await this.#read(8)).buffer).getBigUint64(0));
    } else {
      [length] = await this.#read(1);
    }
    if (length > maxFrameBytes) throw new Error(`Cannot take a frame of ${length} bytes`);
    return { flags, body: await this.#read(length) };
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let written = 0; written < bytes.length;) {
      written += await this.#tcp.write(bytes.subarray(written));
    }
  }

  async #read(length: number): Promise<Uint8Array> {
    while (this.#buffered < length) {
      const chunk = new Uint8Array(1 << 16);
      const count = await this.#tcp.read(chunk);
      if (count === null) throw new Error("The kernel closed the connection");
      this.#chunks.push(chunk.subarray(0, count));
      this.#buffered += count;
    }
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      const part = this.#chunks[0].subarray(0, length - filled);
      bytes.set(part, filled);
      filled += part.length;
      if (part.length === this.#chunks[0].length) this.#chunks.shift();
      else this.#chunks[0] = this.#chunks[0].subarray(part.length);
    }
    this.#buffered -= length;
    return bytes;
  }
}

/** The kernel process binds its ports some time after it started. */
async function connect(port: number, signal: AbortSignal): Promise<Deno.TcpConn> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await Deno.connect({ port, hostname: "127.0.0.1" });
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      await delay(systemClock, 20, signal);
    }
  }
}

function encodeFrame(flags: number, parts: Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const isLong = length > 255;
  const frame = new Uint8Array((isLong ? 9 : 2) + length);
  frame[0] = flags | (isLong ? longFlag : 0);
  if (isLong) new DataView(frame.buffer).setBigUint64(1, BigInt(length));
  else frame[1] = length;
  let offset = frame.length - length;
  for (const part of parts) {
    frame.set(part, offset);
    offset += part.length;
  }
  return frame;
}

function property(name: string, value: string): Uint8Array {
  const bytes = new Uint8Array(1 + name.length + 4 + value.length);
  bytes[0] = name.length;
  bytes.set(encoder.encode(name), 1);
  new DataView(bytes.buffer).setUint32(1 + name.length, value.length);
  bytes.set(encoder.encode(value), 5 + name.length);
  return bytes;
}
