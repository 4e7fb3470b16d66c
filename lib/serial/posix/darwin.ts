/**
 * macOS on x86-64 and Apple silicon.
 *
 * @module
 */
import type { SerialOptions } from "../serial_port.ts";
import type { Libc, PosixSystem } from "./libc.ts";

const O_RDWR = 0x2;
const O_NONBLOCK = 0x4;
const O_NOCTTY = 0x20000;
const O_CLOEXEC = 0x1000000;

const FIOCLEX = 0x20006601;
/** _IOW('T', 2, speed_t) of IOKit/serial/ioss.h: any speed, after tcsetattr. */
const IOSSIOSPEED = 0x80085402;
const TCSANOW = 0;

// struct termios (sys/termios.h): four 64-bit flag words, c_cc[20], padding, two 64-bit speeds.
const TERMIOS_SIZE = 72;
const CFLAG_AT = 16;
const CC_AT = 32;
const ISPEED_AT = 56;
const OSPEED_AT = 64;
const VMIN = 16;
const VTIME = 17;

const INPCK = 0x10;
const CS7 = 0x200;
const CS8 = 0x300;
const CSTOPB = 0x400;
const CREAD = 0x800;
const PARENB = 0x1000;
const PARODD = 0x2000;
const HUPCL = 0x4000;
const CLOCAL = 0x8000;
const CRTSCTS = 0x30000;

/** A speed that every driver takes; the wanted one follows with IOSSIOSPEED, as `tcsetattr` refuses most above 230,400. */
const PLACEHOLDER_BAUD = 9600;

/** A `struct termios` for `options`: raw; its speed is a placeholder. Of `current` only "hang up on close" is kept. */
export function encodeDarwinTermios(
  current: Uint8Array,
  options: SerialOptions,
): Uint8Array<ArrayBuffer> {
  const { dataBits = 8, stopBits = 1, parity = "none", flowControl = "none" } = options;
  const bytes = Uint8Array.from(current);
  const view = new DataView(bytes.buffer);
  const set = (at: number, value: number) => view.setBigUint64(at, BigInt(value), true);
  const keptCflag = view.getUint32(CFLAG_AT, true) & HUPCL;
  set(0, parity === "none" ? 0 : INPCK);
  set(8, 0);
  set(
    CFLAG_AT,
    keptCflag | CREAD | CLOCAL |
      (dataBits === 7 ? CS7 : CS8) |
      (stopBits === 2 ? CSTOPB : 0) |
      (parity === "none" ? 0 : PARENB) |
      (parity === "odd" ? PARODD : 0) |
      (flowControl === "hardware" ? CRTSCTS : 0),
  );
  set(24, 0);
  bytes[CC_AT + VMIN] = 1;
  bytes[CC_AT + VTIME] = 0;
  set(ISPEED_AT, PLACEHOLDER_BAUD);
  set(OSPEED_AT, PLACEHOLDER_BAUD);
  return bytes;
}

function configure(libc: Libc, fd: number, options: SerialOptions): number {
  const current = new Uint8Array(TERMIOS_SIZE);
  libc.check("tcgetattr", libc.symbols.tcgetattr(fd, current));
  const wanted = encodeDarwinTermios(current, options);
  libc.check("tcsetattr", libc.symbols.tcsetattr(fd, TCSANOW, wanted));
  const speed = new BigUint64Array([BigInt(options.baudRate)]);
  const result = libc.ioctl(fd, IOSSIOSPEED, new Uint8Array(speed.buffer));
  // A pseudo-terminal has no speed to set.
  if (result < 0 && libc.errorName() !== "ENOTTY") libc.check("ioctl IOSSIOSPEED", result);
  return options.baudRate;
}

function openWake(libc: Libc): [number, number] {
  const pair = new Int32Array(2);
  libc.check("pipe", libc.symbols.pipe(new Uint8Array(pair.buffer)));
  for (const fd of pair) libc.ioctl(fd, FIOCLEX);
  return [pair[0], pair[1]];
}

function darwin(variadicOnStack: boolean): PosixSystem {
  return {
    libraries: ["/usr/lib/libSystem.B.dylib"],
    openFlags: O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC,
    ptyFlags: O_RDWR | O_NOCTTY,
    errorNames: {
      1: "EPERM",
      2: "ENOENT",
      4: "EINTR",
      5: "EIO",
      6: "ENXIO",
      9: "EBADF",
      12: "ENOMEM",
      13: "EACCES",
      16: "EBUSY",
      19: "ENODEV",
      20: "ENOTDIR",
      21: "EISDIR",
      22: "EINVAL",
      23: "ENFILE",
      24: "EMFILE",
      25: "ENOTTY",
      28: "ENOSPC",
      30: "EROFS",
      32: "EPIPE",
      35: "EAGAIN",
      60: "ETIMEDOUT",
      62: "ELOOP",
      63: "ENAMETOOLONG",
    },
    requests: {
      TIOCEXCL: 0x2000740d,
      TIOCNXCL: 0x2000740e,
      TIOCMBIS: 0x8004746c,
      TIOCMBIC: 0x8004746b,
      TIOCSBRK: 0x2000747b,
      TIOCCBRK: 0x2000747a,
      FIONBIO: 0x8004667e,
      FIOCLEX,
    },
    variadicOnStack,
    configure,
    openWake,
  };
}

/** macOS by processor. */
export const DARWIN: Readonly<Record<string, PosixSystem>> = {
  x86_64: darwin(false),
  aarch64: darwin(true),
};
