import assert from "node:assert/strict";
import {
  parseEnergySamples,
  parseEnergyTimestamps,
} from "../../../lib/sessions/energyrunner/energyrunner_trace.ts";
import { traceBytes } from "./trace_bytes.ts";

Deno.test("parseEnergySamples() reads rate and samples, also from the middle of a buffer", () => {
  const bytes = traceBytes([1.5, -2, 40.25], 2000);
  const inside = new Uint8Array(bytes.length + 3);
  inside.set(bytes, 3);
  const { sampleRateHz, samplesUj, extraBytes } = parseEnergySamples(inside.subarray(3));
  assert.deepEqual([sampleRateHz, [...samplesUj], extraBytes], [2000, [1.5, -2, 40.25], 0]);
});

Deno.test("parseEnergySamples() leaves out a sample that was cut", () => {
  const { samplesUj, extraBytes } = parseEnergySamples(traceBytes([1, 2]).slice(0, -1));
  assert.deepEqual([[...samplesUj], extraBytes], [[1], 3]);
});

Deno.test("parseEnergySamples() refuses what is no trace", () => {
  for (const rate of [0, -1, NaN, Infinity, 1e9]) {
    assert.throws(() => parseEnergySamples(traceBytes([1], rate)), RangeError);
  }
  for (const bytes of [[], [0xf1], [0xf2, 0, 0, 0x7a, 0x44]]) {
    assert.throws(() => parseEnergySamples(new Uint8Array(bytes)), RangeError);
  }
});

Deno.test("parseEnergyTimestamps() takes rising times only", () => {
  assert.deepEqual(parseEnergyTimestamps("[0, 1.5, 1.5, 2]"), [0, 1.5, 1.5, 2]);
  for (const bad of ["[2, 1]", "{}", "null", '["1"]', "[null]", "[1e999]"]) {
    assert.throws(() => parseEnergyTimestamps(bad), RangeError, bad);
  }
  assert.throws(() => parseEnergyTimestamps("[1,"), SyntaxError);
});
