import assert from "node:assert/strict";
import type { Example } from "../../../lib/training/data/data_set.ts";
import { exampleAt } from "../../../lib/training/data/origin.ts";
import {
  type ExampleBatch,
  streamBatches,
  type StreamBatchesOptions,
} from "../../../lib/training/data/stream_batches.ts";
import { kwsMfcc } from "../../../lib/training/features/kws_features.ts";
import { readSamples } from "../../../lib/training/audio/read_samples.ts";
import { inFolder } from "../../in_folder.ts";
import { cifarBatch, sound, writeFiles } from "./make_originals.ts";

/** Examples of one value each, and which of them were read. */
function numbers(count: number) {
  const reads: number[] = [];
  const split = Array.from({ length: count }, (_, place): Example => ({
    id: `n${place}`,
    label: place % 10,
    read: () => {
      reads.push(place);
      return Promise.resolve({ values: Float32Array.of(place), shape: [1] });
    },
  }));
  return { split, reads };
}

async function clips(folder: string, count: number): Promise<Example[]> {
  const files: Record<string, Uint8Array> = {};
  for (let i = 0; i < count; i++) files[`${i}.wav`] = sound(16_000, i + 1);
  await writeFiles(folder, files);
  return Array.from(
    { length: count },
    (_, i) => exampleAt(`${i}`, i % 12, { kind: "wav", path: `${folder}/${i}.wav` }),
  );
}

const all = (split: readonly Example[], options: StreamBatchesOptions) =>
  Array.fromAsync(streamBatches(split, options));
const joined = (batches: ExampleBatch[]) => batches.flatMap(({ values }) => [...values]);

Deno.test("streamBatches() gives each example once, in order, the last batch shorter", async () => {
  const { split } = numbers(23);
  const batches = await all(split, { batchSize: 10 });
  assert.deepEqual(batches.map(({ shape }) => shape), [[10, 1], [10, 1], [3, 1]]);
  assert.deepEqual(joined(batches), Array.from({ length: 23 }, (_, i) => i));
  assert.deepEqual([...batches[2].labels], [0, 1, 2]);
  assert.deepEqual([...batches[2].places], [20, 21, 22]);
  assert.deepEqual(await all([], {}), []);
});

Deno.test("streamBatches() shuffles by seed and epoch", async () => {
  const { split } = numbers(100);
  const order = async (seed: number, epoch: number) =>
    joined(await all(split, { shuffle: true, seed, epoch })).join();
  const first = await order(1, 0);
  assert.equal(await order(1, 0), first);
  assert.notEqual(await order(1, 1), first);
  assert.notEqual(await order(2, 0), first);
  const sorted = first.split(",").map(Number).sort((a, b) => a - b);
  assert.deepEqual(sorted, Array.from({ length: 100 }, (_, i) => i));
});

Deno.test("streamBatches() gives the same batches on any number of threads, noise and all", () =>
  inFolder(async (folder) => {
    const split = await clips(folder, 30);
    const recordings = [Float32Array.from({ length: 20_000 }, (_, n) => Math.sin(n * n))];
    const options: StreamBatchesOptions = {
      features: { kind: "mfcc", background: { recordings } },
      shuffle: true,
      seed: 5,
      batchSize: 8,
    };
    const one = await all(split, options);
    assert.deepEqual(await all(split, { ...options, threads: 3 }), one);
    // Examples that only this thread can read, too.
    const here = split.map(({ id, label, read }): Example => ({ id, label, read }));
    assert.deepEqual(await all(here, { ...options, threads: 2 }), one);
    const plain = await all(split, { features: { kind: "mfcc" }, batchSize: 30, threads: 2 });
    assert.deepEqual(
      plain[0].values.subarray(490, 980),
      kwsMfcc(await readSamples(`${folder}/1.wav`)),
    );
  }));

Deno.test("streamBatches() reads no further ahead than it has to", async () => {
  const { split, reads } = numbers(1000);
  const stream = streamBatches(split, { batchSize: 4 });
  await stream.next();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert(reads.length <= 48, `${reads.length}`);
  await stream.return();
  assert(reads.length <= 48);
});

Deno.test("streamBatches() mixes the rows of different examples, all of them once", () =>
  inFolder(async (folder) => {
    await writeFiles(folder, { "a.wav": sound(128_000, 1), "b.wav": sound(128_000, 2) });
    const split = ["a", "b"].map((name, label) =>
      exampleAt(name, label, { kind: "wav", path: `${folder}/${name}.wav` })
    );
    const options: StreamBatchesOptions = {
      features: { kind: "logMel", windows: true },
      batchSize: 98,
    };
    const plain = await all(split, options);
    assert.deepEqual(plain.map(({ shape }) => shape), [[98, 640], [98, 640], [98, 640], [98, 640]]);
    for (const mixedRows of [1, 100, 1000]) {
      const mixed = await all(split, { ...options, shuffle: true, mixedRows });
      const rows = (batches: ExampleBatch[]) =>
        batches.flatMap(({ values, labels }) =>
          [...labels].map((label, i) => `${label} ${values.subarray(i * 640, i * 640 + 640)}`)
        ).sort();
      assert.deepEqual(rows(mixed), rows(plain));
      if (mixedRows === 1000) {
        const ones = mixed[0].labels.reduce((sum, label) => sum + label, 0);
        assert(ones > 25 && ones < 73, `${ones}`);
      }
    }
  }));

