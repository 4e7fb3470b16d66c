import assert from "node:assert/strict";
import { benchmarks } from "../../lib/benchmarks.ts";
import { InputError } from "../../lib/errors.ts";
import { cifarClass } from "../../lib/sessions/cifar_classes.ts";
import { benchmarkOfName, labelOf, readLabels } from "../../lib/sessions/labels.ts";
import { referenceTest, shared } from "../reference.ts";
import { withFiles } from "./with_files.ts";

referenceTest("labelOf() agrees with every official list whose names tell the class", async () => {
  const lists = [
    ["reference/labels/ic01.csv", benchmarks.ic01, 200],
    ["reference/labels/ad01.csv", benchmarks.ad01, 248],
    ["reference/kws01/y_labels.csv", benchmarks.kws01, 1000],
  ] as const;
  for (const [path, benchmark, count] of lists) {
    const { classes } = await readLabels(shared(path));
    assert.equal(classes.size, count, path);
    for (const [file, label] of classes) assert.equal(labelOf(benchmark, file), label, file);
  }
});

referenceTest("cifarClass() knows every noun of the calibration list", async () => {
  const list = await Deno.readTextFile(shared("reference/labels/ic_calibration_samples.txt"));
  const files = list.trim().split(/\s+/);
  assert.ok(files.length > 400);
  assert.deepEqual(files.filter((file) => cifarClass(file) === undefined), []);
});

Deno.test("labelOf() does not guess", () => {
  const { kws01, ic01, vww01, ad01 } = benchmarks;
  assert.equal(labelOf(kws01, "tst_000000_Stop_8.bin"), undefined, "name and number differ");
  assert.equal(labelOf(kws01, "tst_000000_Stop_77.bin"), undefined);
  assert.equal(labelOf(kws01, ""), undefined);
  assert.equal(labelOf(ic01, "zebra_s_000001.bin"), undefined);
  assert.equal(labelOf(ic01, "constructor_s_000001.bin"), undefined);
  assert.equal(labelOf(vww01, "person.bin"), undefined);
  assert.equal(labelOf(ad01, "abnormal_id_01.bin"), undefined);
});

Deno.test("labelOf() believes a list more than a name, unless there is no such class", () => {
  const classes = new Map([["dog_s_000001.bin", 3], ["cat_s_000001.bin", 99]]);
  const labels = { classes, occurrencesS: new Map() };
  assert.equal(labelOf(benchmarks.ic01, "dog_s_000001.bin", labels), 3);
  assert.equal(labelOf(benchmarks.ic01, "cat_s_000001.bin", labels), 3, "the name's");
});

Deno.test("readLabels() reads lists with blanks, and times of wakewords", () =>
  withFiles({
    "kws01/y_labels.csv": "a.bin, 12, 7\nb.bin,12,0\r\nno label\n,,\nc.bin,2,1,2560,512\n",
    "sww01/test.json": JSON.stringify([{ wav_file: "x.wav", detection_windows: [[1, 2.5]] }]),
    "sww01/other.json": "{",
    "readme.md": "d.bin,1,1",
  }, async (folder) => {
    const { classes, occurrencesS } = await readLabels(folder);
    assert.deepEqual([...classes], [["a.bin", 7], ["b.bin", 0], ["c.bin", 1]]);
    assert.deepEqual([...occurrencesS], [["x.wav", [[1, 2.5]]]]);
    await assert.rejects(readLabels(`${folder}/readme.md`), InputError);
    await assert.rejects(readLabels(`${folder}/nothing`), InputError);
  }));

Deno.test("benchmarkOfName() knows what folders are called", () => {
  const names: [string, string | undefined][] = [
    ["kws", "kws01"],
    ["KWS", "kws01"],
    ["kws_int8", "kws01"],
    ["keyword_spotting", "kws01"],
    ["visual_wake_words", "vww01"],
    ["person_detection", "vww01"],
    ["ic", "ic01"],
    ["ic2", "ic02"],
    ["ic02", "ic02"],
    ["image classification", "ic01"],
    ["ad01", "ad01"],
    ["anomaly-detection", "ad01"],
    ["sww", "sww01"],
    ["strww01", "sww01"],
    ["AD08", undefined],
    ["icicle_kit", undefined],
    ["adafruit", undefined],
    ["", undefined],
  ];
  for (const [name, id] of names) assert.equal(benchmarkOfName(name)?.id, id, name);
});
