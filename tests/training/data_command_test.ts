/** `thimble data` as a user meets it. */
import assert from "node:assert/strict";
import { thimble } from "../cli/thimble.ts";
import { wavBytes } from "./audio/wav_bytes.ts";

const data = (folder: string, ...args: string[]) => thimble(["data", ...args], folder);

Deno.test("thimble data features makes a folder, shows progress, and says what is wrong", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/in`);
    const samples = Int16Array.from({ length: 16_000 }, (_, n) => 9000 * Math.sin(n / 7));
    await Deno.writeFile(`${folder}/in/yes.wav`, wavBytes([samples]));
    const done = await data(folder, "features", "kws", "--input", "in", "--out", "out");
    assert.deepEqual(done, {
      code: 0,
      out: "Wrote 1 file to 'out'\n",
      err: "features: 1 of 1 files\n",
    });
    assert.equal((await Deno.stat(`${folder}/out/yes.bin`)).size, 490);

    const lfbe = ["--kind", "lfbe", "--format", "f32", "--quiet"];
    const quiet = await data(folder, "features", "kws", "--input", "in", "--out", "o2", ...lfbe);
    assert.deepEqual([quiet.code, quiet.err], [0, ""]);
    assert.equal((await Deno.stat(`${folder}/o2/yes.f32`)).size, 49 * 40 * 4);

    const sww = await data(folder, "features", "sww", "--input", "in", "--out", "o4", "--quiet");
    assert.deepEqual([sww.code, sww.err], [0, ""]);
    assert.equal((await Deno.stat(`${folder}/o4/yes.bin`)).size, 30 * 40);

    await Deno.writeFile(`${folder}/in/no.wav`, new Uint8Array(100));
    const broken = await data(folder, "features", "kws", "--input", "in", "--out", "o3");
    assert.equal(broken.code, 2);
    assert.match(broken.err, /^WavError: Cannot read 'in\/no.wav' at byte 0 as /);

    for (
      const [args, message] of [
        [["features", "vww"], "Cannot make features for 'vww'"],
        [["features", "constructor"], "Cannot make features for 'constructor'"],
        [["get", "kws"], "Cannot find the command 'data get'"],
        [["features", "--quiet"], "Cannot go on with 0 arguments"],
        [["features", "kws", "--out", "o3"], "Cannot go on without --input"],
        [["features", "kws", "--kind", "x"], "Cannot go on without --out"],
        [["features", "kws", "--input", "in", "--out", "o3", "--kind", "x"], "Cannot read 'x' for"],
        [["features", "ad", "--kind", "mfcc"], "Cannot choose a kind of features for 'ad'"],
      ] as const
    ) {
      const { code, err } = await data(folder, ...args);
      assert.equal(code, 2, args.join(" "));
      assert(err.startsWith(`InputError: ${message}`), err);
    }
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assert.deepEqual(names, ["in", "o2", "o4", "out"]);
    const help = await data(folder, "--help");
    assert.equal(help.code, 0);
    assert.match(help.out, /^Usage: thimble data COMMAND/);
    const more = await data(folder, "features", "--help");
    assert.match(more.out, /^Usage: thimble data features/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
