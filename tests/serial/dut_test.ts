import assert from "node:assert/strict";
import { VirtualClock } from "../../lib/clock.ts";
import { Dut, type DutOptions } from "../../lib/serial/dut.ts";
import {
  DutAnswerError,
  DutError,
  DutLoadError,
  DutLostError,
  DutRebootedError,
  DutRefusedError,
  DutTimeoutError,
} from "../../lib/serial/dut_errors.ts";
import { parseResults } from "../../lib/serial/parse_results.ts";
import { memoryPortPair } from "../../lib/serial/memory_port.ts";
import { answer, type Exchange, expectedProtocol } from "./expected_protocol.ts";

const name: Exchange = ["name%", answer("m-name-dut-[demo]")];

/** Connects, runs `use`, and checks that exactly `exchanges` went over the wire. */
async function converse(
  exchanges: readonly Exchange[],
  use: (dut: Dut) => Promise<void>,
  options: DutOptions = {},
): Promise<void> {
  const { port, verify } = await expectedProtocol([name, ...exchanges]);
  {
    await using dut = await Dut.connect(port, { clock: new VirtualClock(), ...options });
    await use(dut);
  }
  verify();
}

const bytes = (n: number) => Uint8Array.from({ length: n }, (_, i) => i);
const hex = (data: Uint8Array) => Array.from(data, (b) => b.toString(16).padStart(2, "0")).join("");
const print = (data: Uint8Array) => {
  const rows: string[] = [];
  for (let i = 0; i < data.length; i += 8) {
    rows.push("m-buffer-" + hex(data.subarray(i, i + 8)).match(/../g)!.join("-"));
  }
  return answer(...rows);
};

Deno.test("Dut reads name, profile and timestamp", async () => {
  await converse([
    name,
    ["profile%", answer("m-profile-[Firmware 1]", "m-model-[kws01]")],
    ["timestamp%", answer("m-lap-us-250900590")],
  ], async (dut) => {
    assert.equal(await dut.name(), "demo");
    assert.deepEqual(await dut.profile(), { profile: "Firmware 1", model: "kws01" });
    assert.equal(await dut.timestamp(), 250_900_590);
    assert.equal(dut.mode, "performance");
  });
});

Deno.test("Dut.timestamp() gives nothing where the firmware is in energy mode", async () => {
  await converse([["timestamp%", answer()]], async (dut) => {
    assert.equal(await dut.timestamp(), undefined);
    assert.equal(dut.mode, "energy");
  });
});

Deno.test("Dut.connect() takes the mode from a boot banner in front of the answer", async () => {
  const banner = answer("m-timestamp-mode-energy", "m-init-done");
  const { port, verify } = await expectedProtocol([["name%", banner + name[1]]]);
  {
    await using dut = await Dut.connect(port, { clock: new VirtualClock() });
    assert.equal(dut.mode, "energy");
  }
  verify();
});

Deno.test("Dut.connect() closes the port of a device that is silent and says for how long it waited", async () => {
  const [host, device] = memoryPortPair();
  await device.open({ baudRate: 115_200 });
  const clock = new VirtualClock();
  await assert.rejects(
    Dut.connect(host, { clock, bootMs: 4000 }),
    (error: DutTimeoutError) => {
      assert.ok(error instanceof DutTimeoutError);
      assert.equal(error.waitedMs, 4000);
      assert.match(error.message, /nothing was received/);
      assert.match(error.hint!, /baud rate/);
      return true;
    },
  );
  assert.ok(clock.now() >= 4000 && clock.now() < 5000);
  assert.equal(host.readable, null);
  await device.close();
});

Deno.test("Dut.load() sends 31 bytes a command and waits for each answer", async () => {
  const data = bytes(70);
  await converse([
    ["db load 70%", answer("m-[Expecting 70 bytes]")],
    [`db ${hex(data.subarray(0, 31))}%`, answer()],
    [`db ${hex(data.subarray(31, 62))}%`, answer()],
    [`db ${hex(data.subarray(62))}%`, answer("m-load-done")],
  ], (dut) => dut.load(data));
});

Deno.test("Dut.load() sends a refused chunk again after reading the buffer back", async () => {
  const data = bytes(40);
  const first = `db ${hex(data.subarray(0, 31))}%`;
  const second = `db ${hex(data.subarray(31))}%`;
  const stored = new Uint8Array(40).fill(255);
  stored.set(data.subarray(0, 31));
  const notices: string[] = [];
  await converse(
    [
      ["db load 40%", answer("m-[Expecting 40 bytes]")],
      [first, answer()],
      [second, answer("e-[Insufficent number of hex digits]")],
      name,
      ["db print%", print(stored)],
      ["db print%", print(stored)],
      [second, answer("m-load-done")],
      ["db print%", print(data)],
    ],
    (dut) => dut.load(data),
    { onNotice: (text) => notices.push(text) },
  );
  assert.equal(notices.length, 1);
  assert.match(notices[0], /Insufficent number of hex digits/);
});

