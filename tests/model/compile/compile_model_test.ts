import assert from "node:assert/strict";
import { compileModel, type CompileOptions } from "../../../lib/model/compile/compile_model.ts";
import { totalOf } from "../../../lib/model/compile/memory_part.ts";
import { ModelError } from "../../../lib/model/errors.ts";
import type { Graph } from "../../../lib/model/graph.ts";
import { SeededRandom } from "../seeded_random.ts";
import { quantized, smallGraph, tensor } from "../small_graph.ts";

const options: CompileOptions = {
  benchmark: "small",
  input: "int8",
  results: "outputs",
  sha256: "0123abcd",
};

function dense(outputs: number, depth: number): Graph {
  const values = new SeededRandom(5).int8s(outputs * depth);
  return {
    description: "",
    tensors: [
      tensor("x", [1, depth], "int8", quantized(0.5)),
      tensor("w", [outputs, depth], "int8", quantized(0.01), values),
      tensor("y", [1, outputs], "int8", quantized(0.5)),
    ],
    operators: [{
      kind: "FULLY_CONNECTED",
      inputs: [0, 1, -1],
      outputs: [2],
      options: { activation: "none", keepNumDims: false },
    }],
    inputs: [0],
    outputs: [2],
  };
}

Deno.test("compileModel() counts constants and memory", () => {
  const { parts, macros, operators } = compileModel(dense(6, 8), options);
  const bytes = Object.fromEntries(
    parts.map(({ name, flashBytes, ramBytes }) => [name, flashBytes + ramBytes]),
  );
  assert.deepEqual(bytes, {
    weights: 48,
    "biases and scales": 6 * 12,
    // values, channel, 9 numbers of the weights; rows and their size
    parameters: 4 * 13,
    activations: 6 + 16 + 16,
    "input buffer of the core": 8 + 16,
  });
  assert.deepEqual(totalOf(parts, "all"), { name: "all", flashBytes: 172, ramBytes: 62 });
  assert.deepEqual(macros, { TH_INPUT_BYTES: 24, ENGINE_ROUNDING: 0 });
  assert.deepEqual(operators, ["FULLY_CONNECTED"]);
});

Deno.test("compileModel() has each kind of input where it costs least", () => {
  const model = (input: CompileOptions["input"]) =>
    compileModel(dense(6, 8), { ...options, input });
  assert.match(
    model("int8").files["model.c"],
    /engine_fully_connected\(&fully_connected_0, input, /,
  );
  const image = model("uint8");
  assert.match(image.files["model.c"], /engine_quantize_uint8\(8, image, arena \+ \d+\);/);
  assert.deepEqual(image.operators, ["QUANTIZE", "FULLY_CONNECTED"]);
  const window = model("float32");
  assert.match(window.files["model.c"], /engine_quantize\(&quantize_input, window, input\);/);
  assert.deepEqual(window.operators, ["FULLY_CONNECTED"]);
  assert.equal(window.macros.TH_INPUT_BYTES, 32);
});

Deno.test("compileModel() asks for the room that the core does not have by itself", () => {
  assert.equal(compileModel(dense(17, 8), options).macros.TH_RESULTS, 17);
  const graph = dense(6, 8);
  const tensors = [...graph.tensors];
  const operators = [...graph.operators];
  for (let i = 0; i < 70; i++) {
    const output = tensors.push(tensor(`r${i}`, [1, 6], "int8", quantized(0.5))) - 1;
    const input = i === 0 ? 2 : output - 1;
    operators.push({ kind: "RELU", inputs: [input], outputs: [output], options: {} });
  }
  const long = compileModel(
    { ...graph, tensors, operators, outputs: [tensors.length - 1] },
    options,
  );
  assert.equal(long.macros.TH_OPERATORS, 71);
});

Deno.test("compileModel() lets nothing of a model's text into C", () => {
  const graph = smallGraph();
  const hostile = '*/ "\n#error x \\';
  const tensors = graph.tensors.map((tensor) => ({ ...tensor, name: hostile }));
  const { files } = compileModel({ ...graph, description: hostile, tensors }, {
    ...options,
    sha256: hostile,
    benchmark: hostile,
  });
  assert.ok(!/^\s*#error x/m.test(files["model.c"]));
  assert.equal(files["weights.h"], compileModel(graph, options).files["weights.h"]);
});

Deno.test("compileModel() refuses what C cannot hold or kernels cannot run", () => {
  const refuse = (graph: Graph, message: RegExp) =>
    assert.throws(() => compileModel(graph, options), (error) => {
      assert.ok(error instanceof ModelError);
      assert.match(error.message, message);
      return true;
    });
  refuse({ ...dense(1, 4), operators: [], outputs: [0] }, /computes nothing/);
  refuse(
    dense(2 ** 12 + 8, 2 ** 13),
    /constants take \d+ bytes or more: expected at most 33554432/,
  );
  const huge = [1, 2 ** 15, 2 ** 15];
  refuse({
    ...dense(4, 4),
    tensors: [
      tensor("x", huge, "int8", quantized(0.5)),
      tensor("y", huge, "int8", quantized(0.5)),
    ],
    operators: [{ kind: "RELU", inputs: [0], outputs: [1], options: {} }],
    outputs: [1],
  }, /activations take \d+ bytes: expected at most/);
});
