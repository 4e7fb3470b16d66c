import type { LayersModel } from "@tensorflow/tfjs";
import { loadTf } from "../load_tf.ts";
import type { ArchitectureOptions } from "./architecture_options.ts";
import { LayerMaker } from "./layer_maker.ts";

/** Frames that each block's depthwise convolution spans, and its filters. */
const blocks = [[3, 128], [5, 128], [10, 128], [15, 32]];

/**
 * Depthwise-separable CNN along time, on 30 frames of 40 bands (`sww`): 47,707 weights. It gives logits.
 */
export async function streamingWakeword(
  { seed = 0, classes = 3 }: ArchitectureOptions = {},
): Promise<LayersModel> {
  const make = new LayerMaker(await loadTf(), seed);
  const input = make.input([30, 1, 40]);
  let x = input;
  for (const [frames, filters] of blocks) {
    x = make.depthwiseConv2D(x, { kernel: [frames, 1], padding: "valid", bias: false });
    x = make.conv2D(x, filters, { kernel: 1, padding: "valid", bias: false });
    x = make.dropout(make.normalizedRelu(x), 0.2);
  }
  return make.tf.model({ inputs: input, outputs: make.dense(make.flatten(x), classes) });
}
