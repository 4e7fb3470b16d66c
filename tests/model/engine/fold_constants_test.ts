import assert from "node:assert/strict";
import { foldConstants } from "../../../lib/model/engine/fold_constants.ts";
import { Int8Engine } from "../../../lib/model/engine/int8_engine.ts";
import { type Activation, elementCount, type Graph } from "../../../lib/model/graph.ts";
import { Int8Executor } from "../../../lib/model/int8/int8_executor.ts";
import type { Rounding } from "../../../lib/model/int8/requantize.ts";
import { readTflite } from "../../../lib/model/tflite/read_tflite.ts";
import { writeTflite } from "../../../lib/model/tflite/write_tflite.ts";
import { referenceTest, shared } from "../../reference.ts";
import { GraphMaker, randomGraph } from "../onnx/graph_maker.ts";
import { modelFiles } from "../reference_models.ts";
import { SeededRandom } from "../seeded_random.ts";
import { quantized, quantizedAlong, tensor } from "../small_graph.ts";
import { checkFoldProof } from "./check_fold_proof.ts";

const roundings: Rounding[] = ["tflm", "single"];

/** Weights of which many channels are dead: their scale is nearly 0, their bias is anything. */
function addWeights(maker: GraphMaker, x: number, shape: number[], axis: number): number[] {
  const { random } = maker;
  const outputs = shape[axis];
  const [inputScale] = maker.quantizationOf(x).scale;
  const scales = Array.from(
    { length: random.integer(0, 4) === 0 ? 1 : outputs },
    () => random.integer(0, 2) === 0 ? 1e-9 : 0.002 + 0.004 * random.real(),
  );
  const of = (o: number) => scales[scales.length > 1 ? o : 0];
  const weights = tensor(
    "w",
    shape,
    "int8",
    scales.length > 1 ? quantizedAlong(axis, scales) : quantized(scales[0]),
    random.int8s(elementCount(shape)),
  );
  const biases = Int32Array.from(
    { length: outputs },
    (_, o) => Math.max(-(2 ** 30), Math.min(2 ** 30, (random.real() - 0.5) / inputScale / of(o))),
  );
  const inputs = [x, maker.tensors.push(weights) - 1];
  if (random.integer(0, 3) === 0) return [...inputs, -1];
  return [...inputs, maker.tensors.push(tensor("b", [outputs], "int32", undefined, biases)) - 1];
}

const activation = (random: SeededRandom): Activation =>
  random.pick(["relu", "relu", "none", "relu6"]);

/** Convolutions and all that channels pass through, then a dense layer. */
function networkWithDeadChannels(random: SeededRandom): Graph {
  const maker = new GraphMaker(random, true, [1, 6, 5, random.integer(1, 4)]);
  const next = () => quantized(0.02 + 0.03 * random.real(), random.pick([-128, -128, 5]));
  const windows = () => ({
    padding: random.pick(["same", "valid"] as const),
    strideHeight: 1,
    strideWidth: 1,
    dilationHeight: 1,
    dilationWidth: 1,
    activation: activation(random),
  });
  const side = () => random.pick([1, 1, 2, 3]);
  let x = 0;
  for (let layers = random.integer(2, 6); layers > 0; layers--) {
    const [, height, width, channels] = maker.tensors[x].shape;
    const kernel = [Math.min(side(), height), Math.min(side(), width)];
    x = random.pick([
      () => {
        const inputs = addWeights(maker, x, [random.integer(1, 12), ...kernel, channels], 0);
        return maker.add("CONV_2D", inputs, windows(), next());
      },
      () => {
        const inputs = addWeights(maker, x, [random.integer(1, 12), ...kernel, channels], 0);
        return maker.add("CONV_2D", inputs, windows(), next());
      },
      () => {
        const depthMultiplier = random.pick([1, 1, 2]);
        const inputs = addWeights(maker, x, [1, ...kernel, channels * depthMultiplier], 3);
        return maker.add("DEPTHWISE_CONV_2D", inputs, { ...windows(), depthMultiplier }, next());
      },
      () => maker.pool(x),
      () => maker.pad(x),
      () => maker.elementwise(x),
    ])();
  }
  if (random.integer(0, 1)) {
    const flat = maker.flatten(x);
    const [, columns] = maker.tensors[flat].shape;
    const inputs = addWeights(maker, flat, [random.integer(1, 6), columns], 0);
    x = maker.add("FULLY_CONNECTED", inputs, { activation: "none", keepNumDims: false }, next());
  }
  return maker.graph(x);
}

function checkSame(
  graph: Graph,
  folded: Graph,
  rounding: Rounding,
  random: SeededRandom,
  what: string,
) {
  const one = new Int8Executor(graph, { rounding });
  const other = new Int8Executor(folded, { rounding });
  const count = elementCount(one.input.shape);
  for (const input of [random.int8s(count), random.int8s(count), new Int8Array(count).fill(127)]) {
    assert.deepEqual(other.run(input), one.run(input), what);
  }
}

