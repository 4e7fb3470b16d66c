import assert from "node:assert/strict";
import { InputError } from "../../../lib/errors.ts";
import { ModelError } from "../../../lib/model/errors.ts";
import { runFloat } from "../../../lib/model/float/float_executor.ts";
import type { Graph } from "../../../lib/model/graph.ts";
import { dequantize, quantizeInput } from "../../../lib/model/int8/quantize_input.ts";
import { Int8Executor } from "../../../lib/model/int8/int8_executor.ts";
import { realValues, storedValues } from "../../../lib/model/real_values.ts";
import { runInt8 } from "../../../lib/model/run_int8.ts";
import { readTflite } from "../../../lib/model/tflite/read_tflite.ts";
import { writeTflite } from "../../../lib/model/tflite/write_tflite.ts";
import { tensorError } from "../../../lib/model/tensor_error.ts";
import { equalizeLayers } from "../../../lib/training/quantization/equalize_layers.ts";
import { floatGraph } from "../../../lib/training/quantization/float_graph.ts";
import {
  quantizeModel,
  type QuantizeModelOptions,
} from "../../../lib/training/quantization/quantize_model.ts";
import { readFloat32 } from "../../model/reference_models.ts";
import { referenceTest, shared } from "../../reference.ts";
import { FloatGraph, smallInputs, smallNet } from "./small_float.ts";

async function error(graph: Graph, options: QuantizeModelOptions): Promise<number> {
  const inputs = smallInputs(64);
  const { graph: quantized } = await quantizeModel(graph, inputs, options);
  const input = quantized.tensors[quantized.inputs[0]];
  const output = quantized.tensors[quantized.outputs[0]];
  const actual = dequantize(await runInt8(quantized, quantizeInput(inputs, input)), output);
  return tensorError(await runFloat(graph, inputs), actual).meanSquaredError;
}

Deno.test("quantizeModel() keeps what a model computes, by every method", async () => {
  for (const method of ["minmax", "percentile", "mse", "entropy"] as const) {
    assert(await error(smallNet(), { method }) < 1e-3, method);
  }
});

Deno.test("quantizeModel() loses more in fewer bits, and a scale a channel pays", async () => {
  const perBits = [];
  for (const weightBits of [8, 6, 4, 2] as const) {
    perBits.push(await error(smallNet(), { weightBits }));
  }
  assert.deepEqual(perBits, [...perBits].sort((a, b) => a - b));
  assert(await error(smallNet(), { weightBits: 4, perChannel: false }) > perBits[2]);
  const { graph } = await quantizeModel(smallNet(), smallInputs(8), { weightBits: 2 });
  const weights = graph.operators[0].inputs[1];
  assert.deepEqual([...new Set(storedValues(graph.tensors[weights]))].sort(), [-1, 0, 1]);
});

Deno.test("quantizeModel() equalizes layers and corrects biases where that helps", async () => {
  const plain = { perChannel: false, weightBits: 6 } as const;
  assert(await error(smallNet(), { ...plain, equalize: true }) < await error(smallNet(), plain));
  const coarse = { weightBits: 3 } as const;
  assert(
    await error(smallNet(), { ...coarse, biasCorrection: true }) < await error(smallNet(), coarse),
  );
});

Deno.test("equalizeLayers() changes no output in float32", async () => {
  const inputs = smallInputs(16);
  const before = await runFloat(smallNet(), inputs);
  const after = await runFloat(equalizeLayers(smallNet()), inputs);
  assert(tensorError(before, after).maxError < 1e-5);
});

Deno.test("quantizeModel() folds batch normalization that stands by itself", async () => {
  const g = new FloatGraph(3);
  const x = g.activation("input", [1, 4, 4, 2]);
  const options = {
    padding: "valid",
    strideHeight: 1,
    strideWidth: 1,
    dilationHeight: 1,
    dilationWidth: 1,
    activation: "none",
  };
  let y = g.step(
    "CONV_2D",
    [x, g.constant("w", [3, 3, 3, 2], g.random(54)), -1],
    [1, 2, 2, 3],
    options,
  );
  y = g.step("MUL", [y, g.constant("gamma", [3], [0.5, 2, -1])], [1, 2, 2, 3], {
    activation: "none",
  });
  y = g.step("ADD", [y, g.constant("beta", [1, 1, 1, 3], [1, 0, -1])], [1, 2, 2, 3], {
    activation: "relu",
  });
  const graph = g.graph(x, y);
  const folded = floatGraph(graph);
  assert.deepEqual(folded.operators.map(({ kind }) => kind), ["CONV_2D"]);
  const inputs = g.random(32 * 5);
  const error = tensorError(await runFloat(graph, inputs), await runFloat(folded, inputs));
  assert(error.maxError < 1e-5);
});

