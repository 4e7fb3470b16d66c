import assert from "node:assert/strict";
import { calibrationEntries, isCalibrationList } from "../../lib/submission/calibration_list.ts";

Deno.test("calibrationEntries() takes the first word of a line, without folders and extension", () => {
  const text =
    "The following files were used:\nCOCO_val2014_1.jpg\r\n# no\n\ndev/ToyCar/normal_1.wav\nC:\\data\\a.png,3\n3667\n";
  assert.deepEqual(calibrationEntries(text), [
    { sample: "COCO_val2014_1", line: 2 },
    { sample: "normal_1", line: 5 },
    { sample: "a", line: 6 },
    { sample: "3667", line: 7 },
  ]);
});

Deno.test("isCalibrationList() goes by the names of the official lists", () => {
  for (
    const name of [
      "calibration.txt",
      "calibration_samples.txt",
      "quant_cal_idxs.txt",
      "kws_quant_cal_idxs.txt",
    ]
  ) {
    assert.ok(isCalibrationList(`code/${name}`), name);
  }
  assert.ok(!isCalibrationList("code/calibration.py"));
  assert.ok(!isCalibrationList("code/calibration/readme.txt"));
});
