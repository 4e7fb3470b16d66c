/** The bytes that go into `tcsetattr` and `ioctl`, checked against the systems' headers. */
import assert from "node:assert/strict";
import { DARWIN, encodeDarwinTermios } from "../../../lib/serial/posix/darwin.ts";
import { encodeTermios2, LINUX } from "../../../lib/serial/posix/linux.ts";

const OPTIONS = { baudRate: 3_686_400 };

/** Words of `size` bytes at the start of a structure. */
function words(bytes: Uint8Array, size: 4 | 8, count: number): number[] {
  const view = new DataView(bytes.buffer);
  return Array.from(
    { length: count },
    (_, index) =>
      size === 4 ? view.getUint32(index * 4, true) : Number(view.getBigUint64(index * 8, true)),
  );
}

Deno.test("encodeTermios2() lays out raw 8N1 at any speed (asm-generic/termbits.h)", () => {
  const bytes = encodeTermios2(new Uint8Array(44).fill(0xff), OPTIONS);
  assert.equal(bytes.length, 44);
  // iflag, oflag, cflag = HUPCL (kept) BOTHER CREAD CLOCAL CS8, lflag
  assert.deepEqual(words(bytes, 4, 4), [0, 0, 0o2000 | 0o10000 | 0o200 | 0o4000 | 0o60, 0]);
  assert.equal(bytes[17 + 6], 1, "VMIN");
  assert.equal(bytes[17 + 5], 0, "VTIME");
  assert.deepEqual([...bytes.subarray(36)], [0, 0x40, 0x38, 0, 0, 0x40, 0x38, 0]);
});

Deno.test("encodeTermios2() sets the data format", () => {
  const cflag = (options: object) =>
    words(encodeTermios2(new Uint8Array(44), { ...OPTIONS, ...options }), 4, 3)[2];
  const plain = cflag({});
  assert.equal(plain & 0o2000, 0, "HUPCL is not set where it was not");
  assert.equal(cflag({ stopBits: 2 }), plain | 0o100);
  assert.equal(cflag({ parity: "even" }), plain | 0o400);
  assert.equal(cflag({ parity: "odd" }), plain | 0o1400);
  assert.equal(cflag({ dataBits: 7 }), plain - 0o60 + 0o40);
  assert.equal(cflag({ flowControl: "hardware" }), plain + 0o20000000000);
  assert.equal(
    words(encodeTermios2(new Uint8Array(44), { ...OPTIONS, parity: "odd" }), 4, 1)[0],
    0o20,
  );
});

Deno.test("encodeDarwinTermios() lays out raw 8N1 (sys/termios.h)", () => {
  const bytes = encodeDarwinTermios(new Uint8Array(72).fill(0xff), OPTIONS);
  assert.equal(bytes.length, 72);
  // iflag, oflag, cflag = HUPCL (kept) CREAD CLOCAL CS8, lflag
  assert.deepEqual(words(bytes, 8, 4), [0, 0, 0x4000 | 0x800 | 0x8000 | 0x300, 0]);
  assert.equal(bytes[32 + 16], 1, "VMIN");
  assert.equal(bytes[32 + 17], 0, "VTIME");
  // The speed itself goes through IOSSIOSPEED.
  assert.deepEqual(words(bytes, 8, 9).slice(7), [9600, 9600]);
});

Deno.test("encodeDarwinTermios() sets the data format", () => {
  const cflag = (options: object) =>
    words(encodeDarwinTermios(new Uint8Array(72), { ...OPTIONS, ...options }), 8, 3)[2];
  const plain = cflag({});
  assert.equal(plain & 0x4000, 0, "HUPCL is not set where it was not");
  assert.equal(cflag({ stopBits: 2 }), plain | 0x400);
  assert.equal(cflag({ parity: "even" }), plain | 0x1000);
  assert.equal(cflag({ parity: "odd" }), plain | 0x3000);
  assert.equal(cflag({ dataBits: 7 }), plain - 0x100);
  assert.equal(cflag({ flowControl: "hardware" }), plain | 0x30000);
});

Deno.test("requests of macOS are what its _IO, _IOW macros make", () => {
  const io = (group: string, number: number, direction = 0x20000000, size = 0) =>
    (direction + size * 0x10000 + group.charCodeAt(0) * 0x100 + number) >>> 0;
  const iow = (group: string, number: number, size: number) => io(group, number, 0x80000000, size);
  for (const system of Object.values(DARWIN)) {
    assert.deepEqual(system.requests, {
      TIOCEXCL: io("t", 13),
      TIOCNXCL: io("t", 14),
      TIOCMBIS: iow("t", 108, 4),
      TIOCMBIC: iow("t", 107, 4),
      TIOCSBRK: io("t", 123),
      TIOCCBRK: io("t", 122),
      FIONBIO: iow("f", 126, 4),
      FIOCLEX: io("f", 1),
    });
  }
});

Deno.test("every system knows the errors that ports tell apart", () => {
  for (const system of [...Object.values(LINUX), ...Object.values(DARWIN)]) {
    const names = Object.values(system.errorNames);
    for (
      const name of [
        "EAGAIN",
        "EINTR",
        "EIO",
        "ENXIO",
        "ENODEV",
        "ENOENT",
        "EACCES",
        "EBUSY",
        "ENOTTY",
      ]
    ) {
      assert.equal(names.filter((other) => other === name).length, 1, name);
    }
    for (const path of system.libraries.slice(0, 1)) assert(path.startsWith("/"), path);
  }
});

/** Calls of macOS, recorded: its C library is not here. */
function fakeDarwin(ioctlError: string | null) {
  const calls: [string, ...unknown[]][] = [];
  let error = "";
  const libc = {
    symbols: {
      tcgetattr: (_fd: number, bytes: Uint8Array) => (bytes.fill(0), 0),
      tcsetattr: (fd: number, when: number, bytes: Uint8Array) => {
        calls.push(["tcsetattr", fd, when, bytes.length]);
        return 0;
      },
    },
    errorName: () => error,
    check(call: string, result: number) {
      if (result < 0) throw new Error(`${call} ${error}`);
      return result;
    },
    ioctl(fd: number, request: number, bytes: Uint8Array) {
      calls.push(["ioctl", fd, request, [...bytes]]);
      error = ioctlError ?? "";
      return ioctlError ? -1 : 0;
    },
  };
  return { calls, libc: libc as unknown as Parameters<typeof DARWIN.x86_64.configure>[0] };
}

Deno.test("configure() of macOS sets the speed as a 64-bit number after the rest", () => {
  const { calls, libc } = fakeDarwin(null);
  assert.equal(DARWIN.aarch64.configure(libc, 5, OPTIONS), 3_686_400);
  assert.deepEqual(calls, [
    ["tcsetattr", 5, 0, 72],
    ["ioctl", 5, 0x80085402, [0, 0x40, 0x38, 0, 0, 0, 0, 0]],
  ]);
});

Deno.test("configure() of macOS bears a terminal without a speed, and no other failure", () => {
  DARWIN.x86_64.configure(fakeDarwin("ENOTTY").libc, 5, OPTIONS);
  assert.throws(() => DARWIN.x86_64.configure(fakeDarwin("EINVAL").libc, 5, OPTIONS), /EINVAL/);
});
