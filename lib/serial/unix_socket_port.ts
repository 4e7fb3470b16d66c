/**
 * A unix socket as a port: to an emulator, or from one.
 *
 * @module
 */
import { type Clock, systemClock } from "../clock.ts";
import {
  PortAccessError,
  PortBusyError,
  PortError,
  PortNotFoundError,
  PortTimeoutError,
} from "./port_errors.ts";
import type { SerialOptions } from "./serial_port.ts";
import { portLost, type Wire, WirePort } from "./wire_port.ts";

const READ_SIZE = 65_536;

/** Who calls whom. */
export interface UnixSocketPortOptions {
  /**
   * True to listen at the path and wait for the other end, as for QEMU's `-serial unix:PATH`; false to connect to
   * a program that listens there.
   *
   * @default {false}
   */
  listen?: boolean;
  /**
   * Milliseconds that `open()` waits for the other end to connect.
   *
   * @default {10000}
   */
  deadlineMs?: number;
  /**
   * Where deadlines get their time from.
   *
   * @default {systemClock}
   */
  clock?: Clock;
}

/**
 * A unix socket as a port.
 *
 * When it listens, the socket is there as soon as `open()` was called, so that the program that connects can be started
 * right after; a socket that a dead program left at the path is replaced.
 *
 * Needs `--allow-net=unix:PATH --allow-read=PATH --allow-write=PATH`.
 *
 * @example
 * ```ts
 * import { UnixSocketPort } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * const path = `${folder}/board.sock`;
 * await using host = new UnixSocketPort(path, { listen: true });
 * await using device = new UnixSocketPort(path);
 * await Promise.all([host.open({ baudRate: 115200 }), device.open({ baudRate: 115200 })]);
 *
 * await host.writable!.getWriter().write(new TextEncoder().encode("name%"));
 * const { value } = await device.readable!.getReader().read();
 * assert.equal(new TextDecoder().decode(value), "name%");
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export class UnixSocketPort extends WirePort {
  /** Where the socket is. */
  readonly path: string;
  #options: UnixSocketPortOptions;

  /** Makes a closed port for the socket at `path`. */
  constructor(path: string, options: UnixSocketPortOptions = {}) {
    super(`${options.listen ? "unix-listen:" : "unix:"}${path}`);
    this.path = path;
    this.#options = options;
  }

  /** Connects, or waits for the other end. */
  protected override async connect(_options: SerialOptions, signal: AbortSignal): Promise<Wire> {
    const connection = this.#options.listen ? await this.#accept(signal) : await this.#call();
    return socketWire(connection, this.name);
  }

  async #call(): Promise<Deno.UnixConn> {
    try {
      return await Deno.connect({ transport: "unix", path: this.path });
    } catch (error) {
      throw this.#explain(error);
    }
  }

  async #accept(signal: AbortSignal): Promise<Deno.UnixConn> {
    const { deadlineMs = 10_000, clock = systemClock } = this.#options;
    const listener = this.#listen() ?? await this.#replaceStale();
    // A socket of a program that died was there: by the time it is replaced, the port may be closed.
    if (signal.aborted) {
      listener.close();
      signal.throwIfAborted();
    }
    let reason: unknown;
    const stop = (error: unknown) => {
      reason = error;
      listener.close();
    };
    const onAbort = () => stop(signal.reason);
    signal.addEventListener("abort", onAbort);
    const cancel = clock.schedule(deadlineMs, () =>
      stop(
        new PortTimeoutError(
          `Cannot open '${this.name}' as nobody connected within ${deadlineMs} ms`,
          {
            port: this.name,
            waitedMs: deadlineMs,
            hint: "Check that the program started, and that it connects to this path",
          },
        ),
      ));
    try {
      const connection = await listener.accept();
      listener.close();
      return connection;
    } catch (error) {
      throw reason ?? this.#explain(error);
    } finally {
      cancel();
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** A listener, or null where something is at the path already. */
  #listen(): Deno.UnixListener | null {
    try {
      return Deno.listen({ transport: "unix", path: this.path });
    } catch (error) {
      if (error instanceof Deno.errors.AddrInUse) return null;
      throw this.#explain(error);
    }
  }

  async #replaceStale(): Promise<Deno.UnixListener> {
    const { path } = this;
    try {
      if (!(await Deno.lstat(path)).isSocket) {
        throw new PortError(`Cannot listen at '${path}' as another file is there`, {
          port: this.name,
          hint: "Choose a path where nothing is",
        });
      }
      const answered = await Deno.connect({ transport: "unix", path }).catch((error) => {
        if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      });
      answered?.close();
      if (!answered) await Deno.remove(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw this.#explain(error);
    }
    const listener = this.#listen();
    if (listener) return listener;
    throw new PortBusyError(`Cannot listen at '${path}' as another program does`, {
      port: this.name,
      hint: "End that program, or choose another path",
    });
  }

  #explain(cause: unknown): unknown {
    const { name: port, path } = this;
    const action = this.#options.listen ? `listen at '${path}'` : `connect to '${path}'`;
    if (cause instanceof PortError) return cause;
    if (cause instanceof Deno.errors.NotFound) {
      return new PortNotFoundError(`Cannot ${action} as there is no such path`, {
        port,
        hint: this.#options.listen
          ? "Make the folder first"
          : "Start the program that listens there first",
        cause,
      });
    }
    if (cause instanceof Deno.errors.ConnectionRefused) {
      return new PortNotFoundError(`Cannot ${action} as nobody listens there`, {
        port,
        hint: "Start the program that listens there first",
        cause,
      });
    }
    if (cause instanceof Deno.errors.NotCapable) {
      return new PortAccessError(`Cannot ${action} as Deno does not permit it`, {
        port,
        hint: `Run with '--allow-net=unix:${path} --allow-read=${path} --allow-write=${path}'`,
        cause,
      });
    }
    if (cause instanceof Deno.errors.PermissionDenied) {
      return new PortAccessError(`Cannot ${action} as this user may not`, {
        port,
        hint: `See who may with 'ls -l ${path}'`,
        cause,
      });
    }
    return new PortError(`Cannot ${action}`, {
      port,
      hint: "A socket's path holds at most 107 bytes (103 on macOS)",
      cause,
    });
  }
}

function socketWire(connection: Deno.UnixConn, name: string): Wire {
  const buffer = new Uint8Array(READ_SIZE);
  return {
    read: async () => {
      const size = await connection.read(buffer).catch(() => null);
      return size ? buffer.slice(0, size) : null;
    },
    write: async (bytes) => {
      while (bytes.length > 0) {
        const size = await connection.write(bytes).catch((cause) => {
          throw portLost(name, cause);
        });
        bytes = bytes.subarray(size);
      }
    },
    close: () => connection.close(),
  };
}
