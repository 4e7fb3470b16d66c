/**
 * The C library: what differs between systems, and the functions that are called.
 *
 * @module
 */
import type { SerialOptions } from "../serial_port.ts";

/** Numbers and structures of one system's C library and kernel. */
export interface PosixSystem {
  /** Where the C library may be, best first; absolute, so that a permission can name it. */
  readonly libraries: readonly string[];
  /** Flags of `open` for a port: read and write, not as controlling terminal, not blocking, not inherited. */
  readonly openFlags: number;
  /** Flags of `posix_openpt`: read and write, not as controlling terminal. */
  readonly ptyFlags: number;
  /** Names of the error numbers that a port can meet. */
  readonly errorNames: Readonly<Record<number, string>>;
  /** Request numbers of `ioctl`. */
  readonly requests: {
    readonly TIOCEXCL: number;
    readonly TIOCNXCL: number;
    readonly TIOCMBIS: number;
    readonly TIOCMBIC: number;
    readonly TIOCSBRK: number;
    readonly TIOCCBRK: number;
    readonly FIONBIO: number;
    readonly FIOCLEX: number;
  };
  /** True where arguments of a variadic function go on the stack while eight registers are free for others. */
  readonly variadicOnStack: boolean;
  /** Sets raw mode, data format and speed. Returns the speed that the driver took, in baud. */
  configure(libc: Libc, fd: number, options: SerialOptions): number;
  /** A pair of descriptors: what is written to the second wakes a poll of the first. They may be one and the same. */
  openWake(libc: Libc): [number, number];
}

const COMMON = {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
  // Closing a UART waits until its last byte is sent.
  closeLater: { name: "close", parameters: ["i32"], result: "i32", nonblocking: true },
  flock: { parameters: ["i32", "i32"], result: "i32" },
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32", nonblocking: true },
  tcgetattr: { parameters: ["i32", "buffer"], result: "i32" },
  tcsetattr: { parameters: ["i32", "i32", "buffer"], result: "i32" },
  posix_openpt: { parameters: ["i32"], result: "i32" },
  grantpt: { parameters: ["i32"], result: "i32" },
  unlockpt: { parameters: ["i32"], result: "i32" },
  ptsname_r: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  realpath: { parameters: ["buffer", "buffer"], result: "pointer" },
  readlink: { parameters: ["buffer", "buffer", "usize"], result: "isize" },
  getdents64: { parameters: ["i32", "buffer", "usize"], result: "isize", optional: true },
  // Deno's pointer views need `--allow-ffi` for everything; copying needs it for this library only.
  memcpy: { parameters: ["buffer", "pointer", "usize"], result: "void" },
  pipe: { parameters: ["buffer"], result: "i32" },
  eventfd: { parameters: ["u32", "i32"], result: "i32", optional: true },
  __errno_location: { parameters: [], result: "pointer", optional: true },
  __error: { parameters: [], result: "pointer", optional: true },
} as const;

const PLAIN = {
  ...COMMON,
  ioctl: { parameters: ["i32", "usize", "buffer"], result: "i32" },
} as const;

// `ioctl` is variadic, and Apple silicon passes variadic arguments on the stack: six fillers use up the registers.
const ON_STACK = {
  ...COMMON,
  ioctlOnStack: {
    name: "ioctl",
    parameters: ["i32", "usize", "usize", "usize", "usize", "usize", "usize", "usize", "buffer"],
    result: "i32",
  },
} as const;

type Library = ReturnType<typeof Deno.dlopen<typeof PLAIN>>;
type StackLibrary = ReturnType<typeof Deno.dlopen<typeof ON_STACK>>;

/** A call that the system refused: which one, and the name of the error number. */
export class SystemCallFailure extends Error {
  readonly call: string;
  readonly code: string;

  constructor(call: string, code: string) {
    super(`${call} failed with ${code}`);
    this.call = call;
    this.code = code;
  }
}

/** Opens the library with the functions that are used. */
export function openLibrary(path: string, system: PosixSystem): Library | StackLibrary {
  return system.variadicOnStack ? Deno.dlopen(path, ON_STACK) : Deno.dlopen(path, PLAIN);
}

/** The C library of this process. Get it with `acquireLibc`; call {@linkcode Libc.release} when done. */
export class Libc {
  readonly system: PosixSystem;
  readonly symbols: Library["symbols"] | StackLibrary["symbols"];
  #library: Library | StackLibrary;
  #onClose: () => void;
  #users = 0;
  #errnoAt: Deno.PointerValue;
  #errno = new Int32Array(1);

  /** @param onClose Called when the last user is gone. */
  constructor(library: Library | StackLibrary, system: PosixSystem, onClose: () => void) {
    this.#onClose = onClose;
    this.system = system;
    this.symbols = library.symbols;
    this.#library = library;
    this.#errnoAt = (this.symbols.__errno_location ?? this.symbols.__error)!();
  }

  /** Counts one more user. */
  acquire(): this {
    this.#users++;
    return this;
  }

  /** Counts one user less; the last one closes the library, so that nothing stays open. */
  release(): void {
    if (--this.#users > 0) return;
    this.#onClose();
    this.#library.close();
  }

  /** Name of the last error of this thread. Ask before anything else is called. */
  errorName(): string {
    this.symbols.memcpy(this.#errno, this.#errnoAt, 4n);
    const number = this.#errno[0];
    return this.system.errorNames[number] ?? `error number ${number}`;
  }

  /**
   * Returns `result` unless it says failure.
   *
   * @throws {SystemCallFailure} When `result` is negative.
   */
  check(call: string, result: number): number {
    if (result < 0) throw new SystemCallFailure(call, this.errorName());
    return result;
  }

  /** Calls `ioctl` with a pointer, or with none. */
  ioctl(fd: number, request: number, argument: Uint8Array<ArrayBuffer> | null = null): number {
    return "ioctl" in this.symbols
      ? this.symbols.ioctl(fd, BigInt(request), argument)
      : this.symbols.ioctlOnStack(fd, BigInt(request), 0n, 0n, 0n, 0n, 0n, 0n, argument);
  }
}

/** `text` as C reads it. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text + "\0");
}

/** A `Uint8Array` whose memory stays where it is while a call on another thread uses it. */
export function fixedBytes(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(size));
}