Deno.test("quantizeModel() leaves layers alone where the recipe says so", async () => {
  const { graph, layers } = await quantizeModel(smallNet(), smallInputs(32), {
    layers: [{ match: { kind: "DEPTHWISE_CONV_2D" }, precision: "float32" }],
  });
  const kinds = graph.operators.map(({ kind }) => kind);
  assert.deepEqual(kinds.slice(0, 5), [
    "CONV_2D",
    "DEQUANTIZE",
    "DEPTHWISE_CONV_2D",
    "QUANTIZE",
    "CONV_2D",
  ]);
  assert.equal(layers[1].precision, "float32");
  assert.equal(layers[1].weightBits, undefined);
  assert.equal(graph.tensors[graph.operators[2].inputs[1]].type, "float32");
  assert.deepEqual(readTflite(writeTflite(graph)).operators.length, graph.operators.length);
});

Deno.test("quantizeModel() gives a model the inputs and outputs that are asked for", async () => {
  for (const io of ["uint8", "float32"] as const) {
    const { graph } = await quantizeModel(smallNet(), smallInputs(8), { io });
    for (const index of [graph.inputs[0], graph.outputs[0]]) {
      assert.equal(graph.tensors[index].type, io);
    }
    const ends = io === "uint8" ? ["QUANTIZE", "QUANTIZE"] : ["QUANTIZE", "DEQUANTIZE"];
    const { operators } = graph;
    assert.deepEqual([operators[0].kind, operators.at(-1)?.kind], ends);
  }
});

Deno.test("quantizeModel() takes the input's scale from whoever knows it", async () => {
  const { graph } = await quantizeModel(smallNet(), smallInputs(8), {
    input: { scale: 0.5847029089927673, zeroPoint: 83 },
  });
  const { quantization } = graph.tensors[graph.inputs[0]];
  assert.deepEqual([...quantization!.scale], [Math.fround(0.5847029089927673)]);
  assert.deepEqual([...quantization!.zeroPoint], [83]);
});

Deno.test("quantizeModel() brings what is joined to one scale", async () => {
  const g = new FloatGraph();
  const x = g.activation("input", [1, 4]);
  const relu = g.step("RELU", [x], [1, 4], {});
  const y = g.step("CONCATENATION", [x, relu], [1, 8], { axis: 1, activation: "none" });
  const graph = g.graph(x, y);
  const inputs = Float32Array.of(-3, 1, 2, 0.5, 0, -1, 1, 2);
  const { graph: quantized } = await quantizeModel(graph, inputs);
  const input = quantized.tensors[quantized.inputs[0]];
  const output = quantized.tensors[quantized.outputs[0]];
  const actual = dequantize(await runInt8(quantized, quantizeInput(inputs, input)), output);
  assert(tensorError(await runFloat(graph, inputs), actual).maxError < 0.03);
});

Deno.test("quantizeModel() gives a bias room that weights near zero would not leave", async () => {
  const g = new FloatGraph();
  const x = g.activation("input", [1, 1]);
  const weights = g.constant("w", [2, 1], [1e-9, 1]);
  const bias = g.constant("b", [2], [5, 0]);
  const y = g.step("FULLY_CONNECTED", [x, weights, bias], [1, 2], {
    activation: "none",
    keepNumDims: false,
  });
  const { graph } = await quantizeModel(g.graph(x, y), Float32Array.of(-0.001, 0.001));
  const stored = graph.tensors[graph.operators[0].inputs[2]];
  assert(Math.abs(realValues(stored)[0] - 5) < 1e-4);
});

Deno.test("quantizeModel() names what is wrong", async () => {
  const quantized = (await quantizeModel(smallNet(), smallInputs(4))).graph;
  await assert.rejects(quantizeModel(quantized, smallInputs(4)), ModelError);
  await assert.rejects(quantizeModel(smallNet(), new Float32Array(100)), /multiple of 128/);
  await assert.rejects(quantizeModel(smallNet(), new Float32Array(128).fill(NaN)), ModelError);
  await assert.rejects(
    quantizeModel(smallNet(), smallInputs(4), {
      layers: [{ match: { name: "no such layer" }, precision: "float32" }],
    }),
    InputError,
  );
  const abort = AbortSignal.abort(new Error("Enough"));
  await assert.rejects(quantizeModel(smallNet(), smallInputs(4), { signal: abort }), /Enough/);
});