Deno.test("streamBatches() keeps features in a cache, also of what is augmented afterwards", () =>
  inFolder(async (folder) => {
    const split = await clips(`${folder}/clips`, 5);
    const options: StreamBatchesOptions = { features: { kind: "mfcc" }, cache: `${folder}/cache` };
    const first = await all(split, options);
    const count = async () => {
      let files = 0;
      for await (const { name } of Deno.readDir(`${folder}/cache`)) {
        for await (const _ of Deno.readDir(`${folder}/cache/${name}`)) files++;
      }
      return files;
    };
    assert.equal(await count(), 5);
    assert.deepEqual(await all(split, { ...options, threads: 2 }), first);
    assert.equal(await count(), 5);
    // A file that changes is made anew; the same bytes under another name are not.
    await Deno.writeFile(`${folder}/clips/0.wav`, sound(16_000, 99));
    await Deno.copyFile(`${folder}/clips/2.wav`, `${folder}/clips/1.wav`);
    const second = await all(split, options);
    assert.equal(await count(), 6);
    assert.deepEqual(second[0].values.subarray(490, 980), first[0].values.subarray(980, 1470));
    // Noise is never kept.
    const recordings = [new Float32Array(20_000).fill(0.5)];
    await all(split, { ...options, features: { kind: "mfcc", background: { recordings } } });
    assert.equal(await count(), 6);
  }));

Deno.test("streamBatches() augments images by seed", () =>
  inFolder(async (folder) => {
    await writeFiles(folder, { "test_batch.bin": cifarBatch([1, 2, 3]) });
    const split = [0, 1, 2].map((index) =>
      exampleAt(`${index}`, index, { kind: "cifar", path: `${folder}/test_batch.bin`, index })
    );
    const options: StreamBatchesOptions = { features: { kind: "augment" }, seed: 3 };
    const [batch] = await all(split, options);
    assert.deepEqual([...batch.shape], [3, 32, 32, 3]);
    assert(batch.values instanceof Float32Array);
    assert.deepEqual(await all(split, { ...options, threads: 2 }), [batch]);
    assert.notDeepEqual(await all(split, { ...options, epoch: 1 }), [batch]);
  }));

Deno.test("streamBatches() gives the error of an example, from a worker as from here", () =>
  inFolder(async (folder) => {
    const split = await clips(folder, 20);
    await Deno.writeFile(`${folder}/13.wav`, new Uint8Array(60));
    for (const threads of [1, 2]) {
      await assert.rejects(all(split, { features: { kind: "mfcc" }, threads }), {
        name: "WavError",
        message: `Cannot read '${folder}/13.wav' at byte 0 as it is not a WAV file`,
        source: `${folder}/13.wav`,
        offset: 0,
      });
      await assert.rejects(all(split.slice(0, 3), { features: { kind: "augment" }, threads }), {
        name: "InputError",
      });
    }
    await Deno.writeFile(`${folder}/13.wav`, sound(20_000, 1));
    for (const threads of [1, 2]) {
      await assert.rejects(all(split, { features: { kind: "mfcc" }, threads }), {
        name: "InputError",
        source: `${folder}/13.wav`,
        message: `Cannot make features of '${folder}/13.wav': Cannot use a clip of 20000 samples ` +
          "for keyword features",
      });
    }
    const { split: odd } = numbers(3);
    odd[1].read = () => Promise.resolve({ values: Float32Array.of(1, 2), shape: [2] });
    await assert.rejects(all(odd, {}), /Cannot put 'n1' of 2 into a batch of 1/);
  }));

Deno.test("streamBatches() ends by its signal, also while it waits", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const { split } = numbers(100);
  const seen: ExampleBatch[] = [];
  await assert.rejects(async () => {
    for await (const batch of streamBatches(split, { batchSize: 1, signal: controller.signal })) {
      seen.push(batch);
      if (seen.length === 3) controller.abort(reason);
    }
  }, reason);
  assert.equal(seen.length, 3);
  await assert.rejects(all(split, { signal: controller.signal }), reason);
  const stuck = new AbortController();
  const never: Example = { id: "n", label: 0, read: () => new Promise(() => {}) };
  const waiting = all([never], { signal: stuck.signal });
  setTimeout(() => stuck.abort(reason), 0);
  await assert.rejects(waiting, reason);
});

Deno.test("streamBatches() throws on options that are no whole numbers in their range", async () => {
  const { split } = numbers(1);
  for (
    const options of [
      { batchSize: 0 },
      { batchSize: 1.5 },
      { threads: 0 },
      { threads: 65 },
      { seed: -1 },
      { mixedRows: 0 },
    ]
  ) {
    await assert.rejects(all(split, options), { name: "InputError" });
  }
});
