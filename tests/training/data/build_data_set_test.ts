import assert from "node:assert/strict";
import { benchmarks } from "../../../lib/benchmarks.ts";
import { openEvaluationSet } from "../../../lib/runner/evaluation_set.ts";
import {
  buildDataSet,
  type BuildDataSetOptions,
} from "../../../lib/training/data/build_data_set.ts";
import { openCifar10 } from "../../../lib/training/data/cifar10.ts";
import type { DataSet } from "../../../lib/training/data/data_set.ts";
import { openBuiltDataSet } from "../../../lib/training/data/open_built_data_set.ts";
import { openSpeechCommands } from "../../../lib/training/data/speech_commands.ts";
import { openToyCar } from "../../../lib/training/data/toy_car.ts";
import { openVisualWakeWords } from "../../../lib/training/data/visual_wake_words.ts";
import { adLogMel } from "../../../lib/training/features/ad_features.ts";
import { float32Bytes, kwsBin } from "../../../lib/training/features/bin_file.ts";
import { kwsLfbe, kwsMfcc } from "../../../lib/training/features/kws_features.ts";
import { readSamples } from "../../../lib/training/audio/read_samples.ts";
import { KeyedRandom } from "../../../lib/training/synthetic/keyed_random.ts";
import { inFolder } from "../../in_folder.ts";
import { cifarBatch, coco, speechCommands, toyCar, writeFiles } from "./make_originals.ts";

async function build(set: DataSet, options: BuildDataSetOptions) {
  const steps = buildDataSet(set, options);
  const seen: number[] = [];
  for (;;) {
    const step = await steps.next();
    if (step.done) return { summary: step.value, seen };
    seen.push(step.value.done);
    assert(step.value.done <= step.value.total);
  }
}

Deno.test("buildDataSet() writes kws01 as make_bin_files.py does, and what is trained with", () =>
  inFolder(async (folder) => {
    await writeFiles(`${folder}/in`, speechCommands);
    const set = await openSpeechCommands(`${folder}/in`);
    const out = `${folder}/out`;
    const { summary, seen } = await build(set, { out });
    assert.deepEqual(summary.splits, { train: 6, validation: 6, test: 3, calibration: 6 });
    assert.equal(summary.evaluationFiles, 3);
    assert.equal(seen.at(-1), 24);
    const { files } = await openEvaluationSet(out, benchmarks.kws01);
    assert.equal(files.length, 3);
    const word = files.find(({ label }) => label === 9)!;
    assert.match(word.file, /^tst_00000\d_Yes_9.bin$/);
    const samples = await readSamples(`${folder}/in/yes/33_nohash_0.wav`);
    assert.deepEqual(
      await Deno.readFile(`${out}/kws01/${word.file}`),
      kwsBin(kwsMfcc(samples), "mfcc"),
    );
    assert.match(
      await Deno.readTextFile(`${out}/kws01/y_labels.csv`),
      /^(tst_00000\d_(Yes|Silence|Unknown)_(9|10|11).bin, 12, (9|10|11)\n){3}$/,
    );
    const built = await openBuiltDataSet(out);
    assert.equal(built.media, "features");
    assert.deepEqual(built.provenance, set.provenance);
    assert.deepEqual(built.classes, set.classes);
    for (const split of ["train", "validation", "test", "calibration"] as const) {
      assert.deepEqual(
        built.splits[split].map(({ id, label }) => [id, label]),
        set.splits[split].map(({ id, label }) => [id, label]),
      );
    }
    const yes = built.splits.validation.find(({ id }) => id === "yes/22_nohash_0.wav")!;
    assert.deepEqual(await yes.read(), {
      values: kwsMfcc(await readSamples(`${folder}/in/yes/22_nohash_0.wav`)),
      shape: [49, 10],
    });
  }));

Deno.test("buildDataSet() writes the open division's features, and only what is asked for", () =>
  inFolder(async (folder) => {
    await writeFiles(`${folder}/in`, speechCommands);
    const set = await openSpeechCommands(`${folder}/in`);
    const samples = await readSamples(`${folder}/in/yes/33_nohash_0.wav`);
    const options = { splits: [], evaluation: { count: 3, seed: 4 } };
    for (const [kind, bytes] of [["lfbe", 49 * 40], ["samples", 32_000]] as const) {
      const out = `${folder}/${kind}`;
      const { summary } = await build(set, { ...options, out, features: { kind } });
      assert.deepEqual(summary.splits, {});
      const names = [...Deno.readDirSync(out)].map(({ name }) => name).sort();
      assert.deepEqual(names, ["data_set.json", "kws01"]);
      const bins = [...Deno.readDirSync(`${out}/kws01`)].filter(({ name }) => name.endsWith("bin"));
      for (const { name } of bins) {
        assert.equal(Deno.statSync(`${out}/kws01/${name}`).size, bytes);
      }
      const yes = bins.find(({ name }) => name.includes("Yes"))!.name;
      assert.deepEqual(
        Deno.readFileSync(`${out}/kws01/${yes}`),
        kwsBin(kind === "lfbe" ? kwsLfbe(samples) : samples, kind),
      );
    }
  }));

