import assert from "node:assert/strict";
import { compareActivations, traceFloat, traceInt8 } from "../../lib/model/compare_activations.ts";
import { compareModels } from "../../lib/model/compare_models.ts";
import { ModelError } from "../../lib/model/errors.ts";
import type { Graph, Tensor } from "../../lib/model/graph.ts";
import { dequantize } from "../../lib/model/int8/quantize_input.ts";
import { constantValues } from "../../lib/model/tensor_values.ts";
import { readTflite } from "../../lib/model/tflite/read_tflite.ts";
import { referenceTest, shared } from "../reference.ts";
import { readOnnx } from "../../lib/model/onnx/read_onnx.ts";
import { writeOnnx } from "../../lib/model/onnx/write_onnx.ts";
import { readInt8, readRows } from "./reference_models.ts";
import { quantizedAlong, smallGraph, tensor } from "./small_graph.ts";

const read = (path: string) => readTflite(Deno.readFileSync(shared(path + ".tflite")));
const official = [
  ["kws_ref_model_float32", "kws_ref_model"],
  ["pretrainedResnet", "pretrainedResnet_quant"],
  ["vww_96_float", "vww_96_int8"],
  ["ad01_fp32", "ad01_int8"],
].map((pair) => pair.map((name) => `reference/models/${name}`));
const fresh = ["dscnn_small", "resnet_small", "ae_small"]
  .map((name) => [`golden/ptq/${name}.float`, `golden/ptq/${name}.int8`]);

referenceTest(
  "compareModels() finds every official int8 model to be its float model quantized",
  () => {
    for (const [float, int8] of [...official, ...fresh]) {
      const { relation, structure, notQuantized, weights } = compareModels(read(float), read(int8));
      assert.deepEqual([relation, structure, notQuantized], ["quantized", [], []], int8);
      for (const { worstRounding, kind, error, input, stepsUsed } of weights) {
        assert(worstRounding! <= 1, `${int8} ${kind}`);
        assert(error.signalToNoiseDb > 20);
        assert(error.cosine > 0.99);
        if (input === 1) assert.equal(stepsUsed, 127);
      }
    }
  },
);

referenceTest("compareModels() finds a model identical to itself and different from others", () => {
  for (const [float, int8] of official) {
    assert.equal(compareModels(read(float), read(float)).relation, "identical");
    assert.equal(compareModels(read(int8), read(int8)).relation, "identical");
    assert.equal(compareModels(read(int8), read(float)).relation, "other-weights");
  }
  const { relation, structure } = compareModels(read(official[0][0]), read(official[1][1]));
  assert.equal(relation, "other-graph");
  assert(structure.length > 0);
});

/** The small graph in float32: activations without quantization, parameters as real numbers. */
function floatGraph(): Graph {
  const graph = smallGraph();
  const tensors = graph.tensors.map((t): Tensor => {
    if (!t.quantization) return t;
    const { quantization, data, ...rest } = t;
    if (!data) return { ...rest, type: "float32" };
    const stored = constantValues(t);
    const inner = t.shape.slice(quantization.axis + 1).reduce((a, b) => a * b, 1);
    const count = quantization.scale.length;
    const real = Float32Array.from(
      stored,
      (q, i) => quantization.scale[Math.floor(i / inner) % count] * q,
    );
    return tensor(t.name, t.shape, "float32", undefined, real);
  });
  return { ...graph, tensors };
}

/** The small graph with an int8 parameter's stored values changed. */
function changed(index: number, change: (values: Int8Array) => void): Graph {
  const graph = smallGraph();
  const values = new Int8Array(graph.tensors[index].data!.slice().buffer);
  change(values);
  const data = new Uint8Array(values.buffer);
  return { ...graph, tensors: graph.tensors.map((t, i) => i === index ? { ...t, data } : t) };
}

Deno.test("compareModels() finds the small graph to be its float form quantized", () => {
  const { relation, weights } = compareModels(floatGraph(), smallGraph());
  assert.equal(relation, "quantized");
  assert.equal(weights.length, 5);
});

Deno.test("compareModels() sees one weight that is two steps off, and says where", () => {
  const touched = changed(4, (values) => values[7] += values[7] > 0 ? -2 : 2);
  const { relation, notQuantized, weights } = compareModels(floatGraph(), touched);
  assert.equal(relation, "other-weights");
  assert.equal(notQuantized.length, 1);
  assert.match(
    notQuantized[0],
    /Input 1 of operator 1 'DEPTHWISE_CONV_2D', 'depthwise\/weights', is off by/,
  );
  // What float32 loses of the scale is in the others.
  assert.equal(weights.filter(({ worstRounding }) => worstRounding! > 0.5).length, 1);
});

Deno.test("compareModels() sees a pruned weight", () => {
  const values = new Int8Array(smallGraph().tensors[1].data!.slice().buffer);
  const small = values.findIndex((q) => Math.abs(q) >= 2 && Math.abs(q) < 20);
  const { relation } = compareModels(floatGraph(), changed(1, (v) => v[small] = 0));
  assert.equal(relation, "other-weights");
});

