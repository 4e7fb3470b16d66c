import assert from "node:assert/strict";
import { InputError } from "../../../lib/errors.ts";
import { kwsBin, quantizeMfcc } from "../../../lib/training/features/bin_file.ts";
import { kwsLfbe, kwsMfcc, kwsSamples } from "../../../lib/training/features/kws_features.ts";
import { referenceTest, shared } from "../../reference.ts";
import { float32sOf, goldenClips, relativeError, samplesOf } from "../golden_audio.ts";

referenceTest(
  "kwsMfcc() agrees with TensorFlow on every golden clip, and its bin to the byte",
  () => {
    for (const name of goldenClips("kws")) {
      const features = kwsMfcc(samplesOf(`golden/kws/${name}.wav`));
      // Two orders of magnitude tighter than asked for: the rounding is TensorFlow's.
      const error = relativeError(features, float32sOf(`golden/kws/${name}.mfcc.f32`));
      assert(error < 2e-6, `${name}: ${error}`);
      const bin = kwsBin(features, "mfcc");
      assert.deepEqual(bin, Deno.readFileSync(shared(`golden/kws/${name}.mfcc.i8`)), name);
    }
  },
);

referenceTest("kwsLfbe() agrees with TensorFlow on every golden clip", () => {
  for (const name of goldenClips("kws")) {
    const features = kwsLfbe(samplesOf(`golden/kws/${name}.wav`));
    const error = relativeError(features, float32sOf(`golden/kws/${name}.lfbe.f32`));
    assert(error < 1e-5, `${name}: ${error}`);
  }
});

referenceTest("the golden marvin is the published clip", () => {
  const published = samplesOf("reference/sww01/marvin_617de221_0.wav");
  const features = kwsMfcc(published.subarray(0, 16_000));
  assert(relativeError(features, float32sOf("golden/kws/marvin.mfcc.f32")) < 2e-6);
});

referenceTest(
  "published bins hold as many bytes as ours, and the same floor",
  () => {
    const folder = shared("reference/kws01");
    let [low, files] = [127, 0];
    for (const { name } of Deno.readDirSync(folder)) {
      if (!name.endsWith(".bin")) continue;
      const values = new Int8Array(Deno.readFileSync(`${folder}/${name}`).buffer);
      assert.equal(values.length, 490, name);
      files++;
      for (const value of values) low = Math.min(low, value);
    }
    assert.equal(files, 1000);
    // Padding with zeros is the floor of both: 40 bands of ln(1e-6), beyond the end of int8.
    const silence = quantizeMfcc(kwsMfcc(new Float32Array(16_000)));
    assert.equal(Math.min(...silence), low);
  },
);

Deno.test("kwsMfcc() does not depend on the scale of a clip, and leaves it as it is", () => {
  const clip = Float32Array.from({ length: 16_000 }, (_, n) => Math.fround(Math.sin(n * n / 9e4)));
  const before = clip.slice();
  const features = kwsMfcc(clip);
  assert.deepEqual(kwsMfcc(clip.map((sample) => sample * 32_768)), features);
  assert.deepEqual(kwsMfcc(clip), features);
  assert.deepEqual(clip, before);
});

Deno.test("kwsMfcc() pads with zeros what is shorter than a second", () => {
  const short = Float32Array.from({ length: 9000 }, (_, n) => Math.sin(n / 7));
  const long = new Float32Array(16_000);
  long.set(short);
  assert.deepEqual(kwsMfcc(short), kwsMfcc(long));
  assert.deepEqual(kwsLfbe(short), kwsLfbe(long));
  assert.deepEqual(kwsSamples(short), long);
});

Deno.test("kwsMfcc() of silence is the constant that its floor makes", () => {
  const features = kwsMfcc(new Float32Array(16_000));
  const first = 40 * Math.log(1e-6) * 2 / Math.sqrt(80);
  features.forEach((value, at) => {
    assert(Math.abs(value - (at % 10 === 0 ? first : 0)) < 1e-4, `value ${at}: ${value}`);
  });
});

Deno.test("kwsLfbe() of silence is 0, of full noise within 0 … 1", () => {
  assert(kwsLfbe(new Float32Array(16_000)).every((value) => value === 0));
  const noise = Float32Array.from({ length: 16_000 }, (_, n) => Math.sin(n * n));
  const features = kwsLfbe(noise);
  assert(features.every((value) => value >= 0 && value <= 1));
  assert(features.some((value) => value > 0.5));
});

Deno.test("background noise is added after scaling and clipped to ±1", () => {
  const clip = Float32Array.from({ length: 16_000 }, (_, n) => 0.25 * Math.sin(n / 7));
  const noise = Float32Array.from({ length: 20_000 }, (_, n) => Math.sin(n * n));
  const background = { samples: noise, offset: 1000, volume: 0.1 };
  const peak = clip.reduce((most, sample) => Math.max(most, sample));
  // By hand; 1 is the sum's largest value where it is clipped, so that scaling it again changes nothing.
  const sum = clip.map((sample, i) =>
    Math.min(
      1,
      Math.max(
        -1,
        Math.fround(Math.fround(noise[1000 + i] * Math.fround(0.1)) + Math.fround(sample / peak)),
      ),
    )
  );
  assert.equal(Math.max(...sum), 1);
  assert.deepEqual(kwsMfcc(clip, { background }), kwsMfcc(sum));
  assert.deepEqual(kwsLfbe(clip, { background }), kwsLfbe(sum));
  assert.notDeepEqual(kwsMfcc(clip, { background }), kwsMfcc(clip));
  for (const offset of [-1, 0.5, 4001]) {
    assert.throws(() => kwsMfcc(clip, { background: { ...background, offset } }), InputError);
  }
});

Deno.test("kwsMfcc() throws on a clip that is empty or longer than a second", () => {
  for (const length of [0, 16_001]) {
    for (const features of [kwsMfcc, kwsLfbe, kwsSamples]) {
      assert.throws(
        () => features(new Float32Array(length)),
        {
          name: "InputError",
          message: `Cannot use a clip of ${length} samples for keyword features`,
        },
      );
    }
  }
});

Deno.test("quantizeMfcc() drops the fraction and keeps to int8", () => {
  const values = Float32Array.of(0.99, -0.01, -83.5, -84.5, 43.9, 44, 45, -1e9, 1e9);
  assert.deepEqual(
    [...quantizeMfcc(values, { scale: 1, zeroPoint: 83 })],
    [83, 82, 0, -1, 126, 127, 127, -128, 127],
  );
});

Deno.test("kwsBin() of samples gives back what a WAV of 16 bits held", () => {
  const stored = Int16Array.of(-32_768, -1, 0, 1, 32_767);
  const samples = Float32Array.from(stored, (value) => value / 32_768);
  const bin = kwsBin(kwsSamples(samples), "samples");
  assert.equal(bin.length, 32_000);
  assert.deepEqual(new Int16Array(bin.buffer).subarray(0, 5), stored);
});
