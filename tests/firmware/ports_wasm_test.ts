import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import { benchmarks } from "../../lib/benchmarks.ts";
import { VirtualClock } from "../../lib/clock.ts";
import { Dut } from "../../lib/serial/dut.ts";
import { virtualPort } from "../../lib/serial/virtual/serve_board.ts";
import { VirtualBoard, type VirtualBoardOptions } from "../../lib/serial/virtual/virtual_board.ts";
import { answer } from "../serial/expected_protocol.ts";
import { testWith } from "../reference.ts";
import {
  echoInput,
  echoResults,
  holdConversation,
  Line,
  printed,
  type Speaker,
  useDut,
} from "./ports_conversation.ts";
import { clang, withFirmware } from "./ports_tools.ts";

const speaker: Speaker = {
  name: "thimble-virtual",
  profile: "Thimble virtual board, simulated time",
  model: "kws01",
  extensions: "load-binary,baud,stride,chunk",
};

const echo = { macs: 1000, results: echoResults };

function board(options: Partial<VirtualBoardOptions> = {}): VirtualBoard {
  return new VirtualBoard({ benchmark: benchmarks.kws01, model: echo, ...options });
}

const serve = (made: VirtualBoard, options = {}) => virtualPort(made, options);

const send = (to: VirtualBoard, text: string) =>
  to.receive(Uint8Array.from(text, (c) => c.charCodeAt(0)));
const hex = (bytes: Uint8Array) =>
  Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");

function loaded(options: Partial<VirtualBoardOptions> = {}, input = echoInput(0)): VirtualBoard {
  const made = board(options);
  made.boot();
  send(made, `chunk 490%db load 490%`);
  assert.equal(send(made, `db ${hex(input)}%`), answer("m-load-done"));
  return made;
}

testWith(clang, "core.wasm is what its sources give, to the byte", async () => {
  const committed = await Deno.readFile(
    new URL("../../lib/serial/virtual/core.wasm", import.meta.url),
  );
  await withFirmware("wasm", {}, async (file) => {
    const built = await Deno.readFile(file);
    const same = built.length === committed.length && built.every((b, i) => b === committed[i]);
    assert(
      same,
      "core.wasm differs from its sources: run 'deno task firmware wasm --out lib/serial/virtual/core.wasm'",
    );
  });
});

for (const mode of ["performance", "energy"] as const) {
  Deno.test(`VirtualBoard holds the conversation in ${mode} mode`, async () => {
    const port = serve(board({ mode }));
    await port.open({ baudRate: 115_200 });
    await using line = new Line(port);
    await holdConversation(line, { ...speaker, mode });
  });
}

Deno.test("Dut drives a VirtualBoard over a line that loses and damages bytes", async () => {
  const notices: string[] = [];
  for (const seed of [1, 2, 3, 4]) {
    const clock = new VirtualClock();
    await using dut = await Dut.connect(
      serve(board(), { faults: { drop: 2e-4, corrupt: 2e-4, seed }, clock }),
      { clock, onNotice: (text) => notices.push(text), retries: 10, verifyLoads: true },
    );
    await useDut(dut, 2);
  }
  assert.ok(notices.length > 0, "the faults were noticed");
});

Deno.test("VirtualBoard gives the edges of energy mode at the times of its cost model", () => {
  const edges: number[] = [];
  const made = loaded({ mode: "energy", onEdge: (timeUs) => edges.push(timeUs) });
  assert.doesNotMatch(send(made, "infer 10 1%"), /m-lap/);
  assert.equal(edges.length, 2);
  // 1000 MACs at 2.4 cycles and 24,000 cycles, at 120 MHz
  assert.equal(edges[1] - edges[0], 10 * 220);
});

Deno.test("the core prints numbers as printf() does", () => {
  let values: string[] = [];
  const made = loaded({ model: { macs: 1, results: () => values } });
  const check = (value: number, decimals: number) => {
    const text = decimals === 0 ? "1" : "1." + "0".repeat(decimals);
    values = [text, Object.is(value, -0) ? "-0" : String(value)];
    const found = /m-results-\[([^\]]*)\]/.exec(send(made, "infer 1 0%"))![1];
    assert.equal(found, `${text},${printed(value, decimals)}`, `${value} with ${decimals}`);
  };
  const special = [0, -0, 1, -1, 0.5, 1.5, 2.5, 1 / 128, 3 / 128, -1 / 128, 0.9999995, 0.9999999];
  const ends = [2 ** -149, 2 ** -126, 2 ** -40, 2 ** -39, 2 ** 23, 2 ** 24, 2 ** 32, 2 ** 64];
  const most = [(2 - 2 ** -23) * 2 ** 127, -((2 - 2 ** -23) * 2 ** 127), Infinity, -Infinity, NaN];
  for (const value of [...special, ...ends, ...most]) {
    for (const decimals of [0, 1, 3, 6, 9]) check(value, decimals);
  }
  let state = 7;
  const bits = new DataView(new ArrayBuffer(4));
  for (let i = 0; i < 3000; i++) {
    state = Math.imul(state, 1664525) + 1013904223 | 0;
    bits.setInt32(0, state);
    const value = bits.getFloat32(0);
    // not all numbers keep their bits in JavaScript's NaN
    if (!Number.isNaN(value)) check(value, i % 10);
  }
  // As boards print them: toFixed() would say 0.007813.
  assert.equal(printed(2 / 256, 6), "0.007812");
});

