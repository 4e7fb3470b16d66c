/** The golden vectors of the audio features; only to be read inside a `referenceTest`. */
import assert from "node:assert/strict";
import { readWav } from "../../lib/training/audio/read_wav.ts";
import { shared } from "../reference.ts";

export function samplesOf(path: string): Float32Array {
  const { channels, sampleRate } = readWav(Deno.readFileSync(shared(path)), { source: path });
  assert.equal(sampleRate, 16_000);
  // Published clips have their one channel twice.
  for (const channel of channels) assert.deepEqual(channel, channels[0]);
  return channels[0];
}

export function float32sOf(path: string): Float32Array {
  return new Float32Array(Deno.readFileSync(shared(path)).buffer);
}

/** The largest difference, as a part of the range of `expected`. */
export function relativeError(actual: Float32Array, expected: Float32Array): number {
  assert.equal(actual.length, expected.length);
  let [low, high, worst] = [Infinity, -Infinity, 0];
  expected.forEach((value, at) => {
    assert(Number.isFinite(actual[at]), `value ${at} is ${actual[at]}`);
    low = Math.min(low, value);
    high = Math.max(high, value);
    worst = Math.max(worst, Math.abs(value - actual[at]));
  });
  return worst / (high - low);
}

interface Manifest {
  kws: { clips: Record<string, unknown> };
  ad: { clips: Record<string, unknown> };
}

/** Names of the clips of one benchmark. */
export function goldenClips(benchmark: "kws" | "ad"): string[] {
  const manifest = JSON.parse(Deno.readTextFileSync(shared("golden/manifest.json"))) as Manifest;
  const names = Object.keys(manifest[benchmark].clips);
  assert(names.length > 1);
  return names;
}
