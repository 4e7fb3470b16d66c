/** What every kind of port promises, tried on each of them: the same conversation over different wires. */
import assert from "node:assert/strict";
import {
  memoryPortPair,
  openPseudoTerminal,
  PortBusyError,
  PortClosedError,
  PortLostError,
  PosixSerialPort,
  seededRandom,
  type SerialPort,
  UnixSocketPort,
} from "thimble";

const OPTIONS = { baudRate: 115_200 };

interface Wired extends AsyncDisposable {
  host: SerialPort;
  device: SerialPort;
  /** Makes the device vanish for the host. */
  unplug(): Promise<void>;
}

async function memory(): Promise<Wired> {
  const [host, device] = memoryPortPair();
  await device.open(OPTIONS);
  await host.open(OPTIONS);
  const unplug = () => device.close();
  return { host, device, unplug, [Symbol.asyncDispose]: () => closeAll(host, device) };
}

async function pseudoTerminal(): Promise<Wired> {
  const terminal = openPseudoTerminal();
  const device = terminal.port;
  const host = new PosixSerialPort(terminal.path);
  await device.open(OPTIONS);
  await host.open(OPTIONS);
  const unplug = () => terminal.close();
  return { host, device, unplug, [Symbol.asyncDispose]: () => closeAll(host, terminal) };
}

