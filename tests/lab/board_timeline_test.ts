import assert from "node:assert/strict";
import { boardTimeline } from "../../lib/lab/board_timeline.ts";

const shown = (turn: Parameters<typeof boardTimeline>[0]) =>
  boardTimeline(turn, 10).map((event) =>
    `${event.timeUs} ${"byte" in event ? String.fromCharCode(event.byte) : "edge"}`
  );

Deno.test("boardTimeline() sends an answer from its start on", () => {
  assert.deepEqual(shown({ text: "abc", startUs: 100, endUs: 130, edgesUs: [] }), [
    ...["100 a", "110 b", "120 c"],
  ]);
});

Deno.test("boardTimeline() puts edges where the board has them, and bytes on their sides", () => {
  // "ab", a pause of 50 µs, an edge, work of 1000 µs, an edge, "cd"
  const turn = { text: "abcd", startUs: 100, endUs: 1190, edgesUs: [170, 1170] };
  assert.deepEqual(shown(turn), ["100 a", "110 b", "170 edge", "1170 edge", "1170 c", "1180 d"]);
});

Deno.test("boardTimeline() sends no byte twice where the times do not fit", () => {
  const turn = { text: "ab", startUs: 0, endUs: 1000, edgesUs: [10] };
  assert.deepEqual(shown(turn), ["10 edge", "980 a", "990 b"]);
  assert.deepEqual(shown({ text: "", startUs: 5, endUs: 5, edgesUs: [5] }), ["5 edge"]);
});
