import assert from "node:assert/strict";
import { writeOnnx } from "../../../lib/model/onnx/write_onnx.ts";
import { storedValues } from "../../../lib/model/real_values.ts";
import { runInt8 } from "../../../lib/model/run_int8.ts";
import { readTflite } from "../../../lib/model/tflite/read_tflite.ts";
import { writeTflite } from "../../../lib/model/tflite/write_tflite.ts";
import { quantizeModel } from "../../../lib/training/quantization/quantize_model.ts";
import { readFloat32, readInt8 } from "../../model/reference_models.ts";
import { referenceTest, shared } from "../../reference.ts";

const model = (name: string) => readTflite(Deno.readFileSync(shared(`golden/ptq/${name}.tflite`)));

for (const name of ["dscnn_small", "resnet_small", "ae_small"]) {
  referenceTest(`quantizeModel() makes of '${name}' what the TFLite converter makes`, async () => {
    const golden = model(`${name}.int8`);
    const calibration = readFloat32(shared(`golden/ptq/${name}.calibration.f32`));
    const { graph } = await quantizeModel(model(`${name}.float`), calibration);
    assert.deepEqual(graph.operators.map(({ kind }) => kind), golden.operators.map((o) => o.kind));
    golden.operators.forEach((operator, i) => {
      const ours = [...graph.operators[i].inputs, ...graph.operators[i].outputs];
      [...operator.inputs, ...operator.outputs].forEach((index, position) => {
        if (index < 0) return assert(ours[position] < 0);
        const expected = golden.tensors[index];
        const actual = graph.tensors[ours[position]];
        assert.deepEqual([actual.type, actual.shape], [expected.type, expected.shape]);
        assert.equal(actual.quantization?.scale.length, expected.quantization?.scale.length);
        expected.quantization?.scale.forEach((scale, channel) => {
          const { scale: scales, zeroPoint } = actual.quantization!;
          assert(
            Math.abs(scales[channel] - scale) <= 1e-6 * scale,
            `${expected.name}: ${scales[channel]} for ${scale}`,
          );
          assert.equal(zeroPoint[channel], expected.quantization!.zeroPoint[channel]);
        });
        if (expected.data && expected.type !== "int32") {
          assert.deepEqual(storedValues(actual), storedValues(expected), expected.name);
        }
        if (expected.data && expected.type === "int32") {
          const theirs = storedValues(expected);
          storedValues(actual).forEach((value, k) => assert(Math.abs(value - theirs[k]) <= 1));
        }
      });
    });
    const inputs = readInt8(shared(`golden/ptq/${name}.in.i8`));
    assert.deepEqual(await runInt8(graph, inputs), await runInt8(golden, inputs));
    // Desktop TensorFlow Lite, which gave these, may differ by a step in fully connected layers.
    const expected = readInt8(shared(`golden/ptq/${name}.out.i8`));
    const differences = (await runInt8(graph, inputs)).map((value, i) =>
      Math.abs(value - expected[i])
    );
    assert(differences.every((difference) => difference <= 1));
    assert(differences.filter((difference) => difference > 0).length <= 0.01 * expected.length);
    // Both formats take it.
    assert.deepEqual(writeTflite(readTflite(writeTflite(graph))), writeTflite(graph));
    assert(writeOnnx(graph, { form: "qdq" }).length > 0);
  });
}
