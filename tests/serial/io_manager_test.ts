import assert from "node:assert/strict";
import { benchmarks } from "../../lib/benchmarks.ts";
import { VirtualClock } from "../../lib/clock.ts";
import { IoManagerPort } from "../../lib/lab/io_manager_port.ts";
import { VirtualDut } from "../../lib/lab/virtual_dut.ts";
import { Dut } from "../../lib/serial/dut.ts";
import { DutTimeoutError } from "../../lib/serial/dut_errors.ts";
import { IoManager, type IoManagerOptions } from "../../lib/serial/io_manager.ts";
import { IoManagerError } from "../../lib/serial/io_manager_error.ts";
import { memoryPortPair } from "../../lib/serial/memory_port.ts";
import { cortexM4Cost, inferenceUs } from "../../lib/serial/virtual/cost_model.ts";
import { echoInput, echoResults } from "../firmware/ports_conversation.ts";
import { SeededRandom } from "../model/seeded_random.ts";

const macs = 2_656_768;

/** An emulated UNO with a simulated DUT. */
function bench() {
  const clock = new VirtualClock();
  const trueUs: number[] = [];
  const port = new IoManagerPort({
    clock,
    onEdge: ({ timeUs, falling }) => falling && trueUs.push(timeUs),
    dut: new VirtualDut({ benchmark: benchmarks.kws01, model: { macs, results: echoResults } }),
  });
  return { clock, port, trueUs };
}

/** A device that answers each command as said, and can speak of itself. */
async function scripted(
  answer: (command: string) => string,
  banner = "",
): Promise<{ port: ReturnType<typeof memoryPortPair>[0]; say(text: string): Promise<void> }> {
  const [port, device] = memoryPortPair();
  await device.open({ baudRate: 115_200 });
  const writer = device.writable!.getWriter();
  const latin1 = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
  const say = (text: string) => writer.write(latin1(text));
  (async () => {
    let command = "";
    if (banner) await say(banner);
    for await (const chunk of device.readable!) {
      for (const byte of chunk) {
        if (byte !== 0x25) command += String.fromCharCode(byte);
        else {
          const text = answer(command);
          command = "";
          if (text) await say(text);
        }
      }
    }
  })().catch(() => {});
  return { port, say };
}

const named = "m-name-iomanager-[x]\r\nm-ready\r\n";

Deno.test("IoManager drives a Dut through the emulated UNO, and reports its edges", async () => {
  const { clock, port, trueUs } = bench();
  const edgesUs: number[] = [];
  await using ioManager = await IoManager.connect(port, {
    clock,
    onEdge: (timeUs) => edgesUs.push(timeUs),
  });
  assert.equal(ioManager.name, "thimble");
  await ioManager.enableTimestamps();
  await using dut = await Dut.connect(ioManager.dutPort, { baudRate: 9600, chunkBytes: 26, clock });
  assert.equal(await dut.name(), "thimble-virtual");
  assert.equal((await dut.profile()).model, "kws01");
  const input = echoInput(5);
  await dut.load(input);
  const inference = await dut.infer({ iterations: 20, warmups: 1 });
  assert.deepEqual(inference.results, echoResults(input).map(Number));
  assert.equal(inference.startUs, undefined);
  const windowUs = 20 * inferenceUs(macs, cortexM4Cost);
  assert.equal(trueUs.length, 2);
  assert.equal(edgesUs.length, 2);
  assert.ok(Math.abs(edgesUs[1] - edgesUs[0] - windowUs) <= 6, `${edgesUs} for ${windowUs} µs`);
  await ioManager.disableTimestamps();
  await dut.timestamp();
  assert.equal(edgesUs.length, 2);
});

Deno.test("IoManager tells its time, and refusals", async () => {
  const { clock, port } = bench();
  await using ioManager = await IoManager.connect(port, { clock });
  const first = await ioManager.timestamp();
  assert.ok(await ioManager.timestamp() > first);
  assert.deepEqual(await ioManager.ask("version"), ["m-version-[0.1.0]"]);
  await assert.rejects(ioManager.ask("nonsense"), (error) => {
    assert.ok(error instanceof IoManagerError);
    assert.equal(
      error.message,
      "Cannot have 'nonsense' done as the IO manager says 'e-[Unknown command: nonsense]'",
    );
    return true;
  });
  assert.deepEqual(await ioManager.ask("version"), ["m-version-[0.1.0]"]);
});

Deno.test("IoManager.timestamp() leaves edges out that come in between", async () => {
  const edgesUs: number[] = [];
  const { port } = await scripted((command) =>
    command === "timestamp" ? "m-lap-us-5\r\nm-lap-us-7\r\nm-ready\r\n" : named
  );
  await using ioManager = await IoManager.connect(port, {
    onEdge: (timeUs) => edgesUs.push(timeUs),
  });
  assert.equal(await ioManager.timestamp(), 7);
  assert.deepEqual(edgesUs, [5]);
});

Deno.test("IoManager.connect() waits for a board that starts", async () => {
  const clock = new VirtualClock();
  let asked = 0;
  const { port } = await scripted((command) => {
    asked++;
    // The first is lost in the boot loader; the banner's `m-ready` answers nothing.
    return asked === 1
      ? ""
      : asked === 2
      ? `m-init-done\r\nm-ready\r\n${named}`
      : command + "\r\nm-ready\r\n";
  });
  await using ioManager = await IoManager.connect(port, { clock });
  assert.equal(asked, 2);
  assert.equal(clock.now(), 600);
  assert.deepEqual(await ioManager.ask("a"), ["a"]);
});

