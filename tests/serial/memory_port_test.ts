import assert from "node:assert/strict";
import { memoryPortPair, PortClosedError, PortLostError, type SerialPort } from "thimble";

const OPTIONS = { baudRate: 115200 };
const bytes = (...values: number[]) => Uint8Array.from(values);

async function openPair(): Promise<[SerialPort, SerialPort]> {
  const [a, b] = memoryPortPair();
  await a.open(OPTIONS);
  await b.open(OPTIONS);
  return [a, b];
}

async function closePair(...ports: SerialPort[]) {
  for (const port of ports) await port.close();
}

/** True when `promise` is still pending after everything that can run now has run. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  promise.then(() => settled = true, () => settled = true);
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  return !settled;
}

Deno.test("memoryPortPair() delivers a copy of what was written", async () => {
  const [a, b] = await openPair();
  const chunk = bytes(5);
  await a.writable!.getWriter().write(chunk);
  chunk[0] = 6;
  assert.deepEqual((await b.readable!.getReader().read()).value, bytes(5));
  await closePair(a, b);
});

Deno.test("memoryPortPair() holds 64 KiB a direction, then the write waits for a read", async () => {
  const [a, b] = await openPair();
  const writer = a.writable!.getWriter();
  const reader = b.readable!.getReader();
  await writer.write(new Uint8Array(65_536).fill(1));
  const waiting = writer.write(bytes(2));
  assert(await isPending(waiting));
  const first = (await reader.read()).value!;
  assert.equal(first.length, 65_536);
  await waiting;
  assert.deepEqual((await reader.read()).value, bytes(2));
  await closePair(a, b);
});

Deno.test("memoryPortPair() keeps what was written before the other side opened", async () => {
  const [a, b] = memoryPortPair();
  await a.open(OPTIONS);
  await a.writable!.getWriter().write(bytes(1));
  await b.open(OPTIONS);
  assert.deepEqual((await b.readable!.getReader().read()).value, bytes(1));
  await closePair(a, b);
});

Deno.test("close() lets the other side read the rest, then ends it and rejects its writes", async () => {
  const [a, b] = await openPair();
  await a.writable!.getWriter().write(bytes(1));
  await a.close();
  const reader = b.readable!.getReader();
  assert.deepEqual(await reader.read(), { done: false, value: bytes(1) });
  assert.equal((await reader.read()).done, true);
  await assert.rejects(b.writable!.getWriter().write(bytes(2)), PortLostError);
  await b.close();
});

Deno.test("open() after both sides closed makes a new connection", async () => {
  const [a, b] = await openPair();
  await a.writable!.getWriter().write(bytes(1));
  await a.close();
  await a.open(OPTIONS);
  await a.writable!.getWriter().write(bytes(2));
  await b.close();
  await b.open(OPTIONS);
  assert.deepEqual((await b.readable!.getReader().read()).value, bytes(2));
  await closePair(a, b);
});

Deno.test("writable after close() or abort() is a fresh stream", async () => {
  const [a, b] = await openPair();
  await a.writable!.close();
  await a.writable!.abort("changed my mind");
  await a.writable!.getWriter().write(bytes(1));
  assert.deepEqual((await b.readable!.getReader().read()).value, bytes(1));
  await closePair(a, b);
});

Deno.test("writable refuses what is no bytes, and ignores an empty chunk", async () => {
  const [a, b] = await openPair();
  const writer = a.writable!.getWriter();
  await writer.write(bytes());
  await writer.write(bytes(1));
  assert.deepEqual((await b.readable!.getReader().read()).value, bytes(1));
  await assert.rejects(writer.write("name%" as unknown as Uint8Array), TypeError);
  await closePair(a, b);
});

Deno.test("memoryPortPair() bounds what it hands over at once", async () => {
  const [a, b] = await openPair();
  const written = a.writable!.getWriter().write(new Uint8Array(300_001));
  const reader = b.readable!.getReader();
  for (let got = 0; got < 300_001;) {
    const { value } = await reader.read();
    assert(value!.length <= 65_536);
    got += value!.length;
  }
  await written;
  await closePair(a, b);
});

Deno.test("setSignals() throws while closed", async () => {
  const [a] = memoryPortPair();
  await assert.rejects(a.setSignals({ dataTerminalReady: true }), PortClosedError);
});
