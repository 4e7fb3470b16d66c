import assert from "node:assert/strict";
import { InputError } from "../../../lib/errors.ts";
import { seededRandom } from "../../../lib/seeded_random.ts";
import {
  parseTrainingRecord,
  readTrainingRun,
  trainingRunOf,
} from "../../../lib/training/runs/training_records.ts";
import { inFolder } from "../../cli/thimble.ts";
import { runToEnd, smallRecipe, smallSet } from "./small_runs.ts";

const epoch = (epoch: number, loss: number) =>
  ({ type: "epoch", time: "", epoch, loss, learningRate: 1, seconds: 1, waitSeconds: 0 }) as const;

Deno.test("trainingRunOf() counts an epoch once, however often it was done", () => {
  const records = [epoch(0, 3), epoch(1, 2), epoch(1, 1), epoch(0, 4)];
  assert.deepEqual(trainingRunOf(records).epochs, [epoch(0, 4), epoch(1, 1)]);
  assert.deepEqual(trainingRunOf([]), { epochs: [] });
});

Deno.test("parseTrainingRecord() takes records and nothing else", () => {
  assert.deepEqual(parseTrainingRecord(JSON.stringify(epoch(0, 1))), epoch(0, 1));
  for (const line of ["", "{}", "[]", '{"type":"epoch","epoch":-1}', '{"type":"toString"}']) {
    assert.throws(() => parseTrainingRecord(line), line);
  }
});

Deno.test("readTrainingRun() survives damaged records", async () => {
  await inFolder(async (folder) => {
    await runToEnd(smallRecipe, { out: folder, dataSet: smallSet() });
    const path = `${folder}/events.jsonl`;
    const whole = await Deno.readFile(path);
    const random = seededRandom(1);
    let read = 0;
    for (let i = 0; i < 200; i++) {
      const bytes = whole.slice(0, i % 2 ? undefined : Math.floor(random() * whole.length));
      if (i % 2) bytes[Math.floor(random() * bytes.length)] = Math.floor(256 * random());
      await Deno.writeFile(path, bytes);
      try {
        await readTrainingRun(folder);
        read++;
      } catch (error) {
        assert(error instanceof InputError, String(error));
      }
    }
    // What was only cut off can be read.
    assert(read > 80);
  });
});
