import assert from "node:assert/strict";
import { SeededRandom } from "../model/seeded_random.ts";
import { referenceTest, shared } from "../reference.ts";
import { IoManagerBench, latin1 } from "./io_manager_bench.ts";

Deno.test("the IO manager answers every command of the protocol", async () => {
  const bench = await IoManagerBench.start();
  assert.deepEqual(bench.ask("name"), ["m-name-iomanager-[thimble]"]);
  assert.deepEqual(bench.ask("version"), ["m-version-[0.1.0]"]);
  assert.deepEqual(bench.ask("tm 0"), [
    "m-timestmp-mode-FALLING",
    "m-[Timer disabled after mode change]",
  ]);
  assert.deepEqual(bench.ask("tm 1"), [
    "m-timestmp-mode-CHANGE",
    "m-[Timer disabled after mode change]",
  ]);
  assert.deepEqual(bench.ask("enable-timer"), ["m-timer-enabled"]);
  assert.deepEqual(bench.ask("disable-timer"), ["m-timer-disabled"]);
  assert.deepEqual(bench.ask("et"), ["m-emon-started"]);
  const help = bench.ask("help");
  for (const name of ["name", "version", "dut", "res", "tm", "enable-timer", "timestamp", "et"]) {
    assert.ok(help.some((line) => line.startsWith(`m-[${name}`)), name);
  }
  for (const name of ["tp", "i2c-enable 16", "i2c-disable", "load-vdata", "show-vdata"]) {
    assert.deepEqual(bench.ask(name), ["e-[Not supported: not part of MLPerf Tiny]"]);
  }
  for (const wrong of ["tm", "tm 2", "tm 00", "tm x", "res 2", "res 0 "]) {
    assert.deepEqual(bench.ask(wrong), ["e-[Argument must be 0 or 1]"], wrong);
  }
  assert.deepEqual(bench.ask(""), ["e-[Unknown command: ]"]);
  assert.deepEqual(bench.ask("names"), ["e-[Unknown command: names]"]);
  assert.deepEqual(bench.ask("\r\n\0na\r\nme"), ["m-name-iomanager-[thimble]"]);
  assert.deepEqual(bench.ask("\x07\xff x"), ["e-[Unknown command: ??]"]);
});

Deno.test("the IO manager passes commands to the DUT, and its lines back", async () => {
  const bench = await IoManagerBench.start();
  assert.deepEqual(bench.ask("dut name"), ["m-dut-passthrough(name)"]);
  bench.uno.run(10_000);
  assert.equal(bench.takeDut(), "name%");
  bench.dutSays("m-name-dut-[x]", "", "m-ready");
  bench.uno.run(50_000);
  assert.equal(bench.take(), "[dut]: m-name-dut-[x]\r\n[dut]: m-ready\r\n");
  assert.deepEqual(bench.ask("dut"), ["m-dut-passthrough()"]);
  const longest = "db " + "a5".repeat(38); // 79 characters
  assert.deepEqual(bench.ask(`dut ${longest}`), [`m-dut-passthrough(${longest})`]);
  bench.uno.run(100_000);
  assert.equal(bench.takeDut(), `%${longest}%`);
});

Deno.test("the IO manager carries every byte both ways at once", async () => {
  const bench = await IoManagerBench.start();
  const random = new SeededRandom(1);
  let sent = "";
  let said = "";
  for (let i = 0; i < 20; i++) {
    const command = Array.from(
      { length: random.integer(1, 79) },
      () =>
        String.fromCharCode(random.pick([random.integer(0x20, 0x24), random.integer(0x26, 0xff)])),
    ).join("");
    const line = Array.from(
      { length: random.integer(1, 120) },
      () => String.fromCharCode(random.pick([random.integer(1, 9), random.integer(14, 255)])),
    ).join("");
    sent += command + "%";
    said += `[dut]: ${line}\r\n`;
    bench.dutSays(line);
    bench.uno.sendHost(latin1(`dut ${command}%`));
    bench.uno.run(random.integer(90_000, 250_000));
  }
  bench.uno.run(500_000);
  assert.equal(bench.takeDut(), sent);
  const host = bench.take();
  assert.equal(
    host.split("\r\n").filter((line) => line.startsWith("[dut]: ")).map((line) => line + "\r\n")
      .join(""),
    said,
  );
  assert.equal(host.match(/^m-ready\r$/gm)?.length, 20);
  assert.equal(bench.uno.dutFrameErrors, 0);
});

for (const percent of [-2.5, -1, 1, 2.5]) {
  Deno.test(`the IO manager understands a DUT whose clock is ${percent} % off`, async () => {
    const bench = await IoManagerBench.start({ dutBaudRate: 9600 * (1 + percent / 100) });
    const text = "U\x01\xfe\x80\x7f every bit pattern matters ~\x10";
    for (let i = 0; i < 5; i++) bench.dutSays(text);
    bench.uno.sendHost(latin1(`dut ${text}%`));
    bench.uno.run(400_000);
    assert.equal(bench.takeDut(), text + "%");
    const lines = bench.take().split(/(?<=\r\n)/).filter((line) => line.startsWith("[dut]"));
    assert.deepEqual(lines, Array(5).fill(`[dut]: ${text}\r\n`));
  });
}