Deno.test("Dut.load() does not send a chunk again of which only the answer was lost", async () => {
  const data = bytes(40);
  const stored = new Uint8Array(40);
  stored.set(data.subarray(0, 31));
  await converse([
    ["db load 40%", answer("m-[Expecting 40 bytes]")],
    [`db ${hex(data.subarray(0, 31))}%`, "m-rea\r\n"],
    name,
    ["db print%", print(stored)],
    ["db print%", print(stored)],
    [`db ${hex(data.subarray(31))}%`, answer("m-load-done")],
    ["db print%", print(data)],
  ], (dut) => dut.load(data));
});

Deno.test("Dut.load() begins anew where a byte was changed without a word, and trusts no later load", async () => {
  const data = bytes(16);
  const wrong = data.slice();
  wrong[3] = 99;
  const load: Exchange = ["db load 16%", answer("m-[Expecting 16 bytes]")];
  const chunk: Exchange = [`db ${hex(data)}%`, answer("m-load-done")];
  await converse([
    load,
    chunk,
    ["db print%", print(wrong)],
    ["db print%", print(wrong)],
    load,
    chunk,
    ["db print%", print(data)],
    load,
    chunk,
    ["db print%", print(data)],
  ], async (dut) => {
    await dut.load(data);
    await dut.load(data);
  }, { verifyLoads: true });
});

Deno.test("Dut.load() believes a read-back that differs only when it differs twice the same", async () => {
  const data = bytes(16);
  const misread = data.slice();
  misread[9] = 1;
  await converse(
    [
      ["db load 16%", answer("m-[Expecting 16 bytes]")],
      [`db ${hex(data)}%`, answer("m-load-done")],
      ["db print%", print(misread)],
      ["db print%", print(data)],
    ],
    (dut) => dut.load(data),
    { verifyLoads: true },
  );
});

Deno.test("Dut.load() reads the buffer back from a device that echoes", async () => {
  for (const lineEnd of ["", "\r\n"]) {
    await converse(
      [
        ["db load 16%", answer("m-[Expecting 16 bytes]")],
        [`db ${hex(bytes(16))}%`, answer("m-load-done")],
        ["db print%", `db print%${lineEnd}${print(bytes(16))}`],
      ],
      (dut) => dut.load(bytes(16)),
      { verifyLoads: true },
    );
  }
});

Deno.test("Dut.load() gives up with the number of attempts", async () => {
  const refusal = answer("e-[Invalid hex digit 'g0']");
  const round: Exchange[] = [
    ["db load 2%", answer("m-[Expecting 2 bytes]")],
    ["db 0001%", refusal],
    name,
    ["db print%", answer("m-buffer-00-01")],
    name,
  ];
  await converse([...round, ...round, ...round], async (dut) => {
    await assert.rejects(dut.load(bytes(2)), (error: DutLoadError) => {
      assert.ok(error instanceof DutLoadError);
      assert.equal(error.attempts, 3);
      return true;
    });
  }, { retries: 1 });
});

Deno.test("Dut.load() gives up on a chunk that is refused each time and leaves nothing behind", async () => {
  const refused: Exchange[] = [["db 0001%", answer("e-[No]")], name, ["db print%", answer()]];
  const nothing: Exchange = ["db print%", answer()];
  const chunk = [...refused, ...Array<Exchange>(5).fill(nothing)];
  const round = [
    ["db load 2%", answer("m-[Expecting 2 bytes]")] as Exchange,
    ...chunk,
    ...chunk,
    ...chunk,
    name,
  ];
  await converse([...round, ...round, ...round], async (dut) => {
    await assert.rejects(dut.load(bytes(2)), DutLoadError);
  }, { retries: 1 });
});

Deno.test("Dut.load() does not insist where the device has no room", async () => {
  const text = "Supplied buffer size 99999 exceeds maximum of 27648";
  await converse([["db load 99999%", answer(text)]], async (dut) => {
    await assert.rejects(dut.load(new Uint8Array(99_999)), DutRefusedError);
  });
});

const infer = (results: string, laps = ["m-lap-us-1000", "m-lap-us-3000"]) =>
  answer(
    "m-warmup-start-1",
    "m-warmup-done",
    "m-infer-start-10",
    ...laps,
    "m-infer-done",
    `m-results-[${results}]`,
  );