Deno.test("foldConstants() changes no bit, and its proofs hold", () => {
  const random = new SeededRandom(91);
  let [smaller, constants] = [0, 0];
  for (let i = 0; i < 400; i++) {
    const graph = networkWithDeadChannels(random);
    for (const rounding of roundings) {
      const { graph: folded, proof } = foldConstants(graph, rounding);
      const what = `${i} ${rounding} ${graph.operators.map(({ kind }) => kind)}`;
      checkFoldProof(graph, proof);
      checkSame(graph, folded, rounding, random, what);
      if (proof.macs.after < proof.macs.before) smaller++;
      constants += proof.constantChannels;
    }
  }
  assert(smaller > 300 && constants > 2000, `${smaller} smaller, ${constants} constants`);
});

Deno.test("foldConstants() leaves networks of all operators as they compute", () => {
  const random = new SeededRandom(92);
  for (let i = 0; i < 150; i++) {
    const graph = randomGraph(random, true);
    const { graph: folded, proof } = foldConstants(graph, "tflm");
    checkFoldProof(graph, proof);
    checkSame(graph, folded, "tflm", random, `${i}`);
  }
});

Deno.test("checkFoldProof() finds a range that is too narrow and a channel that is missed", () => {
  const random = new SeededRandom(93);
  let tried = 0;
  for (let i = 0; i < 30; i++) {
    const graph = networkWithDeadChannels(random);
    const { proof } = foldConstants(graph, "tflm");
    const [first] = graph.operators;
    if (first.kind !== "CONV_2D") continue;
    tried++;
    const ranges = [...proof.ranges];
    const { low, high } = ranges[first.outputs[0]]!;
    const wide = low.findIndex((value, c) => value < high[c]);
    if (wide >= 0) {
      ranges[first.outputs[0]] = { low: low.with(wide, low[wide] + 1), high };
      assert.throws(() => checkFoldProof(graph, { ...proof, ranges }), /does not hold/);
    }
    const kept = [...proof.kept];
    kept[graph.outputs[0]] = kept[graph.outputs[0]]!.slice(1);
    assert.throws(() => checkFoldProof(graph, { ...proof, kept }));
  }
  assert(tried > 5);
});

/** A dense layer of two outputs with scales of their own, of which the next layer reads one. */
Deno.test("foldConstants() does not leave a dense layer with one of several scales", () => {
  const dense = { activation: "relu", keepNumDims: false } as const;
  const graph: Graph = {
    description: "",
    tensors: [
      tensor("x", [1, 4], "int8", quantized(0.1)),
      tensor("w1", [2, 4], "int8", quantizedAlong(0, [0.01, 1e-9]), new Int8Array(8).fill(3)),
      tensor("y", [1, 2], "int8", quantized(0.1, -128)),
      tensor("w2", [1, 2], "int8", quantized(0.01), new Int8Array(2).fill(99)),
      tensor("z", [1, 1], "int8", quantized(0.1, -128)),
    ],
    operators: [
      { kind: "FULLY_CONNECTED", inputs: [0, 1, -1], outputs: [2], options: dense },
      { kind: "FULLY_CONNECTED", inputs: [2, 3, -1], outputs: [4], options: dense },
    ],
    inputs: [0],
    outputs: [4],
  };
  const { graph: folded, proof } = foldConstants(graph, "tflm");
  assert.equal(proof.constantChannels, 1);
  assert.deepEqual(folded.tensors[folded.operators[0].outputs[0]].shape, [1, 2]);
  // The weights that were made smaller are gone.
  const used = new Set(folded.operators.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]));
  assert(folded.tensors.every((_, index) => used.has(index)));
});

referenceTest("foldConstants() halves the work of vww, bit by bit the same", async () => {
  const file = shared("reference/models/vww_96_int8.tflite");
  const graph = readTflite(Deno.readFileSync(file));
  for (const rounding of roundings) {
    const { graph: folded, proof } = foldConstants(graph, rounding);
    checkFoldProof(graph, proof);
    assert.equal(proof.macs.before, 7_489_664);
    assert(proof.macs.after < 3_910_000, `${proof.macs.after}`);
    using whole = await Int8Engine.load(graph, { rounding });
    using less = await Int8Engine.load(graph, { rounding, fold: true });
    const random = new SeededRandom(94);
    for (let i = 0; i < 100; i++) {
      const input = random.int8s(27648);
      assert.deepEqual(less.run(input), whole.run(input));
    }
    // The folded graph is a model like any other.
    const again = readTflite(writeTflite(folded));
    const input = random.int8s(27648);
    assert.deepEqual(new Int8Executor(again, { rounding }).run(input), whole.run(input));
  }
});

referenceTest("foldConstants() finds nothing to fold in the other reference models", () => {
  const names = ["kws_ref_model", "pretrainedResnet_quant", "ad01_int8", "str_ww_ref_model"];
  for (
    const file of modelFiles().filter((path) => names.some((n) => path.endsWith(`${n}.tflite`)))
  ) {
    const { proof } = foldConstants(readTflite(Deno.readFileSync(file)), "tflm");
    assert.equal(proof.constantChannels, 0, file);
    assert.equal(proof.macs.after, proof.macs.before, file);
  }
});