Deno.test("the IO manager says what was lost, and goes on", async () => {
  const bench = await IoManagerBench.start();
  assert.deepEqual(bench.ask("x".repeat(84)), ["e-[Command is longer than 83 characters]"]);
  assert.deepEqual(bench.ask("x".repeat(5000)), ["e-[Command is longer than 83 characters]"]);
  // The DUT's line is twelve times slower: a host that does not wait is told.
  bench.uno.sendHost(latin1(`dut ${"y".repeat(79)}%`.repeat(10)));
  bench.uno.run(2_000_000);
  assert.match(bench.take(), /^e-\[Bytes from the host lost: [1-9]\d*\]\r$/m);
  bench.uno.sendHost(latin1("%"));
  bench.until("m-ready\r\n");
  bench.uno.run(200_000);
  bench.take();
  assert.deepEqual(bench.ask("name"), ["m-name-iomanager-[thimble]"]);
});

Deno.test("the IO manager takes three commands for the DUT in a row", async () => {
  const bench = await IoManagerBench.start();
  const commands = ["a".repeat(79), "b".repeat(79), "c".repeat(40)];
  bench.uno.sendHost(latin1(commands.map((command) => `dut ${command}%`).join("")));
  bench.uno.run(400_000);
  assert.equal(bench.takeDut(), commands.map((command) => command + "%").join(""));
  assert.doesNotMatch(bench.take(), /lost/);
});

Deno.test("the IO manager is not blocked by a DUT that sends rubbish", async () => {
  const bench = await IoManagerBench.start();
  // A spike, and a line without an end.
  bench.uno.sendDut([0x00, 0xff]);
  bench.uno.run(20_000);
  assert.equal(bench.take(), "[dut]: \0\xff");
  assert.deepEqual(bench.ask("name"), ["", "m-name-iomanager-[thimble]"]);
  // Lines that never end are cut.
  bench.uno.sendDut(new Uint8Array(1100).fill(0x2e));
  bench.uno.run(100_000);
  bench.uno.sendHost(latin1("name%"));
  bench.uno.run(1_300_000);
  assert.deepEqual(bench.take().split("\r\n"), [
    `[dut]: ${".".repeat(512)}`,
    "m-name-iomanager-[thimble]",
    "m-ready",
    `[dut]: ${".".repeat(512)}`,
    `[dut]: ${".".repeat(76)}`,
    "",
  ]);
});

Deno.test("the IO manager reports frames without a stop bit", async () => {
  const bench = await IoManagerBench.start({ dutBaudRate: 4800 });
  bench.dutSays("m-name-dut-[x]");
  bench.uno.run(300_000);
  assert.match(bench.take(), /^e-\[Bytes from the DUT lost: [1-9]\d*\]\r$/m);
});

Deno.test("the IO manager stamps edges of the chosen kind only while it is asked to", async () => {
  const bench = await IoManagerBench.start();
  const laps = () => bench.take().match(/^m-lap-us-\d+\r$/gm)?.length ?? 0;
  const pulse = () => {
    bench.pulse(50);
    bench.uno.run(10_000);
    return laps();
  };
  assert.equal(pulse(), 0);
  bench.ask("enable-timer");
  assert.equal(pulse(), 2, "all edges count at first");
  bench.ask("tm 0");
  assert.equal(pulse(), 0, "a change of mode ends it");
  bench.ask("enable-timer");
  assert.equal(pulse(), 1);
  bench.pulse(1);
  bench.uno.run(10_000);
  assert.equal(laps(), 1, "a pulse of a microsecond is enough");
  bench.ask("disable-timer");
  assert.equal(pulse(), 0);
  bench.ask("enable-timer");
  bench.uno.run(10_000);
  assert.equal(laps(), 0, "what came while it was off is forgotten");
});

Deno.test("the IO manager's stamps are true, under load, across overflows of Timer1", async () => {
  const bench = await IoManagerBench.start();
  bench.ask("tm 0");
  bench.ask("enable-timer");
  const random = new SeededRandom(2);
  const fell: number[] = [];
  let host = "";
  for (let i = 0; i < 400; i++) {
    if (i % 4 === 0) {
      bench.dutSays("x".repeat(random.integer(1, 60)));
      bench.uno.sendHost(latin1(`dut ${"y".repeat(random.integer(1, 40))}%`));
    }
    // Every third edge lies close to an overflow, which is each 32,768 µs.
    const now = bench.uno.timeUs;
    const target = i % 3 === 0
      ? Math.ceil((now + 500 - bootUs) / 32_768) * 32_768 + bootUs + random.integer(-160, 160) / 16
      : now + random.integer(5000 * 16, 40_000 * 16) / 16;
    if (target > now) bench.uno.runUntil(target);
    fell.push(bench.pulse());
    host += bench.take();
  }
  bench.uno.run(1_000_000);
  host += bench.take();
  assert.doesNotMatch(host, /lost/);
  const stamps = [...host.matchAll(/^m-lap-us-(\d+)\r$/gm)].map((match) => Number(match[1]));
  assert.equal(stamps.length, fell.length);
  const late = stamps.map((stamp, i) => stamp - fell[i]);
  const spread = Math.max(...late) - Math.min(...late);
  assert.ok(spread <= 6, `stamps differ by ${spread} µs`);
});