Deno.test("Dut.infer() reads times and values", async () => {
  await converse([["infer 10 1%", infer("0.250,0.750")]], async (dut) => {
    assert.deepEqual(await dut.infer({ iterations: 10, warmups: 1, resultCount: 2 }), {
      iterations: 10,
      warmups: 1,
      startUs: 1000,
      endUs: 3000,
      results: [0.25, 0.75],
    });
  });
});

Deno.test("Dut.infer() mends a 32-bit clock that wraps", async () => {
  const laps = ["m-lap-us-4294967000", "m-lap-us-704"];
  await converse([["infer 10 1%", infer("1.0", laps)]], async (dut) => {
    const { startUs, endUs } = await dut.infer({ iterations: 10, warmups: 1 });
    assert.equal(endUs! - startUs!, 1000);
  });
});

Deno.test("Dut.infer() does not take a clock that goes back for one that wraps", async () => {
  const back = infer("1.0", ["m-lap-us-1000000000", "m-lap-us-999000000"]);
  const round: Exchange[] = [["infer 10 1%", back]];
  await converse([...round, name, ...round], async (dut) => {
    await assert.rejects(
      dut.infer({ iterations: 10, warmups: 1 }),
      (error: DutAnswerError) => error instanceof DutAnswerError && /goes back/.test(error.message),
    );
  }, { retries: 1 });
});

Deno.test("Dut.infer() reads tokens that other text is glued to", async () => {
  const glued = "infer 10 1m-warmup-start-1\r\nm-warmup-done\r\ntimestampm-lap-us-5\r\n" +
    "dut: m-lap-us-9\r\nType errorm-results-[0.10,0.90,]\r\ndut: dut: m-ready\r\n";
  await converse([["infer 10 1%", glued]], async (dut) => {
    const inference = await dut.infer({ iterations: 10, warmups: 1, resultCount: 2 });
    assert.deepEqual([inference.startUs, inference.endUs, inference.results], [5, 9, [0.1, 0.9]]);
  });
});

Deno.test("Dut takes an answer whose 'm-ready' ends in white space", async () => {
  await converse(
    [["profile%", "m-profile-[Firmware 1]\r\nm-model-[kws01]\r\nm-ready \r\n"]],
    async (dut) => {
      assert.equal((await dut.profile()).model, "kws01");
    },
  );
});

Deno.test("Dut.infer() says how many values there are where they are too few", async () => {
  const few: Exchange[] = [
    ["infer 10 1%", infer("0.25,0.75")],
    ["results%", answer("m-results-[0.25,0.75]")],
  ];
  await converse([...few, name, ...few], async (dut) => {
    await assert.rejects(
      dut.infer({ iterations: 10, warmups: 1, resultCount: 3 }),
      /it holds 2 values: expected 3/,
    );
  }, { retries: 1 });
});

Deno.test("Dut.infer() asks for the values again where their line was damaged", async () => {
  await converse([
    ["infer 10 1%", infer("0.25,0.7x")],
    ["results%", answer("m-results-[0.25,0.75]")],
    name,
    ["infer 10 1%", infer("0.25,0.75")],
    ["results%", answer("m-results-[0.25,0.75]")],
  ], async (dut) => {
    const { results } = await dut.infer({ iterations: 10, warmups: 1, resultCount: 2 });
    assert.deepEqual(results, [0.25, 0.75]);
  });
});

Deno.test("Dut.infer() trusts values of uneven length when they come twice the same", async () => {
  await converse([
    ["infer 10 1%", infer("0.5,0.25")],
    ["results%", answer("m-results-[0.5,0.25]")],
    ["infer 10 1%", infer("0.5,0.25")],
  ], async (dut) => {
    for (let i = 0; i < 2; i++) {
      assert.deepEqual((await dut.infer({ iterations: 10, warmups: 1 })).results, [0.5, 0.25]);
    }
  });
});

Deno.test("Dut.infer() says that firmware without timestamps may be in energy mode", async () => {
  const round: Exchange[] = [["infer 10 1%", infer("1.0", [])]];
  await converse([...round, name, ...round], async (dut) => {
    await assert.rejects(
      dut.infer({ iterations: 10, warmups: 1 }),
      (error: DutAnswerError) => error instanceof DutAnswerError && /energy mode/.test(error.hint!),
    );
  }, { retries: 1 });
});