Deno.test("buildDataSet() writes pictures as they are sent, on workers too", () =>
  inFolder(async (folder) => {
    await writeFiles(`${folder}/ic`, {
      "data_batch_1.bin": cifarBatch([1, 2, 3], 1),
      "test_batch.bin": cifarBatch(Array.from({ length: 40 }, (_, i) => i % 10), 2),
    });
    await build(await openCifar10(`${folder}/ic`), { out: `${folder}/out-ic`, threads: 2 });
    const { files } = await openEvaluationSet(`${folder}/out-ic`, benchmarks.ic01);
    assert.equal(files.length, 40);
    const built = await openBuiltDataSet(`${folder}/out-ic`);
    assert.equal(built.media, "image");
    assert.deepEqual((await built.splits.train[2].read()).shape, [32, 32, 3]);
    const [{ file }] = files;
    const test = built.splits.test.find(({ id }) => `${id}.bin` === file)!;
    assert.deepEqual(
      (await test.read()).values,
      await Deno.readFile(`${folder}/out-ic/ic01/${file}`),
    );

    await writeFiles(`${folder}/vww`, await coco());
    const list = `${folder}/y_labels.csv`;
    await Deno.writeTextFile(list, "000000000201.bin,2,1\n000000000103.bin,2,0\n");
    const set = await openVisualWakeWords(`${folder}/vww`, { test: list });
    await build(set, { out: `${folder}/out-vww`, evaluation: { list } });
    const vww = await openEvaluationSet(`${folder}/out-vww`, benchmarks.vww01);
    assert.deepEqual(vww.files, [
      { file: "000000000201.bin", label: 1 },
      { file: "000000000103.bin", label: 0 },
    ]);
    assert.equal(
      await Deno.readTextFile(`${folder}/out-vww/vww01/y_labels.csv`),
      "000000000201.bin,2,1\n000000000103.bin,2,0\n",
    );
  }));

Deno.test("buildDataSet() writes ad01's spectrograms as the official files are", () =>
  inFolder(async (folder) => {
    await writeFiles(folder, toyCar());
    await build(await openToyCar(folder), { out: `${folder}/out`, splits: ["calibration"] });
    const { files } = await openEvaluationSet(`${folder}/out`, benchmarks.ad01);
    assert.equal(files.length, 8);
    assert.deepEqual(files[0].windowing, { windowBytes: 2560, strideBytes: 512 });
    const { file } = files[7];
    const samples = await readSamples(
      `${folder}/ToyCar/test/${file.replace("_hist_librosa.bin", ".wav")}`,
    );
    assert.deepEqual(
      await Deno.readFile(`${folder}/out/ad01/${file}`),
      float32Bytes(adLogMel(samples)),
    );
    const { splits } = await openBuiltDataSet(`${folder}/out`);
    assert.deepEqual((await splits.calibration[0].read()).shape, [200, 128]);
  }));

Deno.test("buildDataSet() changes by chance only what is trained with, and cuts no file of the evaluation", () =>
  inFolder(async (folder) => {
    await writeFiles(`${folder}/sc`, speechCommands);
    const set = await openSpeechCommands(`${folder}/sc`);
    const recordings = [Float32Array.from({ length: 20_000 }, (_, n) => Math.sin(n * n))];
    const background = { recordings, share: 1 };
    await build(set, { out: `${folder}/plain` });
    await build(set, { out: `${folder}/noisy`, features: { kind: "mfcc", background } });
    const same = (file: string) => {
      const [plain, noisy] = ["plain", "noisy"].map((out) =>
        Deno.readFileSync(`${folder}/${out}/${file}`)
      );
      return plain.every((byte, i) => byte === noisy[i]);
    };
    assert(!same("train.bin"));
    for (const file of ["validation.bin", "test.bin", "calibration.bin"]) assert(same(file), file);
    const [{ name }] = [...Deno.readDirSync(`${folder}/plain/kws01`)].filter(({ name }) =>
      name.endsWith(".bin")
    );
    assert(same(`kws01/${name}`));

    await writeFiles(`${folder}/ad`, toyCar());
    const out = `${folder}/windows`;
    const features = { kind: "logMel", windows: true } as const;
    await build(await openToyCar(`${folder}/ad`), { out, features, splits: ["calibration"] });
    assert.equal((await openEvaluationSet(out, benchmarks.ad01)).files.length, 8);
    const { splits } = await openBuiltDataSet(out);
    assert.equal(splits.calibration.length, 3 * 196);
    assert.deepEqual((await splits.calibration[0].read()).shape, [640]);
  }));

