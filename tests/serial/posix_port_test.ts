import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import {
  InputError,
  openPseudoTerminal,
  PortAccessError,
  PortBusyError,
  PortClosedError,
  PortError,
  PortNotFoundError,
  PosixSerialPort,
} from "thimble";
import { listFolder } from "../../lib/serial/posix/files.ts";
import { acquireLibc } from "../../lib/serial/posix/acquire_libc.ts";
import { LINUX } from "../../lib/serial/posix/linux.ts";

const OPTIONS = { baudRate: 115_200 };
const ignore = Deno.build.os === "windows";
const linuxOnly = { ignore: Deno.build.os !== "linux" };

/** Runs `script`, to which `imports` of the serial folder are given, in another Deno with `flags` and from another folder. */
async function otherDeno(
  flags: string[],
  imports: Record<string, string>,
  script: string,
): Promise<{ child: Deno.ChildProcess } & AsyncDisposable> {
  const folder = await Deno.makeTempDir();
  const lib = new URL("../../lib/serial/", import.meta.url).href;
  const head = Object.entries(imports)
    .map(([symbol, file]) => `import { ${symbol} } from "${lib}${file}";\n`);
  await Deno.writeTextFile(`${folder}/main.ts`, head.join("") + script);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-config", "--no-lock", ...flags, "main.ts"],
    cwd: folder,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  return {
    child,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

async function failure(path: string, options = OPTIONS): Promise<unknown> {
  await using port = new PosixSerialPort(path);
  try {
    await port.open(options);
  } catch (error) {
    return error;
  }
  assert.fail(`'${path}' should not open`);
}

Deno.test("reconfigure() changes the rate and leaves the port open", { ignore }, async () => {
  await using terminal = openPseudoTerminal();
  await terminal.port.open(OPTIONS);
  await using port = new PosixSerialPort(terminal.path);
  await assert.rejects(port.reconfigure({ baudRate: 921_600 }), PortClosedError);
  await port.open(OPTIONS);
  const rate = async () => {
    const args = [Deno.build.os === "darwin" ? "-f" : "-F", terminal.path, "speed"];
    const { stdout } = await new Deno.Command("stty", { args }).output();
    return Number(new TextDecoder().decode(stdout));
  };
  const reader = port.readable!.getReader();
  const writer = terminal.port.writable!.getWriter();
  for (const baudRate of [921_600, 115_200]) {
    await port.reconfigure({ baudRate });
    // A terminal that is kept exclusive tells nobody but root.
    const told = await rate();
    assert.ok(told === baudRate || told === 0 || Number.isNaN(told), `${told}`);
    await writer.write(new TextEncoder().encode("m-ready"));
    const { value } = await reader.read();
    assert.equal(new TextDecoder().decode(value), "m-ready");
  }
  reader.releaseLock();
  writer.releaseLock();
});

Deno.test("open() throws PortNotFoundError where there is no device", { ignore }, async () => {
  for (const path of ["/dev/no-such-port", "/dev/null/port", "", "/dev/pts/0\0"]) {
    const error = await failure(path);
    assert(error instanceof PortNotFoundError, `${path}: ${error}`);
    assert.equal(error.port, path);
    assert.match(error.hint!, /listPorts/);
  }
});

Deno.test("open() throws PortError on what is no serial port", { ignore }, async () => {
  const file = await Deno.makeTempFile();
  for (const path of ["/dev/null", "/tmp", file]) {
    const error = await failure(path);
    assert(error instanceof PortError, `${path}: ${error}`);
    assert.match(error.message, /is no serial port/);
  }
  await Deno.remove(file);
});

Deno.test("open() throws PortAccessError where this user may not write", linuxOnly, async () => {
  // A file of the kernel that nobody may write to, root included.
  const error = await failure("/sys/kernel/uevent_seqnum");
  assert(error instanceof PortAccessError, String(error));
  assert.match(error.hint!, /usermod -aG dialout/);
});

Deno.test("open() throws InputError on a speed that is none", { ignore }, async () => {
  for (const baudRate of [0, -9600, 9600.5, NaN, Infinity, 2 ** 32]) {
    const error = await failure("/dev/null", { baudRate });
    assert(error instanceof InputError, String(error));
    assert.equal(error.source, "baudRate");
  }
});

Deno.test("open() throws PortBusyError when this program has the port open", {
  ignore,
}, async () => {
  await using terminal = openPseudoTerminal();
  await using first = new PosixSerialPort(terminal.path);
  await first.open(OPTIONS);
  const error = await failure(terminal.path);
  assert(error instanceof PortBusyError, String(error));
  await first.close();
  await using second = new PosixSerialPort(terminal.path);
  await second.open(OPTIONS);
});

Deno.test("open() names the program that has the port open", linuxOnly, async () => {
  await using terminal = openPseudoTerminal();
  await using other = await otherDeno(
    ["--allow-ffi"],
    { PosixSerialPort: "posix_port.ts" },
    `const port = new PosixSerialPort(${JSON.stringify(terminal.path)});
     await port.open({ baudRate: 9600 });
     console.log("open");
     await Deno.stdin.read(new Uint8Array(1));
     await port.close();`,
  );
  const { stdout, stdin, status, pid } = other.child;
  const output = stdout.getReader();
  assert.equal(new TextDecoder().decode((await output.read()).value), "open\n");
  const error = await failure(terminal.path);
  await stdin.close();
  assert.equal((await output.read()).done, true);
  assert((await status).success);
  assert(error instanceof PortBusyError, String(error));
  assert(error.message.includes(`(process ${pid})`), error.message);
});

Deno.test(
  "open() works with a permission for the C library alone, from any folder",
  linuxOnly,
  async () => {
    const library = LINUX[Deno.build.arch].libraries.find((path) => existsSync(path));
    await using other = await otherDeno(
      [`--allow-ffi=${library}`],
      {
        PosixSerialPort: "posix_port.ts",
        openPseudoTerminal: "pseudo_terminal.ts",
        listPorts: "list_ports.ts",
      },
      `const terminal = openPseudoTerminal();
     await terminal.port.open({ baudRate: 115200 });
     const port = new PosixSerialPort(terminal.path);
     await port.open({ baudRate: 115200 });
     const reading = port.readable!.getReader().read();
     await terminal.port.writable!.getWriter().write(new TextEncoder().encode("m-ready"));
     console.log(new TextDecoder().decode((await reading).value), Array.isArray(await listPorts()));
     await port.close();
     await terminal.close();`,
    );
    await other.child.stdin.close();
    const { stdout, success } = await other.child.output();
    assert.equal(new TextDecoder().decode(stdout), "m-ready true\n");
    assert(success);
  },
);

Deno.test("open() throws PortAccessError without a permission, and names the flag", {
  ignore,
}, async () => {
  await using other = await otherDeno(
    [],
    { PosixSerialPort: "posix_port.ts" },
    `const port = new PosixSerialPort("/dev/ttyACM0");
     const error = await port.open({ baudRate: 9600 }).catch((error) => error);
     console.log(error.name, error.hint);`,
  );
  await other.child.stdin.close();
  const text = new TextDecoder().decode((await other.child.output()).stdout);
  assert.match(text, /^PortAccessError Run with '--allow-ffi=\/\S+', or with '--allow-ffi'\n$/);
});

Deno.test("open() takes any speed and data format", { ignore }, async () => {
  await using terminal = openPseudoTerminal();
  for (const baudRate of [300, 9600, 115_200, 250_000, 921_600, 3_686_400]) {
    await using port = new PosixSerialPort(terminal.path);
    await port.open({
      baudRate,
      dataBits: 8,
      stopBits: 2,
      parity: "even",
      flowControl: "hardware",
    });
  }
});

Deno.test("open() can be repeated after close() on the same object", { ignore }, async () => {
  await using terminal = openPseudoTerminal();
  await terminal.port.open(OPTIONS);
  await using port = new PosixSerialPort(terminal.path);
  for (let round = 0; round < 5; round++) {
    await port.open({ baudRate: round % 2 ? 9600 : 115_200 });
    await terminal.port.writable!.getWriter().write(Uint8Array.of(round));
    assert.deepEqual((await port.readable!.getReader().read()).value, Uint8Array.of(round));
    await port.close();
    await terminal.port.close();
    await terminal.port.open(OPTIONS);
  }
});

Deno.test("close() leaves no descriptor behind", linuxOnly, async () => {
  // Through libc: Deno itself reads nothing below /proc.
  const descriptors = () => {
    const libc = acquireLibc("count descriptors", "none");
    try {
      return listFolder(libc, "/proc/self/fd").length;
    } finally {
      libc.release();
    }
  };
  const round = async () => {
    const terminal = openPseudoTerminal();
    await terminal.port.open(OPTIONS);
    const port = new PosixSerialPort(terminal.path);
    await port.open(OPTIONS);
    const read = port.readable!.getReader().read();
    await failure(terminal.path);
    await failure("/dev/null");
    await port.close();
    await read;
    await terminal.close();
  };
  await round();
  const before = descriptors();
  for (let rounds = 0; rounds < 20; rounds++) await round();
  assert.equal(descriptors(), before);
});

Deno.test("setSignals() throws on a port that is closed", async () => {
  const port = new PosixSerialPort("/dev/ttyACM0");
  await assert.rejects(port.setSignals({ break: true }), PortClosedError);
});

Deno.test("getInfo() is empty where the device is on no USB", { ignore }, async () => {
  await using terminal = openPseudoTerminal();
  await using port = new PosixSerialPort(terminal.path);
  assert.deepEqual(port.getInfo(), {});
  await port.open(OPTIONS);
  assert.deepEqual(port.getInfo(), {});
});
