import assert from "node:assert/strict";
import { lineTime, traceLine } from "../../lib/lab/line_time.ts";
import { seededRandom } from "../../lib/seeded_random.ts";

const trace = (...lines: string[]) => lines.map((line) => traceLine(line)!);
const text = (characters: string) => new TextEncoder().encode(characters);

Deno.test("traceLine() reads lines of a trace and nothing else", () => {
  assert.deepEqual(traceLine("W 1234"), { kind: "W", timeNs: 1234, count: 1 });
  assert.deepEqual(traceLine("W 5 31"), { kind: "W", timeNs: 5, count: 31 });
  for (
    const other of [
      ...["", "W", "W -1", "X 1", "W 1 2 3", "W 1x", " W 1", "R 99999999999999999"],
      "qemu-system-arm: warning: W 12",
    ]
  ) assert.equal(traceLine(other), undefined, other);
});

Deno.test("lineTime() gives each byte its time, and has the firmware wait for it", () => {
  const turn = lineTime(
    trace("R 1000", "R 2000", "W 5000", "W 5100", "W 5200", "F 5300", "W 905300"),
    text("abcd"),
    100,
  );
  const rounded = turn.events.map((e) => ({ ...e, timeUs: Math.round(e.timeUs * 1e6) / 1e6 }));
  assert.deepEqual(rounded, [
    { timeUs: 3, byte: 97 },
    // The second waits in the UART, and the third, with all that follows, for the second to begin.
    { timeUs: 103, byte: 98 },
    { timeUs: 103.1, edge: "falling" },
    { timeUs: 203, byte: 99 },
    // The line is at rest.
    { timeUs: 1003.1, byte: 100 },
  ]);
  assert.equal(turn.endUs, 1103.1);
});

Deno.test("lineTime() keeps the durations in which nothing is sent", () => {
  const turn = lineTime(
    trace("R 0", ...Array.from({ length: 50 }, (_, i) => `W ${i * 10}`), "F 1000", "F 84390000"),
    new Uint8Array(50),
    1041.6,
  );
  const edges = turn.events.filter((event) => "edge" in event).map(({ timeUs }) => timeUs);
  assert.ok(Math.abs(edges[1] - edges[0] - 84_389) < 1e-6);
});

Deno.test("lineTime() takes what was said before the last byte came as said with it", () => {
  const turn = lineTime(trace("W 10 2", "R 5000"), text("ab"), 100);
  assert.deepEqual(turn.events.map(({ timeUs }) => timeUs), [0, 100]);
});

Deno.test("lineTime() keeps order, and a line that never carries two bytes at once", () => {
  const random = seededRandom(7);
  for (let round = 0; round < 300; round++) {
    let ns = 0;
    const lines = ["R 0"];
    let sent = 0;
    for (let i = 0; i < 40; i++) {
      ns += Math.floor(random() ** 4 * 1e6);
      const kind = "WWWFSI"[Math.floor(random() * 6)];
      const count = kind === "W" ? 1 + Math.floor(random() * 3) : 1;
      if (kind === "W") sent += count;
      lines.push(`${kind} ${ns} ${count}`);
    }
    const turn = lineTime(trace(...lines), new Uint8Array(sent), 87);
    const times = turn.events.map(({ timeUs }) => timeUs);
    assert.deepEqual(times, times.toSorted((a, b) => a - b));
    const bytes = turn.events.filter((event) => "byte" in event).map(({ timeUs }) => timeUs);
    assert.equal(bytes.length, sent);
    bytes.slice(1).forEach((timeUs, i) => assert.ok(timeUs - bytes[i] > 86.999));
    assert.ok(sent === 0 || turn.endUs >= bytes.at(-1)! + 86.999);
  }
});