referenceTest(
  "quantizeModel() loses at most half a point of kws01 against the official model",
  async () => {
    const { evaluationInputs } = await import("../../../lib/runner/evaluation_inputs.ts");
    const { openEvaluationSet } = await import("../../../lib/runner/evaluation_set.ts");
    const { benchmarks } = await import("../../../lib/benchmarks.ts");
    const { evaluate } = await import("../../../lib/model/evaluate.ts");
    const { readCalibration } = await import(
      "../../../lib/training/quantization/calibration_data.ts"
    );
    const read = (name: string) =>
      readTflite(Deno.readFileSync(shared(`reference/models/${name}`)));
    const float = read("kws_ref_model_float32.tflite");
    const data = await readCalibration(shared("reference/kws01"), float.tensors[float.inputs[0]], {
      count: 100,
    });
    const top1 = async (graph: Graph) => {
      const set = await openEvaluationSet(shared("reference/kws01"), benchmarks.kws01);
      let right = 0;
      const inputs = evaluationInputs(set, benchmarks.kws01);
      for await (const { item, output } of evaluate(graph, inputs)) {
        if (output.indexOf(Math.max(...output)) === item.label) right++;
      }
      return right / set.files.length;
    };
    const official = await top1(read("kws_ref_model.tflite"));
    for (const method of ["minmax", "mse"] as const) {
      const { graph } = await quantizeModel(float, data.inputs, { method, input: data.input });
      assert(await top1(graph) >= official - 0.005, method);
    }
  },
);

const half = { "1": 0x3c00, "-1": 0xbc00, "0.5": 0x3800, "2": 0x4000 } as const;

Deno.test("quantizeModel() takes weights that a DEQUANTIZE makes of float16", async () => {
  const make = (weights: (g: FloatGraph) => number) => {
    const g = new FloatGraph();
    const x = g.activation("x", [1, 2]);
    const read = [x, weights(g), g.constant("b", [2], [0.1, -0.2])];
    const options = { activation: "none", keepNumDims: false };
    return g.graph(x, g.step("FULLY_CONNECTED", read, [1, 2], options));
  };
  const plain = make((g) => g.constant("w", [2, 2], [1, -1, 0.5, 2]));
  const halves = make((g) => {
    const data = new Uint8Array(Uint16Array.of(half[1], half[-1], half[0.5], half[2]).buffer);
    g.tensors.push({ name: "w", shape: [2, 2], type: "float16", data });
    return g.step("DEQUANTIZE", [g.tensors.length - 1], [2, 2], {});
  });
  const inputs = Float32Array.of(1, -1, 0.25, 2, -0.5, 0.75);
  assert.deepEqual(await runFloat(halves, inputs), await runFloat(plain, inputs));
  const read = readTflite(writeTflite(halves));
  const [a, b] = [
    (await quantizeModel(plain, inputs)).graph,
    (await quantizeModel(read, inputs)).graph,
  ];
  assert.deepEqual(b.operators.map(({ kind }) => kind), ["FULLY_CONNECTED"]);
  const run = (graph: Graph) =>
    runInt8(graph, quantizeInput(inputs, graph.tensors[graph.inputs[0]]));
  assert.deepEqual(await run(b), await run(a));
});

Deno.test("quantizeModel() joins and computes with constants, on several inputs at once", async () => {
  const g = new FloatGraph();
  const x = g.activation("x", [1, 3]);
  const relu = g.step("RELU", [g.constant("k", [1, 2], [-1, 1.5])], [1, 2], {});
  const y = g.step("CONCATENATION", [x, relu], [1, 5], { axis: 1, activation: "none" });
  const inputs = Float32Array.of(1, -1, 0.5, 0.25, 1.75, -0.75);
  const expected = await runFloat(g.graph(x, y), inputs);
  assert.deepEqual([...expected], [1, -1, 0.5, 0, 1.5, 0.25, 1.75, -0.75, 0, 1.5]);
  const { graph } = await quantizeModel(g.graph(x, y), inputs);
  const stored = quantizeInput(inputs, graph.tensors[graph.inputs[0]]);
  const outputs = await runInt8(graph, stored);
  const executor = new Int8Executor(graph);
  const one = [0, 3].flatMap((i) => [...executor.run(stored.subarray(i, i + 3))]);
  assert.deepEqual([...outputs], one);
  dequantize(outputs, graph.tensors[graph.outputs[0]]).forEach((value, i) =>
    assert(Math.abs(value - expected[i]) < 0.02)
  );
});

referenceTest("quantizeModel() takes every published float model", async () => {
  const models = ["ad01_fp32", "pretrainedResnet", "vww_96_float"];
  for (const name of models) {
    const float = readTflite(Deno.readFileSync(shared(`reference/models/${name}.tflite`)));
    const inputs = readFloat32(shared(`golden/fp32/${name}.in.f32`));
    const { graph } = await quantizeModel(float, inputs);
    const tensor = graph.tensors[graph.inputs[0]];
    const output = graph.tensors[graph.outputs[0]];
    const actual = dequantize(await runInt8(graph, quantizeInput(inputs, tensor)), output);
    const expected = readFloat32(shared(`golden/fp32/${name}.out.f32`));
    assert(tensorError(expected, actual).signalToNoiseDb > 20, name);
  }
});
