import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import { benchmarks } from "../../lib/benchmarks.ts";
import { type Clock, VirtualClock } from "../../lib/clock.ts";
import { InputError } from "../../lib/errors.ts";
import { Dut, type DutOptions } from "../../lib/serial/dut.ts";
import { DutLoadError, FirmwareError } from "../../lib/serial/dut_errors.ts";
import { overlapBytes, parseOperatorTimes } from "../../lib/serial/dut_extensions.ts";
import { memoryPortPair } from "../../lib/serial/memory_port.ts";
import type { SerialPort } from "../../lib/serial/serial_port.ts";
import { seededRandom } from "../../lib/seeded_random.ts";
import { type Faults } from "../../lib/serial/virtual/faults.ts";
import { virtualPort } from "../../lib/serial/virtual/serve_board.ts";
import { VirtualBoard } from "../../lib/serial/virtual/virtual_board.ts";
import { answer, type Exchange, expectedProtocol } from "./expected_protocol.ts";

const name: Exchange = ["name%", answer("m-name-dut-[demo]")];
const profile: Exchange = [
  "profile%",
  answer(
    "m-profile-[Firmware 1]",
    "m-model-[kws01]",
    "m-extensions-[load-binary,baud,stride,chunk,optime]",
  ),
];

async function converse(
  exchanges: readonly Exchange[],
  options: DutOptions,
  use: (dut: Dut) => Promise<void> = async () => {},
): Promise<string[]> {
  const { port, verify } = await expectedProtocol([name, ...exchanges]);
  const notices: string[] = [];
  const clock = new VirtualClock();
  {
    await using dut = await Dut.connect(port, {
      clock,
      onNotice: (text) => notices.push(text),
      ...options,
    });
    await use(dut);
  }
  verify();
  return notices;
}

const checksum = (bytes: Uint8Array) => crc32(bytes).toString(16).padStart(8, "0");
// As expectedProtocol() reads them.
const latin1 = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);
const noise = (length: number, seed = 1) => {
  const random = seededRandom(seed);
  return Uint8Array.from({ length }, () => Math.floor(random() * 256));
};

/** A virtual board that gives the CRC-32 of its input, and the bytes that go over its line. */
function board(
  benchmark = benchmarks.kws01,
  faults?: Faults,
): { port: SerialPort; clock: Clock; counted: { out: number; in: number } } {
  const counted = { out: 0, in: 0 };
  const clock = new VirtualClock();
  const inner = new VirtualBoard({
    benchmark,
    model: {
      macs: 1000,
      results: (input) => [crc32(input) >>> 16, crc32(input) & 0xffff].map((n) => `${n}.000000`),
    },
  });
  const port = virtualPort({
    boot: () => inner.boot(),
    receive(bytes) {
      counted.out += bytes.length;
      const text = inner.receive(bytes);
      counted.in += text.length;
      return text;
    },
  }, { clock, faults });
  return { port, clock, counted };
}

async function loadsRight(dut: Dut, input: Uint8Array): Promise<void> {
  await dut.load(input);
  const { results } = await dut.infer({ iterations: 1 });
  assert.deepEqual(results, [crc32(input) >>> 16, crc32(input) & 0xffff]);
}

Deno.test("Dut.profile() tells the extensions that firmware announces, and none where it has no word", async () => {
  await converse([profile], {}, async (dut) => {
    assert.deepEqual((await dut.profile()).extensions, [
      ...["load-binary", "baud", "stride", "chunk", "optime"],
    ]);
  });
  const official: Exchange = ["profile%", answer("m-profile-[Firmware 1]", "m-model-[kws01]")];
  await converse([official], {}, async (dut) => {
    assert.deepEqual(await dut.profile(), { profile: "Firmware 1", model: "kws01" });
  });
});

Deno.test("Dut uses no extension that it is not told to use", async () => {
  const { port, clock } = board();
  const sent: string[] = [];
  await using dut = await Dut.connect(port, {
    clock,
    onTraffic: ({ from, text }) => from === "host" && sent.push(text),
  });
  await loadsRight(dut, noise(490));
  await loadsRight(dut, noise(490));
  assert.deepEqual([...new Set(sent.map((text) => text.split(" ")[0]))], ["name", "db", "infer"]);
  assert.ok(sent.every((text) => text.length < 80 && !/raw|shift/.test(text)));
});

Deno.test("Dut.load() sends bytes with their checksum, and a damaged piece again", async () => {
  const input = noise(5000);
  const [first, second] = [input.subarray(0, 4096), input.subarray(4096)];
  const announce = (piece: Uint8Array): Exchange => [
    `db raw ${piece.length} ${checksum(piece)}%`,
    answer(`m-[Expecting ${piece.length} raw bytes]`),
  ];
  const notices = await converse(
    [
      profile,
      ["db load 5000%", answer("m-[Expecting 5000 bytes]")],
      announce(first),
      [latin1(first), answer("e-[Wrong checksum: 4096 raw bytes have 00000000]")],
      announce(first),
      [latin1(first), answer()],
      announce(second),
      [latin1(second), answer("m-load-done")],
    ],
    { binaryLoads: true },
    (dut) => dut.load(input),
  );
  assert.match(notices.join(), /sending these 4096 bytes again/);
});

