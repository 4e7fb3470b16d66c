/** `thimble data build` as a user meets it. */
import assert from "node:assert/strict";
import { inFolder, thimble } from "../../cli/thimble.ts";
import { cifarBatch, speechCommands, writeFiles } from "./make_originals.ts";

Deno.test("thimble data build makes what thimble run takes, and says what is wrong", () =>
  inFolder(async (folder) => {
    await writeFiles(`${folder}/sc`, speechCommands);
    const built = await thimble(["data", "build", "kws", "--input", "sc", "--out", "kws"], folder);
    assert.deepEqual([built.code, built.out], [
      0,
      "Wrote evaluation 3, train 6, validation 6, test 3, calibration 6 to 'kws'\n",
    ]);
    assert.match(built.err, /^build kws: \d+ of 24 examples$/m);
    assert.match(built.err, /^Note: Test: of the testing list/m);
    assert.equal((await Deno.stat(`${folder}/kws/train.bin`)).size, 6 * 490 * 4);

    await writeFiles(`${folder}/ic`, { "test_batch.bin": cifarBatch([1, 2, 3]) });
    const only = await thimble(
      "data build ic --input ic --out bins --evaluation-only --threads 2 --quiet".split(" "),
      folder,
    );
    assert.deepEqual(only, { code: 0, out: "Wrote evaluation 3 to 'bins'\n", err: "" });
    assert.equal((await Deno.stat(`${folder}/bins/ic01/test_batch_00000.bin`)).size, 3072);

    await Deno.truncate(`${folder}/ic/test_batch.bin`, 4000);
    for (
      const [args, message] of [
        ["ic --input ic --out x", /^DataError: Cannot read 'ic\/test_batch.bin' at byte 3073/],
        ["kws --input sc --out kws", /Cannot write into 'kws' as it is not empty/],
        ["sww --input sc --out x", /Cannot build a data set 'sww'/],
        ["constructor --input sc --out x", /Cannot build a data set 'constructor'/],
        ["ad --input sc --out x", /Cannot find recordings of ToyCar in 'sc'/],
        ["ic --input ic --out x --kind mfcc", /Cannot take --kind for 'ic'/],
        ["kws --input sc --out x --kind x", /Cannot read 'x' for --kind/],
        ["kws --input sc --out x --threads 0", /Cannot read '0' for --threads/],
        ["kws --input sc", /Cannot go on without --out/],
        ["kws --input sc --out x --evaluation none.csv", /Cannot read 'none.csv'/],
      ] as const
    ) {
      const { code, err } = await thimble(["data", "build", ...args.split(" ")], folder);
      assert.equal(code, 2, args);
      assert.match(err, message, args);
    }
    const help = await thimble(["data", "build", "--help"], folder);
    assert.equal(help.code, 0);
    assert.match(help.out, /^Usage: thimble data build/);
  }));