async function unixSocket(): Promise<Wired> {
  const folder = await Deno.makeTempDir();
  const host = new UnixSocketPort(`${folder}/wire.sock`, { listen: true });
  const device = new UnixSocketPort(`${folder}/wire.sock`);
  await Promise.all([host.open(OPTIONS), device.open(OPTIONS)]);
  const unplug = () => device.close();
  return {
    host,
    device,
    unplug,
    async [Symbol.asyncDispose]() {
      await closeAll(host, device);
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function closeAll(...closables: { close(): Promise<void> }[]) {
  for (const closable of closables) await closable.close();
}

function randomBytes(size: number, seed: number): Uint8Array {
  const random = seededRandom(seed);
  return Uint8Array.from({ length: size }, () => random() * 256);
}

async function readBytes(port: SerialPort, size: number): Promise<Uint8Array> {
  const all = new Uint8Array(size);
  const reader = port.readable!.getReader();
  for (let got = 0; got < size;) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`The port ended after ${got} of ${size} bytes`);
    all.set(value, got);
    got += value.length;
  }
  reader.releaseLock();
  return all;
}

async function write(port: SerialPort, bytes: Uint8Array): Promise<void> {
  const writer = port.writable!.getWriter();
  try {
    await writer.write(bytes);
  } finally {
    writer.releaseLock();
  }
}

/** Starts a read, and lets it get as far as it can. */
async function startRead(port: SerialPort) {
  const read = port.readable!.getReader().read();
  await new Promise((resolve) => setTimeout(resolve, 0));
  return { read };
}

/** Starts a write of more than any wire holds, and lets it get as far as it can. */
async function startBlockedWrite(port: SerialPort) {
  let settled = false;
  const written = port.writable!.getWriter().write(new Uint8Array(4_000_000));
  written.then(() => settled = true, () => settled = true);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(settled, false);
  return { written };
}

const KINDS = { memory, pseudoTerminal, unixSocket };
const ignore = Deno.build.os === "windows";

for (const [kind, connect] of Object.entries(KINDS)) {
  Deno.test(`${kind}: every byte value passes unchanged, both ways`, { ignore }, async () => {
    await using wired = await connect();
    const all = Uint8Array.from({ length: 256 }, (_, value) => value);
    await write(wired.host, all);
    assert.deepEqual(await readBytes(wired.device, 256), all);
    await write(wired.device, all);
    assert.deepEqual(await readBytes(wired.host, 256), all);
  });

  Deno.test(`${kind}: bytes written in any split arrive in order`, { ignore }, async () => {
    await using wired = await connect();
    const sent = randomBytes(100_000, 1);
    const random = seededRandom(2);
    const writing = (async () => {
      for (let at = 0; at < sent.length;) {
        const size = Math.floor(random() ** 8 * 20_000);
        await write(wired.host, sent.subarray(at, at + size));
        at += size;
      }
    })();
    assert.deepEqual(await readBytes(wired.device, sent.length), sent);
    await writing;
  });

  Deno.test(`${kind}: a write larger than any buffer waits and arrives whole`, {
    ignore,
  }, async () => {
    await using wired = await connect();
    const sent = randomBytes(3_000_000, 3);
    const writing = write(wired.device, sent);
    assert.deepEqual(await readBytes(wired.host, sent.length), sent);
    await writing;
  });

  Deno.test(`${kind}: both sides write much at once without deadlock`, { ignore }, async () => {
    await using wired = await connect();
    const [toHost, toDevice] = [randomBytes(500_000, 4), randomBytes(500_000, 5)];
    const [, , atHost, atDevice] = await Promise.all([
      write(wired.device, toHost),
      write(wired.host, toDevice),
      readBytes(wired.host, toHost.length),
      readBytes(wired.device, toDevice.length),
    ]);
    assert.deepEqual(atHost, toHost);
    assert.deepEqual(atDevice, toDevice);
  });

  Deno.test(`${kind}: close() ends the port's pending read`, { ignore }, async () => {
    await using wired = await connect();
    const { read } = await startRead(wired.host);
    await wired.host.close();
    assert.equal((await read).done, true);
    assert.equal(wired.host.readable, null);
    assert.equal(wired.host.writable, null);
  });

  Deno.test(`${kind}: close() rejects the port's pending write`, { ignore }, async () => {
    await using wired = await connect();
    const { written } = await startBlockedWrite(wired.host);
    const rejected = assert.rejects(written, PortClosedError);
    await wired.host.close();
    await rejected;
  });

  Deno.test(`${kind}: close() twice, and before open(), does no harm`, { ignore }, async () => {
    await using wired = await connect();
    await Promise.all([wired.host.close(), wired.host.close()]);
    await wired.host.close();
  });

  Deno.test(`${kind}: open() throws on a port that is open`, { ignore }, async () => {
    await using wired = await connect();
    await assert.rejects(wired.host.open(OPTIONS), PortBusyError);
  });

  Deno.test(`${kind}: a vanished device ends a pending read and rejects writes`, {
    ignore,
  }, async () => {
    await using wired = await connect();
    const { read } = await startRead(wired.host);
    await wired.unplug();
    assert.equal((await read).done, true);
    await assert.rejects(write(wired.host, Uint8Array.of(1)), PortLostError);
  });

  Deno.test(`${kind}: a vanished device rejects a pending write`, { ignore }, async () => {
    await using wired = await connect();
    const { written } = await startBlockedWrite(wired.host);
    const rejected = assert.rejects(written, PortLostError);
    await wired.unplug();
    await rejected;
  });

  Deno.test(`${kind}: a cancelled reader loses no later byte`, { ignore }, async () => {
    await using wired = await connect();
    const reader = wired.host.readable!.getReader();
    const read = reader.read();
    await new Promise((resolve) => setTimeout(resolve, 0));
    await reader.cancel();
    reader.releaseLock();
    assert.equal((await read).done, true);
    await write(wired.device, Uint8Array.of(1, 2, 3));
    assert.deepEqual(await readBytes(wired.host, 3), Uint8Array.of(1, 2, 3));
  });

  Deno.test(`${kind}: setSignals() is ignored where there are no modem lines`, {
    ignore,
  }, async () => {
    await using wired = await connect();
    await wired.host.setSignals({ dataTerminalReady: false, requestToSend: true });
    await wired.host.setSignals({ break: true });
    await wired.host.setSignals({ break: false });
    await write(wired.host, Uint8Array.of(1));
    assert.deepEqual((await readBytes(wired.device, 1)).at(-1), 1);
  });

  // In memory there is no other program that could send without end.
  if (kind === "memory") continue;

  Deno.test(`${kind}: timers run while the other side never stops sending`, {
    ignore,
  }, async () => {
    await using wired = await connect();
    let running = true;
    const flood = (async () => {
      const chunk = new Uint8Array(4096);
      while (running) await write(wired.device, chunk);
    })().catch(() => {});
    const timer = new Promise<void>((resolve) => setTimeout(resolve, 1));
    timer.then(() => running = false);
    const reader = wired.host.readable!.getReader();
    while (running) await reader.read();
    await timer;
    await wired.host.close();
    await wired.device.close();
    await flood;
  });
}
