import assert from "node:assert/strict";
import {
  PortBusyError,
  PortClosedError,
  PortError,
  PortNotFoundError,
  PortTimeoutError,
  UnixSocketPort,
  VirtualClock,
} from "thimble";

const OPTIONS = { baudRate: 115_200 };
const ignore = Deno.build.os === "windows";

async function inFolder(test: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(`${folder}/board.sock`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test(
  "open() throws PortTimeoutError when nobody connects in time",
  { ignore },
  () =>
    inFolder(async (path) => {
      const clock = new VirtualClock();
      const port = new UnixSocketPort(path, { listen: true, deadlineMs: 60_000, clock });
      await assert.rejects(port.open(OPTIONS), (error: PortTimeoutError) => {
        assert(error instanceof PortTimeoutError);
        assert.equal(error.waitedMs, 60_000);
        return true;
      });
      assert.equal(clock.now(), 60_000);
    }),
);

Deno.test("close() ends an open() that waits", { ignore }, () =>
  inFolder(async (path) => {
    const port = new UnixSocketPort(path, { listen: true });
    const opening = assert.rejects(port.open(OPTIONS), PortClosedError);
    await port.close();
    await opening;
  }));

Deno.test("open() listens as soon as it is called", { ignore }, () =>
  inFolder(async (path) => {
    await using host = new UnixSocketPort(path, { listen: true });
    const opening = host.open(OPTIONS);
    assert((await Deno.lstat(path)).isSocket);
    await using device = new UnixSocketPort(path);
    await device.open(OPTIONS);
    await opening;
    // One port, one peer: the path is free again.
    await assert.rejects(Deno.lstat(path), Deno.errors.NotFound);
  }));

Deno.test(
  "open() replaces the socket that a dead program left",
  { ignore },
  () =>
    inFolder(async (path) => {
      const script = `Deno.listen({ transport: "unix", path: ${JSON.stringify(path)} });
      console.log("listening"); setInterval(() => {}, 1000);`;
      const dying = new Deno.Command(Deno.execPath(), {
        args: ["eval", script],
        stdout: "piped",
      }).spawn();
      const output = dying.stdout.getReader();
      await output.read();
      dying.kill("SIGKILL");
      await dying.status;
      await output.cancel();
      assert((await Deno.lstat(path)).isSocket);

      await using host = new UnixSocketPort(path, { listen: true });
      await using device = new UnixSocketPort(path);
      await assert.rejects(device.open(OPTIONS), PortNotFoundError);
      let opened = false;
      const opening = host.open(OPTIONS).then(() => opened = true);
      while (!opened) {
        // Refused until the stale socket is replaced, for which the host needs turns of the event loop.
        await device.open(OPTIONS).catch((error) => {
          const expected = error instanceof PortNotFoundError || error instanceof PortBusyError;
          assert(expected, String(error));
        });
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      await opening;
    }),
);

Deno.test(
  "open() does not touch a file that is no socket",
  { ignore },
  () =>
    inFolder(async (path) => {
      await Deno.writeTextFile(path, "precious");
      const port = new UnixSocketPort(path, { listen: true });
      await assert.rejects(port.open(OPTIONS), PortError);
      assert.equal(await Deno.readTextFile(path), "precious");
      await assert.rejects(new UnixSocketPort(path).open(OPTIONS), PortNotFoundError);
    }),
);

Deno.test(
  "open() throws PortBusyError where another listens",
  { ignore },
  () =>
    inFolder(async (path) => {
      using listener = Deno.listen({ transport: "unix", path });
      await assert.rejects(
        new UnixSocketPort(path, { listen: true }).open(OPTIONS),
        PortBusyError,
      );
      assert.equal(listener.addr.path, path);
    }),
);

Deno.test(
  "open() throws PortNotFoundError where there is no such path",
  { ignore },
  () =>
    inFolder(async (path) => {
      await assert.rejects(new UnixSocketPort(path).open(OPTIONS), PortNotFoundError);
      const nowhere = new UnixSocketPort(`${path}/deeper/board.sock`, { listen: true });
      await assert.rejects(nowhere.open(OPTIONS), PortNotFoundError);
    }),
);

Deno.test(
  "open() throws PortError on a path that is too long for a socket",
  { ignore },
  async () => {
    const port = new UnixSocketPort(`/tmp/${"x".repeat(200)}`);
    await assert.rejects(port.open(OPTIONS), (error: PortError) => {
      assert(error instanceof PortError);
      assert.match(error.hint!, /107 bytes/);
      return true;
    });
  },
);
