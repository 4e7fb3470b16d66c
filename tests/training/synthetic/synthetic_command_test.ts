/** `thimble data synthetic` and `thimble data describe` as a user meets them. */
import assert from "node:assert/strict";
import {
  benchmarks,
  buildDataSet,
  demoModel,
  evaluationInputs,
  findBenchmark,
  openEvaluationSet,
  readWav,
  syntheticSets,
} from "../../../mod.ts";
import { inFolder, thimble } from "../../cli/thimble.ts";

const counts = { kws: 14, ic: 12, vww: 5, ad: 3 } as const;

for (const [name, count] of Object.entries(counts)) {
  Deno.test(`thimble data synthetic ${name} makes a folder that a run reads`, async () => {
    await inFolder(async (folder) => {
      const made = await thimble(
        ["data", "synthetic", name, "--out", "set", "--count", String(count), "--quiet"],
        folder,
      );
      const id = `${name}01` as keyof typeof benchmarks;
      assert.deepEqual(made, {
        code: 0,
        out: `Wrote ${count} synthetic inputs of ${id} to 'set'\n`,
        err: "",
      });
      const benchmark = findBenchmark(id)!;
      const set = await openEvaluationSet(`${folder}/set`, benchmark);
      const { test } = syntheticSets[name as keyof typeof syntheticSets]({ test: count }).splits;
      assert.deepEqual(
        set.files.map(({ file, label }) => [file, label]),
        test.map(({ id, label }) => [`${id.replace(/\.wav$/, "")}.bin`, label]),
      );
      let inputs = 0;
      for await (const { input, segments } of evaluationInputs(set, benchmark)) {
        assert.equal(segments, name === "ad" ? 196 : 1);
        assert.equal(input.byteLength, benchmark.input.bytes);
        inputs++;
      }
      assert.equal(inputs, name === "ad" ? count * 196 : count);
      const about = JSON.parse(await Deno.readTextFile(`${folder}/set/dataset.json`));
      assert.equal(about.provenance.synthetic, true);
      assert.match(await Deno.readTextFile(`${folder}/set/README.md`), /synthetic/);

      const card = await thimble(["data", "describe", "set", "--quiet"], folder);
      assert.equal(card.code, 0);
      assert.equal(card.err, "");
      assert.match(card.out, new RegExp(`For ${id}: ${count} `));
      assert.match(card.out, /! Synthetic/);
    });
  });
}

Deno.test("thimble run takes a synthetic folder", async () => {
  await inFolder(async (folder) => {
    const args = ["data", "synthetic", "kws", "--out", "set", "--count", "12", "--quiet", "--wav"];
    await thimble(args, folder);
    const run = await thimble([
      ...["run", "--benchmark", "kws01", "--mode", "accuracy", "--port", "virtual", "--quiet"],
      ...["--data", "set", "--model", demoModel(), "--session", "session"],
    ], folder);
    assert.equal(run.code, 0, run.err);
    assert.match(run.out, /12/);
    const wavs = Array.from(Deno.readDirSync(`${folder}/set`)).filter(({ name }) =>
      /wav$/.test(name)
    );
    assert.equal(wavs.length, 12);
    const wav = readWav(await Deno.readFile(`${folder}/set/${wavs[0].name}`));
    assert.equal(wav.channels[0].length, 16_000);
  });
});

Deno.test("thimble data describe writes a page or figures, of folders and of synthetic sets", async () => {
  await inFolder(async (folder) => {
    const html = await thimble(
      ["data", "describe", "synthetic:ic", "--count", "20", "--out", "card.html"],
      folder,
    );
    assert.equal(html.code, 0);
    assert.equal(html.out, "");
    assert.match(html.err, /80 of 80 examples/);
    assert.match(await Deno.readTextFile(`${folder}/card.html`), /<h2>Synthetic shapes/);
    const json = await thimble(
      ["data", "describe", "synthetic:vww", "--seed", "3", "--count", "2", "--out", "card.json"],
      folder,
    );
    assert.equal(json.code, 0);
    const report = JSON.parse(await Deno.readTextFile(`${folder}/card.json`));
    assert.equal(report.provenance.settings.seed, 3);
    assert.equal(report.splits[0].read, 2);
  });
});

Deno.test("thimble data describe takes what was built of a data set, with all its splits", async () => {
  await inFolder(async (folder) => {
    const set = syntheticSets.ic({ train: 30, validation: 10, test: 20, calibration: 10 });
    for await (const _ of buildDataSet(set, { out: `${folder}/built` }));
    const card = await thimble(["data", "describe", "built", "--quiet"], folder);
    assert.equal(card.code, 0, card.err);
    assert.match(
      card.out,
      /^Synthetic shapes and patterns\nFor ic01: 70 pictures, 10 classes\n! Synthetic/,
    );
    assert.match(card.out, /\bdisc +3 +1 +2 +1\n/);
  });
});

Deno.test("thimble data describe believes nothing of what a folder says of itself", async () => {
  await inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/a.bin`, new Uint8Array(490).map((_, i) => i));
    await Deno.writeTextFile(`${folder}/y_labels.csv`, "a.bin, 12, 3\n");
    const odd = [
      '{"name": 7, "classes": [1], "provenance": {"notes": "x", "sources": [null]}}',
      "[",
      "null",
      "3",
    ];
    for (const text of odd) {
      await Deno.writeTextFile(`${folder}/dataset.json`, text);
      const card = await thimble(["data", "describe", ".", "--quiet"], folder);
      assert.equal(card.code, 0, card.err);
      assert.match(card.out, /^Evaluation set for kws01/);
      assert.match(card.out, /\bno\s+1\n/);
    }
  });
});

Deno.test("thimble data synthetic and describe say what is wrong", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/full`);
    await Deno.writeTextFile(`${folder}/full/y_labels.csv`, "x.bin, 77, 3\n");
    const cases: [string[], RegExp][] = [
      [["synthetic", "sound", "--out", "o"], /Cannot make a synthetic data set 'sound'/],
      [["synthetic", "kws"], /--out/],
      [["synthetic", "kws", "--out", "o", "--png"], /Cannot write \.png files for 'kws'/],
      [["synthetic", "ic", "--out", "o", "--wav"], /Cannot write \.wav files for 'ic'/],
      [["synthetic", "kws", "--out", "o", "--count", "0"], /--count/],
      [["synthetic", "kws", "--out", "full", "--count", "1"], /not empty/],
      [["describe", "synthetic:sound"], /Cannot make a synthetic data set 'sound'/],
      [["describe", "full"], /Cannot tell which benchmark 'full' is for/],
      [["describe", "full", "--benchmark", "kws01"], /77 classes/],
      [["describe", "nowhere"], /nowhere/],
      [["describe", "synthetic:ic", "--out", "card.pdf"], /Cannot tell the form of 'card\.pdf'/],
      [["describe", "full", "--seed", "1"], /Cannot take a seed for a folder/],
      [["describe", "synthetic:ic", "--benchmark", "ic01"], /--benchmark/],
    ];
    for (const [args, message] of cases) {
      const { code, out, err } = await thimble(["data", ...args], folder);
      assert.equal(code, 2, args.join(" "));
      assert.equal(out, "");
      assert.match(err, message);
    }
    assert.deepEqual(Array.from(Deno.readDirSync(folder)).map(({ name }) => name), ["full"]);
    for (const command of ["synthetic", "describe"]) {
      const { code, out } = await thimble(["data", command, "--help"], folder);
      assert.equal(code, 0);
      assert.match(out, new RegExp(`^Usage: thimble data ${command} `));
    }
  });
});
