import assert from "node:assert/strict";
import { DataError } from "../../../lib/training/data/data_error.ts";
import { openCifar10 } from "../../../lib/training/data/cifar10.ts";
import { evaluationList } from "../../../lib/training/data/evaluation_list.ts";
import { readCifar10 } from "../../../lib/training/features/read_cifar10.ts";
import { NumpyRandom } from "../../../lib/training/data/numpy_random.ts";
import { referenceTest, shared } from "../../reference.ts";
import { inFolder } from "../../in_folder.ts";
import { cifarBatch, plainPng, writeFiles } from "./make_originals.ts";

Deno.test("openCifar10() reads binary batches as readCifar10() does", () =>
  inFolder(async (folder) => {
    const batches = {
      "data_batch_1.bin": cifarBatch([3, 9], 1),
      "data_batch_2.bin": cifarBatch([0], 2),
      "test_batch.bin": cifarBatch([5, 6, 7], 3),
    };
    await writeFiles(`${folder}/cifar-10-batches-bin`, batches);
    const { splits, provenance } = await openCifar10(folder);
    assert.deepEqual(splits.train.map(({ label }) => label), [3, 9, 0]);
    assert.deepEqual(splits.test.map(({ id }) => id)[2], "test_batch_00002");
    assert.equal(provenance.sources.length, 3);
    assert.equal(
      provenance.notes[1],
      "Not in the folder: data_batch_3.bin, data_batch_4.bin, data_batch_5.bin",
    );
    const { images } = readCifar10([{ source: "", bytes: batches["data_batch_1.bin"] }]);
    assert.deepEqual((await splits.train[1].read()).values, images.slice(3072));
  }));

Deno.test("openCifar10() reads folders of PNG files, and lists of their names", () =>
  inFolder(async (folder) => {
    await writeFiles(folder, {
      "train/cat/tabby_s_000001.png": plainPng(32, [1, 2, 3]),
      "test/dog/puppy_s_000002.png": plainPng(32, [4, 5, 6]),
      "test/bird/emu_s_002009.png": plainPng(32, [7, 8, 9]),
      "list.csv": "emu_s_002009.bin,10,2\npuppy_s_000002.bin,10,5\n",
      "calibration.txt": "tabby_s_000001.png\n",
    });
    const set = await openCifar10(folder, { calibration: `${folder}/calibration.txt` });
    assert.deepEqual([...(await set.splits.test[0].read()).values.subarray(0, 3)], [7, 8, 9]);
    assert.equal(set.splits.calibration[0].id, "train/cat/tabby_s_000001.png");
    const list = await evaluationList(set, { list: `${folder}/list.csv` });
    assert.deepEqual(list.map(({ file, example }) => [file, example.label]), [
      ["emu_s_002009.bin", 2],
      ["puppy_s_000002.bin", 5],
    ]);
    await writeFiles(folder, { "list.csv": "emu_s_002009.bin,10,3\n" });
    await assert.rejects(
      evaluationList(set, { list: `${folder}/list.csv` }),
      /Cannot use line 1 of '.*' as 'emu_s_002009.bin' is of class 2 here, not of 3/,
    );
    await writeFiles(folder, { "list.csv": "ostrich.bin\n" });
    await assert.rejects(evaluationList(set, { list: `${folder}/list.csv` }), /is not among the 2/);
  }));

Deno.test("openCifar10() follows a class that is a link to a folder elsewhere", () =>
  inFolder(async (folder) => {
    await writeFiles(folder, {
      "elsewhere/a.png": plainPng(32, [1, 2, 3]),
      "in/test/dog/b.png": plainPng(32, [4, 5, 6]),
    });
    await Deno.symlink(`${folder}/elsewhere`, `${folder}/in/test/cat`, { type: "dir" });
    const { splits } = await openCifar10(`${folder}/in`);
    assert.deepEqual(splits.test.map(({ id }) => id), ["test/cat/a.png", "test/dog/b.png"]);
  }));

Deno.test("openCifar10() says what is wrong, and where", () =>
  inFolder(async (folder) => {
    const rejects = (message: RegExp, offset?: number) =>
      assert.rejects(openCifar10(folder), (error) => {
        assert(error instanceof DataError, String(error));
        assert.match(error.message, message);
        assert.equal(error.offset, offset);
        return true;
      });
    await assert.rejects(openCifar10(folder), /Cannot find CIFAR-10/);
    await writeFiles(folder, { "test/ostrich/a.png": plainPng(32, [1, 2, 3]) });
    await rejects(/there is no class 'ostrich'/);
    await writeFiles(folder, { "test_batch.bin": cifarBatch([1, 2]).subarray(0, 4000) });
    await rejects(/at byte 3073 as it ends within image 1, after 927 of 3073 bytes/, 3073);
    await writeFiles(folder, { "test_batch.bin": cifarBatch([1, 10]) });
    await rejects(/at byte 3073 as it names class 10/, 3073);
    await writeFiles(folder, { "test_batch.bin": new Uint8Array() });
    await rejects(/at byte 0/, 0);
    // It got shorter after it was opened.
    await writeFiles(folder, { "test_batch.bin": cifarBatch([1, 2]) });
    const { splits } = await openCifar10(folder);
    await Deno.truncate(`${folder}/test_batch.bin`, 3100);
    await assert.rejects(splits.test[1].read(), { name: "DataError", offset: 3073 });
    await Deno.remove(`${folder}/test_batch.bin`);
    await assert.rejects(splits.test[1].read(), /Cannot read '.*test_batch.bin'/);
  }));

Deno.test("openCifar10() gives an ImageError for a grey PNG file", () =>
  inFolder(async (folder) => {
    await writeFiles(folder, { "test/cat/a.png": plainPng(32, [9]) });
    const { splits } = await openCifar10(folder);
    await assert.rejects(splits.test[0].read(), {
      name: "ImageError",
      message: `Cannot read '${folder}/test/cat/a.png' at byte 25 as it has 1 channel: 3 expected`,
    });
  }));

Deno.test("NumpyRandom draws as NumPy 1.24's default_rng(8108)", () => {
  const random = new NumpyRandom(8108);
  assert.deepEqual(random.choice(1000, 20).slice(0, 3), [50, 943, 462]);
});

referenceTest(
  "evaluationList() draws ic01's official list from CIFAR-10 itself",
  () =>
    inFolder(async (folder) => {
      // The classes come in another order than the real ones: only their numbers matter.
      const labels = Array.from({ length: 10_000 }, (_, i) => i * 7 % 10);
      await writeFiles(folder, { "test_batch.bin": cifarBatch(labels) });
      const set = await openCifar10(folder);
      const published = Deno.readTextFileSync(shared("reference/labels/ic01.csv")).trim().split(
        "\n",
      );
      const drawn = await evaluationList(set);
      assert.deepEqual(
        drawn.map(({ example }) => example.label),
        published.map((line) => Number(line.split(",")[2])),
      );
      // Of class 2, the 770th: so NumPy says.
      const ofClass = set.splits.test.filter(({ label }) => label === 2);
      assert.equal(drawn[0].example.id, ofClass[770].id);
      const named = await evaluationList(set, { list: shared("reference/labels/ic01.csv") });
      assert.deepEqual(named.map(({ example }) => example), drawn.map(({ example }) => example));
      assert.deepEqual(named.map(({ file }) => file), published.map((line) => line.split(",")[0]));
    }),
);
