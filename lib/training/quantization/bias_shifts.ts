/**
 * Bias correction: Nagel et al. 2019, arXiv 1906.04721, section 4.2, with means measured on the calibration inputs.
 *
 * @module
 */
import type { Graph } from "../../model/graph.ts";
import { paddingBefore } from "../../model/output_shape.ts";
import { type WeightedOperator, weightLayout } from "./weighted_operator.ts";

/**
 * How far the mean of each output moves when the weights are rounded: Σ (rounded − real weight) · mean of the input that
 * it meets. To be taken off the bias.
 *
 * @param weightErrors Rounded less real weights.
 * @param meanInput The operator's input, averaged over inputs of the model.
 * @returns One for each output.
 */
export function biasShifts(
  graph: Graph,
  operator: WeightedOperator,
  weightErrors: Float32Array,
  meanInput: Float64Array,
): Float64Array {
  const { outputs, inner } = weightLayout(graph, operator);
  const met = meanMet(graph, operator, meanInput);
  const shifts = new Float64Array(outputs);
  if (operator.kind === "DEPTHWISE_CONV_2D") {
    const { depthMultiplier } = operator.options;
    const channels = outputs / depthMultiplier;
    weightErrors.forEach((error, i) => {
      const output = i % outputs;
      const tap = Math.floor(i / outputs);
      shifts[output] += error * met[tap * channels + Math.floor(output / depthMultiplier)];
    });
    return shifts;
  }
  weightErrors.forEach((error, i) => shifts[Math.floor(i / inner)] += error * met[i % inner]);
  return shifts;
}

/** The mean of what each tap and input channel meets, over all places of the window; padding is zero. */
function meanMet(graph: Graph, operator: WeightedOperator, mean: Float64Array): Float64Array {
  const weights = graph.tensors[operator.inputs[1]].shape;
  if (operator.kind === "FULLY_CONNECTED") {
    const depth = weights[1];
    const met = new Float64Array(depth);
    mean.forEach((value, i) => met[i % depth] += value * depth / mean.length);
    return met;
  }
  const [, height, width, channels] = graph.tensors[operator.inputs[0]].shape;
  const [, rows, columns] = graph.tensors[operator.outputs[0]].shape;
  const [, kernelHeight, kernelWidth] = weights;
  const { padding, strideHeight, strideWidth, dilationHeight, dilationWidth } = operator.options;
  const top = paddingBefore(height, kernelHeight, strideHeight, dilationHeight, rows, padding);
  const left = paddingBefore(width, kernelWidth, strideWidth, dilationWidth, columns, padding);
  const met = new Float64Array(kernelHeight * kernelWidth * channels);
  for (let tap = 0; tap < kernelHeight * kernelWidth; tap++) {
    const down = Math.floor(tap / kernelWidth) * dilationHeight - top;
    const across = (tap % kernelWidth) * dilationWidth - left;
    for (let row = 0; row < rows; row++) {
      const y = row * strideHeight + down;
      if (y < 0 || y >= height) continue;
      for (let column = 0; column < columns; column++) {
        const x = column * strideWidth + across;
        if (x < 0 || x >= width) continue;
        for (let channel = 0; channel < channels; channel++) {
          met[tap * channels + channel] += mean[(y * width + x) * channels + channel];
        }
      }
    }
  }
  return met.map((sum) => sum / (rows * columns));
}
