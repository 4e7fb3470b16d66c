/**
 * A USBTMC instrument as the kernel's device file shows it: each write is a message, each read an answer.
 *
 * @module
 */
import { PortAccessError, PortError, PortNotFoundError } from "../port_errors.ts";
import { portLost, type Wire, WirePort } from "../wire_port.ts";

/** As much as the kernel's driver hands out at once. */
const readSize = 65_536;

/**
 * A device file such as `/dev/usbtmc0` (Linux). Read only where an answer is due: the instrument takes a read without one for
 * an error. Needs `--allow-all`: Deno opens nothing below `/dev` with less.
 */
export class UsbtmcPort extends WirePort {
  /** The device file. */
  readonly path: string;

  /** Makes a closed port. */
  constructor(path: string) {
    super(path);
    this.path = path;
  }

  /** Opens the device file. */
  protected override async connect(): Promise<Wire> {
    const file = await Deno.open(this.path, { read: true, write: true }).catch((cause) => {
      throw this.#failure(cause);
    });
    const buffer = new Uint8Array(readSize);
    return {
      read: async () => {
        const size = await file.read(buffer).catch(() => null);
        return size ? buffer.slice(0, size) : null;
      },
      write: async (bytes) => {
        // All at once: what a second write holds would be a message of its own.
        const size = await file.write(bytes).catch((cause) => {
          throw portLost(this.path, cause);
        });
        if (size !== bytes.length) throw portLost(this.path);
      },
      close: () => file.close(),
    };
  }

  #failure(cause: unknown): PortError {
    const port = this.path;
    if (cause instanceof Deno.errors.NotFound) {
      return new PortNotFoundError(`Cannot open '${port}' as there is no such device`, {
        port,
        hint: "Check the cable, and that the kernel has its 'usbtmc' driver: 'modprobe usbtmc'",
        cause,
      });
    }
    if (cause instanceof Deno.errors.NotCapable) {
      return new PortAccessError(`Cannot open '${port}' as Deno does not permit it`, {
        port,
        hint: port.startsWith("/dev/")
          ? "Run with '--allow-all': Deno opens what is below /dev with nothing less; or use the network"
          : `Run with '--allow-read=${port} --allow-write=${port}'`,
        cause,
      });
    }
    if (cause instanceof Deno.errors.PermissionDenied) {
      return new PortAccessError(`Cannot open '${port}' as this user may not`, {
        port,
        hint: `See who may with 'ls -l ${port}'; a udev rule changes it`,
        cause,
      });
    }
    return new PortError(`Cannot open '${port}'`, { port, cause });
  }
}