Deno.test("Dut refuses to use an extension that firmware does not announce", async () => {
  const plain: Exchange = [
    "profile%",
    answer("m-profile-[Firmware 1]", "m-model-[kws01]", "m-extensions-[chunk]"),
  ];
  for (
    const [options, expected] of [
      [{ binaryLoads: true }, "load-binary"],
      [{ strideLoads: true }, "stride"],
      [{ fastBaudRate: 2_000_000 }, "baud"],
    ] as [DutOptions, string][]
  ) {
    await assert.rejects(converse([plain], options), (error: FirmwareError) => {
      assert.ok(error instanceof FirmwareError);
      assert.equal(error.expected, expected);
      return true;
    });
  }
});

Deno.test("Dut asks for wider commands where firmware announces them, within bounds", async () => {
  const { port, clock, counted } = board();
  await using dut = await Dut.connect(port, { clock, chunkBytes: 245 });
  await loadsRight(dut, noise(490));
  assert.ok(counted.out < 1200);
  for (const chunkBytes of [0, -1, 1.5, 513, NaN]) {
    await assert.rejects(Dut.connect(port, { clock, chunkBytes }), InputError);
  }
});

Deno.test("overlapBytes() finds windows that overlap", () => {
  const file = noise(4000);
  for (const stride of [1, 512, 1000]) {
    const [before, next] = [file.subarray(0, 2000), file.subarray(stride, stride + 2000)];
    assert.equal(overlapBytes(before, next), 2000 - stride);
  }
  assert.equal(overlapBytes(file.subarray(0, 2000), file.subarray(1001, 3001)), 0);
  assert.equal(overlapBytes(noise(100, 1), noise(100, 2)), 0);
  assert.equal(overlapBytes(noise(100), noise(99)), 0);
  assert.equal(overlapBytes(new Uint8Array(8), new Uint8Array(8)), 7);
  assert.equal(overlapBytes(new Uint8Array(), new Uint8Array()), 0);
});

Deno.test("Dut.load() sends only the stride of windows that overlap", async () => {
  for (const binaryLoads of [false, true]) {
    const { port, clock, counted } = board(benchmarks.ad01);
    const { bytes } = benchmarks.ad01.input;
    const file = noise(bytes + 40 * 512);
    await using dut = await Dut.connect(port, { clock, strideLoads: true, binaryLoads });
    await loadsRight(dut, file.subarray(0, bytes));
    const first = counted.out;
    for (let i = 1; i <= 40; i++) await loadsRight(dut, file.subarray(i * 512, i * 512 + bytes));
    const each = (counted.out - first) / 40;
    // 512 bytes, as digits and in commands, and the inference
    assert.ok(each < (binaryLoads ? 600 : 1200), `${each} bytes a window`);
    // One that has nothing in common is loaded whole, and so is one after a reboot.
    await loadsRight(dut, noise(bytes, 9));
  }
});

Deno.test("Dut.load() survives a bad line with bytes and strides", async () => {
  const { port, clock } = board(benchmarks.ad01, { corrupt: 2e-5, drop: 2e-5, seed: 5 });
  const notices: string[] = [];
  const { bytes } = benchmarks.ad01.input;
  const file = noise(bytes + 60 * 512);
  await using dut = await Dut.connect(port, {
    ...{ clock, strideLoads: true, binaryLoads: true, answerMs: 3000 },
    onNotice: (text) => notices.push(text),
  });
  let loaded = 0;
  for (let i = 0; i <= 60; i++) {
    try {
      await loadsRight(dut, file.subarray(i * 512, i * 512 + bytes));
      loaded++;
    } catch (error) {
      // A byte that was lost leaves this board waiting: its own clock stands still while nothing comes.
      assert.ok(error instanceof DutLoadError, String(error));
    }
  }
  assert.ok(loaded > 55, `${loaded} of 61 loaded`);
  assert.ok(notices.length > 0);
});

Deno.test("a VWW image loads in 0.2 s of line time at 2 Mbaud", async () => {
  const { port, clock, counted } = board(benchmarks.vww01);
  const rates: number[] = [];
  const watched: SerialPort = Object.assign(Object.create(port), {
    reconfigure: ({ baudRate }: { baudRate: number }) => Promise.resolve(void rates.push(baudRate)),
  });
  {
    await using dut = await Dut.connect(watched, {
      ...{ clock, binaryLoads: true, fastBaudRate: 2_000_000 },
    });
    const before = { ...counted };
    const image = noise(96 * 96 * 3);
    await dut.load(image);
    const bytes = counted.out - before.out + counted.in - before.in;
    // Ten bits a byte, commands and answers one after the other.
    const lineTimeS = bytes * 10 / 2_000_000;
    assert.ok(lineTimeS > 0.138 && lineTimeS <= 0.2, `${bytes} bytes: ${lineTimeS} s`);
    await loadsRight(dut, image);
  }
  assert.deepEqual(rates, [2_000_000]);
  // It has gone back: a host that knows nothing of it finds it.
  await using dut = await Dut.connect(port, { clock });
  assert.equal(await dut.name(), "thimble-virtual");
});

