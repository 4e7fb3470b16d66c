/**
 * What every kind of port shares: the streams around something that reads and writes bytes.
 *
 * @module
 */
import { PortBusyError, PortClosedError, PortLostError } from "./port_errors.ts";
import type {
  SerialOptions,
  SerialOutputSignals,
  SerialPort,
  SerialPortInfo,
} from "./serial_port.ts";

/** An open connection: what a kind of port implements. At most one read and one write are under way at a time. */
export interface Wire {
  /** The next bytes (at least one), or null once the other end is gone or {@linkcode Wire.close} was called. */
  read(): Uint8Array | null | Promise<Uint8Array | null>;
  /**
   * Takes all of `bytes` (at least one); they may be reused once it is done. Throws or rejects, with a `PortLostError`,
   * when the other end is gone, and with anything when {@linkcode Wire.close} is called meanwhile.
   */
  write(bytes: Uint8Array): void | Promise<void>;
  /** Changes how it sends and receives; absent where there is no rate. */
  reconfigure?(options: SerialOptions): void | Promise<void>;
  /** Drives modem lines; absent where there are none. */
  setSignals?(signals: SerialOutputSignals): void | Promise<void>;
  /** Ends a pending read and write and frees what the connection holds. Called once. */
  close(): void | Promise<void>;
}

/**
 * A {@linkcode SerialPort} over a {@linkcode Wire}: a kind of port says how to connect, and this class gives it streams,
 * states and errors. As in Web Serial, a stream that was cancelled or closed is replaced by a fresh one while the port
 * stays open, and no byte that has not been read is lost by that.
 *
 * @example A port that echoes
 * ```ts
 * import { type Wire, WirePort } from "thimble";
 * import assert from "node:assert/strict";
 *
 * class EchoPort extends WirePort {
 *   protected override connect(): Promise<Wire> {
 *     const echo = new TransformStream<Uint8Array, Uint8Array>();
 *     const reader = echo.readable.getReader();
 *     const writer = echo.writable.getWriter();
 *     return Promise.resolve({
 *       read: async () => (await reader.read()).value ?? null,
 *       write: (bytes) => writer.write(bytes),
 *       close: () => writer.close(),
 *     });
 *   }
 * }
 * await using port = new EchoPort("echo");
 * await port.open({ baudRate: 115200 });
 * const writer = port.writable!.getWriter();
 * const reader = port.readable!.getReader();
 * const [, { value }] = await Promise.all([writer.write(Uint8Array.of(7)), reader.read()]);
 * assert.deepEqual(value, Uint8Array.of(7));
 * ```
 */
export abstract class WirePort implements SerialPort {
  /** Path or description of the port, as errors show it. */
  readonly name: string;
  #wire: Wire | null = null;
  #opening: AbortController | null = null;
  #closing: Promise<void> | null = null;
  #readable: ReadableStream<Uint8Array> | null = null;
  #writable: WritableStream<Uint8Array> | null = null;
  #writableController: WritableStreamDefaultController | null = null;
  // A read under way outlives the stream it was started for.
  #read: Promise<Uint8Array | null> | null = null;

  /** Makes a closed port; `name` is what errors show. */
  constructor(name: string) {
    this.name = name;
  }

  /**
   * Makes the connection. `signal` aborts, with a `PortClosedError`, when the port is closed meanwhile: reject with its
   * reason then.
   */
  protected abstract connect(options: SerialOptions, signal: AbortSignal): Promise<Wire>;

