/**
 * What a port costs by itself: round trips and throughput, in memory and over a pseudo-terminal.
 *
 *     deno run --allow-ffi --allow-sys bench/serial.ts
 *
 * Prints the machine it ran on. Both ends are in this process, so a round trip over the pseudo-terminal holds two waits
 * on another thread; with a device at the other end it is one. A device's own time, and its USB adapter's, come on top.
 */
import { cpus } from "node:os";
import { cpuUsage } from "node:process";
import { memoryPortPair } from "../lib/serial/memory_port.ts";
import { PosixSerialPort } from "../lib/serial/posix_port.ts";
import { openPseudoTerminal } from "../lib/serial/pseudo_terminal.ts";
import type { SerialPort } from "../lib/serial/serial_port.ts";

const OPTIONS = { baudRate: 115_200 };
const MESSAGE = new TextEncoder().encode("infer 1%");

/** Sends back what comes, until the port ends. */
async function echo(port: SerialPort): Promise<void> {
  const reader = port.readable!.getReader();
  const writer = port.writable!.getWriter();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    await writer.write(value);
  }
}

/** Durations of `count` round trips of one short message, in microseconds, shortest first. */
async function roundTripsUs(port: SerialPort, count: number): Promise<Float64Array> {
  const reader = port.readable!.getReader();
  const writer = port.writable!.getWriter();
  const durations = new Float64Array(count);
  for (let trip = 0; trip < count; trip++) {
    const start = performance.now();
    await writer.write(MESSAGE);
    for (let got = 0; got < MESSAGE.length;) got += (await reader.read()).value!.length;
    durations[trip] = (performance.now() - start) * 1000;
  }
  reader.releaseLock();
  writer.releaseLock();
  return durations.sort();
}

/** Megabytes per second from one port to the other. */
async function throughputMBs(from: SerialPort, to: SerialPort, size: number): Promise<number> {
  const reader = to.readable!.getReader();
  const start = performance.now();
  const written = from.writable!.getWriter().write(new Uint8Array(size));
  for (let got = 0; got < size;) got += (await reader.read()).value!.length;
  await written;
  return size / (performance.now() - start) / 1000;
}

async function measure(
  name: string,
  trips: number,
  makePair: () => { host: SerialPort; device: SerialPort },
): Promise<void> {
  const { host, device } = makePair();
  await device.open(OPTIONS);
  await host.open(OPTIONS);
  const echoing = echo(device).catch(() => {});
  await roundTripsUs(host, trips / 5);
  const before = cpuUsage();
  const us = await roundTripsUs(host, trips);
  const { user, system } = cpuUsage(before);
  await host.close();
  await device.close();
  await echoing;

  await device.open(OPTIONS);
  await host.open(OPTIONS);
  const toHost = await throughputMBs(device, host, 50e6);
  const toDevice = await throughputMBs(host, device, 50e6);
  await host.close();
  await device.close();

  const mean = us.reduce((sum, value) => sum + value, 0) / us.length;
  const at = (share: number) => us[Math.floor(share * (us.length - 1))].toFixed(1);
  console.log(
    `${name}: ${Math.round(1e6 / mean)} round trips/s, median ${at(0.5)} µs, p99 ${at(0.99)} µs, ` +
      `${((user + system) / trips).toFixed(1)} µs of processor time; ` +
      `${toHost.toFixed(0)} MB/s in, ${toDevice.toFixed(0)} MB/s out`,
  );
}

const processors = cpus();
console.log(
  `${processors.length} × ${processors[0]?.model}, ${Deno.build.target}, Deno ${Deno.version.deno}`,
);
await measure("memory", 100_000, () => {
  const [host, device] = memoryPortPair();
  return { host, device };
});
await using terminal = openPseudoTerminal();
await measure("pseudo-terminal", 10_000, () => ({
  host: new PosixSerialPort(terminal.path),
  device: terminal.port,
}));
