import assert from "node:assert/strict";
import { readCocoAnnotations } from "../../../lib/training/data/coco_annotations.ts";
import { DataError } from "../../../lib/training/data/data_error.ts";
import { jsonRecords } from "../../../lib/training/data/json_records.ts";
import { openVisualWakeWords } from "../../../lib/training/data/visual_wake_words.ts";
import { readJpeg } from "../../../lib/training/images/read_jpeg.ts";
import { resizeImage } from "../../../lib/training/images/resize_image.ts";
import { KeyedRandom } from "../../../lib/training/synthetic/keyed_random.ts";
import { inFolder } from "../../in_folder.ts";
import { coco, plainPng, writeFiles } from "./make_originals.ts";

Deno.test("readCocoAnnotations() goes by the largest box of a person", () =>
  inFolder(async (folder) => {
    await writeFiles(folder, await coco());
    assert.deepEqual(
      (await readCocoAnnotations(`${folder}/annotations/instances_train2014.json`))
        .map(({ file, person }) => [Number(file.slice(-7, -4)), person]),
      [
        [101, "person"],
        [102, "too-small"],
        [103, "non-person"],
        [104, "non-person"],
        [105, "non-person"],
      ],
    );
  }));

Deno.test("openVisualWakeWords() brings both parts together and resizes pictures", () =>
  inFolder(async (folder) => {
    const files = await coco();
    await writeFiles(folder, files);
    await writeFiles(folder, { "y_labels.csv": "000000000201.bin,2,1\n000000000103.bin,2,0\n" });
    const { splits, provenance } = await openVisualWakeWords(folder, {
      test: `${folder}/y_labels.csv`,
    });
    assert.deepEqual(splits.train.map(({ id, label }) => `${id.slice(-7, -4)} ${label}`), [
      "103 0",
      "104 0",
      "105 0",
      "202 0",
      "101 1",
      "201 1",
    ]);
    assert.deepEqual(splits.test.map(({ label }) => label), [1, 0]);
    assert(provenance.notes.some((note) => note.startsWith("2 of 2 test pictures are trained")));
    assert(
      provenance.notes.includes(
        "Left out of 'train2014', as persons there are all too small: 1 pictures",
      ),
    );
    const { values, shape } = await splits.test[1].read();
    assert.deepEqual([...shape], [96, 96, 3]);
    const bytes = files["train2014/COCO_train2014_000000000103.jpg"] as Uint8Array<ArrayBuffer>;
    assert.deepEqual(values, resizeImage(await readJpeg(bytes), [96, 96]).pixels);
  }));

Deno.test("openVisualWakeWords() reads folders of classes, and holds a tenth of each back", () =>
  inFolder(async (folder) => {
    const picture = plainPng(96, [1, 2, 3]);
    const files: Record<string, Uint8Array> = {};
    for (let i = 100; i < 600; i++) {
      files[`person/a${i}.png`] = files[`non_person/b${i}.png`] = new Uint8Array();
    }
    files["non_person/b150.png"] = picture;
    await writeFiles(folder, files);
    const { splits } = await openVisualWakeWords(folder);
    assert.equal(splits.train.length, 900);
    // The first fifty of each by name, half of them to test with.
    assert.deepEqual(
      [...splits.validation, ...splits.test].map(({ id }) => id).sort(),
      ["a", "b"].flatMap((letter) =>
        Array.from({ length: 50 }, (_, i) => `${letter}${100 + i}.png`)
      ),
    );
    assert.deepEqual([0, 1].map((of) => splits.test.filter(({ label }) => label === of).length), [
      25,
      25,
    ]);
    for (let i = 200; i < 600; i++) Deno.removeSync(`${folder}/person/a${i}.png`);
    const few = await openVisualWakeWords(folder);
    assert.deepEqual([few.splits.test.length, few.splits.train.length], [600, 540]);
    assert.deepEqual([...(await splits.train[0].read()).values.subarray(0, 3)], [1, 2, 3]);
    await Deno.mkdir(`${folder}/people`);
    await assert.rejects(openVisualWakeWords(folder), {
      name: "DataError",
      message: `Cannot use '${folder}/people': it is no class`,
    });
  }));

