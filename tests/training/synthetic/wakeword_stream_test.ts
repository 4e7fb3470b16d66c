/** A long recording with wakewords: where they are is known. */
import assert from "node:assert/strict";
import { wakewordStream } from "../../../mod.ts";

Deno.test("wakewordStream() is the same for a seed, and other for another", () => {
  const stream = wakewordStream({ seed: 3, seconds: 12 });
  assert.deepEqual(wakewordStream({ seed: 3, seconds: 12 }), stream);
  assert.notDeepEqual(wakewordStream({ seed: 4, seconds: 12 }).occurrences, stream.occurrences);
});

Deno.test("wakewordStream() says the word when it says so: louder there than around it", () => {
  const { samples, sampleRate, occurrences, otherWords } = wakewordStream({
    seconds: 120,
    wakewords: 0.4,
  });
  assert.equal(samples.length, 120 * sampleRate);
  assert(occurrences.length > 10 && otherWords > 10, `${occurrences.length} ${otherWords}`);
  const level = (fromS: number, toS: number) => {
    const part = samples.subarray(Math.round(fromS * sampleRate), Math.round(toS * sampleRate));
    return Math.sqrt(part.reduce((sum, value) => sum + value * value, 0) / part.length);
  };
  let end = 0;
  for (const { startS, endS } of occurrences) {
    assert(startS >= end && endS > startS + 0.2 && endS < startS + 1.5);
    assert(level(startS, endS) > level(startS - 0.3, startS), `${startS}`);
    end = endS;
  }
});

Deno.test("wakewordStream() has as many wakewords as it is told, from none to all", () => {
  assert.equal(wakewordStream({ seconds: 20, wakewords: 0 }).occurrences.length, 0);
  assert.equal(wakewordStream({ seconds: 20, wakewords: 1 }).otherWords, 0);
});

Deno.test("wakewordStream() refuses what cannot be made", () => {
  for (
    const options of [{ seconds: 0 }, { seconds: 1e9 }, { seconds: NaN }, { wakewords: 2 }, {
      seed: 0.5,
    }]
  ) {
    assert.throws(() => wakewordStream(options), { name: "InputError" });
  }
});