Deno.test("IoManager.connect() throws where nothing answers, and closes the port", async () => {
  const clock = new VirtualClock();
  const { port } = await scripted(() => "");
  await assert.rejects(IoManager.connect(port, { clock, bootMs: 2000 }), (error) => {
    assert.ok(error instanceof IoManagerError);
    assert.match(
      error.message,
      /^Cannot have 'name' done as the IO manager does not answer within \d+ ms$/,
    );
    assert.equal(error.command, "name");
    return true;
  });
  assert.equal(port.readable, null);
});

Deno.test("IoManager.connect() throws on a DUT", async () => {
  const clock = new VirtualClock();
  const { port } = await scripted(() => {
    clock.advance(300);
    return "m-name-dut-[x]\r\nm-ready\r\n";
  });
  await assert.rejects(
    IoManager.connect(port, { clock, bootMs: 2000 }),
    /Cannot find an IO manager as what answers to 'name' is none/,
  );
});

Deno.test("IoManager drops an answer that comes too late", async () => {
  const clock = new VirtualClock();
  const device = await scripted((command) =>
    command === "name" ? named : command === "slow" ? "" : `m-${command}\r\nm-ready\r\n`
  );
  await using ioManager = await IoManager.connect(device.port, { clock });
  await assert.rejects(ioManager.ask("slow"), /does not answer within 1000 ms/);
  clock.schedule(20, () => void device.say("m-slow\r\nm-ready\r\n"));
  assert.deepEqual(await ioManager.ask("quick"), ["m-quick"]);
});

Deno.test("IoManager says when the port vanishes, the DUT's port with it", async () => {
  const { port } = await scripted(() => named);
  const ioManager = await IoManager.connect(port);
  await ioManager.dutPort.open({ baudRate: 9600 });
  const read = ioManager.dutPort.readable!.getReader().read();
  await port.close();
  assert.equal((await read).done, true);
  await assert.rejects(ioManager.ask("name"), /as the IO manager is gone$/);
  await ioManager[Symbol.asyncDispose]();
});

Deno.test("IoManager ends a wait when its signal aborts", async () => {
  const aborter = new AbortController();
  const { port } = await scripted((command) => command === "name" ? named : "");
  await using ioManager = await IoManager.connect(port, { signal: aborter.signal });
  const asked = ioManager.ask("never");
  aborter.abort(new Error("enough"));
  await assert.rejects(asked, /enough/);
});

Deno.test("IoManager notes what was lost, and what nobody asked for", async () => {
  const notices: string[] = [];
  const options: IoManagerOptions = { onNotice: (text) => notices.push(text) };
  const device = await scripted((command) =>
    command === "name" ? named : "e-[Bytes from the DUT lost: 2]\r\nm-ok\r\nm-ready\r\n"
  );
  await using ioManager = await IoManager.connect(device.port, options);
  assert.deepEqual(await ioManager.ask("a"), ["m-ok"]);
  await device.say("m-init-done\r\nm-ready\r\nhello \x07\r\n");
  assert.deepEqual(await ioManager.ask("b"), ["m-ok"]);
  assert.deepEqual(notices.slice(0, 3), [
    "e-[Bytes from the DUT lost: 2]",
    "The IO manager has started again",
    "hello \\x07",
  ]);
});

Deno.test("a Dut times out behind an IO manager that says nothing of it", async () => {
  const clock = new VirtualClock();
  const { port } = await scripted((command) =>
    command === "name" ? named : `m-dut-passthrough(${command})\r\nm-ready\r\n`
  );
  await using ioManager = await IoManager.connect(port, { clock });
  await assert.rejects(
    Dut.connect(ioManager.dutPort, { baudRate: 9600, clock }),
    DutTimeoutError,
  );
});

Deno.test("IoManager takes any text without harm", async () => {
  const random = new SeededRandom(6);
  const edgesUs: number[] = [];
  const words = [
    "m-ready\r\n",
    "[dut]: ",
    "m-lap-us-",
    "99999999999\r\n",
    "e-[",
    "\r\n",
    "m-init-done\r\n",
  ];
  for (let i = 0; i < 100; i++) {
    const clock = new VirtualClock();
    const { port } = await scripted((command) => {
      if (command === "name" && random.integer(0, 1)) return named;
      return Array.from(
        { length: random.integer(0, 40) },
        () =>
          random.integer(0, 2) ? random.pick(words) : String.fromCharCode(random.integer(0, 255)),
      ).join("");
    });
    try {
      await using ioManager = await IoManager.connect(port, {
        clock,
        onEdge: (timeUs) => edgesUs.push(timeUs),
      });
      await ioManager.dutPort.open({ baudRate: 9600 });
      await Promise.allSettled([ioManager.ask("a"), ioManager.timestamp(), ioManager.ask("b")]);
    } catch (error) {
      assert.ok(error instanceof IoManagerError, String(error));
    }
  }
  assert.ok(edgesUs.length > 0);
  assert.ok(edgesUs.every((timeUs) => timeUs >= 0 && timeUs <= 9_999_999_999));
});
