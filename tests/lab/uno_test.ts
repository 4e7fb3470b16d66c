import assert from "node:assert/strict";
import { InputError } from "../../lib/errors.ts";
import { Uno } from "../../lib/lab/uno.ts";
import { committedHex, IoManagerBench, latin1 } from "../firmware/io_manager_bench.ts";

Deno.test("Uno gives the same bytes at the same cycles each time", async () => {
  const record = async () => {
    const seen: string[] = [];
    const bench = await IoManagerBench.start({
      onDutByte: (byte) => seen.push(`dut ${byte} at ${bench.uno.timeUs}`),
    });
    bench.uno.sendHost(latin1("tm 0%enable-timer%dut name%"));
    bench.dutSays("m-ready");
    bench.uno.at(bench.uno.timeUs + 12_345.25, () => bench.uno.setTimestampPin(false));
    bench.uno.run(60_000);
    return [...seen, bench.take(), bench.uno.timeUs].join("\n");
  };
  const first = await record();
  assert.match(first, /dut 110 at .*m-lap-us-\d+/s);
  assert.equal(await record(), first);
});

Deno.test("Uno keeps what the host sends before its program listens", async () => {
  let text = "";
  const uno = await Uno.create({
    hex: committedHex,
    onHostByte: (byte) => text += String.fromCharCode(byte),
  });
  uno.sendHost(latin1("name%"));
  assert.equal(uno.queuedFromHost, 5);
  uno.run(20_000);
  assert.equal(uno.queuedFromHost, 0);
  assert.equal(text, "m-init-done\r\nm-ready\r\nm-name-iomanager-[thimble]\r\nm-ready\r\n");
});

Deno.test("Uno takes host bytes at 115,200 baud, and DUT bytes at 9600", async () => {
  const bench = await IoManagerBench.start();
  const start = bench.uno.timeUs;
  bench.uno.sendHost(latin1(`dut ${"x".repeat(79)}%`));
  while (!bench.toHost.endsWith("m-ready\r\n")) bench.uno.run(10);
  const hostBytes = 84 + `m-dut-passthrough()\r\nm-ready\r\n`.length + 79;
  const hostUs = bench.uno.timeUs - start;
  assert.ok(Math.abs(hostUs / (hostBytes * 10e6 / 117_647) - 1) < 0.02, `${hostUs} µs`);
  while (!bench.toDut.endsWith("%")) bench.uno.run(10);
  const dutUs = bench.uno.timeUs - start - 84 * 85;
  assert.ok(Math.abs(dutUs / (80 * 10e6 / 9615) - 1) < 0.02, `${dutUs} µs`);
});

Deno.test("Uno.stop() ends a run where it is, and the next one goes on from there", async () => {
  const text = async (stop: boolean) => {
    const cycles: number[] = [];
    const uno: Uno = await Uno.create({
      hex: await Deno.readTextFile("firmware/io-manager/io_manager.hex"),
      onHostByte: () => {
        cycles.push(uno.timeUs);
        if (stop) uno.stop();
      },
    });
    while (uno.timeUs < 20_000) uno.runUntil(20_000);
    return cycles;
  };
  const whole = await text(false);
  assert.ok(whole.length > 10);
  assert.deepEqual(await text(true), whole);
});

Deno.test("Uno throws on a damaged program", async () => {
  await assert.rejects(Uno.create({ hex: ":00" }), InputError);
});