/** When Timer1 starts: after the C start-up has copied what lies in RAM. */
const bootUs = await (async () => {
  const bench = await IoManagerBench.start();
  bench.ask("tm 0");
  bench.ask("enable-timer");
  const fellUs = bench.pulse();
  bench.uno.run(10_000);
  return fellUs - Number(/m-lap-us-(\d+)/.exec(bench.take())![1]);
})();

Deno.test("the IO manager keeps sixteen edges, and says how many more there were", async () => {
  const bench = await IoManagerBench.start();
  bench.ask("tm 0");
  bench.ask("enable-timer");
  bench.uno.sendDut(latin1("no end")); // stamps wait for the end of a line
  bench.uno.run(10_000);
  for (let i = 0; i < 20; i++) {
    bench.pulse();
    bench.uno.run(20);
  }
  bench.uno.run(300_000);
  const host = bench.take();
  assert.equal(host.match(/^m-lap-us-\d+\r$/gm)?.length, 16);
  assert.match(host, /^e-\[Timestamps lost: 4\]\r$/m);
});

Deno.test("the IO manager tells the time", async () => {
  const bench = await IoManagerBench.start();
  const read = () => Number(/^m-lap-us-(\d+)$/.exec(bench.ask("timestamp")[0])![1]);
  const first = read();
  const before = bench.uno.timeUs;
  bench.uno.run(3_000_000);
  const second = read();
  const passed = bench.uno.timeUs - before;
  assert.ok(Math.abs(second - first - passed) < 1000, `${second - first} of ${passed} µs`);
});

Deno.test("the IO manager resets the DUT and starts an energy monitor", async () => {
  const bench = await IoManagerBench.start();
  const levels = () => bench.pins.splice(0).map(({ pin, level }) => `${pin} ${level}`);
  assert.deepEqual(bench.ask("res"), ["m-reset-polarity-0"]);
  const [low, released] = bench.pins;
  assert.ok(released.timeUs - low.timeUs >= 10_000);
  assert.deepEqual(levels(), ["reset low", "reset released"]);
  assert.deepEqual(bench.ask("res 1"), ["m-reset-polarity-1"]);
  assert.deepEqual(levels(), ["reset high", "reset low"]);
  assert.deepEqual(bench.ask("res"), ["m-reset-polarity-1"]);
  assert.deepEqual(levels(), ["reset high", "reset low"]);
  bench.ask("et");
  assert.ok(bench.pins[1].timeUs - bench.pins[0].timeUs >= 100);
  assert.deepEqual(levels(), ["emon low", "emon high"]);
});

Deno.test("the IO manager survives anything on all its lines", async () => {
  const bench = await IoManagerBench.start();
  const random = new SeededRandom(3);
  const words = ["dut ", "%", "tm 0%", "enable-timer%", "res%", "help%", "timestamp%", "\r\n"];
  for (let i = 0; i < 300; i++) {
    const bytes = () => Array.from({ length: random.integer(0, 30) }, () => random.integer(0, 255));
    if (random.integer(0, 1)) bench.uno.sendHost(bytes());
    if (random.integer(0, 1)) bench.uno.sendHost(latin1(random.pick(words)));
    if (random.integer(0, 2) === 0) bench.uno.sendDut(bytes());
    for (let edge = random.integer(0, 20); edge > 0; edge--) bench.pulse(random.integer(1, 9));
    bench.uno.run(random.integer(100, 20_000));
  }
  bench.uno.sendHost(latin1("%disable-timer%"));
  bench.uno.run(3_000_000);
  bench.take();
  assert.deepEqual(bench.ask("name"), ["m-name-iomanager-[thimble]"]);
});

referenceTest("the IO manager answers the official runner as the official one does", async () => {
  let commands = 0;
  for (const benchmark of ["ad", "ic", "kws"]) {
    const log = await Deno.readTextFile(
      shared(`reference/sessions/energyrunner/v0.5-nucleo-l4r5zi/${benchmark}/energy/log.txt`),
    );
    const bench = await IoManagerBench.start();
    for (const part of log.split(/ parser: Command "/).slice(1)) {
      const command = /^io ([^"]*)"/.exec(part)?.[1];
      if (command === undefined) continue;
      const answer = [...part.matchAll(/^[0-9.]+ io: (?!\[dut\])(.*?)\r?$/gm)].map((m) => m[1]);
      assert.deepEqual([...bench.ask(command), "m-ready"], answer, command);
      commands++;
    }
  }
  assert.ok(commands > 20, `${commands} commands`);
});
