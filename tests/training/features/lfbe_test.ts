import assert from "node:assert/strict";
import { lfbe, type LfbeOptions, StreamingLfbe } from "../../../lib/training/features/lfbe.ts";
import { referenceTest } from "../../reference.ts";
import { samplesOf } from "../golden_audio.ts";
import { SeededRandom } from "../../model/seeded_random.ts";

function joined(frames: Float32Array[]): Float32Array {
  const all = new Float32Array(frames.length * 40);
  frames.forEach((frame, k) => all.set(frame, k * 40));
  return all;
}

/** Pushes pieces of random sizes, empty ones too. */
function inPieces(
  stream: StreamingLfbe,
  samples: Float32Array,
  random: SeededRandom,
  most: number,
) {
  const frames: Float32Array[] = [];
  for (let at = 0; at < samples.length;) {
    const end = Math.min(samples.length, at + random.integer(0, most));
    frames.push(...stream.push(samples.subarray(at, end)));
    at = end;
  }
  return frames;
}

Deno.test("StreamingLfbe hands out the frames of lfbe(), bit for bit, however the audio is cut", () => {
  const random = new SeededRandom(3);
  const samples = Float32Array.from({ length: 9000 }, () => random.real() - 0.5);
  const shapes: LfbeOptions[] = [
    {},
    { windowSamples: 480, hopSamples: 320 },
    { windowSamples: 100, hopSamples: 100 },
    { windowSamples: 64, hopSamples: 300 },
    { windowSamples: 2, hopSamples: 1000 },
  ];
  for (const shape of shapes) {
    const whole = lfbe(samples, shape);
    assert(whole.length > 0);
    const stream = new StreamingLfbe(shape);
    for (const most of [1, 7, 512, 5000]) {
      stream.reset();
      assert.deepEqual(joined(inPieces(stream, samples, random, most)), whole, `${most}`);
    }
  }
});

Deno.test("lfbe() by its formula, in double precision", () => {
  const random = new SeededRandom(8);
  const [size, hop] = [1024, 512];
  const samples = Float32Array.from({ length: 2000 }, () => 0.1 * (random.real() - 0.5));
  const mel = (hz: number) => 1127 * Math.log(1 + hz / 700);
  const expected: number[] = [];
  for (let start = 0; start + size <= samples.length; start += hop) {
    const power = Array.from({ length: size / 2 + 1 }, (_, bin) => {
      let [re, im] = [0, 0];
      for (let i = 0; i < size; i++) {
        const n = start + i;
        const x = samples[n] - (1 - 1 / 32) * (n > 0 ? samples[n - 1] : 0);
        const windowed = x * (0.54 - 0.46 * Math.cos(2 * Math.PI * i / (size - 1)));
        re += windowed * Math.cos(2 * Math.PI * bin * i / size);
        im += windowed * Math.sin(2 * Math.PI * bin * i / size);
      }
      return (re * re + im * im) / size;
    });
    for (let band = 0; band < 40; band++) {
      const step = mel(8000) / 41;
      let energy = 0;
      for (let bin = 1; bin < power.length; bin++) {
        const at = mel(bin * 16_000 / size) / step - band;
        energy += power[bin] * Math.max(0, Math.min(at, 2 - at));
      }
      expected.push(Math.min(1, Math.max(0, (10 * Math.log10(energy) + 52) / 64)));
    }
  }
  const actual = lfbe(samples);
  assert.equal(actual.length, 80);
  expected.forEach((value, at) => assert(Math.abs(actual[at] - value) < 1e-5, `value ${at}`));
});

Deno.test("StreamingLfbe carries pre-emphasis over the seams and forgets it at reset()", () => {
  const samples = new Float32Array(1024).fill(0.5);
  const stream = new StreamingLfbe();
  const [first] = stream.push(samples);
  const [second] = stream.push(samples.subarray(0, 512));
  assert.notDeepEqual(first, second, "the step from 0 to 0.5 is only in the first frame");
  stream.reset();
  assert.deepEqual(stream.push(samples), [first]);
});

Deno.test("StreamingLfbe.framesOf() counts what push() hands out", () => {
  for (const shape of [{}, { windowSamples: 64, hopSamples: 300 }]) {
    for (const length of [0, 1, 63, 64, 1023, 1024, 1535, 1536, 5000]) {
      const stream = new StreamingLfbe(shape);
      const expected = stream.push(new Float32Array(length)).length;
      assert.equal(stream.framesOf(length), expected, `${length}`);
    }
  }
  assert.equal(lfbe(new Float32Array(1023)).length, 0);
});

Deno.test("StreamingLfbe throws on sizes that make no frames", () => {
  for (const size of [0, 1, 1.5, NaN, -2, 70_000]) {
    assert.throws(() => new StreamingLfbe({ windowSamples: size }), { name: "InputError" });
  }
  for (const hop of [0, 0.5, NaN, 70_000]) {
    assert.throws(() => lfbe(new Float32Array(10), { hopSamples: hop }), { name: "InputError" });
  }
});

referenceTest("StreamingLfbe follows the published streaming clip as lfbe() does", () => {
  const samples = samplesOf("reference/sww01/short_wav_easy10s.wav");
  const whole = lfbe(samples);
  assert.equal(whole.length / 40, Math.floor((samples.length - 1024) / 512) + 1);
  const stream = new StreamingLfbe();
  const frames: Float32Array[] = [];
  for (let at = 0; at < samples.length; at += 512) {
    frames.push(...stream.push(samples.subarray(at, at + 512)));
  }
  assert.deepEqual(joined(frames), whole);
  assert(whole.some((value) => value > 0.3));
});