Deno.test("compareModels() sees pruning behind a coarse scale", () => {
  const graph = smallGraph();
  const coarse = graph.tensors[11].quantization!.scale.map((scale) => scale * 300);
  const tensors = graph.tensors.map((t, i) =>
    i === 11
      ? { ...t, data: new Uint8Array(t.data!.length), quantization: quantizedAlong(0, coarse) }
      : t
  );
  const { relation, notQuantized } = compareModels(floatGraph(), { ...graph, tensors });
  assert.equal(relation, "other-weights");
  assert.match(notQuantized[0], /'dense\/weights', uses 0 of 127 steps/);
});

Deno.test("compareModels() tells the same numbers in another quantization from the same model", () => {
  const graph = smallGraph();
  const tensors = graph.tensors.map((t, i) =>
    i === 4 ? { ...t, quantization: quantizedAlong(3, t.quantization!.scale.map((s) => s * 2)) } : t
  );
  assert.equal(compareModels(smallGraph(), { ...graph, tensors }).relation, "other-weights");
});

Deno.test("compareModels() looks through QUANTIZE and DEQUANTIZE", () => {
  const graph = smallGraph();
  const tensors = [
    ...graph.tensors,
    tensor("float input", graph.tensors[0].shape, "float32"),
    tensor("float output", graph.tensors[13].shape, "float32"),
  ];
  const wrapped: Graph = {
    ...graph,
    tensors,
    operators: [
      { kind: "QUANTIZE", inputs: [14], outputs: [0], options: {} },
      ...graph.operators,
      { kind: "DEQUANTIZE", inputs: [13], outputs: [15], options: {} },
    ],
    inputs: [14],
    outputs: [15],
  };
  assert.equal(compareModels(floatGraph(), wrapped).relation, "quantized");
  assert.equal(compareModels(smallGraph(), wrapped).relation, "identical");
});

Deno.test("compareModels() finds what differs in the graph", () => {
  const graph = smallGraph();
  const change = (index: number, operator: Partial<Graph["operators"][number]>) => ({
    ...graph,
    operators: graph.operators.map((o, i) =>
      (i === index ? { ...o, ...operator } : o) as Graph["operators"][number]
    ),
  });
  const cases: [Graph, RegExp][] = [
    [
      change(2, { options: { activation: "relu" } }),
      /Operator 2 'ADD' has the options .*relu6.*relu/,
    ],
    [change(2, { kind: "MUL" }), /Operator 2 is 'ADD' in the first model and 'MUL' \(2\)/],
    [change(2, { inputs: [6, 3] }), /in the first model and/],
    [
      change(2, { inputs: [3, 3] }),
      /'depthwise' is given by 'DEPTHWISE_CONV_2D'|stands for|Operator 1/,
    ],
    [
      change(0, { inputs: [0, 1, -1] }),
      /'CONV_2D' has input 2 in the first model and not in the second/,
    ],
  ];
  for (const [other, message] of cases) {
    const { relation, structure } = compareModels(graph, other);
    assert.equal(relation, "other-graph");
    assert.match(structure.join("\n"), message);
  }
});

Deno.test("compareModels() throws on a graph that is not consistent", () => {
  assert.throws(() => compareModels(smallGraph(), { ...smallGraph(), outputs: [] }), ModelError);
});

referenceTest(
  "compareActivations() shows what quantization costs the keyword model, layer by layer",
  async () => {
    const [float, int8] = official[0].map(read);
    const rows = readRows(shared("reference/kws01/outputs_nucleo_l4r5zi_v05.csv")).slice(0, 20);
    const input = int8.tensors[int8.inputs[0]];
    const inputs = rows.map(([file]) =>
      dequantize(readInt8(shared(`reference/kws01/${file}`)), input)
    );
    const layers = await compareActivations(float, int8, inputs, {
      first: traceFloat(float),
      second: traceInt8(int8),
    });
    assert.deepEqual(layers.map(({ operator }) => operator), [...float.operators.keys()]);
    for (const { error, kind } of layers) {
      assert(
        error.signalToNoiseDb > 8 && error.signalToNoiseDb < 60,
        `${kind} ${error.signalToNoiseDb}`,
      );
      assert(error.cosine > 0.9, `${kind} ${error.cosine}`);
    }
    assert.equal(layers[0].error.count, 20 * 25 * 5 * 64);
  },
);

Deno.test("compareActivations() finds no error between a model and itself", async () => {
  const graph = smallGraph();
  const inputs = [new Float32Array(144).fill(0.3), new Float32Array(144).fill(-1)];
  const trace = { first: traceInt8(graph), second: traceInt8(graph) };
  const layers = await compareActivations(graph, graph, inputs, trace);
  assert.equal(layers.length, 7);
  for (const { error } of layers) assert.equal(error.maxError, 0);
});

Deno.test("compareActivations() finds the layer that was changed, and those after it", async () => {
  const graph = smallGraph();
  const other = changed(4, (values) => values.reverse());
  const trace = { first: traceInt8(graph), second: traceInt8(other) };
  const layers = await compareActivations(graph, other, [new Float32Array(144).fill(0.9)], trace);
  const firstWrong = layers.findIndex(({ error }) => error.maxError > 0);
  assert.equal(layers[firstWrong].kind, "DEPTHWISE_CONV_2D");
});

referenceTest(
  "compareModels() finds an official model to be the same after a way through ONNX",
  () => {
    for (const [, int8] of official) {
      const graph = read(int8);
      assert.equal(compareModels(graph, readOnnx(writeOnnx(graph))).relation, "identical", int8);
    }
  },
);
