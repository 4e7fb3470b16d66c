import assert from "node:assert/strict";
import { benchmarks } from "../../lib/benchmarks.ts";
import { VirtualClock } from "../../lib/clock.ts";
import { detect } from "../../lib/serial/detect.ts";
import { PortAccessError } from "../../lib/serial/port_errors.ts";
import type { SerialOptions, SerialPort } from "../../lib/serial/serial_port.ts";
import { virtualPort } from "../../lib/serial/virtual/serve_board.ts";
import { VirtualBoard, type VirtualBoardOptions } from "../../lib/serial/virtual/virtual_board.ts";
import { memoryPortPair } from "../../lib/serial/memory_port.ts";

const options: VirtualBoardOptions = {
  benchmark: benchmarks.ic01,
  model: { macs: 1000, results: () => ["1.0"] },
};

/** A port whose device answers at the baud rate that it is opened with. */
function portThat(answer: (baudRate: number, text: string) => string | Uint8Array): SerialPort {
  const [host, device] = memoryPortPair();
  return {
    get readable() {
      return host.readable;
    },
    get writable() {
      return host.writable;
    },
    async open(serial: SerialOptions) {
      await device.open(serial);
      await host.open(serial);
      (async () => {
        const writer = device.writable!.getWriter();
        for await (const chunk of device.readable!) {
          const reply = answer(serial.baudRate, new TextDecoder("latin1").decode(chunk));
          await writer.write(typeof reply === "string" ? new TextEncoder().encode(reply) : reply);
        }
      })().catch(() => {});
    },
    setSignals: () => Promise.resolve(),
    getInfo: () => ({}),
    async close() {
      await host.close();
      await device.close();
    },
  };
}

const look = (port: SerialPort) => detect(port, { clock: new VirtualClock() });

Deno.test("detect() finds a board and its mode", async () => {
  const found = await look(virtualPort(new VirtualBoard(options)));
  assert.equal(found.kind, "dut");
  assert.equal(found.baudRate, 115_200);
  assert.equal(found.model, "ic01");
  assert.equal(found.mode, "performance");
  assert.deepEqual(found.advice, []);
});

Deno.test("detect() says what energy-mode firmware lacks", async () => {
  const found = await look(virtualPort(new VirtualBoard({ ...options, mode: "energy" })));
  assert.equal(found.mode, "energy");
  assert.match(found.advice[0], /performance build/);
});

Deno.test("detect() finds the baud rate where the others give rubbish", async () => {
  const board = new VirtualBoard(options);
  board.boot();
  const found = await look(
    portThat((baudRate, text) =>
      baudRate === 921_600
        ? board.receive(new TextEncoder().encode(text))
        : Uint8Array.of(0xf8, 0x00, 0xe0, 0x9c)
    ),
  );
  assert.equal(found.kind, "dut");
  assert.equal(found.baudRate, 921_600);
  assert.deepEqual(found.attempts.map(({ baudRate }) => baudRate), [115_200, 921_600]);
});

Deno.test("detect() tells an IO manager", async () => {
  const found = await look(portThat(() => "m-name-iomanager-[uno]\r\nm-ready\r\n"));
  assert.equal(found.kind, "io-manager");
  assert.match(found.advice[0], /energy mode/);
});

Deno.test("detect() tells silence, rubbish and other talk apart", async () => {
  const silent = await look(portThat(() => ""));
  assert.equal(silent.kind, "silent");
  assert.match(silent.advice[0], /reset/);
  const garbled = await look(portThat(() => Uint8Array.of(0xff, 0xfe, 0x80, 0x13, 0xc0, 0x88)));
  assert.equal(garbled.kind, "garbled");
  assert.match(garbled.advice[0], /115200/);
  const other = await look(portThat(() => "U-Boot 2020.01> unknown command\r\n"));
  assert.equal(other.kind, "other");
  assert.match(other.text, /U-Boot/);
});

Deno.test("detect() passes on why a port cannot be opened", async () => {
  const refused = new PortAccessError("Cannot open '/dev/ttyX' as access is denied", {
    port: "/dev/ttyX",
    hint: "Join the group 'dialout'",
  });
  const port = { ...portThat(() => ""), open: () => Promise.reject(refused) };
  const found = await look(port);
  assert.equal(found.kind, "unavailable");
  assert.deepEqual(found.advice, ["Join the group 'dialout'"]);
});
