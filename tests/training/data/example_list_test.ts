import assert from "node:assert/strict";
import { InputError } from "../../../lib/errors.ts";
import type { Example } from "../../../lib/training/data/data_set.ts";
import {
  ExampleFinder,
  nameKey,
  readExampleList,
} from "../../../lib/training/data/example_list.ts";
import { KeyedRandom } from "../../../lib/training/synthetic/keyed_random.ts";
import { inFolder } from "../../in_folder.ts";

const example = (id: string, label = 0): Example => ({
  id,
  label,
  read: () => Promise.reject(new Error("not read")),
});

Deno.test("readExampleList() reads published lists, without their remarks", () =>
  inFolder(async (folder) => {
    const path = `${folder}/list.txt`;
    await Deno.writeTextFile(
      path,
      "\uFEFFThe following files were used:\r\nCOCO_val2014_000000333756.jpg\n\n# no\n" +
        "a.bin, 12, 7\nb.bin,2,1,2560,512\n3667\nc.bin,x,y\n",
    );
    assert.deepEqual(await readExampleList(path), [
      { name: "COCO_val2014_000000333756.jpg", line: 2 },
      { name: "a.bin", label: 7, line: 5 },
      { name: "b.bin", label: 1, line: 6 },
      { name: "3667", line: 7 },
      { name: "c.bin", line: 8 },
    ]);
    await Deno.writeTextFile(path, "\n# nothing\n");
    await assert.rejects(readExampleList(path), /it lists nothing/);
    await Deno.truncate(path, 20_000_000);
    await assert.rejects(readExampleList(path), /it is of 20000000 bytes/);
    await assert.rejects(readExampleList(`${folder}/none`), { name: "InputError" });
    const random = new KeyedRandom(1);
    for (let round = 0; round < 200; round++) {
      const bytes = Uint8Array.from({ length: random.whole(300) }, () => random.whole(256));
      await Deno.writeFile(path, bytes);
      try {
        for (const { name } of await readExampleList(path)) assert(name.length > 0);
      } catch (error) {
        assert(error instanceof InputError);
      }
    }
  }));

Deno.test("ExampleFinder finds by id, by what a name has in common, and by place", () => {
  const examples = [
    example("yes/a.wav"),
    example("no/a.wav"),
    example("COCO_val2014_000000000007.jpg", 1),
    example("test/emu_s_002009.png"),
    example("constructor"),
  ];
  const finder = new ExampleFinder([...examples, examples[3]]);
  assert.equal(finder.find("no/a.wav"), examples[1]);
  assert.equal(finder.find("a.wav"), undefined, "two have this name");
  assert.equal(finder.find("000000000007.bin"), examples[2]);
  assert.equal(finder.find("emu_s_002009.bin"), examples[3]);
  assert.equal(finder.find("4"), examples[4]);
  assert.equal(finder.find("7"), undefined);
  assert.equal(finder.find("toString"), undefined);
  assert.deepEqual(finder.all([{ name: "0", line: 1 }], "list"), [examples[0]]);
  assert.throws(
    () => finder.all([{ name: "emu_s_002009.bin", label: 2, line: 9 }], "list"),
    /Cannot use line 9 of 'list' as 'emu_s_002009.bin' is of class 0 here, not of 2/,
  );
  assert.throws(() => finder.all([{ name: "x", line: 3 }], "list"), /'x' is not among the 6/);
});

Deno.test("nameKey() leaves what all lists have in common", () => {
  assert.equal(nameKey("dev_data/ToyCar/train/normal_id_01_00000000.wav"), "normal_id_01_00000000");
  assert.equal(nameKey("normal_id_01_00000003_hist_librosa.bin"), "normal_id_01_00000003");
  assert.equal(nameKey("train2014\\COCO_train2014_000000113212.jpg"), "000000113212");
});
