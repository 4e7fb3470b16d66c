/** Evaluation folders of synthetic data: whole or not at all, with plain names. */
import assert from "node:assert/strict";
import { syntheticIc, syntheticSww, writeEvaluationFolder } from "../../../mod.ts";
import type { DataSet } from "../../../mod.ts";
import { inFolder } from "../../cli/thimble.ts";

const small = () => syntheticIc({ train: 0, validation: 0, test: 6, calibration: 0 });
const entriesOf = (folder: string) =>
  Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();

async function write(set: DataSet, options: Parameters<typeof writeEvaluationFolder>[1]) {
  for await (const _ of writeEvaluationFolder(set, options));
}

Deno.test("writeEvaluationFolder() writes pictures that are the bytes of the .bin files", async () => {
  await inFolder(async (folder) => {
    const set = small();
    await write(set, { out: `${folder}/a`, media: true });
    assert.deepEqual(
      entriesOf(`${folder}/a`),
      [
        "README.md",
        "dataset.json",
        "y_labels.csv",
        ...set.splits.test.flatMap(({ id }) => [`${id}.bin`, `${id}.png`]),
      ].sort(),
    );
    const { values } = await set.splits.test[2].read();
    assert.deepEqual(await Deno.readFile(`${folder}/a/${set.splits.test[2].id}.bin`), values);
    assert.deepEqual(entriesOf(folder), ["a"]);
  });
});

Deno.test("writeEvaluationFolder() leaves nothing when it is ended", async () => {
  await inFolder(async (folder) => {
    const controller = new AbortController();
    const reason = new DOMException("Cancelled", "AbortError");
    const steps = writeEvaluationFolder(small(), { out: `${folder}/a`, signal: controller.signal });
    await steps.next();
    controller.abort(reason);
    await assert.rejects(steps.next(), reason);
    assert.deepEqual(entriesOf(folder), []);
    // Nor where a caller just stops.
    for await (const _ of writeEvaluationFolder(small(), { out: `${folder}/a` })) break;
    assert.deepEqual(entriesOf(folder), []);
  });
});

Deno.test("writeEvaluationFolder() refuses names that lead elsewhere, or are there twice", async () => {
  await inFolder(async (folder) => {
    const set = small();
    for (const id of ["../x", "a/b", "a,b", "", "a\nb", "\u0000", "x".repeat(300)]) {
      const test = [{ ...set.splits.test[0], id }];
      await assert.rejects(
        write({ ...set, splits: { ...set.splits, test } }, { out: `${folder}/a` }),
        {
          name: "InputError",
          message: /^Cannot name a file/,
        },
      );
    }
    const twice = [set.splits.test[0], set.splits.test[0]];
    await assert.rejects(
      write({ ...set, splits: { ...set.splits, test: twice } }, { out: `${folder}/a` }),
      /two examples have it/,
    );
    assert.deepEqual(entriesOf(folder), []);
  });
});

Deno.test("writeEvaluationFolder() refuses a full folder, an empty split, and what is not files", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/there`, "");
    await assert.rejects(write(small(), { out: folder }), /not empty/);
    await assert.rejects(
      write(syntheticIc({ test: 0 }), { out: `${folder}/a` }),
      /no test examples/,
    );
    await assert.rejects(
      write(syntheticSww({ test: 3 }), { out: `${folder}/a` }),
      /one long recording/,
    );
    assert.deepEqual(entriesOf(folder), ["there"]);
  });
});
