import type * as Tf from "@tensorflow/tfjs";
import { SeededRandom } from "../../model/seeded_random.ts";
import type { NamedTensors } from "../../../lib/training/plan/training_plan.ts";
import { randomWeights } from "../plan/gradients.ts";

/** Has every way in which an int8 model rounds: residual addition, pooling of both kinds, padding, dropout, softmax. */
export function residualNet(tf: typeof Tf): Tf.LayersModel {
  const { layers } = tf;
  const input = tf.input({ shape: [9, 8, 2] });
  const normalized = (x: Tf.SymbolicTensor, name: string) =>
    layers.batchNormalization({ name }).apply(x) as Tf.SymbolicTensor;
  const relu = (x: Tf.SymbolicTensor, name: string, maxValue?: number) =>
    layers.reLU({ name, maxValue }).apply(x) as Tf.SymbolicTensor;
  const convolved = (x: Tf.SymbolicTensor, name: string, filters: number) =>
    layers.conv2d({ filters, kernelSize: 3, padding: "same", name }).apply(x) as Tf.SymbolicTensor;
  let x = relu(normalized(convolved(input, "conv1", 6), "norm1"), "relu1", 6);
  x = layers.dropout({ rate: 0.25, name: "dropout" }).apply(x) as Tf.SymbolicTensor;
  let y = layers.zeroPadding2d({ padding: 1, name: "pad" }).apply(x) as Tf.SymbolicTensor;
  y = layers.depthwiseConv2d({ kernelSize: 3, useBias: false, name: "depthwise" }).apply(
    y,
  ) as Tf.SymbolicTensor;
  y = relu(normalized(y, "norm2"), "relu2");
  y = normalized(convolved(y, "conv2", 6), "norm3");
  x = relu(layers.add({ name: "sum" }).apply([x, y]) as Tf.SymbolicTensor, "relu3");
  x = layers.maxPooling2d({ poolSize: 2, name: "largest" }).apply(x) as Tf.SymbolicTensor;
  x = layers.averagePooling2d({ poolSize: 2, name: "average" }).apply(x) as Tf.SymbolicTensor;
  x = layers.flatten({ name: "flat" }).apply(x) as Tf.SymbolicTensor;
  const output = layers.dense({ units: 4, name: "classes" }).apply(x);
  return tf.model({ inputs: input, outputs: output as Tf.SymbolicTensor });
}

/** Weights that training may have come to: small biases, so that values stay in their ranges. */
export function trainedWeights(seed: number, weights: NamedTensors): NamedTensors {
  const own = [...weights].filter(([name]) => !name.endsWith("/range"));
  return randomWeights(new SeededRandom(seed), new Map(own));
}

/** Items whose class can be told: noise around a picture of each class. */
export function noisyClasses(seed: number, items: number, size: number, classes: number) {
  const pictures = new SeededRandom(99);
  const centers = Float32Array.from({ length: classes * size }, () => pictures.real() * 2 - 1);
  const random = new SeededRandom(seed);
  const y = Uint8Array.from({ length: items }, (_, i) => i % classes);
  const x = Float32Array.from(
    { length: items * size },
    (_, i) => {
      const label = y[Math.floor(i / size)];
      return centers[label * size + i % size] + 2 * (random.real() * 2 - 1);
    },
  );
  return { x, y };
}
