import assert from "node:assert/strict";
import { checkSubmission } from "../../lib/submission/check_submission.ts";
import { readOfficialReference } from "../../lib/submission/official_reference.ts";
import { readTflite } from "../../lib/model/tflite/read_tflite.ts";
import { writeTflite } from "../../lib/model/tflite/write_tflite.ts";
import { referenceTest, shared } from "../reference.ts";
import { description, type Files, withTree } from "./example_tree.ts";

referenceTest("readOfficialReference() finds models, calibration lists and labels", async () => {
  const { models, calibrations, labels } = await readOfficialReference(shared("reference"));
  assert.deepEqual([...models.keys()].sort(), ["ad01", "ic01", "kws01", "sww01", "vww01"]);
  assert.equal(models.get("kws01")?.length, 2);
  assert.deepEqual(
    ["ad01", "ic01", "kws01", "vww01"].map((id) => calibrations.get(id as "ad01")?.size),
    [1400, 500, 120, 11],
  );
  assert.equal(labels.classes.get("000000343218.bin"), 1);
});

referenceTest(
  "checkSubmission() tells the reference model from one that was retrained",
  async () => {
    const reference = await readOfficialReference(shared("reference"));
    const quantized = await Deno.readFile(shared("reference/models/kws_ref_model.tflite"));
    // One weight of the first convolution is changed: written anew, the file has another digest.
    const retrained = readTflite(quantized.slice());
    const weights =
      retrained.tensors[retrained.operators.find(({ kind }) => kind === "CONV_2D")!.inputs[1]];
    const anew = writeTflite(retrained);
    weights.data = weights.data!.map((byte, i) => i === 0 ? byte ^ 64 : byte);
    const sessions = shared("reference/sessions/mlcrunner/v1.3-nucleo-u575zi-q/kws");
    const rulesOf = async (model: Uint8Array) => {
      const files: Files = new Map<string, string | Uint8Array>([
        ["closed/st/systems/u575.json", description()],
        ["closed/st/code/README.md", "x"],
        ["closed/st/code/kws/model.tflite", model],
      ]);
      for (const mode of ["performance", "accuracy", "energy"]) {
        for (const name of ["log.txt", "results.txt", "results.json"]) {
          const content = await Deno.readFile(`${sessions}/${mode}/${name}`);
          files.set(`closed/st/results/u575/kws/${mode}/${name}`, content);
        }
      }
      const { findings } = await withTree(
        files,
        (folder) => checkSubmission(folder, { round: "v1.3", reference }),
      );
      return findings.map(({ rule }) => rule);
    };
    assert.deepEqual(await rulesOf(quantized), []);
    assert.deepEqual(await rulesOf(anew), []);
    assert.deepEqual(await rulesOf(writeTflite(retrained)), ["model-weights"]);
    const demo = await Deno.readFile(
      new URL("../../data/models/demo_kws01_int8.tflite", import.meta.url),
    );
    assert.deepEqual(await rulesOf(demo), ["model-graph"]);
  },
);
