import assert from "node:assert/strict";
import {
  PortAccessError,
  PortLostError,
  PortNotFoundError,
  ProcessPort,
  type ProcessPortOptions,
  VirtualClock,
} from "thimble";

const OPTIONS = { baudRate: 115_200 };
const ignore = Deno.build.os === "windows";
const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes?: Uint8Array) => new TextDecoder().decode(bytes);

async function shell(script: string, options: ProcessPortOptions = {}): Promise<ProcessPort> {
  const port = new ProcessPort("sh", { ...options, args: ["-c", script] });
  await port.open(OPTIONS);
  return port;
}

async function readAll(port: ProcessPort): Promise<string> {
  let text = "";
  for await (const bytes of port.readable!) text += decode(bytes);
  return text;
}

Deno.test("ProcessPort passes bytes both ways, in any amount", { ignore }, async () => {
  await using port = new ProcessPort("cat");
  await port.open(OPTIONS);
  const sent = Uint8Array.from({ length: 1_000_000 }, (_, index) => index * 31 >> 3);
  const writing = port.writable!.getWriter().write(sent);
  const got = new Uint8Array(sent.length);
  const reader = port.readable!.getReader();
  for (let at = 0; at < got.length;) {
    const { value } = await reader.read();
    got.set(value!, at);
    at += value!.length;
  }
  await writing;
  assert.deepEqual(got, sent);
});

Deno.test("ProcessPort passes arguments, environment and folder", { ignore }, async () => {
  await using port = new ProcessPort("sh", {
    args: ["-c", 'printf "%s|" "$1" "$2" "$NAME" "$PWD"', "sh", "a b", "$HOME"],
    env: { NAME: "value with space" },
    cwd: "/",
  });
  await port.open(OPTIONS);
  assert.equal(await readAll(port), "a b|$HOME|value with space|/|");
});

Deno.test("readable ends when the process exits", { ignore }, async () => {
  await using port = await shell("printf m-ready; exit 3");
  assert.equal(await readAll(port), "m-ready");
  await port.close();
  assert.equal(port.exitCode, 3);
});

Deno.test("writable rejects when the process has exited, with its code and last words", {
  ignore,
}, async () => {
  await using port = await shell("echo starting >&2; echo no such model >&2; exit 7");
  assert.equal(await readAll(port), "");
  const writer = port.writable!.getWriter();
  await assert.rejects(writer.write(new Uint8Array(1_000_000)), (error: PortLostError) => {
    assert(error instanceof PortLostError);
    assert.match(error.message, /exited with code '7'/);
    assert.match(error.hint!, /no such model/);
    return true;
  });
});

Deno.test("stderrTail holds the end of what the process says, however much", {
  ignore,
}, async () => {
  await using port = await shell("head -c 300000 /dev/zero | tr '\\0' x >&2; echo end >&2");
  assert.equal(await readAll(port), "");
  await port.close();
  assert(port.stderrTail.length <= 4096);
});

Deno.test("close() ends the process and its pending read", { ignore }, async () => {
  const port = await shell("cat");
  const read = port.readable!.getReader().read();
  await port.close();
  assert.equal((await read).done, true);
  assert.equal(port.exitCode, 128 + 15);
});

Deno.test("close() kills a process that ignores SIGTERM", { ignore }, async () => {
  const clock = new VirtualClock();
  const port = await shell("trap '' TERM; echo ready; while :; do sleep 1; done", { clock });
  assert.equal(decode((await port.readable!.getReader().read()).value), "ready\n");
  await port.close();
  assert.equal(port.exitCode, 128 + 9);
  assert.equal(clock.now(), 2000);
});

Deno.test("close() does not wait for a grandchild that holds the output open", {
  ignore,
}, async () => {
  const port = await shell("sleep 30 & echo $!; wait");
  const grandchild = Number(decode((await port.readable!.getReader().read()).value));
  await port.close();
  Deno.kill(grandchild, "SIGKILL");
});

Deno.test("open() starts a fresh process after close()", { ignore }, async () => {
  await using port = new ProcessPort("cat");
  for (const text of ["one", "two"]) {
    await port.open(OPTIONS);
    await port.writable!.getWriter().write(encode(text));
    assert.equal(decode((await port.readable!.getReader().read()).value), text);
    await port.close();
  }
});

Deno.test("open() throws PortNotFoundError where there is no program", { ignore }, async () => {
  const port = new ProcessPort("/no/such/program", { args: ["--fast"] });
  await assert.rejects(port.open(OPTIONS), (error: PortNotFoundError) => {
    assert(error instanceof PortNotFoundError);
    assert.equal(error.port, "exec:/no/such/program --fast");
    return true;
  });
});

Deno.test("open() throws PortAccessError on a file that is no program", { ignore }, async () => {
  const file = await Deno.makeTempFile();
  await assert.rejects(new ProcessPort(file).open(OPTIONS), PortAccessError);
  await Deno.remove(file);
});
