/**
 * Checks a proof of constant folding claim by claim, on integers of any size, with nothing shared but the graph: that
 * every range follows from those before it, and that every channel that is gone is constant where it is read.
 */
import assert from "node:assert/strict";
import type { FoldProof } from "../../../lib/model/engine/fold_constants.ts";
import type { Graph, Operator } from "../../../lib/model/graph.ts";
import { constantValues } from "../../../lib/model/tensor_values.ts";
import { exactMultiplier, exactRequantize } from "../int8/exact_integers.ts";

export function checkFoldProof(graph: Graph, proof: FoldProof): void {
  const { tensors } = graph;
  for (const index of graph.inputs) {
    if (tensors[index].type === "int8") checkAnything(proof, index);
  }
  for (const operator of graph.operators) {
    if (proof.ranges[operator.outputs[0]]) checkRanges(graph, operator, proof);
  }
  tensors.forEach((tensor, index) => {
    const kept = proof.kept[index];
    if (!kept) return;
    assert(kept.length > 0);
    for (let channel = 0; channel < tensor.shape.at(-1)!; channel++) {
      if (!kept.includes(channel)) checkGone(graph, index, channel, proof);
    }
  });
}

/** The claim is that any int8 can be. */
function checkAnything({ ranges }: FoldProof, index: number): void {
  assert(
    ranges[index]!.low.every((v) => v === -128) && ranges[index]!.high.every((v) => v === 127),
  );
}

function checkRanges(graph: Graph, operator: Operator, proof: FoldProof): void {
  const { tensors } = graph;
  const input = proof.ranges[operator.inputs[0]];
  const output = proof.ranges[operator.outputs[0]]!;
  const covers = (channel: number, low: number, high: number) =>
    assert(
      output.low[channel] <= low && output.high[channel] >= high,
      `${operator.kind} ${channel}: [${output.low[channel]}, ${
        output.high[channel]
      }] does not hold [${low}, ${high}]`,
    );
  const channels = tensors[operator.outputs[0]].shape.at(-1) ?? 1;
  if (!input) return checkAnything(proof, operator.outputs[0]);
  switch (operator.kind) {
    case "CONV_2D":
    case "DEPTHWISE_CONV_2D":
    case "FULLY_CONNECTED":
      for (let c = 0; c < channels; c++) {
        const [low, high] = weightedEnds(graph, operator, proof, c);
        covers(c, low, high);
      }
      return;
    case "AVERAGE_POOL_2D":
    case "MAX_POOL_2D":
      // Whatever a mean or a maximum is of, it lies between; a clamp moves it to one of its own ends at most.
      for (let c = 0; c < channels; c++) {
        const [low, high] = clampRange(graph, operator);
        covers(
          c,
          Math.min(Math.max(input.low[c], low), high),
          Math.min(Math.max(input.high[c], low), high),
        );
      }
      return;
    case "PAD": {
      const zero = tensors[operator.outputs[0]].quantization!.zeroPoint[0];
      if (input.low.length !== channels) return checkAnything(proof, operator.outputs[0]);
      for (let c = 0; c < channels; c++) {
        covers(c, Math.min(zero, input.low[c]), Math.max(zero, input.high[c]));
      }
      return;
    }
    case "RESHAPE": {
      // Element by element: which channel it was, which it is
      const old = tensors[operator.inputs[0]].shape.at(-1) ?? 1;
      const count = tensors[operator.outputs[0]].shape.reduce((a, b) => a * b, 1);
      for (let i = 0; i < count; i++) covers(i % channels, input.low[i % old], input.high[i % old]);
      return;
    }
    default:
      checkAnything(proof, operator.outputs[0]);
  }
}

function clampRange({ tensors }: Graph, operator: Operator): [number, number] {
  const { scale, zeroPoint } = tensors[operator.outputs[0]].quantization!;
  const { activation } = operator.options as { activation: string };
  const at = (real: number) =>
    zeroPoint[0] + Math.sign(real) * Math.round(Math.abs(Math.fround(real / scale[0])));
  const low = activation === "none" ? -128 : activation === "relu_n1_to_1" ? at(-1) : zeroPoint[0];
  const high = activation === "relu6" ? at(6) : activation === "relu_n1_to_1" ? at(1) : 127;
  return [Math.max(-128, low), Math.min(127, high)];
}

