/** A data set card's figures, on data whose faults were planted. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { measureDataSet, readWav, syntheticKws, syntheticSets } from "../../../mod.ts";
import { Buffer } from "node:buffer";
import { example, pictureOf, pictureSet } from "./planted_set.ts";

Deno.test("measureDataSet() counts the classes of each split", async () => {
  const report = await measureDataSet(pictureSet({
    train: [0, 1, 2].map((k) => example(`t${k}`, k % 2, pictureOf(k))),
    test: [example("x", 1, pictureOf(9))],
  }));
  assert.deepEqual(
    report.splits.map(({ split, count, read, byClass }) => ({ split, count, read, byClass })),
    [
      { split: "train", count: 3, read: 3, byClass: [2, 1] },
      { split: "test", count: 1, read: 1, byClass: [0, 1] },
    ],
  );
  assert.deepEqual(report.splits[0].shapes, [{ shape: [16, 16, 3], count: 3 }]);
});

Deno.test("measureDataSet() finds the same example in two splits, and under two classes", async () => {
  const same = pictureOf(1);
  const report = await measureDataSet(pictureSet({
    train: [example("a", 0, same), example("b", 0, pictureOf(2))],
    test: [example("c", 1, same), example("d", 0, pictureOf(3))],
  }));
  assert.deepEqual(report.duplicates, {
    groups: [{
      kind: "exact",
      count: 2,
      examples: [{ split: "train", id: "a", label: 0 }, { split: "test", id: "c", label: 1 }],
      acrossSplits: true,
      acrossClasses: true,
    }],
    exact: 1,
    exactAcrossSplits: 1,
    nearAcrossSplits: 0,
  });
});

Deno.test("measureDataSet() tells the same example twice in one split from a leak", async () => {
  const same = pictureOf(1);
  const { duplicates } = await measureDataSet(pictureSet({
    train: [example("a", 0, same), example("b", 0, same), example("c", 0, same)],
  }));
  assert.equal(duplicates.exactAcrossSplits, 0);
  assert.equal(duplicates.groups[0].count, 3);
  assert.equal(duplicates.groups[0].acrossSplits, false);
});

Deno.test("measureDataSet() finds pictures that were brightened or coded anew", async () => {
  const { values, shape } = pictureOf(4);
  const brighter = Uint8Array.from(values, (value) => Math.min(255, value * 0.9 + 12));
  const noisy = Uint8Array.from(values, (value, i) => Math.min(255, value + (i % 3)));
  const { duplicates } = await measureDataSet(pictureSet({
    train: [example("original", 0, { values, shape })],
    validation: [example("noisy", 0, { values: noisy, shape })],
    test: [
      example("brighter", 0, { values: brighter, shape }),
      example("other", 0, pictureOf(5)),
    ],
  }));
  assert.equal(duplicates.exact, 0);
  assert.equal(duplicates.nearAcrossSplits, 3);
  const named = duplicates.groups.flatMap(({ examples }) => examples.map(({ id }) => id));
  assert.deepEqual([...new Set(named)].sort(), ["brighter", "noisy", "original"]);
});

Deno.test("measureDataSet() warns of what is in two splits, not of what is calibrated with", async () => {
  const [a, b] = [pictureOf(1), pictureOf(2)];
  const set = pictureSet({
    train: [example("train a", 0, a)],
    test: [example("test a", 0, a), example("test b", 1, b)],
    calibration: [example("calibration a", 0, a), example("calibration b", 1, b)],
  });
  const { duplicates } = await measureDataSet(set);
  assert.deepEqual([duplicates.exact, duplicates.exactAcrossSplits], [2, 1]);
  assert.deepEqual(
    duplicates.groups.map(({ acrossSplits, count }) => [acrossSplits, count]),
    [[true, 3], [false, 2]],
  );
});

Deno.test("measureDataSet() finds a clip that was made louder, and takes no two words for one", async () => {
  const set = syntheticKws({ train: 60, validation: 0, test: 60, calibration: 0 });
  const { values, shape } = await set.splits.train[7].read();
  const louder = Float32Array.from(values, (value) => value * 0.7);
  const planted = example("louder", 7, { values: louder, shape });
  const { duplicates } = await measureDataSet({
    ...set,
    splits: { ...set.splits, test: [...set.splits.test, planted] },
  });
  assert.deepEqual(
    duplicates.groups.map(({ kind, examples }) => [kind, examples.map(({ id }) => id)]),
    [
      ["near", [set.splits.train[7].id, "louder"]],
    ],
  );
});

for (const name of Object.keys(syntheticSets) as (keyof typeof syntheticSets)[]) {
  Deno.test(`measureDataSet() finds no duplicates in synthetic ${name}`, async () => {
    const sizes = name === "ad" ? { train: 12, test: 12 } : { train: 150, test: 60 };
    const { duplicates } = await measureDataSet(
      syntheticSets[name]({ ...sizes, validation: 4, calibration: 4 }),
    );
    assert.deepEqual(duplicates.groups, []);
  });
}

Deno.test("measureDataSet() does not take empty pictures for each other", async () => {
  const empty = (value: number) => ({
    values: new Uint8Array(16 * 16 * 3).fill(value),
    shape: [16, 16, 3],
  });
  const { duplicates, splits } = await measureDataSet(pictureSet({
    train: [example("black", 0, empty(0))],
    test: [example("white", 0, empty(255))],
  }));
  assert.equal(duplicates.nearAcrossSplits, 0);
  assert.equal(splits[0].values?.constant, 1);
});

Deno.test("measureDataSet() computes values of pictures by channel", async () => {
  const values = Uint8Array.of(0, 10, 200, 2, 30, 200);
  const { splits } = await measureDataSet(
    pictureSet({ train: [example("a", 0, { values, shape: [1, 2, 3] })] }),
  );
  const { channels, mean, least, most } = splits[0].values!;
  assert.deepEqual(channels, [{ mean: 1, deviation: 1 }, { mean: 20, deviation: 10 }, {
    mean: 200,
    deviation: 0,
  }]);
  assert.equal(mean, 442 / 6);
  assert.deepEqual([least, most], [0, 200]);
});

Deno.test("measureDataSet() computes level, length and clipping of sound", async () => {
  const sound = (values: number[]) => ({
    values: Float32Array.from(values),
    shape: [values.length],
  });
  const clips = [sound([0.5, -0.5, 0.5, -0.5]), sound([1, -1]), sound([0, 0])];
  const { splits } = await measureDataSet(pictureSet(
    { train: clips.map((clip, k) => example(`c${k}`, 0, clip)) },
    { media: "audio", sampleRate: 2 },
  ));
  const { levelDb, durationS, clipped, constant } = splits[0].values!;
  assert.equal(levelDb!.most, 0);
  assert.equal(levelDb!.least, -120);
  assert(Math.abs(levelDb!.median - 20 * Math.log10(0.5)) < 1e-9);
  assert.deepEqual([durationS!.least, durationS!.most], [1, 2]);
  assert.equal(clipped, 1);
  assert.equal(constant, 1);
});

Deno.test("measureDataSet() reads as many as it is told, from all over a split", async () => {
  const read: string[] = [];
  const examples = Array.from({ length: 100 }, (_, k) => ({
    ...example(`e${k}`, k % 2, pictureOf(k)),
    read: () => {
      read.push(`e${k}`);
      return Promise.resolve(pictureOf(k));
    },
  }));
  const progress: number[] = [];
  const report = await measureDataSet(pictureSet({ train: examples }), {
    most: 10,
    onProgress: ({ done, total }) => progress.push(done / total),
  });
  assert.equal(report.splits[0].count, 100);
  assert.equal(report.splits[0].read, 10);
  assert(read.includes("e90"));
  assert.equal(progress.length, 10);
  assert.equal(progress.at(-1), 1);
});

Deno.test("measureDataSet() gives samples that can be heard, of all classes alike", async () => {
  const set = syntheticKws({ train: 24, validation: 0, test: 24, calibration: 0 });
  const { samples } = await measureDataSet(set);
  assert.equal(new Set(samples.map(({ label }) => label)).size, 12);
  assert(samples.every(({ split }) => split === "test"));
  const [{ sound, picture }] = samples;
  const wav = readWav(Buffer.from(sound!.slice("data:audio/wav;base64,".length), "base64"));
  assert.equal(wav.sampleRate, 16_000);
  assert.deepEqual(wav.channels[0], (await set.splits.test[0].read()).values);
  assert.match(picture, /^data:image\/png;base64,iVBORw0KGgo/);
});

Deno.test("measureDataSet() hashes what it read: names, classes and contents", async () => {
  const of = async (id: string, label: number, seed: number) =>
    (await measureDataSet(pictureSet({ train: [example(id, label, pictureOf(seed))] }))).splits[0]
      .sha256;
  const first = await of("a", 0, 1);
  assert.equal(await of("a", 0, 1), first);
  assert.notEqual(await of("b", 0, 1), first);
  assert.notEqual(await of("a", 1, 1), first);
  assert.notEqual(await of("a", 0, 2), first);
  const { values } = pictureOf(1);
  const content = createHash("sha256").update("Uint8Array 16 16 3\n").update(values).digest("hex");
  assert.equal(first, createHash("sha256").update(`"a" 0 ${content}\n`).digest("hex"));
});

Deno.test("measureDataSet() ends when it is told, and refuses what it cannot count", async () => {
  const reason = new DOMException("Cancelled", "AbortError");
  const set = pictureSet({ train: [example("a", 0, pictureOf(1))] });
  await assert.rejects(measureDataSet(set, { signal: AbortSignal.abort(reason) }), reason);
  await assert.rejects(measureDataSet(set, { most: 0 }), RangeError);
  const odd = pictureSet({ train: [example("a", 7, pictureOf(1))] });
  await assert.rejects(measureDataSet(odd), /Cannot count class 7 of 'a'/);
  const empty = await measureDataSet(pictureSet({}));
  assert.deepEqual([empty.splits, empty.samples], [[], []]);
});
