import assert from "node:assert/strict";
import {
  type Checkpoint,
  readCheckpoint,
  writeCheckpoint,
} from "../../../lib/training/runs/checkpoint.ts";
import { CheckpointError } from "../../../lib/training/runs/run_errors.ts";
import { seededRandom } from "../../../lib/seeded_random.ts";
import { inFolder } from "../../cli/thimble.ts";
import { smallRecipe } from "./small_runs.ts";

const checkpoint: Checkpoint = {
  recipe: smallRecipe,
  dataSha256: "ab",
  position: {
    epoch: 3,
    batch: 7,
    sums: { examples: 70, loss: 0.1 + 0.2, correct: 33, seconds: 1.5, waitSeconds: 0 },
    kept: { epoch: 2, value: 0.123456789012345 },
  },
  step: 12,
  seed: 4,
  weights: new Map([
    ["a/kernel", { shape: [2, 2], values: Float32Array.of(1, -0, NaN, 1e-40) }],
    ["a/bias", { shape: [1], values: Float32Array.of(Infinity) }],
  ]),
  slots: new Map([["a/kernel/m", { shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) }]]),
  best: new Map([["a/bias", { shape: [1], values: Float32Array.of(5) }]]),
};

Deno.test("readCheckpoint() gives back what writeCheckpoint() wrote, to the bit", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/c.bin`;
    assert.equal(await readCheckpoint(path), undefined);
    await writeCheckpoint(path, checkpoint);
    assert.deepEqual(await readCheckpoint(path), checkpoint);
    const { best: _, dataSha256: __, ...rest } = checkpoint;
    await writeCheckpoint(path, rest as Checkpoint);
    assert.deepEqual(await readCheckpoint(path), { ...rest, dataSha256: undefined });
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["c.bin"]);
  });
});

Deno.test("readCheckpoint() refuses what is damaged", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/c.bin`;
    await writeCheckpoint(path, checkpoint);
    const whole = await Deno.readFile(path);
    const random = seededRandom(2);
    for (let i = 0; i < 300; i++) {
      const bytes = whole.slice(0, i % 3 === 0 ? Math.floor(random() * whole.length) : undefined);
      if (bytes.length === whole.length) {
        bytes[Math.floor(random() * bytes.length)] ^= 1 << Math.floor(8 * random());
      }
      await Deno.writeFile(path, bytes);
      await assert.rejects(readCheckpoint(path), CheckpointError);
    }
    await Deno.writeTextFile(path, "null\n");
    await assert.rejects(readCheckpoint(path), CheckpointError);
  });
});
