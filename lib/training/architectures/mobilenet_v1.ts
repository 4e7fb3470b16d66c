import type { LayersModel } from "@tensorflow/tfjs";
import { loadTf } from "../load_tf.ts";
import type { ArchitectureOptions } from "./architecture_options.ts";
import { LayerMaker } from "./layer_maker.ts";

/** Filters of each separable convolution, and its strides. */
const blocks = [
  [16, 1],
  [32, 2],
  [32, 1],
  [64, 2],
  [64, 1],
  [128, 2],
  [128, 1],
  [128, 1],
  [128, 1],
  [128, 1],
  [128, 1],
  [256, 2],
  [256, 1],
];

/** MobileNetV1 of a quarter of its width, for 96×96 images (`vww`): 221,794 weights. */
export async function mobilenetV1(
  { seed = 0, classes = 2 }: ArchitectureOptions = {},
): Promise<LayersModel> {
  const make = new LayerMaker(await loadTf(), seed);
  const convolution = { initializer: "he_normal", l2: 1e-4 } as const;
  const input = make.input([96, 96, 3]);
  let x = make.normalizedRelu(make.conv2D(input, 8, { kernel: 3, strides: 2, ...convolution }));
  for (const [filters, strides] of blocks) {
    // The reference gives its depthwise layers an initializer and a decay by names that Keras does not read there.
    x = make.normalizedRelu(make.depthwiseConv2D(x, { kernel: 3, strides }));
    x = make.normalizedRelu(make.conv2D(x, filters, { kernel: 1, ...convolution }));
  }
  x = make.flatten(make.averagePooling2D(x, 3));
  const output = make.dense(x, classes, { initializer: "he_normal", activation: "softmax" });
  return make.tf.model({ inputs: input, outputs: output });
}
