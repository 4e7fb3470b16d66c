import assert from "node:assert/strict";
import { ModelError } from "../../../lib/model/errors.ts";
import { OnnxInt8Executor } from "../../../lib/model/float/onnx_int8_executor.ts";
import { elementCount } from "../../../lib/model/graph.ts";
import { Int8Executor } from "../../../lib/model/int8/int8_executor.ts";
import { readTflite } from "../../../lib/model/tflite/read_tflite.ts";
import { referenceTest, shared } from "../../reference.ts";
import { randomGraph } from "../onnx/graph_maker.ts";
import { SeededRandom } from "../seeded_random.ts";

const models = ["kws_ref_model", "pretrainedResnet_quant", "vww_96_int8", "ad01_int8"];

for (const name of models) {
  referenceTest(
    `OnnxInt8Executor rounds once, as boards of class 'single' do, for ${name}`,
    async () => {
      const graph = readTflite(Deno.readFileSync(shared(`reference/models/${name}.tflite`)));
      const reference = new Int8Executor(graph, { rounding: "single" });
      const random = new SeededRandom(9);
      const length = elementCount(reference.input.shape);
      const input = Int8Array.from(
        { length: length * 3 },
        (_, i) => Math.round(70 * Math.sin(i * 0.03) + 50 * random.real()),
      );
      const expected = [0, 1, 2].flatMap((i) =>
        Array.from(reference.run(input.subarray(i * length, (i + 1) * length)))
      );
      for (const form of ["qdq", "qlinear"] as const) {
        await using executor = await OnnxInt8Executor.create(graph, { form });
        const output = await executor.run(input);
        const worst = Math.max(...output.map((q, i) => Math.abs(q - expected[i])));
        assert(worst <= 1, `${form} is ${worst} steps away`);
      }
    },
  );
}

Deno.test("OnnxInt8Executor refuses a model that is not int8 at its ends", async () => {
  const graph = randomGraph(new SeededRandom(1), false);
  await assert.rejects(OnnxInt8Executor.create(graph), ModelError);
});