Deno.test("openVisualWakeWords() throws where nothing is there", () =>
  inFolder(async (folder) => {
    await assert.rejects(openVisualWakeWords(folder), /Cannot find COCO's annotations/);
    await Deno.mkdir(`${folder}/person`);
    await assert.rejects(openVisualWakeWords(folder), /Cannot find a picture/);
  }));

async function recordsOf(text: string | Uint8Array, lists: string[], sizes: () => number) {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  async function* chunks() {
    const buffer = new Uint8Array(bytes.length + 1);
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at += Math.max(1, sizes()));
      // One buffer for all, as a reader of files has it.
      buffer.set(part);
      yield await Promise.resolve(buffer.subarray(0, part.length));
    }
  }
  return await Array.fromAsync(jsonRecords(chunks(), lists, "a.json"));
}

Deno.test("jsonRecords() finds the same records as JSON.parse(), however the file is cut", async () => {
  const value = {
    info: { images: [{ no: 1 }], text: 'a } ] " \\ {' },
    images: [{ id: 1, name: 'é"\\}' }, { id: 2, more: [{ deep: [[], {}] }] }],
    'ima"ges': [{ no: 2 }],
    other: [{ no: 3 }, 4, "x"],
    categories: [],
    annotations: [{ id: 3 }],
    images2: "images",
    last: [1, "images", null, true],
  };
  const random = new KeyedRandom(3);
  for (const text of [JSON.stringify(value), JSON.stringify(value, undefined, 1)]) {
    for (let round = 0; round < 50; round++) {
      const found = await recordsOf(
        text,
        ["images", "annotations", "categories"],
        () => random.whole(round + 1),
      );
      assert.deepEqual(found.map(({ list, value }) => [list, value]), [
        ["images", value.images[0]],
        ["images", value.images[1]],
        ["annotations", value.annotations[0]],
      ]);
      const bytes = new TextEncoder().encode(text);
      assert(found.every(({ offset }) => bytes[offset] === 0x7b));
    }
  }
});

Deno.test("jsonRecords() gives a DataError with a place for what is no such file", async () => {
  for (
    const [text, offset] of [
      ["", 0],
      ["[]", 0],
      ["7", 0],
      ['{"images": [{}', 14],
      ['{"images": [{]}', 13],
      ['{"images": [1]}', 12],
      ['{"images": [{x}]}', 12],
      ['{"images": []}}', 14],
      ['{"images": []} {', 15],
      ["{" + "[".repeat(100), 64],
    ] as const
  ) {
    await assert.rejects(recordsOf(text, ["images"], () => 5), (error) => {
      assert(error instanceof DataError, text);
      assert.equal(error.offset, offset, text);
      return true;
    });
  }
  const endless = '{"images": [{"x": "' + "y".repeat(17 * 2 ** 20);
  await assert.rejects(recordsOf(endless, ["images"], () => 2 ** 20), /a record is too long/);
});

Deno.test("readCocoAnnotations() reads or throws DataErrors, whatever the bytes", () =>
  inFolder(async (folder) => {
    const good = (await coco())["annotations/instances_train2014.json"] as string;
    const path = `${folder}/a.json`;
    const random = new KeyedRandom(9);
    let read = 0;
    const snippets = ['"', "{", "}", "[", "]", ",", "\\", "null", "-1", "1e999", '"id"', "\u0000"];
    for (let round = 0; round < 400; round++) {
      let text = good;
      for (let i = 1 + random.whole(3); i > 0; i--) {
        const at = random.whole(text.length);
        text = text.slice(0, at) + random.pick(snippets) + text.slice(at + random.whole(4));
      }
      await Deno.writeTextFile(path, text);
      try {
        for (const { file } of await readCocoAnnotations(path)) assert(!file.includes("/"));
        read++;
      } catch (error) {
        assert(error instanceof DataError, `${error} ${text}`);
      }
    }
    assert(read > 0 && read < 400);
    for (
      const [change, message] of [
        [[/"width":120/, '"width":0'], /has no size/],
        [[/COCO_train2014_000000000101.jpg/, "../a.jpg"], /is no plain file name/],
        [[/"id":102/, '"id":101'], /picture 101 is listed before/],
        [[/"person"/, '"dog"'], /no category 'person'/],
        [[/\[0,0,30,11\]/, "[0,0,30]"], /'bbox' is no box/],
      ] as const
    ) {
      await Deno.writeTextFile(path, good.replace(change[0], change[1]));
      await assert.rejects(readCocoAnnotations(path), message);
    }
    await assert.rejects(readCocoAnnotations(`${folder}/none.json`), { name: "InputError" });
  }));
