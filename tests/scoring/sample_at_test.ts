import assert from "node:assert/strict";
import { accumulatedSampleAt } from "../../lib/scoring/sample_at.ts";
import { SeededRandom } from "../model/seeded_random.ts";

/** The definition: walk through the samples. */
function walk(timeS: number, rate: number, length: number): number {
  const period = 1 / rate;
  let index = 0;
  for (let t = 0; index < length && t < timeS; t += period) index++;
  return index;
}

Deno.test("accumulatedSampleAt() is the walk, at any rate and time", () => {
  const random = new SeededRandom(7);
  const rates = [1000, 100, 10_000, 3, 48_828.125, 1024, 100_000, 7.3, 1e6, 1 / 3];
  for (let i = 0; i < 1500; i++) {
    const rate = rates[i % rates.length];
    const length = 10 + Math.floor(random.real() * 100_000);
    let timeS = random.real() * length / rate * 1.1;
    // As they are printed, and right at a sample.
    if (i % 3 === 0) timeS = Math.round(timeS * 1000) / 1000;
    if (i % 3 === 1) timeS = Math.floor(timeS * rate) / rate;
    const expected = walk(timeS, rate, length);
    assert.equal(accumulatedSampleAt(timeS, rate, length), expected, `${timeS} s at ${rate} Hz`);
  }
});

Deno.test("accumulatedSampleAt() keeps to the trace, and ends where time stands still", () => {
  assert.equal(accumulatedSampleAt(-1, 1000, 10), 0);
  assert.equal(accumulatedSampleAt(0, 1000, 10), 0);
  assert.equal(accumulatedSampleAt(NaN, 1000, 10), 0);
  assert.equal(accumulatedSampleAt(Infinity, 1000, 10), 10);
  assert.equal(accumulatedSampleAt(1, 1000, 0), 0);
});
