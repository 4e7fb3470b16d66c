/** What cannot be brought about with a real descriptor on purpose: the order of calls, and calls that fail. */
import assert from "node:assert/strict";
import { PortLostError, PortSystemError, PosixSerialPort } from "thimble";
import { FdWire } from "../../../lib/serial/posix/fd_wire.ts";
import { acquireLibc } from "../../../lib/serial/posix/acquire_libc.ts";
import type { Libc } from "../../../lib/serial/posix/libc.ts";

const EVENT_FD = 90;

/** A C library that answers from a script: a number of bytes, or the name of an error. */
function fakeLibc(script: { read?: (number | string)[]; write?: (number | string)[] } = {}) {
  const calls: string[] = [];
  let error = "";
  let wake: (() => void) | null = null;
  const next = (name: "read" | "write") => {
    const answer = script[name]?.shift() ?? "EAGAIN";
    calls.push(`${name} ${answer}`);
    if (typeof answer === "number") return BigInt(answer);
    error = answer;
    return -1n;
  };
  const libc = {
    system: { openWake: () => [EVENT_FD, EVENT_FD] },
    symbols: {
      read: () => next("read"),
      write: (fd: number) => {
        if (fd !== EVENT_FD) return next("write");
        calls.push("wake");
        return 8n;
      },
      close: (fd: number) => {
        calls.push(`close ${fd}`);
        return 0;
      },
      poll: async () => {
        calls.push("poll");
        await new Promise<void>((resolve) => wake = resolve);
        return 1;
      },
    },
    errorName: () => error,
  };
  return { calls, libc: libc as unknown as Libc, wake: () => wake!() };
}

Deno.test("read() gives other events a turn though bytes never cease", async () => {
  const { calls, libc, wake } = fakeLibc({ read: Array(100).fill(10) });
  const wire = new FdWire(libc, 5, "port");
  let atOnce = 0;
  let result = wire.read();
  for (; !(result instanceof Promise); result = wire.read()) atOnce++;
  assert.equal(atOnce, 16);
  assert.equal(calls.at(-1), "poll");
  wake();
  assert.equal((await result)!.length, 10);
  assert(!(wire.read() instanceof Promise));
  await wire.close();
});

Deno.test("read() tries again on EINTR and on an early call, and ends on what a vanished device answers", async () => {
  for (const gone of ["EIO", "ENXIO", "ENODEV", "EBADF", 0]) {
    const { libc, wake } = fakeLibc({ read: ["EINTR", "EAGAIN", gone] });
    const wire = new FdWire(libc, 5, "port");
    const result = wire.read();
    wake();
    await Promise.resolve();
    await new Promise((resolve) => setTimeout(resolve, 0));
    wake();
    assert.equal(await result, null);
    await wire.close();
  }
});

Deno.test("read() throws PortSystemError on any other failure", async () => {
  const wire = new FdWire(fakeLibc({ read: ["EINVAL"] }).libc, 5, "port");
  assert.throws(() => wire.read(), (error: PortSystemError) => {
    assert(error instanceof PortSystemError);
    assert.deepEqual([error.port, error.call, error.code], ["port", "read", "EINVAL"]);
    return true;
  });
  await wire.close();
});

Deno.test("write() sends the rest of what was taken in part", async () => {
  const { calls, libc, wake } = fakeLibc({ write: [3, 4, 3] });
  const wire = new FdWire(libc, 5, "port");
  const written = wire.write(new Uint8Array(10));
  wake();
  await new Promise((resolve) => setTimeout(resolve, 0));
  wake();
  await written;
  assert.deepEqual(calls, ["write 3", "poll", "write 4", "poll", "write 3"]);
  await wire.close();
});

Deno.test("write() throws PortLostError on what a vanished device answers", async () => {
  for (const code of ["EIO", "ENXIO", "ENODEV", "EPIPE"]) {
    const wire = new FdWire(fakeLibc({ write: [code] }).libc, 5, "port");
    assert.throws(() => wire.write(new Uint8Array(1)), PortLostError);
    await wire.close();
  }
});

Deno.test("close() frees nothing while a call uses it", async () => {
  const { calls, libc, wake } = fakeLibc();
  class Owner extends FdWire {
    protected override release(): void {
      calls.push(`release ${this.fd}`);
    }
  }
  const wire = new Owner(libc, 5, "port");
  const read = wire.read();
  const closed = wire.close();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.deepEqual(calls, ["read EAGAIN", "poll", "wake"]);
  wake();
  assert.equal(await read, null);
  await closed;
  assert.deepEqual(calls.slice(3), [`close ${EVENT_FD}`, "release 5"]);
});

Deno.test("acquireLibc() opens the library once, and closes it with its last user", {
  ignore: Deno.build.os === "windows",
}, async () => {
  const first = acquireLibc("test", "test");
  assert.equal(acquireLibc("test", "test"), first);
  first.release();
  await assert.rejects(new PosixSerialPort("/dev/null").open({ baudRate: 9600 }));
  assert.equal(acquireLibc("test", "test"), first);
  first.release();
  first.release();
  const second = acquireLibc("test", "test");
  second.release();
  assert.notEqual(second, first);
});
