import assert from "node:assert/strict";
import { openPseudoTerminal, PortClosedError, PosixSerialPort } from "thimble";

const OPTIONS = { baudRate: 115_200 };
const ignore = Deno.build.os === "windows";
const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes?: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("openPseudoTerminal() is raw for a program that sets nothing", { ignore }, async () => {
  await using terminal = openPseudoTerminal();
  await terminal.port.open(OPTIONS);
  // dd opens the path as a plain file; CR, LF and ^C would change on a terminal that is not raw.
  const sent = "name%\r\n\x03\x04\x7f";
  const child = new Deno.Command("sh", {
    args: [
      "-c",
      `printf 'out\\r\\n' > ${terminal.path}; exec dd if=${terminal.path} bs=1 count=${sent.length}`,
    ],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const { value } = await terminal.port.readable!.getReader().read();
  assert.equal(decode(value), "out\r\n");
  await terminal.port.writable!.getWriter().write(encode(sent));
  assert.equal(decode((await child.output()).stdout), sent);
});

Deno.test("openPseudoTerminal() serves one program after the other", { ignore }, async () => {
  await using terminal = openPseudoTerminal();
  await terminal.port.open(OPTIONS);
  const reader = terminal.port.readable!.getReader();
  const writer = terminal.port.writable!.getWriter();
  for (const name of ["first", "second", "third"]) {
    await using host = new PosixSerialPort(terminal.path);
    await host.open(OPTIONS);
    await host.writable!.getWriter().write(encode(name));
    assert.equal(decode((await reader.read()).value), name);
    await writer.write(encode(`to ${name}`));
    assert.equal(decode((await host.readable!.getReader().read()).value), `to ${name}`);
  }
});

Deno.test("openPseudoTerminal() keeps what is sent before a program opens it", {
  ignore,
}, async () => {
  await using terminal = openPseudoTerminal();
  await terminal.port.open(OPTIONS);
  await terminal.port.writable!.getWriter().write(encode("m-ready\r\n"));
  await using host = new PosixSerialPort(terminal.path);
  await host.open(OPTIONS);
  assert.equal(decode((await host.readable!.getReader().read()).value), "m-ready\r\n");
});

Deno.test("close() takes the path away and retires the port", { ignore }, async () => {
  const terminal = openPseudoTerminal();
  await terminal.port.open(OPTIONS);
  const read = terminal.port.readable!.getReader().read();
  await Promise.all([terminal.close(), terminal.close()]);
  assert.equal((await read).done, true);
  await assert.rejects(terminal.port.open(OPTIONS), PortClosedError);
  await assert.rejects(new PosixSerialPort(terminal.path).open(OPTIONS));
});
