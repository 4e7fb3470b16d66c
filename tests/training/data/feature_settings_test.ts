import assert from "node:assert/strict";
import { isRandom, makeFeatures } from "../../../lib/training/data/feature_settings.ts";
import { adLogMel } from "../../../lib/training/features/ad_features.ts";
import { kwsLfbe, kwsMfcc } from "../../../lib/training/features/kws_features.ts";
import { lfbe } from "../../../lib/training/features/lfbe.ts";

const clip = Float32Array.from({ length: 16_000 }, (_, n) => Math.sin(n / 9) / 2);
const data = { values: clip, shape: [16_000] };
const recordings = [
  Float32Array.from({ length: 20_000 }, (_, n) => Math.sin(n * n)),
  Float32Array.from({ length: 17_000 }, (_, n) => Math.cos(n * n)),
];

Deno.test("makeFeatures() is what the features' own functions give", () => {
  assert.deepEqual(makeFeatures(data, { kind: "mfcc" }, [1]).values, kwsMfcc(clip));
  assert.deepEqual(makeFeatures(data, { kind: "lfbe" }, [1]).values, kwsLfbe(clip));
  assert.deepEqual(makeFeatures(data, { kind: "samples" }, [1]).values, clip);
  assert.deepEqual(makeFeatures(data, { kind: "wakeword" }, [1]), {
    values: lfbe(clip),
    shape: [30, 40],
    rows: 1,
  });
  const long = Float32Array.from({ length: 128_000 }, (_, n) => Math.sin(n / 9) / 2);
  const logMel = adLogMel(long);
  const sound = { values: long, shape: [128_000] };
  assert.deepEqual(makeFeatures(sound, { kind: "logMel" }, [1]).values, logMel);
  const { values, shape, rows } = makeFeatures(sound, { kind: "logMel", windows: true }, [1]);
  assert.deepEqual([rows, ...shape], [196, 640]);
  assert.deepEqual(values.subarray(640, 1280), logMel.subarray(128, 768));
});

Deno.test("makeFeatures() takes samples of 16 bits as fractions of full scale", () => {
  const values = Int16Array.from({ length: 16_000 }, (_, n) => 3000 * Math.sin(n / 9));
  const scaled = Float32Array.from(values, (sample) => sample / 32_768);
  assert.deepEqual(
    makeFeatures({ values, shape: [16_000] }, { kind: "mfcc" }, [1]).values,
    kwsMfcc(scaled),
  );
});

Deno.test("makeFeatures() adds noise by its key: the same again, in most clips, another in each", () => {
  const settings = { kind: "mfcc", background: { recordings } } as const;
  const plain = kwsMfcc(clip);
  let noisy = 0;
  const seen = new Set<number>();
  for (let place = 0; place < 200; place++) {
    const { values } = makeFeatures(data, settings, [1, 0, place]);
    if (values[0] !== plain[0]) noisy++;
    seen.add(values[0]);
    if (place % 50 === 0) {
      assert.deepEqual(makeFeatures(data, settings, [1, 0, place]).values, values);
    }
  }
  // 80 %: 160, with a deviation of 5.7.
  assert(Math.abs(noisy - 160) < 25, `${noisy}`);
  assert(seen.size > noisy * 0.95);
  assert.throws(
    () => makeFeatures(data, { kind: "mfcc", background: { recordings: [] } }, [1]),
    /Cannot add noise: there is none/,
  );
  assert.throws(
    () => makeFeatures(data, { kind: "mfcc", background: { recordings: [clip] } }, [1]),
    /Cannot add noise of 16000 samples/,
  );
});

Deno.test("makeFeatures() moves clips to either side, and fills up with zeros", () => {
  const values = Float32Array.from({ length: 16_000 }, (_, n) => n + 1);
  const shifts = new Set<number>();
  for (let place = 0; place < 60; place++) {
    const { values: moved } = makeFeatures(
      { values, shape: [16_000] },
      { kind: "samples", shiftSamples: 3 },
      [place],
    );
    assert.equal(moved.length, 16_000);
    const shift = 8001 - moved[8000];
    shifts.add(shift);
    moved.forEach((sample, n) => {
      const from = n - shift;
      assert.equal(sample, from >= 0 && from < 16_000 ? from + 1 : 0);
    });
  }
  assert.deepEqual([...shifts].sort((a, b) => a - b), [-3, -2, -1, 0, 1, 2, 3]);
});

Deno.test("makeFeatures() says what it cannot take", () => {
  assert.throws(
    () => makeFeatures({ values: new Uint8Array(12), shape: [2, 2, 3] }, { kind: "mfcc" }, [1]),
    /Cannot make features of values of 2 × 2 × 3: sound expected/,
  );
  assert.throws(() => makeFeatures(data, { kind: "augment" }, [1]), /a picture expected/);
});

Deno.test("isRandom() tells what may be kept", () => {
  assert(!isRandom({ kind: "mfcc" }));
  assert(isRandom({ kind: "mfcc", background: { recordings } }));
  assert(isRandom({ kind: "samples", shiftSamples: 1 }));
  assert(isRandom({ kind: "augment" }));
  assert(!isRandom({ kind: "logMel", windows: true }));
});
