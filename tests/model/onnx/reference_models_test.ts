import assert from "node:assert/strict";
import { FloatExecutor } from "../../../lib/model/float/float_executor.ts";
import { elementCount, type Graph } from "../../../lib/model/graph.ts";
import { Int8Executor } from "../../../lib/model/int8/int8_executor.ts";
import { readOnnx } from "../../../lib/model/onnx/read_onnx.ts";
import { writeOnnx } from "../../../lib/model/onnx/write_onnx.ts";
import { readTflite } from "../../../lib/model/tflite/read_tflite.ts";
import { writeTflite } from "../../../lib/model/tflite/write_tflite.ts";
import { referenceTest, shared } from "../../reference.ts";
import { SeededRandom } from "../seeded_random.ts";
import { floats } from "./graph_maker.ts";

const model = (name: string) =>
  readTflite(Deno.readFileSync(shared(`reference/models/${name}.tflite`)));

/** What each operator gives, and the constants that it takes, as far as arithmetic depends on them. */
function arithmetic(graph: Graph) {
  return graph.operators.map(({ kind, inputs, outputs }) => ({
    kind,
    output: graph.tensors[outputs[0]].quantization,
    shape: graph.tensors[outputs[0]].shape,
    // The shape of a RESHAPE is that of its output.
    constants: kind === "RESHAPE" ? [] : inputs.slice(1)
      .map((index) => graph.tensors[index])
      .map((tensor) => tensor && { quantization: tensor.quantization, data: tensor.data }),
  }));
}

const int8Models = [
  "kws_ref_model",
  "pretrainedResnet_quant",
  "vww_96_int8",
  "ad01_int8",
  "str_ww_ref_model",
];

for (const name of int8Models) {
  for (const form of ["qdq", "qlinear"] as const) {
    referenceTest(`${name} is the same after TFLite → ONNX (${form}) → TFLite`, () => {
      const graph = model(name);
      const read = readTflite(writeTflite(readOnnx(writeOnnx(graph, { form }))));
      assert.deepEqual(arithmetic(read), arithmetic(graph));
      const ends = ({ inputs, outputs, tensors }: Graph) =>
        [...inputs, ...outputs].map((index) => tensors[index]);
      assert.deepEqual(ends(read), ends(graph));
      const before = new Int8Executor(graph), after = new Int8Executor(read);
      const random = new SeededRandom(1);
      for (let run = 0; run < 3; run++) {
        const input = random.int8s(elementCount(before.input.shape));
        assert.deepEqual(after.run(input), before.run(input));
      }
    });
  }
}

const floatModels = ["kws_ref_model_float32", "pretrainedResnet", "vww_96_float", "ad01_fp32"];

for (const name of floatModels) {
  referenceTest(`${name} is the same after TFLite → ONNX → TFLite`, async () => {
    const graph = model(name);
    const read = readTflite(writeTflite(readOnnx(writeOnnx(graph))));
    assert.deepEqual(arithmetic(read), arithmetic(graph));
    await using before = await FloatExecutor.create(graph);
    await using after = await FloatExecutor.create(read);
    const input = floats(new SeededRandom(2), elementCount(before.input.shape) * 2);
    assert.deepEqual(await after.run(input), await before.run(input));
  });
}

for (const name of ["dscnn_small", "resnet_small", "ae_small"]) {
  referenceTest(`${name} (TensorFlow 2.21) is the same after TFLite → ONNX → Graph`, () => {
    const graph = readTflite(Deno.readFileSync(shared(`golden/ptq/${name}.int8.tflite`)));
    const input = new Int8Array(Deno.readFileSync(shared(`golden/ptq/${name}.in.i8`)));
    const before = new Int8Executor(graph);
    const length = elementCount(before.input.shape);
    for (const form of ["qdq", "qlinear"] as const) {
      const after = new Int8Executor(readOnnx(writeOnnx(graph, { form })));
      for (let i = 0; i < 4; i++) {
        const one = input.subarray(i * length, (i + 1) * length);
        assert.deepEqual(after.run(one), before.run(one));
      }
    }
  });
}
