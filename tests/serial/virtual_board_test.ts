import assert from "node:assert/strict";
import { benchmarks } from "../../lib/benchmarks.ts";
import type { Tensor } from "../../lib/model/graph.ts";
import { boardModel } from "../../lib/serial/virtual/board_model.ts";
import { cortexM4Cost, inferenceUs } from "../../lib/serial/virtual/cost_model.ts";
import { seededRandom } from "../../lib/seeded_random.ts";
import { damage } from "../../lib/serial/virtual/faults.ts";
import { VirtualBoard, type VirtualBoardOptions } from "../../lib/serial/virtual/virtual_board.ts";

const model = { macs: 1_000_000, results: (input: Uint8Array) => [(input[0] / 256).toFixed(6)] };

function board(options: Partial<VirtualBoardOptions> = {}): VirtualBoard {
  const made = new VirtualBoard({ benchmark: benchmarks.kws01, model, ...options });
  made.boot();
  return made;
}

const send = (to: VirtualBoard, text: string) => to.receive(new TextEncoder().encode(text));
const lines = (text: string) => text.split("\r\n").slice(0, -1);

function load(to: VirtualBoard, size: number, first = 0): void {
  send(to, `db load ${size}%`);
  for (let at = 0; at < size; at += 31) {
    const hex = Array.from(
      { length: Math.min(31, size - at) },
      (_, i) => (at + i === 0 ? first : 0).toString(16).padStart(2, "0"),
    );
    send(to, `db ${hex.join("")}%`);
  }
}

Deno.test("VirtualBoard boots with its mode", () => {
  const made = new VirtualBoard({ benchmark: benchmarks.kws01, model, mode: "energy" });
  assert.deepEqual(lines(made.boot()), ["m-timestamp-mode-energy", "m-init-done", "m-ready"]);
});

Deno.test("VirtualBoard answers every command of the protocol", () => {
  const made = board();
  assert.deepEqual(lines(send(made, "profile%")), [
    "m-profile-[Thimble virtual board, simulated time]",
    "m-model-[kws01]",
    "m-extensions-[load-binary,baud,stride,chunk]",
    "m-ready",
  ]);
  assert.deepEqual(lines(send(made, "db load 3%")), ["m-[Expecting 3 bytes]", "m-ready"]);
  assert.deepEqual(lines(send(made, "db 0aFf%")), ["m-ready"]);
  assert.deepEqual(lines(send(made, "db 01%")), ["m-load-done", "m-ready"]);
  assert.deepEqual(lines(send(made, "db print%")), ["m-buffer-0a-ff-01", "m-ready"]);
  assert.match(send(made, "help%"), /infer[^]*\r\nm-ready/);
});

Deno.test("VirtualBoard refuses what it cannot do, and stays ready", () => {
  const refusals = [
    "",
    "nonsense",
    "db",
    "db load",
    "db load 0",
    "db load -1",
    "db load 27649",
    "db 0",
    "db zz",
    "db 00",
    "infer",
    "infer 0 1",
    "infer 1 -1",
    "infer 99999999 1",
    "infer 1 0",
    "x".repeat(200),
  ];
  for (const command of refusals) {
    const made = board();
    const [refusal, ready, ...more] = lines(send(made, `${command}%`));
    assert.match(refusal, /^e-\[.+\]$/, command);
    assert.deepEqual([ready, more], ["m-ready", []]);
    assert.match(send(made, "name%"), /m-name-dut/);
  }
});

Deno.test("VirtualBoard keeps bytes that come after a finished load out of its buffer", () => {
  const made = board();
  send(made, "db load 2%");
  assert.deepEqual(lines(send(made, "db 010203%"))[0], "m-load-done");
  assert.deepEqual(lines(send(made, "db print%")), ["m-buffer-01-02", "m-ready"]);
});

Deno.test("VirtualBoard takes the time of its cost model, and the same one each time", () => {
  const elapsed = () => {
    const made = board();
    load(made, 490, 128);
    const answer = send(made, "infer 100 5%");
    assert.match(answer, /m-results-\[0\.500000\]/);
    const laps = [...answer.matchAll(/m-lap-us-(\d+)/g)].map((match) => Number(match[1]));
    return laps[1] - laps[0];
  };
  const expected = 100 * inferenceUs(model.macs, cortexM4Cost);
  // Besides the inferences only the first timestamp's line is on the wire between the two.
  assert.ok(elapsed() >= expected && elapsed() < expected + 3000);
  assert.equal(elapsed(), elapsed());
});

Deno.test("VirtualBoard gives edges instead of timestamps in energy mode", () => {
  const edges: number[] = [];
  const made = board({ mode: "energy", onEdge: (timeUs) => edges.push(timeUs) });
  load(made, 490);
  assert.doesNotMatch(send(made, "infer 10 1%"), /m-lap/);
  assert.equal(edges.length, 2);
  assert.equal(Math.round(edges[1] - edges[0]), 10 * inferenceUs(model.macs, cortexM4Cost));
});

Deno.test("VirtualBoard reports a model that fails as a refusal", () => {
  const made = board({
    model: {
      macs: 1,
      results: () => {
        throw new Error("no such input");
      },
    },
  });
  load(made, 490);
  assert.match(
    send(made, "infer 1 0%"),
    /^e-\[Inference failed: Error: no such input\]\r\nm-ready/,
  );
});

Deno.test("VirtualBoard survives any bytes and ends every command with m-ready", () => {
  const random = seededRandom(5);
  const words = ["db ", "load ", "infer ", "1 ", "0", "ff", "%", "print", "results", "name", " "];
  const made = board();
  for (let round = 0; round < 3000; round++) {
    const text = Array.from(
      { length: 8 },
      () =>
        random() < 0.8
          ? words[Math.floor(random() * words.length)]
          : String.fromCharCode(Math.floor(random() * 256)),
    ).join("");
    const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
    const answer = made.receive(bytes);
    const commands = bytes.filter((byte) => byte === 0x25).length;
    assert.equal(answer.match(/m-ready\r\n/g)?.length ?? 0, commands);
    assert.ok(answer.length < 200_000);
  }
});

Deno.test("damage() repeats itself and hits as often as it was asked to", () => {
  const bytes = new Uint8Array(100_000);
  const once = damage(bytes, { drop: 0.01, corrupt: 0.01 }, seededRandom(1));
  assert.deepEqual(once, damage(bytes, { drop: 0.01, corrupt: 0.01 }, seededRandom(1)));
  const dropped = bytes.length - once.length;
  const corrupted = once.filter((byte) => byte !== 0).length;
  assert.ok(dropped > 800 && dropped < 1200 && corrupted > 800 && corrupted < 1200);
});

Deno.test("boardModel() prints halves as C does, to the even decimal", () => {
  const tensor = (count: number, scale: number): Tensor => ({
    name: "",
    shape: [1, count],
    type: "int8",
    quantization: {
      scale: Float32Array.of(scale),
      zeroPoint: Int32Array.of(-128),
      axis: 0,
    },
  });
  const output = Int8Array.from({ length: 12 }, (_, i) => i - 128);
  const model = boardModel(benchmarks.kws01, {
    input: tensor(490, 1),
    output: tensor(12, 1 / 256),
    run: () => output,
  }, 1);
  const printed = model.results(new Uint8Array(490));
  assert.deepEqual(printed.slice(0, 7), [
    "0.000000",
    "0.003906",
    "0.007812",
    "0.011719",
    "0.015625",
    "0.019531",
    "0.023438",
  ]);
});
