import type { LayersModel } from "@tensorflow/tfjs";
import { loadTf } from "../load_tf.ts";
import type { ArchitectureOptions } from "./architecture_options.ts";
import { LayerMaker, type Symbolic } from "./layer_maker.ts";

const FILTERS = 64;
const l2 = 1e-4;

/** From the first convolution over features to the last dropout: four separable convolutions of 64 filters. */
function separableStack(make: LayerMaker, input: Symbolic): Symbolic {
  let x = make.conv2D(input, FILTERS, { kernel: [10, 4], strides: 2, l2 });
  x = make.dropout(make.normalizedRelu(x), 0.2);
  for (let block = 0; block < 4; block++) {
    // The reference gives its depthwise layers a decay by a name that Keras does not read there.
    x = make.normalizedRelu(make.depthwiseConv2D(x, { kernel: 3 }));
    x = make.normalizedRelu(make.conv2D(x, FILTERS, { kernel: 1, l2 }));
  }
  return make.dropout(x, 0.4);
}

/** Depthwise-separable CNN on MFCCs of 49 frames (`kws`): 24,908 weights. */
export async function dsCnn(
  { seed = 0, classes = 12 }: ArchitectureOptions = {},
): Promise<LayersModel> {
  const make = new LayerMaker(await loadTf(), seed);
  const input = make.input([49, 10, 1]);
  const x = make.averagePooling2D(separableStack(make, input), [24, 5]);
  const output = make.dense(make.flatten(x), classes, { activation: "softmax" });
  return make.tf.model({ inputs: input, outputs: output });
}

/**
 * The same on the samples of a second (`kws`, open division): a convolution over time takes the place of the features.
 */
export async function tdCnn(
  { seed = 0, classes = 12 }: ArchitectureOptions = {},
): Promise<LayersModel> {
  const make = new LayerMaker(await loadTf(), seed);
  const input = make.input([16000, 1, 1]);
  let x = make.conv2D(input, FILTERS, {
    kernel: [512, 1],
    strides: [384, 1],
    padding: "valid",
    l2,
  });
  x = make.dropout(make.normalizedRelu(x), 0.2);
  x = separableStack(make, make.reshape(x, [41, FILTERS, 1]));
  x = make.globalAveragePooling2D(x);
  const output = make.dense(x, classes, { activation: "softmax" });
  return make.tf.model({ inputs: input, outputs: output });
}
