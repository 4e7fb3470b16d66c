/**
 * Conv as CONV_2D or DEPTHWISE_CONV_2D.
 *
 * @module
 */
import { followOutput, operands } from "./follow_output.ts";
import { addBias, foldAdd, foldBatchNormalization, keepsIntegers } from "./import_weights.ts";
import type { ImportNode } from "./import_node.ts";
import { placeWindow, readWindow } from "./import_window.ts";
import { channelsLast, type OnnxImporter } from "./onnx_importer.ts";

/** [out, in, height, width] with the inputs last. */
const convolutionOrder = [0, 2, 3, 1];
/** [out, 1, height, width] with the outputs last. */
const depthwiseOrder = [1, 2, 3, 0];

/** Reads a Conv over two dimensions, with a BatchNormalization or a bias after it. */
export function importConvolution(im: OnnxImporter, n: ImportNode) {
  const x = im.activation(n, 0);
  const [, channels, ...size] = im.dims(x);
  const dims = im.constant(n, 1).tensor.shape;
  if (dims.length !== 4 || size.length !== 2) {
    n.fail(`its weights are [${dims}]: expected two spatial dimensions`);
  }
  const [outputs, depth, ...kernel] = dims;
  const group = n.int("group", 1);
  const isDepthwise = group > 1 && group === channels && depth === 1;
  if (group !== 1 && !isDepthwise) {
    n.fail(`it has ${group} groups of channels`, "Supported are 1 and as many as channels");
  }
  const window = readWindow(n, kernel, size);
  const folded = foldAdd(
    im,
    foldBatchNormalization(im, {
      weights: im.constant(n, 1),
      outputAxis: 0,
      bias: n.input(2) === undefined ? undefined : im.constant(n, 2),
      output: n.output,
      outputs,
    }),
    [1, outputs, 1, 1],
  );
  const inputsAreReal = x.isReal && folded.weights.isReal;
  const out = followOutput(im, folded.output, [1, outputs, 1, 1], {
    fusesActivation: true,
    inputsAreReal,
  });
  const [input] = operands(im, n, [x], out.isQuantized);
  const placed = placeWindow(im, n, im.spatial(n, input), window);
  const weights = im.addConstant(folded.weights, {
    order: isDepthwise ? depthwiseOrder : convolutionOrder,
    real: !keepsIntegers(n, x, folded, out.isQuantized),
  });
  const bias = addBias(im, n, x, folded, out.isQuantized);
  const options = {
    padding: placed.padding,
    strideHeight: window.strides[0],
    strideWidth: window.strides[1],
    dilationHeight: window.dilations[0],
    dilationWidth: window.dilations[1],
    activation: out.activation,
  };
  const inputs = [placed.index, weights, bias];
  const index = isDepthwise
    ? im.emit(n, "DEPTHWISE_CONV_2D", inputs, {
      ...options,
      depthMultiplier: outputs / channels,
    }, out.type)
    : im.emit(n, "CONV_2D", inputs, options, out.type);
  out.define(index, channelsLast);
}
