import assert from "node:assert/strict";
import { InputError, portFromSpec, PosixSerialPort, ProcessPort, UnixSocketPort } from "thimble";

Deno.test("portFromSpec() makes a serial port of a path", () => {
  const port = portFromSpec("/dev/serial/by-id/usb-Arduino_Uno-if00");
  assert(port instanceof PosixSerialPort);
  assert.equal(port.name, "/dev/serial/by-id/usb-Arduino_Uno-if00");
});

Deno.test("portFromSpec() makes a socket port of 'unix:' and 'unix-listen:'", () => {
  for (const spec of ["unix:/tmp/a b.sock", "unix-listen:/tmp/a b.sock"]) {
    const port = portFromSpec(spec);
    assert(port instanceof UnixSocketPort);
    assert.equal(port.path, "/tmp/a b.sock");
    assert.equal(port.name, spec);
  }
});

Deno.test("portFromSpec() makes a process port of 'exec:'", () => {
  const words = (spec: string) => {
    const port = portFromSpec(spec);
    assert(port instanceof ProcessPort);
    return [port.command, ...port.args];
  };
  assert.deepEqual(words("exec:cat"), ["cat"]);
  assert.deepEqual(words("exec: qemu  -M mps2 "), ["qemu", "-M", "mps2"]);
  assert.deepEqual(words(`exec:sh -c 'a "b" c' --x="1 2"'3'`), ["sh", "-c", 'a "b" c', "--x=1 23"]);
  assert.deepEqual(words(`exec:run "" $HOME`), ["run", "", "$HOME"]);
});

Deno.test("portFromSpec() throws InputError on what names no port", () => {
  const wrong = [
    "",
    " ",
    "COM3",
    "ttyACM0",
    "unix:",
    "exec:",
    "exec:  ",
    "http://x",
    "exec:a 'b",
    "\0",
  ];
  for (const spec of [...wrong, "/dev/tty\0", "unix:/tmp/\0", '"', `exec:it's "x"`]) {
    assert.throws(() => portFromSpec(spec), (error: InputError) => {
      assert(error instanceof InputError, `'${spec}': ${error}`);
      assert(error.hint);
      return true;
    });
  }
});
