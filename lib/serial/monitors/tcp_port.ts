/**
 * A TCP connection as a port: instruments on a network.
 *
 * @module
 */
import { PortAccessError, PortNotFoundError } from "../port_errors.ts";
import type { SerialOptions } from "../serial_port.ts";
import { portLost, type Wire, WirePort } from "../wire_port.ts";

const readSize = 65_536;

/**
 * A TCP connection; the baud rate means nothing to it. Needs `--allow-net=HOST:PORT`.
 *
 * @example
 * ```ts
 * import { TcpPort } from "thimble";
 * import assert from "node:assert/strict";
 *
 * using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * await using port = new TcpPort("127.0.0.1", listener.addr.port);
 * const [peer] = await Promise.all([listener.accept(), port.open({ baudRate: 1 })]);
 * await peer.write(new TextEncoder().encode("hello"));
 * const { value } = await port.readable!.getReader().read();
 * assert.equal(new TextDecoder().decode(value), "hello");
 * peer.close();
 * ```
 */
export class TcpPort extends WirePort {
  /** Name or address of the other end. */
  readonly hostname: string;
  /** Its port. */
  readonly port: number;

  /** Makes a closed port. */
  constructor(hostname: string, port: number) {
    super(`tcp://${hostname}:${port}`);
    this.hostname = hostname;
    this.port = port;
  }

  /** Connects. */
  protected override async connect(_options: SerialOptions, signal: AbortSignal): Promise<Wire> {
    const { hostname, port, name } = this;
    let connection: Deno.TcpConn;
    try {
      connection = await Deno.connect({ hostname, port, signal });
    } catch (cause) {
      signal.throwIfAborted();
      if (cause instanceof Deno.errors.NotCapable) {
        throw new PortAccessError(`Cannot open '${name}' as Deno does not permit it`, {
          port: name,
          hint: `Run with '--allow-net=${hostname}:${port}'`,
          cause,
        });
      }
      throw new PortNotFoundError(`Cannot open '${name}' as nobody answers there`, {
        port: name,
        hint: "Check the address, the network cable, and that the instrument's LAN is on",
        cause,
      });
    }
    const buffer = new Uint8Array(readSize);
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
}
