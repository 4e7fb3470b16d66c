/**
 * A serial port of the operating system, through its C library.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { PortError } from "./port_errors.ts";
import { realPath } from "./posix/files.ts";
import { FdWire } from "./posix/fd_wire.ts";
import { acquireLibc } from "./posix/acquire_libc.ts";
import { cString, type Libc, SystemCallFailure } from "./posix/libc.ts";
import { portFailure } from "./posix/port_failure.ts";
import { usbDeviceOf } from "./posix/usb_device.ts";
import type { SerialOptions, SerialOutputSignals, SerialPortInfo } from "./serial_port.ts";
import { type Wire, WirePort } from "./wire_port.ts";

const LOCK_EX_NB = 2 | 4;
const TIOCM_DTR = 0x2;
const TIOCM_RTS = 0x4;

/** The speed that a driver takes may differ from the one wanted by this much: a UART bears about 2 %. */
const BAUD_TOLERANCE = 0.02;

/**
 * A serial port on Linux (x86-64, arm64) or macOS, such as "/dev/ttyACM0" or "/dev/cu.usbmodem1101".
 *
 * Any speed that the driver can do; raw bytes; locked for this process while open. Opening a port raises DTR and RTS, as
 * every program does, which resets some boards (an Arduino among them).
 *
 * Needs the permission to call the C library: `--allow-ffi`, or only
 * `--allow-ffi=/lib/x86_64-linux-gnu/libc.so.6` (Debian, Ubuntu; `aarch64` on arm64),
 * `--allow-ffi=/lib64/libc.so.6` (Fedora), `--allow-ffi=/usr/lib/libSystem.B.dylib` (macOS).
 *
 * @example
 * ```ts
 * import { openPseudoTerminal, PosixSerialPort } from "thimble";
 * import assert from "node:assert/strict";
 *
 * // Stands for a board; with a real one the path is such as "/dev/ttyACM0".
 * await using terminal = openPseudoTerminal();
 * await terminal.port.open({ baudRate: 115200 });
 * await terminal.port.writable!.getWriter().write(new TextEncoder().encode("m-ready\r\n"));
 *
 * await using port = new PosixSerialPort(terminal.path);
 * await port.open({ baudRate: 115200 });
 * const { value } = await port.readable!.getReader().read();
 * assert.equal(new TextDecoder().decode(value), "m-ready\r\n");
 * ```
 */
export class PosixSerialPort extends WirePort {
  #info: SerialPortInfo = {};

  /** Makes a closed port for the device at `path`. */
  constructor(path: string) {
    super(path);
  }

  /**
   * Opens the port.
   *
   * @throws {PortNotFoundError} When there is no device at the path.
   * @throws {PortAccessError} When this user, or Deno's permissions, may not open it.
   * @throws {PortBusyError} When another program has it, or it is open already.
   * @throws {PortSystemError} When a system call fails otherwise.
   * @throws {PortError} When the device cannot do the speed, or is no terminal.
   * @throws {InputError} When `baudRate` is no whole number from 1 to 2³²−1.
   * @throws {UnsupportedSystemError} On another operating system or processor.
   */
  override open(options: SerialOptions): Promise<void> {
    return super.open(options);
  }

  /** USB ids of the device, once it was open; empty where they are not known (and on macOS: see `listPorts`). */
  override getInfo(): SerialPortInfo {
    return this.#info;
  }

  /** Opens and configures the device. */
  // deno-lint-ignore require-await -- what it throws must reject
  protected override async connect(options: SerialOptions): Promise<Wire> {
    const path = this.name;
    const { baudRate } = options;
    if (!Number.isInteger(baudRate) || baudRate < 1 || baudRate > 0xffff_ffff) {
      throw new InputError(`Cannot open '${path}' at '${baudRate}' baud`, {
        source: "baudRate",
        hint: "Pass a whole number such as 115200",
      });
    }
    const libc = acquireLibc(`open '${path}'`, path);
    let fd = -1;
    try {
      if (path.includes("\0")) throw new SystemCallFailure("open", "ENOENT");
      const { symbols, system } = libc;
      fd = libc.check("open", symbols.open(cString(path), system.openFlags));
      // TIOCEXCL keeps others out from now on; the lock finds those who came before, and root.
      libc.check("flock", symbols.flock(fd, LOCK_EX_NB));
      configure(libc, fd, path, options);
      libc.check("ioctl TIOCEXCL", libc.ioctl(fd, system.requests.TIOCEXCL));
      const device = realPath(libc, path) ?? path;
      const usb = usbDeviceOf(libc, device);
      this.#info = usb ? { usbVendorId: usb.vendorId, usbProductId: usb.productId } : {};
      return new TerminalWire(libc, fd, path);
    } catch (error) {
      if (fd >= 0) libc.symbols.close(fd);
      const explained = error instanceof SystemCallFailure ? portFailure(libc, path, error) : error;
      libc.release();
      throw explained;
    }
  }
}

function configure(libc: Libc, fd: number, path: string, options: SerialOptions): void {
  const { baudRate } = options;
  const actualBaud = libc.system.configure(libc, fd, options);
  if (Math.abs(actualBaud / baudRate - 1) <= BAUD_TOLERANCE) return;
  throw new PortError(
    `Cannot open '${path}' at '${baudRate}' baud as its driver takes '${actualBaud}'`,
    { port: path, hint: `Use '${actualBaud}' on both sides, or another adapter` },
  );
}

class TerminalWire extends FdWire {
  #name: string;

  constructor(libc: Libc, fd: number, name: string) {
    super(libc, fd, name);
    this.#name = name;
  }

  reconfigure(options: SerialOptions): void {
    configure(this.libc, this.fd, this.#name, options);
  }

  setSignals(signals: SerialOutputSignals): void {
    const { TIOCMBIS, TIOCMBIC, TIOCSBRK, TIOCCBRK } = this.libc.system.requests;
    const lines = (state: boolean) =>
      (signals.dataTerminalReady === state ? TIOCM_DTR : 0) |
      (signals.requestToSend === state ? TIOCM_RTS : 0);
    const mask = (bits: number) => new Uint8Array(Int32Array.of(bits).buffer);
    if (lines(true)) this.#control("ioctl TIOCMBIS", TIOCMBIS, mask(lines(true)));
    if (lines(false)) this.#control("ioctl TIOCMBIC", TIOCMBIC, mask(lines(false)));
    if (signals.break !== undefined) {
      if (signals.break) this.#control("ioctl TIOCSBRK", TIOCSBRK);
      else this.#control("ioctl TIOCCBRK", TIOCCBRK);
    }
  }

  protected override async release(): Promise<void> {
    this.libc.ioctl(this.fd, this.libc.system.requests.TIOCNXCL);
    await this.libc.symbols.closeLater(this.fd);
    this.libc.release();
  }

  #control(call: string, request: number, argument: Uint8Array<ArrayBuffer> | null = null): void {
    if (this.libc.ioctl(this.fd, request, argument) >= 0) return;
    const code = this.libc.errorName();
    // A terminal without modem lines, such as a pseudo-terminal.
    if (code === "ENOTTY" || code === "EINVAL") return;
    throw portFailure(this.libc, this.#name, new SystemCallFailure(call, code), "set signals of");
  }
}
