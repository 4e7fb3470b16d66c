import assert from "node:assert/strict";
import { ModelError } from "../../lib/model/errors.ts";
import { summarize } from "../../lib/model/summary.ts";
import { readTflite } from "../../lib/model/tflite/read_tflite.ts";
import { referenceTest, shared } from "../reference.ts";
import { smallGraph } from "./small_graph.ts";

referenceTest("summarize() counts the official models' operations, parameters and memory", () => {
  // Multiply-accumulates as published: kws 2.66 M, ic 12.5 M, vww 7.5 M, ad 0.26 M.
  const known = [
    ["kws_ref_model", 2_656_768, 22_604, 16_000],
    ["pretrainedResnet_quant", 12_501_632, 77_706, 49_152],
    ["vww_96_int8", 7_489_664, 210_850, 55_296],
    ["ad01_int8", 264_192, 265_864, 768],
  ] as const;
  for (const [name, macs, parameters, arenaBytes] of known) {
    const path = shared(`reference/models/${name}.tflite`);
    const summary = summarize(readTflite(Deno.readFileSync(path)));
    const { macs: m, parameters: p, arenaBytes: a } = summary;
    assert.deepEqual([m, p, a], [macs, parameters, arenaBytes], name);
    assert.equal(summary.arenaLowerBoundBytes, arenaBytes, name);
  }
});

Deno.test("summarize() gives a row for each operator", () => {
  const { layers, macs, parameters, weightBytes } = summarize(smallGraph());
  assert.deepEqual(layers[0], {
    index: 0,
    name: "conv",
    kind: "CONV_2D",
    inputShapes: [[1, 8, 6, 3]],
    outputShape: [1, 8, 6, 4],
    macs: 8 * 6 * 4 * 27,
    parameters: 4 * 27 + 4,
    weightBytes: 4 * 27 + 4 * 4,
    outputBytes: 192,
  });
  assert.deepEqual(layers.map((layer) => layer.macs), [5184, 1728, 0, 0, 0, 240, 0]);
  assert.equal(macs, 5184 + 1728 + 240);
  assert.equal(parameters, 112 + 40 + 240, "the shape of a reshape is no parameter");
  assert.equal(weightBytes, 108 + 16 + 36 + 16 + 240);
  assert.deepEqual(layers[2].inputShapes, [[1, 8, 6, 4], [1, 8, 6, 4]]);
});

Deno.test("summarize() gives the life and place of each activation", () => {
  const { activations, arenaBytes } = summarize(smallGraph());
  const lives = activations.map(({ name, firstUse, lastUse }) => [name, firstUse, lastUse]);
  assert.deepEqual(lives, [
    ["input", 0, 0],
    ["conv", 0, 2],
    ["depthwise", 1, 2],
    ["sum", 2, 3],
    ["pool", 3, 4],
    ["flat", 4, 5],
    ["dense", 5, 6],
    ["probabilities", 6, 6],
  ]);
  for (const { offset, bytes } of activations) assert(offset + bytes <= arenaBytes);
});

Deno.test("summarize() lists what a resolver needs", () => {
  const { resolvers } = summarize(smallGraph());
  assert.deepEqual(resolvers.map(({ method }) => method), [
    "AddConv2D",
    "AddDepthwiseConv2D",
    "AddAdd",
    "AddAveragePool2D",
    "AddReshape",
    "AddFullyConnected",
    "AddSoftmax",
  ]);
});

Deno.test("summarize() counts a constant that several operators share once", () => {
  const graph = smallGraph();
  const twice = {
    ...graph,
    tensors: [...graph.tensors, { ...graph.tensors[12], name: "again" }],
    operators: [...graph.operators, { ...graph.operators[5], outputs: [14] }],
  };
  assert.equal(summarize(twice).parameters, summarize(graph).parameters);
  assert.equal(summarize(twice).macs, summarize(graph).macs + 240);
});

Deno.test("summarize() throws on a graph that is not consistent", () => {
  assert.throws(() => summarize({ ...smallGraph(), outputs: [] }), ModelError);
});
