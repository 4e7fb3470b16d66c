import assert from "node:assert/strict";
import { adLogMel, adWindows } from "../../../lib/training/features/ad_features.ts";
import { float32Bytes } from "../../../lib/training/features/bin_file.ts";
import { referenceTest, shared } from "../../reference.ts";
import { float32sOf, goldenClips, relativeError, samplesOf } from "../golden_audio.ts";

referenceTest("adLogMel() agrees with librosa on every golden recording", () => {
  for (const name of goldenClips("ad")) {
    const logMel = adLogMel(samplesOf(`golden/ad/${name}.wav`));
    const error = relativeError(logMel, float32sOf(`golden/ad/${name}.logmel.f32`));
    assert(error < 1e-6, `${name}: ${error}`);
  }
});

referenceTest("the published spectrogram has the size and the range of ours", () => {
  const path = "reference/ad01/normal_id_01_00000000_hist_librosa.bin";
  const published = float32sOf(path);
  assert.equal(published.length, 200 * 128);
  assert.deepEqual(float32Bytes(published), Deno.readFileSync(shared(path)));
  assert.equal(adWindows(published).length, 196 * 640);
});

Deno.test("adLogMel() centres frames and takes zeros beyond the ends", () => {
  const samples = Float32Array.from({ length: 5 * 512 }, (_, n) => Math.sin(n / 9));
  const padded = new Float32Array(7 * 512);
  padded.set(samples, 512);
  // With one hop of zeros before it, each frame comes one later.
  const frames = adLogMel(samples, { firstFrame: 0, endFrame: 6 });
  assert.deepEqual(adLogMel(padded, { firstFrame: 1, endFrame: 7 }), frames);
  assert.deepEqual(
    adLogMel(samples, { firstFrame: 2, endFrame: 4 }),
    frames.slice(2 * 128, 4 * 128),
  );
});

Deno.test("adLogMel() of silence is the floor", () => {
  const logMel = adLogMel(new Float32Array(130_000));
  const floor = 10 * Math.log10(2.220446049250313e-16);
  assert(logMel.every((value) => Math.abs(value - floor) < 1e-4));
});

Deno.test("adLogMel() throws where frames are not there", () => {
  assert.throws(() => adLogMel(new Float32Array(127_487)), {
    name: "InputError",
    message: "Cannot take frames 50 to 250 of 127487 samples, which make 249",
    hint: "Give at least 127488 samples at 16 kHz, or other frames",
  });
  assert.equal(adLogMel(new Float32Array(127_488)).length, 200 * 128);
  const samples = new Float32Array(5120);
  for (const [firstFrame, endFrame] of [[-1, 2], [2, 2], [3, 1], [0.5, 2], [0, 12], [0, NaN]]) {
    assert.throws(() => adLogMel(samples, { firstFrame, endFrame }), { name: "InputError" });
  }
  assert.throws(() => adLogMel(new Float32Array(), { firstFrame: 0, endFrame: 1 }));
});

Deno.test("adWindows() moves by one frame", () => {
  const logMel = Float32Array.from({ length: 7 * 128 }, (_, at) => at);
  const windows = adWindows(logMel);
  assert.equal(windows.length, 3 * 640);
  for (let k = 0; k < 3; k++) {
    assert.deepEqual(windows.slice(k * 640, (k + 1) * 640), logMel.slice(k * 128, k * 128 + 640));
  }
  for (const length of [0, 128 * 4, 128 * 5 + 1]) {
    assert.throws(() => adWindows(new Float32Array(length)), { name: "InputError" });
  }
});