Deno.test("buildDataSet() says where there is nothing to evaluate with", () =>
  inFolder(async (folder) => {
    await writeFiles(`${folder}/in`, { "data_batch_1.bin": cifarBatch([1, 2, 3]) });
    const set = await openCifar10(`${folder}/in`);
    await assert.rejects(build(set, { out: `${folder}/out`, splits: [] }), {
      name: "InputError",
      message: "Cannot make an evaluation of 'CIFAR-10' as its test split is empty",
    });
    const { summary } = await build(set, { out: `${folder}/out` });
    assert.equal(summary.evaluationFiles, 0);
    assert.equal(summary.notes.at(-1), "There is no evaluation, as the test split is empty");
  }));

Deno.test("buildDataSet() leaves nothing where something fails or a signal ends it", () =>
  inFolder(async (folder) => {
    await writeFiles(`${folder}/in`, { "test_batch.bin": cifarBatch([1, 2, 3]) });
    const set = await openCifar10(`${folder}/in`);
    const left = () => [...Deno.readDirSync(folder)].map(({ name }) => name);
    const controller = new AbortController();
    const steps = buildDataSet(set, { out: `${folder}/out`, signal: controller.signal });
    await steps.next();
    controller.abort(new Error("enough"));
    await assert.rejects(async () => {
      for (;;) await steps.next();
    }, /enough/);
    assert.deepEqual(left(), ["in"]);
    await Deno.truncate(`${folder}/in/test_batch.bin`, 5000);
    await assert.rejects(build(set, { out: `${folder}/out` }), { name: "DataError", offset: 3073 });
    assert.deepEqual(left(), ["in"]);
    await assert.rejects(build(set, { out: `${folder}/in` }), /as it is not empty/);
    const [example] = set.splits.test;
    for (
      const [id, message] of [
        ["a,b", /is no plain name/],
        ["a\nb", /is no plain name/],
      ] as const
    ) {
      const odd = { ...set, splits: { ...set.splits, test: [{ ...example, id }] } };
      await assert.rejects(build(odd, { out: `${folder}/out` }), message);
    }
    const twice = { ...set, splits: { ...set.splits, test: [example, { ...example }] } };
    await assert.rejects(build(twice, { out: `${folder}/out` }), /Cannot write '.*' twice/);
  }));

Deno.test("openBuiltDataSet() opens or throws InputErrors, whatever became of the files", () =>
  inFolder(async (folder) => {
    await writeFiles(`${folder}/in`, { "test_batch.bin": cifarBatch([1, 2, 3]) });
    const out = `${folder}/out`;
    await build(await openCifar10(`${folder}/in`), { out });
    const path = `${out}/data_set.json`;
    const good = await Deno.readTextFile(path);
    const random = new KeyedRandom(5);
    const snippets = [
      '"',
      "{",
      "[",
      "null",
      "-1",
      "1e999",
      "0",
      '"__proto__":',
      "ic01",
      "..",
      "999",
    ];
    let opened = 0;
    for (let round = 0; round < 300; round++) {
      let text = good;
      for (let i = 1 + random.whole(2); i > 0; i--) {
        const at = random.whole(text.length);
        text = text.slice(0, at) + random.pick(snippets) + text.slice(at + random.whole(5));
      }
      await Deno.writeTextFile(path, text);
      try {
        await openBuiltDataSet(out);
        opened++;
      } catch (error) {
        assert(error instanceof Error && "source" in error, `${error} ${text}`);
      }
    }
    assert(opened > 0 && opened < 300);
    await Deno.writeTextFile(path, good);
    await Deno.truncate(`${out}/test.bin`, 3000);
    await assert.rejects(openBuiltDataSet(out), /has 3000 bytes: 9216 expected/);
    await Deno.truncate(`${out}/test.bin`, 9216);
    await Deno.writeTextFile(`${out}/test.csv`, "a,1\nb,2\n");
    await assert.rejects(openBuiltDataSet(out), /has 2 lines: 3 expected/);
    await Deno.writeTextFile(`${out}/test.csv`, "a,1\nb,2\nc,10\n");
    await assert.rejects(openBuiltDataSet(out), /line 3 of '.*test.csv' as it names no class/);
    await Deno.remove(path);
    await assert.rejects(openBuiltDataSet(out), { name: "InputError" });
  }));