  /**
   * Opens the port.
   *
   * @throws {PortBusyError} When it is open already.
   * @throws {PortClosedError} When it is closed before it is open.
   * @throws What the kind of port throws when it cannot connect.
   */
  async open(options: SerialOptions): Promise<void> {
    if (this.#closing) await this.#closing;
    if (this.#wire || this.#opening) {
      throw new PortBusyError(`Cannot open '${this.name}' as it is open already`, {
        port: this.name,
        hint: "Close it first, or make a second port object",
      });
    }
    const opening = this.#opening = new AbortController();
    try {
      const wire = await this.connect(options, opening.signal);
      if (opening.signal.aborted) {
        await wire.close();
        opening.signal.throwIfAborted();
      }
      this.#wire = wire;
    } finally {
      if (this.#opening === opening) this.#opening = null;
    }
  }

  /** Bytes from the device; null while closed. Ends when the device is gone or the port is closed. */
  get readable(): ReadableStream<Uint8Array> | null {
    return this.#wire && (this.#readable ??= this.#makeReadable(this.#wire));
  }

  /** Bytes to the device; null while closed. Rejects when the device is gone or the port is closed. */
  get writable(): WritableStream<Uint8Array> | null {
    return this.#wire && (this.#writable ??= this.#makeWritable(this.#wire));
  }

  /**
   * Drives modem lines; a port without them ignores the call.
   *
   * @throws {PortClosedError} When the port is not open.
   */
  async setSignals(signals: SerialOutputSignals): Promise<void> {
    if (!this.#wire) throw this.#closedError("set signals of");
    await this.#wire.setSignals?.(signals);
  }

  /**
   * Changes the rate of the open port; one that has none, such as a process, ignores the call.
   *
   * @throws {PortClosedError} When the port is not open.
   */
  async reconfigure(options: SerialOptions): Promise<void> {
    if (!this.#wire) throw this.#closedError("reconfigure");
    await this.#wire.reconfigure?.(options);
  }

  /** USB ids where known. */
  getInfo(): SerialPortInfo {
    return {};
  }

  /** Closes the port: a pending read ends, a pending write and a pending open reject. Closing twice does no harm. */
  close(): Promise<void> {
    this.#opening?.abort(this.#closedError("open"));
    const wire = this.#wire;
    if (wire) {
      this.#writableController?.error(this.#closedError("write to"));
      const read = this.#read;
      this.#wire =
        this.#readable =
        this.#writable =
        this.#writableController =
        this.#read =
          null;
      this.#closing = (async () => {
        try {
          await wire.close();
          await read?.catch(() => {});
        } finally {
          this.#closing = null;
        }
      })();
    }
    return this.#closing ?? Promise.resolve();
  }

  /** Closes the port. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #closedError(action: string): PortClosedError {
    return new PortClosedError(`Cannot ${action} '${this.name}' as it is closed`, {
      port: this.name,
    });
  }

  #makeReadable(wire: Wire): ReadableStream<Uint8Array> {
    let ended = false;
    const pass = (bytes: Uint8Array | null, controller: ReadableStreamDefaultController) => {
      this.#read = null;
      if (bytes) return controller.enqueue(bytes);
      ended = true;
      controller.close();
    };
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        if (this.#wire !== wire) return controller.close();
        const bytes = this.#read ?? wire.read();
        if (!(bytes instanceof Promise)) return pass(bytes, controller);
        this.#read = bytes;
        return bytes.then((bytes) => {
          // Cancelled meanwhile: the bytes stay in #read for the next stream.
          if (!ended) pass(bytes, controller);
        });
      },
      cancel: () => {
        ended = true;
        if (this.#readable === stream) this.#readable = null;
      },
    }, { highWaterMark: 0 });
    return stream;
  }

  #makeWritable(wire: Wire): WritableStream<Uint8Array> {
    const renew = () => {
      if (this.#writable === stream) this.#writable = this.#writableController = null;
    };
    const stream = new WritableStream<Uint8Array>({
      start: (controller) => {
        this.#writableController = controller;
      },
      write: (bytes) => {
        if (!(bytes instanceof Uint8Array)) {
          throw new TypeError(`Cannot write to '${this.name}': expected bytes in a Uint8Array`);
        }
        if (bytes.length === 0) return;
        return wire.write(bytes)?.catch((error) => {
          throw this.#wire === wire ? error : this.#closedError("write to");
        });
      },
      close: renew,
      abort: renew,
    });
    return stream;
  }
}

/** The error of a write to a port whose other end is gone. */
export function portLost(name: string, cause?: unknown): PortLostError {
  return new PortLostError(`Cannot write to '${name}' as the device at the other end is gone`, {
    port: name,
    hint: "Check the cable and the board's power, then open the port again",
    cause,
  });
}
