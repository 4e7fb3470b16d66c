import assert from "node:assert/strict";
import { benchmarks } from "../../lib/benchmarks.ts";
import { InputError } from "../../lib/errors.ts";
import { openEvaluationSet, parseLabels, segmentOf } from "../../lib/runner/evaluation_set.ts";
import { seededRandom } from "../../lib/seeded_random.ts";

const { kws01, ad01 } = benchmarks;

Deno.test("parseLabels() reads both forms, with spaces, CRLF and a byte-order mark", () => {
  assert.deepEqual(parseLabels("\uFEFFa.bin, 12, 3\r\n\r\nb.bin,12,0", kws01), [
    { file: "a.bin", label: 3 },
    { file: "b.bin", label: 0 },
  ]);
  assert.deepEqual(parseLabels("n.bin, 2, 1, 2560, 512\n", ad01), [
    { file: "n.bin", label: 1, windowing: { windowBytes: 2560, strideBytes: 512 } },
  ]);
});

Deno.test("parseLabels() names the line that it cannot read", () => {
  const bad = [
    "a.bin,12",
    "a.bin,12,3,4",
    "a.bin,12,12",
    "a.bin,10,3",
    "a.bin,12,-1",
    "a.bin,12,x",
    "../a.bin,12,1",
    "/etc/passwd,12,1",
    ",12,1",
    "..,12,1",
    "a\x00.bin,12,1",
    "__proto__",
    "ok.bin,12,1",
  ];
  for (const line of bad) {
    assert.throws(() => parseLabels(`ok.bin,12,1\n${line}\n`, kws01), (error: InputError) => {
      assert.ok(error instanceof InputError, line);
      assert.match(error.source, /y_labels\.csv:2$/);
      return true;
    });
  }
  assert.throws(() => parseLabels("", kws01), /lists no file/);
  assert.throws(() => parseLabels("a.bin,2,1,2561,512", ad01), InputError);
  assert.throws(() => parseLabels("a.bin,2,1,2560,0", ad01), InputError);
});

Deno.test("parseLabels() survives mutated text: files or an InputError", () => {
  const random = seededRandom(9);
  const text = "tst_000000_Stop_7.bin, 12, 7\ntst_000001_Left_2.bin,12,2\r\n";
  for (let round = 0; round < 3000; round++) {
    const mutated = [...text];
    for (let k = 0; k < 4; k++) {
      mutated[Math.floor(random() * mutated.length)] = String.fromCharCode(
        Math.floor(random() * 300),
      );
    }
    try {
      for (const { file, label } of parseLabels(mutated.join(""), kws01)) {
        assert.ok(!file.includes("/") && !file.includes("\\") && label < 12);
      }
    } catch (error) {
      assert.ok(error instanceof InputError);
    }
  }
});

Deno.test("openEvaluationSet() finds what is missing or of the wrong size before anything runs", async () => {
  const folder = await Deno.makeTempDir();
  await assert.rejects(openEvaluationSet(folder, kws01), /Cannot find 'y_labels.csv'/);
  await Deno.mkdir(`${folder}/y_labels.csv`);
  await assert.rejects(openEvaluationSet(folder, kws01), InputError);
  await Deno.remove(`${folder}/y_labels.csv`);
  await Deno.writeTextFile(`${folder}/y_labels.csv`, "a.bin,12,1\n");
  await assert.rejects(openEvaluationSet(folder, kws01), /a\.bin.* cannot be opened/);
  await Deno.writeFile(`${folder}/a.bin`, new Uint8Array(489));
  await assert.rejects(openEvaluationSet(folder, kws01), /489 bytes: 490 expected/);
  await Deno.writeFile(`${folder}/a.bin`, new Uint8Array(490));
  const set = await openEvaluationSet(folder, kws01);
  assert.equal(set.files.length, 1);
  assert.match(set.labelsSha256, /^[0-9a-f]{64}$/);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("openEvaluationSet() takes the benchmark's folder below the one that was named", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/kws01`);
  await Deno.writeTextFile(`${folder}/kws01/y_labels.csv`, "a.bin,12,1\nb.bin,12,1\n");
  await Deno.writeFile(`${folder}/kws01/a.bin`, new Uint8Array(490));
  const set = await openEvaluationSet(folder, kws01, { limit: 1 });
  assert.equal(set.folder, `${folder}/kws01`);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("segmentOf() cuts windows that overlap", () => {
  const bytes = Uint8Array.from({ length: 4096 }, (_, i) => i / 16);
  const second = segmentOf(bytes, 1, ad01.windowing);
  assert.deepEqual([second.length, second.byteOffset], [2560, 512]);
  assert.equal(segmentOf(bytes, 0), bytes);
});
