import type { LayersModel } from "@tensorflow/tfjs";
import { loadTf } from "../load_tf.ts";
import { LayerMaker } from "./layer_maker.ts";
import type { ArchitectureOptions } from "./architecture_options.ts";

/** The reference's weight decay. */
const l2 = 1e-4;

/**
 * ResNet for 32×32 images (`ic`): three stacks of two 3×3 convolutions, with filters, twice and four times as many.
 *
 * @param filters 16 is the reference's ResNet-8 (78,666 weights), 26 that of `ic02`.
 */
export async function resnet(
  { seed = 0, classes = 10, filters = 16 }: ArchitectureOptions & { filters?: number } = {},
): Promise<LayersModel> {
  const make = new LayerMaker(await loadTf(), seed);
  const conv = (x: Parameters<typeof make.relu>[0], count: number, kernel: number, strides = 1) =>
    make.conv2D(x, count, { kernel, strides, initializer: "he_normal", l2 });
  const input = make.input([32, 32, 3]);
  let x = make.normalizedRelu(conv(input, filters, 3));
  for (const [stack, strides] of [1, 2, 2].entries()) {
    const count = filters * 2 ** stack;
    const first = make.normalizedRelu(conv(x, count, 3, strides));
    const second = make.batchNormalization(conv(first, count, 3));
    if (strides > 1) x = conv(x, count, 1, strides);
    x = make.relu(make.add(x, second));
  }
  x = make.flatten(make.averagePooling2D(x, 8));
  const output = make.dense(x, classes, { initializer: "he_normal", activation: "softmax" });
  return make.tf.model({ inputs: input, outputs: output });
}
