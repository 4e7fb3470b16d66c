import assert from "node:assert/strict";
import {
  PortAccessError,
  PortBusyError,
  PortError,
  PortNotFoundError,
  PortSystemError,
} from "thimble";
import { acquireLibc } from "../../../lib/serial/posix/acquire_libc.ts";
import { SystemCallFailure } from "../../../lib/serial/posix/libc.ts";
import { portFailure } from "../../../lib/serial/posix/port_failure.ts";
import { portHolders } from "../../../lib/serial/posix/port_holders.ts";

const ignore = Deno.build.os !== "linux";

function failureOf(code: string): PortError {
  const libc = acquireLibc("test", "test");
  try {
    return portFailure(libc, "/dev/ttyACM7", new SystemCallFailure("open", code));
  } finally {
    libc.release();
  }
}

Deno.test("portFailure() gives every error number its class", { ignore }, () => {
  const classes: Record<string, typeof PortError | typeof PortSystemError> = {
    ENOENT: PortNotFoundError,
    ENXIO: PortNotFoundError,
    ENODEV: PortNotFoundError,
    EACCES: PortAccessError,
    EPERM: PortAccessError,
    EBUSY: PortBusyError,
    EAGAIN: PortBusyError,
    ENOTTY: PortError,
    EINVAL: PortSystemError,
    "error number 4711": PortSystemError,
  };
  for (const [code, expected] of Object.entries(classes)) {
    const error = failureOf(code);
    assert.equal(error.constructor, expected, code);
    assert.equal(error.port, "/dev/ttyACM7");
    assert.match(error.message, /^Cannot open '\/dev\/ttyACM7' as /);
    assert(error.cause instanceof SystemCallFailure);
  }
});

Deno.test("portFailure() says what to do", { ignore }, () => {
  assert.match(failureOf("EACCES").hint!, /sudo usermod -aG dialout \$USER/);
  assert.match(failureOf("EBUSY").hint!, /lsof \/dev\/ttyACM7/);
  assert.match(failureOf("ENOENT").hint!, /listPorts/);
  const other = failureOf("EINVAL");
  assert(other instanceof PortSystemError);
  assert.deepEqual([other.call, other.code], ["open", "EINVAL"]);
});

Deno.test("portHolders() finds who has a device open", { ignore }, async () => {
  const root = await Deno.makeTempDir();
  const add = async (pid: string, command: string | null, ...targets: string[]) => {
    await Deno.mkdir(`${root}/proc/${pid}/fd`, { recursive: true });
    if (command !== null) await Deno.writeTextFile(`${root}/proc/${pid}/comm`, command);
    for (const [fd, target] of targets.entries()) {
      await Deno.symlink(target, `${root}/proc/${pid}/fd/${fd}`);
    }
  };
  await add("101", "minicom\n", "/dev/pts/1", "/dev/ttyACM0");
  await add("102", "bash\n", "/dev/ttyACM1");
  await add("103", null, "/dev/ttyACM0");
  await add("self", "thimble\n", "/dev/ttyACM0");
  await add(String(Deno.pid), "thimble\n", "/dev/ttyACM0");
  const libc = acquireLibc("test", "test");
  try {
    const found = portHolders(libc, "/dev/ttyACM0", root);
    assert.deepEqual(found.sort((a, b) => a.pid - b.pid), [
      { pid: 101, command: "minicom" },
      { pid: 103, command: "unknown" },
    ]);
  } finally {
    libc.release();
    await Deno.remove(root, { recursive: true });
  }
});
