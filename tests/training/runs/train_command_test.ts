import assert from "node:assert/strict";
import { readTflite } from "../../../lib/model/tflite/read_tflite.ts";
import { checkpointFile } from "../../../lib/training/runs/train.ts";
import { readTrainingRun } from "../../../lib/training/runs/training_records.ts";
import { cli, inFolder, thimble } from "../../cli/thimble.ts";
import { smallRecipe } from "./small_runs.ts";

async function recipeFile(folder: string, change = {}): Promise<string> {
  const path = `${folder}/recipe.json`;
  await Deno.writeTextFile(path, JSON.stringify({ ...smallRecipe, ...change }));
  return path;
}

Deno.test("thimble train writes a float and an int8 model, the record and the curves", async () => {
  await inFolder(async (folder) => {
    const recipe = await recipeFile(folder);
    const args = ["train", recipe, "--out", `${folder}/run`, "--epochs", "2", "--threads", "1"];
    const figure = `${folder}/curves.html`;
    const { code, out, err } = await thimble([...args, "--quantize", "--figure", figure]);
    assert.equal(code, 0, err);
    assert.match(err, /^Synthetic data: /);
    assert.match(err, /^Epoch 2 +loss [\d.]+, [\d.]+ % +validation loss [\d.]+, [\d.]+ % +rate /m);
    assert.match(
      out,
      /^Trained 2 epochs on 'Synthetic wakeword' \(synthetic\): [\d.]+ % right of 9/,
    );
    assert.match(out, /int8\.tflite' \(\d+ bytes\): [\d.]+ % right in int8/);
    const float = readTflite(await Deno.readFile(`${folder}/run/float.tflite`));
    const int8 = readTflite(await Deno.readFile(`${folder}/run/int8.tflite`));
    assert.equal(float.tensors[float.inputs[0]].type, "float32");
    assert.equal(int8.tensors[int8.inputs[0]].type, "int8");
    assert.equal((await readTrainingRun(`${folder}/run`)).epochs.length, 2);
    assert.match(await Deno.readTextFile(figure), /Validation accuracy/);
    // The same command has nothing left to do; JSON is for programs.
    const again = await thimble([...args, "--json", "--quiet"]);
    assert.equal(again.err, "");
    const { epochs, result, float: written } = JSON.parse(again.out);
    assert.equal(epochs.length, 2);
    assert.equal(result.examples, 9);
    assert.equal(written.bytes, (await Deno.stat(written.file)).size);
    const other = await thimble([...args.slice(0, 4), "--epochs", "3"]);
    assert.equal(other.code, 2);
    assert.match(other.err, /its 'epochs' is another/);
  });
});

Deno.test("thimble train that is killed or full goes on with the same command, to the same model", async () => {
  await inFolder(async (folder) => {
    const recipe = await recipeFile(folder, { epochs: 40 });
    const args = (out: string) => ["train", recipe, "--out", `${folder}/${out}`, "--threads", "2"];
    const events = `${folder}/killed/events.jsonl`;
    const start = (signalled: readonly string[]) =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "-A", cli, ...signalled],
        stdin: "null",
        stdout: "null",
        stderr: "piped",
      }).spawn();
    const untilEpoch = async (epoch: number) => {
      for (;;) {
        const text = await Deno.readTextFile(events).catch(() => "");
        if (text.includes(`"epoch":${epoch},"batch":0`)) return;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    const killed = start(args("killed"));
    await untilEpoch(2);
    killed.kill("SIGKILL");
    await killed.output();
    const cancelled = start(args("killed"));
    await untilEpoch(5);
    cancelled.kill("SIGINT");
    const { code, stderr } = await cancelled.output();
    assert.equal(code, 130);
    const text = new TextDecoder().decode(stderr);
    assert.match(text, /Goes on from epoch \d+, step \d+/);
    assert.match(text, /Cancelled: the same command goes on from the checkpoint in /);
    if (Deno.build.os === "linux") {
      const path = `${folder}/killed/${checkpointFile}`;
      const before = await Deno.readFile(path);
      await Deno.symlink("/dev/full", `${path}.part`);
      const full = await start(args("killed")).output();
      const message = new TextDecoder().decode(full.stderr);
      assert.equal(full.code, 1);
      assert.match(message, /^TrainingWriteError: Cannot write '.*checkpoint\.bin'/m);
      assert.match(message, /No space left/);
      assert.deepEqual(await Deno.readFile(path), before);
    }
    assert.equal((await thimble(args("killed"))).code, 0);
    assert.equal((await thimble([...args("whole"), "--quiet"])).code, 0);
    assert.deepEqual(
      await Deno.readFile(`${folder}/killed/float.tflite`),
      await Deno.readFile(`${folder}/whole/float.tflite`),
    );
  });
});

Deno.test("thimble train knows recipes by name, and refuses what it does not know", async () => {
  const { code, out } = await thimble(["train", "ic01", "--print-recipe", "--epochs", "7"]);
  assert.equal(code, 0);
  const recipe = JSON.parse(out);
  assert.equal(recipe.architecture, "ic");
  assert.equal(recipe.epochs, 7);
  assert.deepEqual(recipe.learningRate, { schedule: "exponential", rate: 1e-3, factor: 0.99 });
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/bad.json`, '{"architecture":"kws","epochs":0}');
    for (
      const [args, message] of [
        [["toString", "--out", folder], /Cannot find a recipe 'toString'/],
        [["kws"], /without --out/],
        [[`${folder}/none.json`, "--out", folder], /Cannot open the recipe/],
        [[`${folder}/bad.json`, "--out", folder], /Cannot use the recipe/],
        [["kws", "--out", folder, "--epochs", "0"], /Cannot read '0' for --epochs/],
        [["kws", "--out", folder, "--data", `${folder}/none`], /Cannot read|Cannot open/],
        [["kws", "--out", folder, "--figure", "curves.gif"], /Cannot tell the format/],
      ] as const
    ) {
      const { code, err } = await thimble(["train", ...args]);
      assert.equal(code, 2, err);
      assert.match(err, message);
    }
  });
});
