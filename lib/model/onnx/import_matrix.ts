/**
 * Gemm and MatMul as FULLY_CONNECTED.
 *
 * @module
 */
import { followOutput, operands } from "./follow_output.ts";
import type { ImportNode } from "./import_node.ts";
import { addBias, foldAdd, foldBatchNormalization, keepsIntegers } from "./import_weights.ts";
import { type OnnxImporter, sameOrder } from "./onnx_importer.ts";

/** Reads a Gemm or MatMul with constant weights on the right, with a BatchNormalization or a bias after it. */
export function importMatrix(im: OnnxImporter, n: ImportNode) {
  const isGemm = n.opType === "Gemm";
  const x = im.activation(n, 0);
  const weights = im.constant(n, 1);
  const bias = isGemm && n.input(2) !== undefined ? im.constant(n, 2) : undefined;
  if (isGemm && n.int("transA", 0)) n.fail("its first input is transposed");
  if (n.float("alpha", 1) !== 1 || bias && n.float("beta", 1) !== 1) {
    n.fail("it has a factor alpha or beta", "Fold it into the weights");
  }
  const dims = weights.tensor.shape;
  if (dims.length !== 2) n.fail(`its weights are [${dims}]: expected two dimensions`);
  const outputAxis = isGemm && n.int("transB", 0) ? 0 : 1;
  const outputs = dims[outputAxis], inputs = dims[1 - outputAxis];
  const xDims = im.dims(x);
  if (xDims.at(-1) !== inputs) n.fail(`[${xDims}] and [${dims}] do not match`);

  const shape = [...xDims.slice(0, -1).map(() => 1), outputs];
  const normalized = foldBatchNormalization(im, {
    weights,
    outputAxis,
    bias,
    outputs,
    output: n.output,
  });
  const folded = foldAdd(im, normalized, shape);
  const inputsAreReal = x.isReal && folded.weights.isReal;
  const out = followOutput(im, folded.output, shape, { fusesActivation: true, inputsAreReal });
  const [input] = operands(im, n, [x], out.isQuantized);
  const real = !keepsIntegers(n, x, folded, out.isQuantized);
  // A block of channels, height and width is in another sequence in the tensor than in the weights: those are constant
  // and can follow it.
  const { block } = x;
  const stored = block
    ? im.addConstant(folded.weights, {
      reshape: outputAxis === 0 ? [outputs, ...block] : [...block, outputs],
      order: outputAxis === 0 ? [0, 2, 3, 1] : [3, 1, 2, 0],
      quantization: movedAxis(folded.weights.tensor.quantization, outputAxis === 0 ? 0 : 3),
      real,
    })
    : im.addConstant(folded.weights, { order: outputAxis === 0 ? [0, 1] : [1, 0], real });
  if (block) im.tensors[stored] = { ...im.tensors[stored], shape: [outputs, inputs] };
  const index = im.emit(
    n,
    "FULLY_CONNECTED",
    [
      block ? input.index : im.inSequence(n, input),
      stored,
      addBias(im, n, x, folded, out.isQuantized),
    ],
    { activation: out.activation, keepNumDims: xDims.length > 2 },
    out.type,
  );
  out.define(index, sameOrder(xDims.length));
}

function movedAxis<Q extends { axis: number }>(quantization: Q | undefined, axis: number) {
  return quantization && { ...quantization, axis };
}