Deno.test("db raw takes an input in pieces and has a damaged one sent again", () => {
  const made = board();
  made.boot();
  const input = echoInput(9);
  send(made, "db load 490%");
  const pieces = [input.subarray(0, 200), input.subarray(200, 201), input.subarray(201)];
  for (const [i, piece] of pieces.entries()) {
    const command = `db raw ${piece.length} ${crc32(piece).toString(16).padStart(8, "0")}%`;
    const expecting = answer(`m-[Expecting ${piece.length} raw bytes]`);
    assert.equal(send(made, command), expecting);
    const damaged = piece.slice();
    damaged[damaged.length - 1] ^= 1;
    assert.match(made.receive(damaged), /^e-\[Wrong checksum/);
    assert.equal(send(made, command), expecting);
    assert.equal(made.receive(piece), answer(...i === 2 ? ["m-load-done"] : []));
  }
  assert.match(send(made, "infer 1 0%"), new RegExp(echoResults(input).join(",")));
});

Deno.test("db raw ends when the host falls silent, and what comes then is a command", () => {
  const made = board();
  made.boot();
  send(made, "db load 490%db raw 490 00000000%");
  assert.equal(send(made, "abc"), "");
  assert.equal(made.idle(500_000), "");
  assert.equal(send(made, "%"), "", "it is data as long as it comes in time");
  const ended = answer("e-[Too few bytes: 4 of 490 raw bytes arrived]");
  assert.equal(made.idle(1_000_000), ended);
  assert.equal(made.idle(1_000_000), "");
  assert.equal(send(made, "name%"), answer("m-name-dut-[thimble-virtual]"));
});

Deno.test("db raw and db shift refuse what they cannot do", () => {
  const made = board();
  made.boot();
  const wants = "e-[Command 'db raw' requires a number of bytes and their CRC-32 in 8 hex digits]";
  const missing = (n: number) =>
    `e-[Command 'db raw' requires at least 1 of the ${n} bytes that are missing]`;
  const unloaded = "e-[Command 'db shift' requires an input that is loaded]";
  for (
    const [command, refusal] of [
      ["db raw", wants],
      ["db raw 1", wants],
      ["db raw 1 1234567", wants],
      ["db raw 1 1234567g", wants],
      ["db raw 1 123456789", wants],
      ["db raw 1 12345678", missing(0)],
      ["db shift 1", unloaded],
    ]
  ) {
    assert.equal(send(made, `${command}%`), answer(refusal), command);
  }
  send(made, "db load 4%db 00%");
  assert.equal(send(made, "db shift 1%"), answer(unloaded));
  for (const count of ["0", "4", "4294967299", "9999999999"]) {
    assert.equal(send(made, `db raw ${count} 12345678%`), answer(missing(3)), count);
  }
  send(made, "db 010203%");
  for (const count of ["", "0", "5", "9999999999"]) {
    assert.equal(
      send(made, `db shift ${count}%`),
      answer("e-[Command 'db shift' requires 1 to 4 bytes]"),
    );
  }
  assert.equal(send(made, "db shift 4%"), answer("m-[Expecting 4 bytes]"));
  assert.equal(send(made, "db print%"), answer("m-buffer-00-01-02-03"));
});

Deno.test("chunk widens commands and narrows them again, never beyond the buffer", () => {
  const made = board();
  made.boot();
  const tooLong = (limit: number) => answer(`e-[Command is longer than ${limit} characters]`);
  assert.equal(send(made, "x".repeat(80) + "%"), tooLong(79));
  send(made, "chunk 512%");
  assert.equal(send(made, "x".repeat(1028) + "%"), tooLong(1027));
  assert.match(send(made, "x".repeat(1027) + "%"), /^e-\[Unknown command: x{1027}\]/);
  send(made, "chunk 1%");
  assert.equal(send(made, "x".repeat(80) + "%"), tooLong(79));
  send(made, "chunk 512%");
  made.boot();
  assert.equal(send(made, "x".repeat(80) + "%"), tooLong(79));
});

Deno.test("baud changes the rate after its answer, and goes back where nothing is understood", () => {
  const made = board({ baudRate: 100_000 });
  made.boot();
  const rate = () => {
    const before = made.timeUs;
    send(made, "\n");
    send(made, "\x03");
    return Math.round(20e6 / (made.timeUs - before));
  };
  assert.equal(send(made, "baud 1%"), answer("e-[Rate 1 is not supported]"));
  assert.equal(
    send(made, "baud 4295967296%"),
    answer("e-[Rate 4295967296 is not supported]"),
  );
  assert.equal(rate(), 100_000);
  assert.equal(send(made, "baud 1000000%"), answer("m-baud-1000000"));
  assert.equal(rate(), 1_000_000);
  send(made, "garbage%");
  made.idle(1_900_000);
  assert.equal(rate(), 1_000_000);
  made.idle(100_000);
  assert.equal(rate(), 100_000);
  send(made, "baud 1000000%name%");
  made.idle(10_000_000);
  assert.equal(rate(), 1_000_000);
  made.boot();
  assert.equal(rate(), 100_000);
});

Deno.test("optime is refused where the model does not tell its operators apart", () => {
  assert.equal(
    send(loaded(), "optime 1%"),
    answer("e-[Operators of this model cannot be timed]"),
  );
});

Deno.test("CTRL-C ends an inference and the board goes on", () => {
  const made = loaded();
  const text = send(made, "infer 10000000 10000000%\x03name%");
  assert.equal(
    text,
    answer("m-warmup-start-10000000", "e-[Interrupted after 0 inferences]") +
      answer("m-name-dut-[thimble-virtual]"),
  );
  assert.match(send(made, "infer 1 0%"), /m-results-\[0/);
});

Deno.test("VirtualBoard says how its firmware was built", () => {
  const made = board();
  made.boot();
  const built = send(made, "build%");
  assert.match(built, /m-build-port-\[wasm\]\r\nm-build-board-\[wasm\]\r\nm-build-compiler-\[/);
  assert.match(built, /m-build-flags-\[--target=wasm32 .*\]/);
});
