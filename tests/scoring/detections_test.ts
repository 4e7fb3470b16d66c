import assert from "node:assert/strict";
import { countDetections } from "../../lib/scoring/detections.ts";
import { dutyCycle } from "../../lib/scoring/duty_cycle.ts";

const count = (detections: number[], occurrences: [number, number][]) => {
  const counts = countDetections(detections, occurrences);
  return [counts.truePositives, counts.falseNegatives, counts.falsePositives];
};

Deno.test("countDetections() takes the first time for the start", () => {
  assert.deepEqual(count([5000], [[1, 2]]), [0, 1, 0]);
  assert.deepEqual(count([5000, 6000], [[1, 2]]), [1, 0, 0]);
  assert.throws(() => countDetections([], []), RangeError);
});

Deno.test("countDetections() lets a detection come up to two seconds late", () => {
  const occurrence: [number, number][] = [[10, 10.5]];
  assert.deepEqual(count([0, 9_999], occurrence), [0, 1, 1]);
  assert.deepEqual(count([0, 10_000], occurrence), [1, 0, 0]);
  assert.deepEqual(count([0, 12_500], occurrence), [1, 0, 0]);
  assert.deepEqual(count([0, 12_501], occurrence), [0, 1, 1]);
});

Deno.test("countDetections() counts each detection once", () => {
  // Two occurrences share their time: the first takes all detections there.
  assert.deepEqual(count([0, 10_200], [[10, 10.5], [10.1, 10.6]]), [1, 1, 0]);
  // A false one is quiet for a second from its first detection.
  assert.deepEqual(count([0, 100, 1100, 1101, 2101, 2102], []), [0, 0, 3]);
});

Deno.test("dutyCycle() takes means over the frames", () => {
  const { dutyCycle: share, periodS, processingS, throughputInfS } = dutyCycle(
    [0, 1, 3],
    [0.25, 1.75, 3.5],
  );
  assert.deepEqual([periodS, processingS, throughputInfS], [1.5, 0.5, 2]);
  assert.equal(share, 0.5 / 1.5);
  assert.throws(() => dutyCycle([0], [1]), RangeError);
  assert.throws(() => dutyCycle([0, 1], [1]), RangeError);
});
