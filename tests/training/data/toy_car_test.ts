import assert from "node:assert/strict";
import { evaluationList } from "../../../lib/training/data/evaluation_list.ts";
import { openToyCar } from "../../../lib/training/data/toy_car.ts";
import { referenceTest, shared } from "../../reference.ts";
import { inFolder } from "../../in_folder.ts";
import { toyCar, writeFiles } from "./make_originals.ts";

Deno.test("openToyCar() tells anomalies by name, and holds the last tenth back", () =>
  inFolder(async (folder) => {
    await writeFiles(folder, toyCar());
    const set = await openToyCar(folder);
    assert.deepEqual(
      [set.splits.train.length, set.splits.validation.length, set.splits.test.length],
      [10, 1, 12],
    );
    assert.equal(set.splits.validation[0].id, "train/normal_id_01_00000010.wav");
    assert.deepEqual(set.splits.calibration.map(({ id }) => Number(id.slice(-6, -4))), [0, 5, 10]);
    assert.deepEqual(
      (await evaluationList(set)).map(({ file, example }) => [file, example.label]),
      [
        ["normal_id_01_00000003_hist_librosa.bin", 0],
        ["normal_id_01_00000013_hist_librosa.bin", 0],
        ["normal_id_02_00000003_hist_librosa.bin", 0],
        ["normal_id_02_00000013_hist_librosa.bin", 0],
        ["anomaly_id_01_00000003_hist_librosa.bin", 1],
        ["anomaly_id_01_00000013_hist_librosa.bin", 1],
        ["anomaly_id_02_00000003_hist_librosa.bin", 1],
        ["anomaly_id_02_00000013_hist_librosa.bin", 1],
      ],
    );
    await Deno.writeTextFile(
      `${folder}/alt.csv`,
      "anomaly_id_02_00000004_hist_librosa.bin,2,1,2560,512\n",
    );
    assert.deepEqual(
      (await evaluationList(set, { list: `${folder}/alt.csv` })).map(({ example }) => example.id),
      ["test/anomaly_id_02_00000004.wav"],
    );
  }));

Deno.test("openToyCar() says what is wrong", () =>
  inFolder(async (folder) => {
    await assert.rejects(openToyCar(folder), /Cannot find recordings of ToyCar/);
    await writeFiles(folder, { "train/anomaly_id_01_00000000.wav": "" });
    await assert.rejects(openToyCar(folder), /Cannot train with '.*anomaly_id_01_00000000.wav'/);
    await writeFiles(folder, { "train/car.wav": "" });
    await Deno.remove(`${folder}/train/anomaly_id_01_00000000.wav`);
    await assert.rejects(openToyCar(folder), {
      name: "DataError",
      source: `${folder}/train/car.wav`,
    });
  }));

referenceTest(
  "ad01's official lists follow from the names of the recordings",
  () =>
    inFolder(async (folder) => {
      const lines = (name: string) =>
        Deno.readTextFileSync(shared(`reference/labels/${name}`)).trim().split("\n");
      const evaluation = lines("ad01.csv");
      const calibration = lines("ad_calibration.txt");
      const files: Record<string, string> = {};
      const number = (n: number) => String(n).padStart(8, "0");
      for (let n = 0; n < 350; n++) {
        for (let id = 1; id <= 4; id++) {
          files[`test/normal_id_0${id}_${number(n)}.wav`] = "";
          if (n < 268) files[`test/anomaly_id_0${id}_${number(n)}.wav`] = "";
        }
      }
      for (let n = 0; n < 1000; n++) {
        for (let id = 1; id <= 7; id++) files[`train/normal_id_0${id}_${number(n)}.wav`] = "";
      }
      await Deno.mkdir(`${folder}/test`);
      await Deno.mkdir(`${folder}/train`);
      for (const name of Object.keys(files)) {
        Deno.writeFileSync(`${folder}/${name}`, new Uint8Array());
      }
      const set = await openToyCar(folder);
      assert.deepEqual(
        (await evaluationList(set)).map(({ file, example }) =>
          `${file},2,${example.label},2560,512`
        ),
        evaluation,
      );
      assert.deepEqual(
        set.splits.calibration.map(({ id }) => `dev_data/ToyCar/${id}`),
        calibration,
      );
    }),
);
