/**
 * The firmware's core, as the virtual board runs it, and tests/firmware/reference_board.ts are two implementations of one protocol: the same bytes must
 * get the same answers, at the same times.
 */
import assert from "node:assert/strict";
import { benchmarks } from "../../lib/benchmarks.ts";
import { seededRandom } from "../../lib/seeded_random.ts";
import { VirtualBoard } from "../../lib/serial/virtual/virtual_board.ts";
import { ReferenceBoard } from "./reference_board.ts";

const words = ["name", "profile", "timestamp", "db", "load", "print", "infer", "results", "help"];
const numbers = [
  "0",
  "1",
  "4",
  "8",
  "9",
  "10",
  "27648",
  "27649",
  "9999999999",
  "00001",
  "-1",
  "+1",
];
const bytes = ["00", "ff", "0aFf", "0", "zz", "0g", "0102030405060708", "\xa0", "\t", "\r\n", "%%"];

/** A conversation in which most is well formed, and the rest is anything. */
function hostileText(random: () => number): string {
  const pick = (from: readonly string[]) => from[Math.floor(random() * from.length)];
  const command = () => {
    const chance = random();
    if (chance < 0.15) return `db load ${pick(["1", "8", "9"])}`;
    if (chance < 0.4) return `db ${pick(bytes)}${pick(bytes)}`;
    if (chance < 0.55) return `infer ${pick(numbers.slice(0, 6))} ${pick(["", "0", "3"])}`;
    if (chance < 0.75) return pick(words);
    if (chance < 0.9) return [pick(words), pick(words), pick(numbers), pick(bytes)].join(" ");
    if (chance < 0.95) return pick(bytes).repeat(Math.floor(random() * 60));
    return Array.from(
      { length: Math.floor(random() * 90) },
      () => String.fromCharCode(Math.floor(random() * 256)),
    ).join("");
  };
  return Array.from({ length: 12 }, () => command() + (random() < 0.95 ? "%" : "")).join("");
}

/** What both say: the extensions are the firmware's alone, and so is CTRL-C. */
function common(text: string): string {
  return text.replace(/^m-extensions-.*\r\n/gm, "").replace(/^Extensions: .*\r\n/gm, "")
    .replace(/m-lap-us-\d+/g, "m-lap-us-T");
}

Deno.test("the core answers any bytes as ReferenceBoard does, at the same times", () => {
  const benchmark = {
    ...benchmarks.kws01,
    input: { ...benchmarks.kws01.input, bytes: 8 },
  };
  const model = {
    macs: 123_456,
    results(input: Uint8Array) {
      if (input[1] === 0xff) throw new Error("the second byte is '\xff'\n");
      return Array.from(input.subarray(0, 3), (byte) => (byte / 256 + 1 / 4096).toFixed(6));
    },
  };
  let transcript = "";
  for (const mode of ["performance", "energy"] as const) {
    const edges: [number[], number[]] = [[], []];
    const [theirs, ours] = [ReferenceBoard, VirtualBoard].map((Board, i) =>
      new Board({
        ...{ benchmark, model, mode },
        // One byte takes 100 µs: sums of times are exact, whatever their order.
        baudRate: 100_000,
        onEdge: (timeUs) => edges[i].push(timeUs),
      })
    );
    const random = seededRandom(2024);
    for (let round = 0; round < 1500; round++) {
      if (round % 50 === 0) assert.equal(ours.boot(), theirs.boot());
      // Where the core has lines of its own, they take time of their own.
      const withTimes = round % 100 >= 50;
      let text = hostileText(random).replaceAll("\x03", "");
      if (withTimes) text = text.replace(/help|profile/g, "name");
      const sent = Uint8Array.from(text, (c) => c.charCodeAt(0));
      const expected = theirs.receive(sent);
      const found = ours.receive(sent);
      const comparable = withTimes ? (answer: string) => answer : common;
      assert.equal(comparable(found), comparable(expected), JSON.stringify(text));
      if (withTimes) assert.equal(ours.timeUs, theirs.timeUs);
      transcript += found;
    }
    assert.equal(edges[0].length, edges[1].length);
    assert.equal(edges[0].length > 0, mode === "energy");
  }
  assert.ok(transcript.length > 500_000, `${transcript.length} characters compared`);
  // The conversations went everywhere.
  const answers = [
    ...["m-name", "m-profile", "m-model", "m-lap", "m-load", "m-buffer", "m-results", "m-warmup"],
    ...["m-infer", "m-[Expecting", "e-[Unknown command", "e-[Command is", "e-[Command 'db'"],
    ...["e-[Command 'db load'", "e-[Already holds", "e-[Invalid hex", "e-[Insufficient number"],
    ...["e-[Supplied buffer", "e-[Inference failed", "e-[Input is", "e-[Command 'infer'"],
    ...["1 to 10000000 iterations", "0 to 10000000 warmups"],
  ];
  assert.deepEqual(answers.filter((answer) => !transcript.includes(answer)), []);
});
