import assert from "node:assert/strict";
import { writeTflite } from "../../../lib/model/tflite/write_tflite.ts";
import { runFloat } from "../../../lib/model/float/float_executor.ts";
import { floatModel } from "../../../lib/training/export/float_model.ts";
import { loadTf } from "../../../lib/training/load_tf.ts";
import { SoftLabels } from "../../../lib/training/runs/soft_labels.ts";
import { inFolder } from "../../cli/thimble.ts";
import { smallRecipe } from "./small_runs.ts";

Deno.test("SoftLabels are weighted by class, and mixed with what a teacher says", async () => {
  await inFolder(async (folder) => {
    assert.equal(await SoftLabels.open(smallRecipe, 3), undefined);
    const x = Float32Array.of(1, -1, 0.5, 2);
    const labels = Uint8Array.of(2, 0);
    await using weighted =
      (await SoftLabels.open({ ...smallRecipe, classWeights: [2, 1, 0.5] }, 3))!;
    assert.deepEqual([...await weighted.of(x, labels)], [0, 0, 0.5, 2, 0, 0]);
    const tf = await loadTf();
    const teacher = floatModel(tf.sequential({
      layers: [tf.layers.dense({ inputShape: [2], units: 3, activation: "softmax" })],
    }));
    const model = `${folder}/teacher.tflite`;
    await Deno.writeFile(model, writeTflite(teacher));
    const said = await runFloat(teacher, x);
    const recipe = { ...smallRecipe, teacher: { model, share: 0.25, temperature: 1 } };
    await using mixed = (await SoftLabels.open(recipe, 3))!;
    (await mixed.of(x, labels)).forEach((value, i) => {
      const own = i === 2 || i === 3 ? 0.75 : 0;
      assert(Math.abs(value - own - 0.25 * said[i]) < 1e-6);
    });
    await using soft = (await SoftLabels.open({ ...recipe, teacher: { model, share: 1 } }, 3))!;
    const flat = await soft.of(x, labels);
    const total = Math.sqrt(said[0]) + Math.sqrt(said[1]) + Math.sqrt(said[2]);
    assert(Math.abs(flat[1] - Math.sqrt(said[1]) / total) < 1e-6);
    await assert.rejects(SoftLabels.open(recipe, 4), { name: "InputError" });
    await assert.rejects(SoftLabels.open({ ...smallRecipe, classWeights: [1] }, 3), {
      name: "InputError",
    });
  });
});
