/**
 * Linux on x86-64 and arm64: the kernel's own interface, the same under glibc and musl.
 *
 * @module
 */
import type { SerialOptions } from "../serial_port.ts";
import type { Libc, PosixSystem } from "./libc.ts";

const O_RDWR = 0o2;
const O_NOCTTY = 0o400;
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;

const TCGETS2 = 0x802c542a;
const TCSETS2 = 0x402c542b;

const EFD_NONBLOCK = O_NONBLOCK;
const EFD_CLOEXEC = O_CLOEXEC;

// struct termios2 (asm-generic/termbits.h): four 32-bit flag words, c_line, c_cc[19], two 32-bit speeds.
const TERMIOS2_SIZE = 44;
const CFLAG_AT = 8;
const CC_AT = 17;
const ISPEED_AT = 36;
const OSPEED_AT = 40;
const VTIME = 5;
const VMIN = 6;

const INPCK = 0o20;
const CSTOPB = 0o100;
const CREAD = 0o200;
const PARENB = 0o400;
const PARODD = 0o1000;
const HUPCL = 0o2000;
const CLOCAL = 0o4000;
const CS7 = 0o40;
const CS8 = 0o60;
const BOTHER = 0o10000;
const CRTSCTS = 0o20000000000;

/**
 * A `struct termios2` for `options`: raw, with any speed (`BOTHER`). Of `current` only "hang up on close" is kept, and
 * the control characters that raw mode does not look at.
 */
export function encodeTermios2(
  current: Uint8Array,
  options: SerialOptions,
): Uint8Array<ArrayBuffer> {
  const { baudRate, dataBits = 8, stopBits = 1, parity = "none", flowControl = "none" } = options;
  const bytes = Uint8Array.from(current);
  const view = new DataView(bytes.buffer);
  const keptCflag = view.getUint32(CFLAG_AT, true) & HUPCL;
  view.setUint32(0, parity === "none" ? 0 : INPCK, true);
  view.setUint32(4, 0, true);
  view.setUint32(
    CFLAG_AT,
    keptCflag | BOTHER | CREAD | CLOCAL |
      (dataBits === 7 ? CS7 : CS8) |
      (stopBits === 2 ? CSTOPB : 0) |
      (parity === "none" ? 0 : PARENB) |
      (parity === "odd" ? PARODD : 0) |
      (flowControl === "hardware" ? CRTSCTS : 0),
    true,
  );
  view.setUint32(12, 0, true);
  bytes[CC_AT + VMIN] = 1;
  bytes[CC_AT + VTIME] = 0;
  view.setUint32(ISPEED_AT, baudRate, true);
  view.setUint32(OSPEED_AT, baudRate, true);
  return bytes;
}

function configure(libc: Libc, fd: number, options: SerialOptions): number {
  const current = new Uint8Array(TERMIOS2_SIZE);
  libc.check("ioctl TCGETS2", libc.ioctl(fd, TCGETS2, current));
  libc.check("ioctl TCSETS2", libc.ioctl(fd, TCSETS2, encodeTermios2(current, options)));
  libc.check("ioctl TCGETS2", libc.ioctl(fd, TCGETS2, current));
  return new DataView(current.buffer).getUint32(OSPEED_AT, true);
}

function openWake(libc: Libc): [number, number] {
  const fd = libc.check("eventfd", libc.symbols.eventfd!(0, EFD_NONBLOCK | EFD_CLOEXEC));
  return [fd, fd];
}

function linux(arch: string): PosixSystem {
  return {
    libraries: [
      `/lib/${arch}-linux-gnu/libc.so.6`,
      `/usr/lib/${arch}-linux-gnu/libc.so.6`,
      "/lib64/libc.so.6",
      "/usr/lib64/libc.so.6",
      "/usr/lib/libc.so.6",
      "libc.so.6",
      `/lib/libc.musl-${arch}.so.1`,
    ],
    openFlags: O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC,
    ptyFlags: O_RDWR | O_NOCTTY,
    errorNames: {
      1: "EPERM",
      2: "ENOENT",
      4: "EINTR",
      5: "EIO",
      6: "ENXIO",
      9: "EBADF",
      11: "EAGAIN",
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
      36: "ENAMETOOLONG",
      40: "ELOOP",
      71: "EPROTO",
      108: "ESHUTDOWN",
      110: "ETIMEDOUT",
    },
    requests: {
      TIOCEXCL: 0x540c,
      TIOCNXCL: 0x540d,
      TIOCMBIS: 0x5416,
      TIOCMBIC: 0x5417,
      TIOCSBRK: 0x5427,
      TIOCCBRK: 0x5428,
      FIONBIO: 0x5421,
      FIOCLEX: 0x5451,
    },
    variadicOnStack: false,
    configure,
    openWake,
  };
}

/** Linux by processor. */
export const LINUX: Readonly<Record<string, PosixSystem>> = {
  x86_64: linux("x86_64"),
  aarch64: linux("aarch64"),
};
