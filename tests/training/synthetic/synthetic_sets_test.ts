/** What holds for all synthetic data sets: the same from the same seed, one example at a time, nobody in two splits. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { benchmarks, findSyntheticSet, streamBatches, syntheticSets } from "../../../mod.ts";
import type { DataSet, Example, SyntheticOptions } from "../../../mod.ts";

type Name = keyof typeof syntheticSets;
const names = Object.keys(syntheticSets) as Name[];
const small = { train: 24, validation: 6, test: 12, calibration: 6 };

async function fingerprint(examples: readonly Example[]): Promise<string> {
  const hash = createHash("sha256");
  for (const example of examples) {
    const { values, shape } = await example.read();
    hash.update(`${example.id} ${example.label} ${shape.join(" ")}\n`);
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest("hex").slice(0, 16);
}

const few = (name: Name, options: SyntheticOptions = {}): DataSet =>
  syntheticSets[name]({ ...small, ...(name === "ad" ? { train: 4, test: 8 } : {}), ...options });

/**
 * Of the first test examples of seed 1. Whoever changes a generator changes what models were trained on: raise
 * `generatorVersion`, then write the new fingerprint here.
 */
const known: Readonly<Record<Name, string>> = {
  kws: "5fe49ec0a201a23f",
  ic: "e2b03b2355f43222",
  vww: "1a71b42935ce28d6",
  ad: "16d3b2dbf6917015",
  sww: "a1bca420b3034083",
};

for (const name of names) {
  Deno.test(`synthetic ${name} is the same for a seed, today as ever`, async () => {
    const { test } = few(name).splits;
    const twice = few(name).splits.test;
    assert.equal(await fingerprint(test), await fingerprint(twice));
    assert.equal(await fingerprint(test.slice(0, 8)), known[name]);
    assert.notEqual(
      await fingerprint(few(name, { seed: 2 }).splits.test.slice(0, 2)),
      await fingerprint(test.slice(0, 2)),
    );
  });

  Deno.test(`synthetic ${name} makes an example from seed, split and index alone`, async () => {
    const set = few(name);
    const late = set.splits.test[7];
    const alone = await fingerprint([late]);
    // Whatever else was read before, in whatever order, and however large the other splits are.
    await fingerprint([set.splits.test[3], set.splits.train[2]]);
    assert.equal(await fingerprint([late]), alone);
    const larger = syntheticSets[name]({ train: 1000, validation: 0, test: 9 });
    assert.equal(await fingerprint([larger.splits.test[7]]), alone);
  });

  Deno.test(`synthetic ${name} has no example twice`, async () => {
    const { train, validation, test, calibration } = few(name).splits;
    const seen = new Set<string>();
    const all = [...train, ...validation, ...test, ...calibration];
    for (const example of all) {
      const { values } = await example.read();
      seen.add(createHash("sha256").update(new Uint8Array(values.buffer)).digest("hex"));
    }
    assert.equal(seen.size, all.length);
  });

  Deno.test(`synthetic ${name} says that it is synthetic, and fits its benchmark`, async () => {
    const set = few(name);
    assert.equal(set.provenance.synthetic, true);
    assert.equal(set.provenance.settings.seed, 1);
    assert.equal(set.classes.length, benchmarks[set.benchmark].classes.length);
    const { values, shape } = await set.splits.test[0].read();
    assert.equal(values.length, shape.reduce((product, size) => product * size, 1));
    if (set.media === "image") {
      assert.equal(values.length, benchmarks[set.benchmark].input.bytes);
      assert(values instanceof Uint8Array);
    } else {
      assert(values instanceof Float32Array);
      // In steps of 16 bits: a WAV file loses nothing.
      assert(values.every((value) => Number.isInteger(value * 32_768) && Math.abs(value) <= 1));
    }
  });
}

Deno.test("synthetic classes take turns; machines to train with are healthy", () => {
  const { train, test } = few("kws").splits;
  assert.deepEqual(train.slice(0, 12).map(({ label }) => label), [
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    11,
  ]);
  assert.deepEqual(test.map(({ label }) => label), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  const ad = syntheticSets.ad();
  assert(ad.splits.train.every(({ label }) => label === 0));
  assert.equal(ad.splits.test.filter(({ label }) => label === 1).length, ad.splits.test.length / 2);
});

Deno.test("synthetic speakers of one split do not speak in another, but in calibration", () => {
  const { train, validation, test, calibration } = syntheticSets.kws().splits;
  const speakers = (split: readonly Example[]) =>
    new Set(split.flatMap(({ id }) => /^speaker_(\d+)_/.exec(id)?.[1] ?? []));
  const heard = speakers(train);
  assert(heard.size > 350);
  assert.equal(speakers(validation).size, 80);
  assert.equal(speakers(test).size, 120);
  assert(speakers(validation).isDisjointFrom(heard));
  assert(speakers(test).isDisjointFrom(heard));
  assert(speakers(test).isDisjointFrom(speakers(validation)));
  assert(speakers(calibration).isSubsetOf(heard));
});

Deno.test("synthetic machines are the same in training and test", () => {
  const { train, test } = syntheticSets.ad().splits;
  const machines = (split: readonly Example[], label: number) =>
    [...new Set(split.filter((e) => e.label === label).map(({ id }) => /_id_\d\d/.exec(id)![0]))]
      .sort();
  assert.deepEqual(machines(train, 0), ["_id_01", "_id_02", "_id_03", "_id_04"]);
  assert.deepEqual(machines(test, 0), machines(train, 0));
  assert.deepEqual(machines(test, 1), machines(train, 0));
});

Deno.test("findSyntheticSet() knows short names and ids, and nothing else", () => {
  assert.equal(findSyntheticSet("kws"), syntheticSets.kws);
  assert.equal(findSyntheticSet("kws01"), syntheticSets.kws);
  for (const name of ["", "kws02", "01", "toString", "__proto__"]) {
    assert.equal(findSyntheticSet(name), undefined, name);
  }
});

Deno.test("synthetic sets refuse sizes and seeds that are no whole numbers", () => {
  for (
    const options of [{ seed: 1.5 }, { seed: -1 }, { train: NaN }, { test: -1 }, { test: 1e9 }]
  ) {
    assert.throws(() => syntheticSets.ic(options), {
      name: "InputError",
      message: /^Cannot make a synthetic data set with \w+ /,
    });
  }
  assert.equal(syntheticSets.ic({ seed: 2 ** 40, test: 0 }).splits.test.length, 0);
});

Deno.test("reading a synthetic example can be cancelled", async () => {
  const [example] = few("ic").splits.test;
  const reason = new DOMException("Cancelled", "AbortError");
  await assert.rejects(example.read({ signal: AbortSignal.abort(reason) }), reason);
});

for (const name of names) {
  Deno.test(`synthetic ${name} is made by workers as it is here`, async () => {
    const { train } = few(name, { train: 6 }).splits;
    const features = { kind: "none" } as const;
    const [one] = await Array.fromAsync(streamBatches(train, { features }));
    const here = await Promise.all(train.map((example) => example.read()));
    assert.deepEqual([...one.values], here.flatMap(({ values }) => [...values]));
    // Whatever cannot be read here must have been made there.
    const away = train.map((example): Example => ({
      ...example,
      read: () => Promise.reject(new Error("read in this thread")),
    }));
    const [two] = await Array.fromAsync(streamBatches(away, { features, threads: 2 }));
    assert.deepEqual(two, one);
  });
}
