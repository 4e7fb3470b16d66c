import assert from "node:assert/strict";
import { checkGraph } from "../../lib/model/check_graph.ts";
import { compareModels } from "../../lib/model/compare_models.ts";
import { dequantizeModel } from "../../lib/model/dequantize_model.ts";
import { FloatExecutor } from "../../lib/model/float/float_executor.ts";
import type { Graph } from "../../lib/model/graph.ts";
import { loadModel } from "../../lib/model/load_model.ts";
import { demoModel } from "../../lib/runner/demo_data.ts";

const quantization = (scale: number, zeroPoint: number) => ({
  scale: Float32Array.of(scale),
  zeroPoint: Int32Array.of(zeroPoint),
  axis: 0,
});

Deno.test("dequantizeModel() gives real numbers, and drops QUANTIZE and DEQUANTIZE", async () => {
  const graph: Graph = {
    description: "",
    tensors: [
      { name: "x", shape: [1, 2], type: "float32" },
      { name: "xq", shape: [1, 2], type: "int8", quantization: quantization(0.1, 0) },
      {
        name: "w",
        shape: [1, 2],
        type: "int8",
        data: new Uint8Array(Int8Array.of(10, -20).buffer),
        quantization: quantization(0.5, 0),
      },
      { name: "yq", shape: [1, 1], type: "int8", quantization: quantization(0.25, 3) },
      { name: "y", shape: [1, 1], type: "float32" },
    ],
    operators: [
      { kind: "QUANTIZE", inputs: [0], outputs: [1], options: {} },
      {
        kind: "FULLY_CONNECTED",
        inputs: [1, 2, -1],
        outputs: [3],
        options: { activation: "none", keepNumDims: false },
      },
      { kind: "DEQUANTIZE", inputs: [3], outputs: [4], options: {} },
    ],
    inputs: [0],
    outputs: [4],
  };
  const float = dequantizeModel(graph);
  checkGraph(float);
  assert.deepEqual(float.operators.map(({ kind }) => kind), ["FULLY_CONNECTED"]);
  await using executor = await FloatExecutor.create(float);
  const [output] = await executor.run(Float32Array.of(1.25, 0.5));
  assert.deepEqual([...output], [1.25 * 5 - 0.5 * 10]);
});

Deno.test("dequantizeModel() of the demo model: the int8 model is a quantization of it", async () => {
  const int8 = await loadModel(demoModel());
  assert.equal(compareModels(dequantizeModel(int8), int8).relation, "quantized");
  assert.notEqual(compareModels(int8, dequantizeModel(int8)).relation, "quantized");
});