Deno.test("Dut throws what the device refused, with its words and the last bytes", async () => {
  const refusal: Exchange = ["infer 10 1%", answer("e-[No input\x1b[31m]")];
  await converse([refusal, name, refusal], async (dut) => {
    await assert.rejects(dut.infer({ iterations: 10, warmups: 1 }), (error: DutRefusedError) => {
      assert.ok(error instanceof DutRefusedError);
      assert.equal(error.answer, "No input\x1b[31m");
      assert.equal(error.command, "infer 10 1");
      assert.match(error.message, /No input\\x1b\[31m/);
      assert.match(error.lastBytes, /m-ready\\r\\n$/);
      return true;
    });
  }, { retries: 1 });
});

Deno.test("Dut says that the device has started anew", async () => {
  const banner = answer("m-timestamp-mode-performance", "m-init-done");
  await converse([["profile%", banner]], async (dut) => {
    await assert.rejects(dut.profile(), DutRebootedError);
  });
});

Deno.test("Dut drops an answer that comes late instead of taking it for the next one", async () => {
  const { port, verify } = await expectedProtocol([
    name,
    ["timestamp%", ""],
    ["name%", answer("m-lap-us-1") + name[1]],
    ["timestamp%", answer("m-lap-us-2")],
  ]);
  {
    await using dut = await Dut.connect(port, { clock: new VirtualClock() });
    assert.equal(await dut.timestamp(), 2);
  }
  verify();
});

Deno.test("Dut throws DutLostError when the port vanishes", async () => {
  const [host, device] = memoryPortPair();
  await device.open({ baudRate: 115_200 });
  await device.writable!.getWriter().write(new TextEncoder().encode(name[1]));
  await using dut = await Dut.connect(host, { clock: new VirtualClock() });
  const pending = assert.rejects(dut.profile(), (error: DutLostError) => {
    assert.ok(error instanceof DutLostError);
    assert.equal(error.command, "profile");
    return true;
  });
  await device.close();
  await pending;
});

Deno.test("Dut ends a wait when its signal aborts", async () => {
  const controller = new AbortController();
  const { port } = await expectedProtocol([name, ["profile%", ""]]);
  await using dut = await Dut.connect(port, { signal: controller.signal });
  const pending = assert.rejects(dut.profile(), (error) => error === controller.signal.reason);
  controller.abort();
  await pending;
});

Deno.test("parseResults() takes what boards print and nothing else", () => {
  const parse = (text: string, count?: number) =>
    parseResults([`m-results-[${text}]`], count)?.values;
  assert.deepEqual(parse("0.02,0.97,", 2), [0.02, 0.97]);
  assert.deepEqual(parse("15764479891472388.000"), [15764479891472388]);
  assert.deepEqual(parse("-1, 2e-3"), [-1, 0.002]);
  for (const text of ["", ",", "0x10", "nan", "inf", "1..2", "1,,2", "1e999", "0.1 0.2"]) {
    assert.equal(parse(text), undefined, text);
  }
  assert.equal(parse("1,2,3", 2), undefined);
});

Deno.test("parseResults() survives mutated lines", () => {
  let seed = 3;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  const line = "m-results-[0.000,0.003,0.000,0.761,0.234]";
  for (let round = 0; round < 5000; round++) {
    const text = [...line];
    for (let k = 0; k < 3; k++) {
      text[Math.floor(random() * text.length)] = String.fromCharCode(Math.floor(random() * 256));
    }
    const values = parseResults([text.join("")], 5)?.values;
    assert.ok(values === undefined || (values.length === 5 && values.every(Number.isFinite)));
  }
});

Deno.test("Dut survives a device that answers with noise", async () => {
  let seed = 11;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  for (let round = 0; round < 20; round++) {
    const [host, device] = memoryPortPair();
    await device.open({ baudRate: 115_200 });
    const writer = device.writable!.getWriter();
    (async () => {
      for await (const _ of device.readable!) {
        const noise = Uint8Array.from({ length: 200 }, () => Math.floor(random() * 256));
        await writer.write(noise);
        await writer.write(new TextEncoder().encode(random() < 0.5 ? name[1] : "m-ready\r\n"));
      }
    })().catch(() => {});
    try {
      await using dut = await Dut.connect(host, { clock: new VirtualClock(), retries: 1 });
      await assert.rejects(dut.profile(), DutError);
      await assert.rejects(dut.infer({ iterations: 1 }), DutError);
    } catch (error) {
      assert.ok(error instanceof DutError, String(error));
    }
    await device.close();
  }
});

Deno.test("Dut.load() says where firmware does not end a load", async () => {
  const round: Exchange[] = [
    ["db load 2%", answer("m-[Expecting 2 bytes]")],
    ["db 0001%", answer()],
    name,
  ];
  await converse([...round, ...round, ...round], async (dut) => {
    await assert.rejects(
      dut.load(bytes(2)),
      (error: DutAnswerError) =>
        error instanceof DutAnswerError && /m-load-done/.test(error.message),
    );
  }, { retries: 1 });
});
