import assert from "node:assert/strict";
import { FeatureCache } from "../../../lib/training/data/feature_cache.ts";
import type { FeatureRows } from "../../../lib/training/data/feature_settings.ts";
import { KeyedRandom } from "../../../lib/training/synthetic/keyed_random.ts";
import { inFolder } from "../../in_folder.ts";

const made: FeatureRows = { values: Float32Array.of(1.5, -2, 3e-9, 4), shape: [2], rows: 2 };

async function filesOf(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    for await (const file of Deno.readDir(`${folder}/${name}`)) {
      files.push(`${folder}/${name}/${file.name}`);
    }
  }
  return files;
}

Deno.test("FeatureCache keeps values of each type, and leaves nothing unfinished", () =>
  inFolder(async (folder) => {
    const cache = new FeatureCache(folder);
    const all: FeatureRows[] = [
      made,
      { values: Uint8Array.of(1, 255), shape: [1, 2, 1], rows: 1 },
      { values: Int8Array.of(-1), shape: [1], rows: 1 },
      { values: Int16Array.of(-300, 300), shape: [2], rows: 1 },
    ];
    for (const [i, rows] of all.entries()) {
      const key = FeatureCache.keyOf(Uint8Array.of(i), {});
      assert.equal(await cache.through(key, () => Promise.resolve(rows)), rows);
      assert.deepEqual(
        await cache.through(key, () => Promise.reject(new Error("made twice"))),
        rows,
      );
    }
    assert.deepEqual(cache.counts, { hits: 4, misses: 4, damaged: 0 });
    const files = await filesOf(folder);
    assert.equal(files.length, 4);
    assert(files.every((file) => /\/[0-9a-f]{64}$/.test(file)));
  }));

Deno.test("FeatureCache.keyOf() is another for other bytes and settings", () => {
  const keys = [
    FeatureCache.keyOf(Uint8Array.of(1), { kind: "mfcc" }),
    FeatureCache.keyOf(Uint8Array.of(2), { kind: "mfcc" }),
    FeatureCache.keyOf(Uint8Array.of(1), { kind: "lfbe" }),
    FeatureCache.keyOf(Uint8Array.of(), { kind: "mfcc" }),
  ];
  assert.equal(new Set(keys).size, 4);
  assert.equal(keys[0], FeatureCache.keyOf(Uint8Array.of(1), { kind: "mfcc" }));
});

Deno.test("FeatureCache makes anew what is damaged, wherever", () =>
  inFolder(async (folder) => {
    const key = FeatureCache.keyOf(new Uint8Array(), {});
    const cache = new FeatureCache(folder);
    await cache.through(key, () => Promise.resolve(made));
    const [file] = await filesOf(folder);
    const whole = await Deno.readFile(file);
    const random = new KeyedRandom(2);
    const damages = [
      new Uint8Array(),
      whole.slice(0, -1),
      whole.slice(0, 30),
      new Uint8Array([...whole, 0]),
    ];
    // The header is filled up to a multiple of 8: what is in between is of no account.
    const headEnd = whole.indexOf(0x0a) + 1;
    for (let i = 0; i < 60; i++) {
      const damaged = whole.slice();
      const at = random.whole(whole.length);
      if (at >= headEnd && at < Math.ceil(headEnd / 8) * 8) continue;
      damaged[at] ^= 1 << random.whole(8);
      damages.push(damaged);
    }
    for (const damaged of damages) {
      await Deno.writeFile(file, damaged);
      let calls = 0;
      const make = () => Promise.resolve((calls++, made));
      assert.deepEqual(await cache.through(key, make), made);
      assert.equal(calls, 1);
      assert.deepEqual(await Deno.readFile(file), whole);
    }
    assert.equal(cache.counts.damaged, damages.length);
  }));

Deno.test("FeatureCache throws where it cannot write, and passes on what making throws", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    const cache = new FeatureCache(`${folder}/file`);
    const key = FeatureCache.keyOf(new Uint8Array(), {});
    await assert.rejects(
      cache.through(key, () => Promise.resolve(made)),
      /Cannot keep features in/,
    );
    const error = new Error("broken");
    await assert.rejects(cache.through(key, () => Promise.reject(error)), error);
  }));
