import assert from "node:assert/strict";
import { benchmarks } from "../../lib/benchmarks.ts";
import { systemClock, VirtualClock } from "../../lib/clock.ts";
import { IoManagerPort, type IoManagerPortOptions } from "../../lib/lab/io_manager_port.ts";
import type { LabActivity, LabEdge } from "../../lib/lab/lab.ts";
import { detect } from "../../lib/serial/detect.ts";
import { cortexM4Cost, inferenceUs } from "../../lib/serial/virtual/cost_model.ts";
import { VirtualDut } from "../../lib/lab/virtual_dut.ts";
import { echoInput, echoResults } from "../firmware/ports_conversation.ts";

const model = { macs: 2_656_768, results: echoResults };
const makeDut = () => new VirtualDut({ benchmark: benchmarks.kws01, model });

/** A host that reads lines through the port. */
class Host {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #text = "";

  constructor(port: IoManagerPort) {
    this.#reader = port.readable!.getReader();
    this.#writer = port.writable!.getWriter();
  }

  /** The text up to and with `end`. */
  async until(end: string): Promise<string[]> {
    while (!this.#text.includes(end)) {
      const { value, done } = await this.#reader.read();
      assert.ok(!done, `the port ends after ${JSON.stringify(this.#text)}`);
      this.#text += new TextDecoder("latin1").decode(value);
      assert.ok(this.#text.length < 100_000);
    }
    const at = this.#text.indexOf(end) + end.length;
    const lines = this.#text.slice(0, at).split("\r\n").slice(0, -1);
    this.#text = this.#text.slice(at);
    return lines;
  }

  send(text: string): Promise<void> {
    return this.#writer.write(new TextEncoder().encode(text));
  }

  async ask(command: string): Promise<string[]> {
    await this.send(command + "%");
    return await this.until("m-ready\r\n");
  }

  /** A command to the DUT; its answer up to its `m-ready`, without what the IO manager says itself. */
  async askDut(command: string): Promise<string[]> {
    assert.deepEqual(await this.ask(`dut ${command}`), [
      `m-dut-passthrough(${command})`,
      "m-ready",
    ]);
    return await this.until("[dut]: m-ready\r\n");
  }
}

async function withBench(
  options: Partial<IoManagerPortOptions>,
  use: (host: Host, port: IoManagerPort) => Promise<void>,
) {
  await using port = new IoManagerPort({
    clock: new VirtualClock(),
    dut: makeDut(),
    ...options,
  });
  await port.open({ baudRate: 115_200 });
  await use(new Host(port), port);
}

const banner = [
  "m-init-done",
  "m-ready",
  "[dut]: m-timestamp-mode-energy",
  "[dut]: m-init-done",
  "[dut]: m-ready",
];

async function load(host: Host, input: Uint8Array) {
  assert.deepEqual(await host.askDut(`db load ${input.length}`), [
    `[dut]: m-[Expecting ${input.length} bytes]`,
    "[dut]: m-ready",
  ]);
  const answers: string[] = [];
  for (let at = 0; at < input.length; at += 26) {
    const hex = Array.from(input.subarray(at, at + 26), (b) => b.toString(16).padStart(2, "0"));
    answers.push(...await host.askDut(`db ${hex.join("")}`));
  }
  assert.deepEqual([...new Set(answers)].sort(), ["[dut]: m-load-done", "[dut]: m-ready"]);
}

Deno.test("IoManagerPort measures a board through the emulated UNO", async () => {
  const edgesUs: number[] = [];
  const states: LabActivity[] = [];
  const onEdge = ({ timeUs, falling }: LabEdge) => {
    if (falling) edgesUs.push(timeUs);
  };
  await withBench({ onEdge, onActivity: (now) => states.push(now) }, async (host) => {
    assert.deepEqual(await host.until("[dut]: m-ready\r\n"), banner);
    assert.deepEqual(await host.ask("name"), ["m-name-iomanager-[thimble]", "m-ready"]);
    assert.deepEqual(await host.askDut("name"), [
      "[dut]: m-name-dut-[thimble-virtual]",
      "[dut]: m-ready",
    ]);
    assert.ok((await host.askDut("profile")).includes("[dut]: m-model-[kws01]"));
    await host.ask("tm 0");
    assert.deepEqual(await host.ask("enable-timer"), ["m-timer-enabled", "m-ready"]);

    const input = echoInput(3);
    await load(host, input);
    const lines = await host.askDut("infer 20 2");
    const lapUs = lines.filter((line) => line.startsWith("m-lap-us-"))
      .map((line) => Number(line.slice(9)));
    assert.deepEqual(lines.filter((line) => !line.startsWith("m-lap-us-")), [
      "[dut]: m-warmup-start-2",
      "[dut]: m-warmup-done",
      "[dut]: m-infer-start-20",
      "[dut]: m-infer-done",
      `[dut]: m-results-[${echoResults(input).join(",")}]`,
      "[dut]: m-ready",
    ]);
    // The window that Timer1 has stamped is the one that the board had by its own clock, and at its place.
    assert.equal(lapUs.length, 2);
    assert.equal(edgesUs.length, 2);
    const windowUs = 20 * inferenceUs(model.macs, cortexM4Cost);
    assert.ok(Math.abs(edgesUs[1] - edgesUs[0] - windowUs) <= 2, `${edgesUs} for ${windowUs} µs`);
    assert.ok(Math.abs(lapUs[1] - lapUs[0] - windowUs) <= 6, `${lapUs} for ${windowUs} µs`);
    // It computes in the window, and in the warm-ups before it; otherwise it sends or waits.
    assert.equal(states[0].state, "inference");
    assert.deepEqual(states, states.toSorted((a, b) => a.timeUs - b.timeUs));
    const inWindow = states.filter(({ timeUs }) =>
      timeUs > edgesUs[0] + 1 && timeUs < edgesUs[1] - 1
    );
    assert.deepEqual(inWindow.map(({ state }) => state), []);
    assert.equal(states.findLast(({ timeUs }) => timeUs <= edgesUs[0] + 1)!.state, "inference");
  });
});

Deno.test("IoManagerPort resets the board through the UNO's reset line", async () => {
  await withBench({}, async (host) => {
    await host.until("[dut]: m-ready\r\n");
    await load(host, echoInput(1));
    // The answer to this is cut off.
    await host.ask("dut db print");
    await host.ask("res");
    const lines = await host.until("[dut]: m-ready\r\n");
    assert.deepEqual(lines.slice(-3), banner.slice(2));
    assert.ok(lines.length < 10, "the board did not go on");
    assert.match((await host.askDut("infer 1 0"))[0], /^\[dut\]: e-\[Input is not loaded/);
  });
});

Deno.test("IoManagerPort gives the same text at each run", async () => {
  const run = async () => {
    let text = "";
    await withBench({}, async (host) => {
      text += await host.until("[dut]: m-ready\r\n");
      await host.ask("tm 0");
      await host.ask("enable-timer");
      for (let i = 0; i < 3; i++) text += await host.askDut("timestamp");
    });
    return text;
  };
  const first = await run();
  assert.match(first, /m-lap-us-\d+/);
  assert.equal(await run(), first);
});

Deno.test("IoManagerPort carries more than a line at once to a board that is busy", async () => {
  await withBench({}, async (host) => {
    await host.until("[dut]: m-ready\r\n");
    await host.send("dut name%dut profile%");
    const lines = await host.until("[dut]: m-ready\r\n");
    lines.push(...await host.until("[dut]: m-ready\r\n"));
    assert.deepEqual(lines.filter((line) => line.startsWith("[dut]")), [
      "[dut]: m-name-dut-[thimble-virtual]",
      "[dut]: m-ready",
      "[dut]: m-profile-[Thimble virtual board, simulated time]",
      "[dut]: m-model-[kws01]",
      "[dut]: m-extensions-[load-binary,baud,stride,chunk]",
      "[dut]: m-ready",
    ]);
  });
});

Deno.test("detect() finds the IO manager", async () => {
  const clock = new VirtualClock();
  const port = new IoManagerPort({
    clock,
    dut: makeDut(),
  });
  const found = await detect(port, { clock });
  assert.equal(found.kind, "io-manager");
  assert.equal(found.name, "thimble");
});

Deno.test("IoManagerPort follows the machine's clock too, and ends when it is closed", async () => {
  const port = new IoManagerPort({
    clock: systemClock,
    dut: makeDut(),
  });
  await port.open({ baudRate: 115_200 });
  const host = new Host(port);
  assert.equal((await host.until("m-ready\r\n"))[0], "m-init-done");
  const rest = host.until("never");
  await port.close();
  await assert.rejects(rest, /the port ends/);
});