/** The outputs at the least and the greatest accumulator of a channel. */
function weightedEnds(
  graph: Graph,
  operator: Operator,
  proof: FoldProof,
  channel: number,
): [number, number] {
  const { tensors } = graph;
  const [x, w, b] = operator.inputs.map((index) => tensors[index]);
  const input = proof.ranges[operator.inputs[0]]!;
  const output = tensors[operator.outputs[0]];
  const weights = constantValues(w);
  const inputZero = x.quantization!.zeroPoint[0];
  const depthwise = operator.kind === "DEPTHWISE_CONV_2D";
  const outputs = output.shape.at(-1)!;
  const taps = weights.length / outputs;
  const border = isOverBorder(graph, operator);
  let least = BigInt(b ? constantValues(b)[channel] : 0);
  let greatest = least;
  for (let tap = 0; tap < taps; tap++) {
    const weight = weights[depthwise ? tap * outputs + channel : channel * taps + tap];
    const from = depthwise
      ? Math.floor(channel / (outputs / input.low.length))
      : tap % input.low.length;
    const possible = [input.low[from] - inputZero, input.high[from] - inputZero];
    if (border) possible.push(0);
    const products = possible.map((value) => BigInt(weight) * BigInt(value));
    least += products.reduce((p, q) => p < q ? p : q);
    greatest += products.reduce((p, q) => p > q ? p : q);
  }
  const scales = w.quantization!.scale;
  const product = x.quantization!.scale[0] * scales[scales.length > 1 ? channel : 0];
  const inSingle = operator.kind === "FULLY_CONNECTED" && scales.length === 1;
  const real = (inSingle ? Math.fround(product) : product) / output.quantization!.scale[0];
  const multiplier = exactMultiplier(real);
  const [low, high] = clampRange(graph, operator);
  const limit = 1n << 31n;
  const wraps = [least, greatest].some((sum) => {
    const shifted = multiplier.shift > 0n ? sum << multiplier.shift : sum;
    return shifted < -limit || shifted >= limit;
  });
  if (wraps) return [low, high];
  const [bottom, top] = [least, greatest].map((sum) => {
    const y = Number(exactRequantize(sum, multiplier, proof.rounding)) +
      output.quantization!.zeroPoint[0];
    return Math.min(Math.max(y, low), high);
  });
  return [bottom, top];
}

function isOverBorder({ tensors }: Graph, operator: Operator): boolean {
  if (operator.kind !== "CONV_2D" && operator.kind !== "DEPTHWISE_CONV_2D") return false;
  const { options: o } = operator;
  if (o.padding === "valid") return false;
  const [, height, width] = tensors[operator.inputs[0]].shape;
  const [, kernelHeight, kernelWidth] = tensors[operator.inputs[1]].shape;
  const [, outputHeight, outputWidth] = tensors[operator.outputs[0]].shape;
  return (outputHeight - 1) * o.strideHeight + (kernelHeight - 1) * o.dilationHeight + 1 > height ||
    (outputWidth - 1) * o.strideWidth + (kernelWidth - 1) * o.dilationWidth + 1 > width;
}

/** A channel that is gone makes no difference to anyone who reads it. */
function checkGone(graph: Graph, index: number, channel: number, proof: FoldProof): void {
  assert(!graph.outputs.includes(index) && !graph.inputs.includes(index));
  const { low, high } = proof.ranges[index]!;
  const gone = (tensor: number, c: number) =>
    assert(!proof.kept[tensor]!.includes(c), `channel ${c} of tensor ${tensor} is kept`);
  for (const operator of graph.operators) {
    if (!operator.inputs.includes(index)) continue;
    const [output] = operator.outputs;
    switch (operator.kind) {
      case "CONV_2D":
      case "FULLY_CONNECTED":
        assert.equal(operator.inputs.indexOf(index), 0);
        assert.equal(low[channel], high[channel], "it is constant");
        if (isOverBorder(graph, operator)) {
          assert.equal(low[channel], graph.tensors[index].quantization!.zeroPoint[0]);
        }
        break;
      case "AVERAGE_POOL_2D":
      case "MAX_POOL_2D":
      case "PAD":
        gone(output, channel);
        break;
      case "DEPTHWISE_CONV_2D": {
        const times = operator.options.depthMultiplier;
        for (let k = 0; k < times; k++) gone(output, channel * times + k);
        break;
      }
      case "RESHAPE": {
        const channels = graph.tensors[output].shape.at(-1)!;
        for (let c = channel; c < channels; c += low.length) gone(output, c);
        break;
      }
      default:
        assert.fail(`'${operator.kind}' reads it`);
    }
  }
}