/** A device on a line that only carries some rates: what it says at another one is noise. */
async function lineWithRates(carries: (rate: number) => boolean, deviceRate = 115_200) {
  const [inner, device] = memoryPortPair();
  await device.open({ baudRate: deviceRate });
  let [hostRate, asked, trialOf] = [115_200, 0, 0];
  const writer = device.writable!.getWriter();
  const say = (text: string) => writer.write(new TextEncoder().encode(text));
  const clock = new VirtualClock();
  (async () => {
    let command = "";
    for await (const chunk of device.readable!) {
      if (hostRate !== deviceRate || !carries(hostRate)) continue;
      for (const byte of chunk) {
        if (byte !== 0x25) {
          command += String.fromCharCode(byte);
          continue;
        }
        const [word, rate] = command.split(" ");
        command = "";
        if (word === "name") {
          trialOf = 0;
          await say(name[1]);
        } else if (word === "profile") await say(profile[1]);
        else if (word === "baud") {
          asked = Number(rate);
          await say(answer(`m-baud-${asked}`));
          const before = deviceRate;
          trialOf = deviceRate = asked;
          clock.schedule(2000, () => {
            if (trialOf === asked) deviceRate = before;
          });
        }
      }
    }
  })().catch(() => {});
  const port: SerialPort = {
    get readable() {
      return inner.readable;
    },
    get writable() {
      return inner.writable;
    },
    open: (options) => {
      hostRate = options.baudRate;
      return inner.open(options);
    },
    reconfigure: ({ baudRate }) => Promise.resolve(void (hostRate = baudRate)),
    setSignals: () => Promise.resolve(),
    getInfo: () => ({}),
    close: () => inner.close(),
  };
  return { port, clock, rate: () => deviceRate };
}

Deno.test("Dut changes the rate, and puts it back when it is done", async () => {
  const { port, clock, rate } = await lineWithRates(() => true);
  {
    await using dut = await Dut.connect(port, { clock, fastBaudRate: 2_000_000 });
    assert.equal(rate(), 2_000_000);
    assert.equal(await dut.name(), "demo");
  }
  assert.equal(rate(), 115_200);
});

Deno.test("Dut stays at its rate where the line does not carry the new one", async () => {
  const { port, clock, rate } = await lineWithRates((rate) => rate < 1_000_000);
  const notices: string[] = [];
  await using dut = await Dut.connect(port, {
    ...{ clock, fastBaudRate: 2_000_000, onNotice: (text: string) => notices.push(text) },
  });
  assert.equal(rate(), 115_200);
  assert.equal(await dut.name(), "demo");
  assert.deepEqual(notices, ["The line does not carry 2000000 baud: staying at 115200"]);
});

Deno.test("Dut finds a device that an interrupted run has left at the fast rate", async () => {
  const { port, clock, rate } = await lineWithRates(() => true, 921_600);
  {
    await using dut = await Dut.connect(port, { clock, fastBaudRate: 921_600 });
    assert.equal(await dut.name(), "demo");
  }
  assert.equal(rate(), 115_200);
});

Deno.test("Dut stays at its rate on a port that has to be opened anew for another", async () => {
  const { port, clock } = board();
  const notices: string[] = [];
  const fixed: SerialPort = Object.assign(Object.create(port), { reconfigure: undefined });
  await using dut = await Dut.connect(fixed, {
    ...{ clock, fastBaudRate: 921_600, onNotice: (text: string) => notices.push(text) },
  });
  assert.equal(await dut.name(), "thimble-virtual");
  assert.match(notices.join(), /staying at 115200 baud/);
});

Deno.test("Dut.operatorTimes() reads the time of each operator", async () => {
  const first = answer("m-optime-[0,CONV_2D,1200]", "m-optime-[1,SOFTMAX,30]");
  await converse([["optime 10%", first]], {}, async (dut) => {
    assert.deepEqual(await dut.operatorTimes({ iterations: 10 }), [
      { index: 0, name: "CONV_2D", totalUs: 1200 },
      { index: 1, name: "SOFTMAX", totalUs: 30 },
    ]);
  });
  assert.equal(parseOperatorTimes(["m-optime-[1,SOFTMAX,30]"]), undefined);
  assert.equal(parseOperatorTimes(["m-ready"]), undefined);
});
