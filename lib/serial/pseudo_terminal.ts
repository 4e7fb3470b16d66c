/**
 * A serial port that any program can open, with us at the other end.
 *
 * @module
 */
import { PortClosedError, PortSystemError } from "./port_errors.ts";
import { FdWire } from "./posix/fd_wire.ts";
import { acquireLibc } from "./posix/acquire_libc.ts";
import { cString, type Libc, SystemCallFailure } from "./posix/libc.ts";
import type { SerialPort } from "./serial_port.ts";
import { type Wire, WirePort } from "./wire_port.ts";

/** A pseudo-terminal; see {@linkcode openPseudoTerminal}. */
export interface PseudoTerminal extends AsyncDisposable {
  /** What a program opens to talk to us, such as "/dev/pts/3". */
  readonly path: string;
  /** Our end. Open it as any port; its speed has no effect. */
  readonly port: SerialPort;
  /** Closes our end and takes the path away: to a program that has it open, the device is unplugged. */
  close(): Promise<void>;
}

/**
 * Offers a serial port to other programs (the official runner, a terminal program, a test) with us as the device.
 * Programs may come and go; what is sent while none is there is kept for the next, up to what the system holds.
 * Linux and macOS; needs the same permission as `PosixSerialPort`.
 *
 * @throws {PortAccessError} When Deno does not permit calls into the C library.
 * @throws {PortSystemError} When the system gives no pseudo-terminal.
 * @throws {UnsupportedSystemError} On another operating system or processor.
 *
 * @example
 * ```ts
 * import { openPseudoTerminal, PosixSerialPort } from "thimble";
 * import assert from "node:assert/strict";
 *
 * await using terminal = openPseudoTerminal();
 * await terminal.port.open({ baudRate: 115200 });
 * await using host = new PosixSerialPort(terminal.path);
 * await host.open({ baudRate: 115200 });
 *
 * await host.writable!.getWriter().write(new TextEncoder().encode("name%"));
 * const { value } = await terminal.port.readable!.getReader().read();
 * assert.equal(new TextDecoder().decode(value), "name%");
 * ```
 */
export function openPseudoTerminal(): PseudoTerminal {
  const libc = acquireLibc("open a pseudo-terminal", "pseudo-terminal");
  const fds: number[] = [];
  try {
    const { symbols, system } = libc;
    const { FIONBIO, FIOCLEX } = system.requests;
    const master = libc.check("posix_openpt", symbols.posix_openpt(system.ptyFlags));
    fds.push(master);
    libc.check("grantpt", symbols.grantpt(master));
    libc.check("unlockpt", symbols.unlockpt(master));
    libc.check("ioctl FIOCLEX", libc.ioctl(master, FIOCLEX));
    const one = new Uint8Array(Int32Array.of(1).buffer);
    libc.check("ioctl FIONBIO", libc.ioctl(master, FIONBIO, one));
    const name = new Uint8Array(128);
    if (symbols.ptsname_r(master, name, BigInt(name.length)) !== 0) libc.check("ptsname_r", -1);
    const path = new TextDecoder().decode(name.subarray(0, name.indexOf(0)));
    // Held open so that programs can come and go: without one, the master only reports a hang-up.
    const slave = libc.check("open", symbols.open(cString(path), system.openFlags));
    fds.push(slave);
    system.configure(libc, slave, { baudRate: 115_200 });
    return new OpenTerminal(libc, master, slave, path);
  } catch (error) {
    for (const fd of fds) libc.symbols.close(fd);
    libc.release();
    if (!(error instanceof SystemCallFailure)) throw error;
    const { call, code } = error;
    throw new PortSystemError(`Cannot open a pseudo-terminal as '${call}' answers '${code}'`, {
      port: "pseudo-terminal",
      call,
      code,
      cause: error,
    });
  }
}

class OpenTerminal implements PseudoTerminal {
  readonly path: string;
  readonly port: MasterPort;
  #libc: Libc;
  #fds: number[];
  #closing: Promise<void> | null = null;

  constructor(libc: Libc, master: number, slave: number, path: string) {
    this.path = path;
    this.port = new MasterPort(libc, master, path);
    this.#libc = libc;
    this.#fds = [slave, master];
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.port.retire();
    for (const fd of this.#fds) this.#libc.symbols.close(fd);
    this.#libc.release();
  }
}

class MasterPort extends WirePort {
  #libc: Libc;
  #fd: number;
  #retired = false;

  constructor(libc: Libc, fd: number, path: string) {
    super(`pseudo-terminal ${path}`);
    this.#libc = libc;
    this.#fd = fd;
  }

  /** Closes the port for good. */
  retire(): Promise<void> {
    this.#retired = true;
    return this.close();
  }

  protected override connect(): Promise<Wire> {
    return this.#retired
      ? Promise.reject(
        new PortClosedError(`Cannot open '${this.name}' as it is closed for good`, {
          port: this.name,
          hint: "Make another with openPseudoTerminal()",
        }),
      )
      : Promise.resolve(new FdWire(this.#libc, this.#fd, this.name));
  }
}
