/** Every kernel's gradient is that of tfjs, on random shapes: of its weights, and of its input by way of a layer before. */
import type * as Tf from "@tensorflow/tfjs";
import { loadTf } from "../../../lib/training/load_tf.ts";
import { SeededRandom } from "../../model/seeded_random.ts";
import { assertDifferences, assertGradients } from "./gradients.ts";

type Layer = InstanceType<typeof Tf.layers.Layer>;

/** The layer between a trained 1×1 convolution and a squared error. */
async function assertLayer(
  name: string,
  random: SeededRandom,
  make: (tf: typeof Tf, shape: readonly number[]) => Layer | Layer[],
  options: { largest?: number; shards?: number } = {},
): Promise<void> {
  const tf = await loadTf();
  const { largest = 9, shards = random.integer(1, 5) } = options;
  const shape = [random.integer(3, largest), random.integer(3, largest), random.integer(1, 9)];
  const layers = [make(tf, shape)].flat();
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [shape[0], shape[1], 2],
        filters: shape[2],
        kernelSize: 1,
        name: "before",
      }),
      ...layers,
    ],
  });
  const items = random.integer(1, 6);
  const description = `${name} [${shape}] ${JSON.stringify(layers[0].getConfig())}`;
  await assertGradients(description, model, { items, shards, seed: random.integer(1, 1e6) });
}

const window = (random: SeededRandom) => ({
  kernelSize: [random.integer(1, 3), random.integer(1, 3)] as [number, number],
  padding: random.pick(["same", "valid"] as const),
  useBias: random.real() < 0.5,
});

Deno.test("convolve: gradients of any kernel, stride and padding are those of tfjs", async () => {
  const random = new SeededRandom(1);
  for (let i = 0; i < 30; i++) {
    await assertLayer("conv2d", random, (tf) =>
      tf.layers.conv2d({
        ...window(random),
        filters: random.integer(1, 20),
        strides: [random.integer(1, 4), random.integer(1, 4)],
        kernelRegularizer: random.real() < 0.5 ? tf.regularizers.l2({ l2: 0.01 }) : undefined,
        name: "layer",
      }));
  }
});

Deno.test("depthwise: gradients of any kernel, stride and padding are those of tfjs", async () => {
  const random = new SeededRandom(2);
  for (let i = 0; i < 30; i++) {
    // tfjs knows no depthwise convolution with strides that differ.
    const strides = random.integer(1, 3);
    await assertLayer("depthwiseConv2d", random, (tf) =>
      tf.layers.depthwiseConv2d({
        ...window(random),
        strides,
        depthwiseRegularizer: random.real() < 0.5 ? tf.regularizers.l2({ l2: 0.01 }) : undefined,
        name: "layer",
      }));
  }
  for (const kernelSize of [[9, 1], [3, 5], [4, 3]] as [number, number][]) {
    await assertLayer(
      "depthwiseConv2d",
      random,
      (tf) => tf.layers.depthwiseConv2d({ kernelSize, padding: "same", name: "layer" }),
    );
  }
});

Deno.test("separable convolutions: gradients are those of tfjs", async () => {
  const random = new SeededRandom(3);
  for (let i = 0; i < 6; i++) {
    await assertLayer("separableConv2d", random, (tf) =>
      tf.layers.separableConv2d({
        ...window(random),
        filters: random.integer(1, 9),
        strides: random.integer(1, 2),
        name: "layer",
      }));
  }
});

Deno.test("dense: gradients are those of tfjs", async () => {
  const random = new SeededRandom(4);
  for (let i = 0; i < 10; i++) {
    await assertLayer("dense", random, (tf) => [
      tf.layers.flatten({ name: "flat" }),
      tf.layers.dense({
        units: random.integer(1, 40),
        useBias: random.real() < 0.7,
        kernelRegularizer: tf.regularizers.l2({ l2: 0.01 }),
        activation: random.pick(["linear", "relu", "sigmoid", "softmax", "relu6"] as const),
        name: "layer",
      }),
      tf.layers.dense({ units: 3, name: "after" }),
    ]);
  }
});

Deno.test("batch normalization: gradients are those of tfjs", async () => {
  const random = new SeededRandom(5);
  for (let i = 0; i < 16; i++) {
    const flat = random.real() < 0.4;
    const relu = random.pick([undefined, undefined, 6]);
    await assertLayer("batchNormalization", random, (tf) => [
      ...flat ? [tf.layers.flatten({ name: "flat" })] : [],
      tf.layers.batchNormalization({ epsilon: random.pick([1e-3, 0.1]), name: "layer" }),
      ...random.real() < 0.6 ? [tf.layers.reLU({ maxValue: relu, name: "relu" })] : [],
    ], { shards: 3 });
  }
});

Deno.test("pools: gradients of any window, stride and padding are those of tfjs", async () => {
  const random = new SeededRandom(6);
  for (let i = 0; i < 24; i++) {
    const settings = {
      poolSize: [random.integer(1, 3), random.integer(1, 3)] as [number, number],
      strides: [random.integer(1, 3), random.integer(1, 3)] as [number, number],
      name: "layer",
    };
    // The gradient of tfjs is wrong for averages at the edge of a padded image: see the test after this.
    const padding = random.pick(["same", "valid"] as const);
    await assertLayer(
      "pool",
      random,
      (tf) =>
        i % 2 === 0
          ? tf.layers.averagePooling2d({ ...settings, padding: "valid" })
          : tf.layers.maxPooling2d({ ...settings, padding }),
    );
  }
  await assertLayer("pool", random, (tf) => tf.layers.globalAveragePooling2d({ name: "layer" }));
  await assertLayer("pool", random, (tf) => tf.layers.globalMaxPooling2d({ name: "layer" }));
});

Deno.test("averages of padded images, and softmax of images: gradients are differences of the loss", async () => {
  const tf = await loadTf();
  const before = (channels: number) =>
    tf.layers.conv2d({ inputShape: [5, 4, 2], filters: channels, kernelSize: 1, name: "before" });
  const pool = {
    poolSize: [2, 3] as [number, number],
    strides: 2,
    padding: "same",
    name: "layer",
  } as const;
  for (
    const layer of [
      tf.layers.averagePooling2d({ ...pool, strides: [2, 2] }),
      tf.layers.averagePooling2d({ ...pool, poolSize: [3, 3], strides: [1, 3] }),
      tf.layers.activation({ activation: "softmax", name: "layer" }),
    ]
  ) {
    await assertDifferences(layer.getClassName(), tf.sequential({ layers: [before(3), layer] }));
  }
});

Deno.test("batch normalization without scale or shift: gradients are differences of the loss", async () => {
  const tf = await loadTf();
  for (const [scale, center] of [[false, true], [true, false], [false, false]]) {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ inputShape: [4], units: 5, name: "before" }),
        tf.layers.batchNormalization({ scale, center, name: "layer" }),
        tf.layers.dense({ units: 2, name: "after" }),
      ],
    });
    await assertDifferences("batchNormalization", model);
  }
});

Deno.test("activations, padding and shapes: gradients are those of tfjs", async () => {
  const random = new SeededRandom(7);
  for (const activation of ["linear", "relu", "relu6", "sigmoid"] as const) {
    await assertLayer(
      "activation",
      random,
      (tf) => tf.layers.activation({ activation, name: "layer" }),
    );
  }
  await assertLayer("relu", random, (tf) => tf.layers.reLU({ maxValue: 0.25, name: "layer" }));
  await assertLayer("softmax", random, (tf) => [
    tf.layers.flatten({ name: "flat" }),
    tf.layers.softmax({ name: "layer" }),
  ]);
  await assertLayer("zeroPadding2d", random, (tf) => [
    tf.layers.zeroPadding2d({ padding: [[1, 2], [0, 3]], name: "layer" }),
    tf.layers.conv2d({ filters: 3, kernelSize: 2, name: "after" }),
  ]);
  await assertLayer("reshape", random, (tf, [height, width, channels]) => [
    tf.layers.reshape({ targetShape: [width, height * channels, 1], name: "layer" }),
    tf.layers.conv2d({ filters: 3, kernelSize: 2, name: "after" }),
  ]);
});

Deno.test("values with several readers: gradients are those of tfjs", async () => {
  const tf = await loadTf();
  const dense = (name: string) => tf.layers.dense({ units: 6, name });
  const apply = (layer: Layer, x: Tf.SymbolicTensor | Tf.SymbolicTensor[]) =>
    layer.apply(x) as Tf.SymbolicTensor;
  const add = (name: string, ...x: Tf.SymbolicTensor[]) => apply(tf.layers.add({ name }), x);
  const relu = (name: string, x: Tf.SymbolicTensor) => apply(tf.layers.reLU({ name }), x);
  const input = tf.input({ shape: [5], name: "input" });
  const a = apply(dense("a"), input);
  const graphs: { [name: string]: () => Tf.SymbolicTensor } = {
    "a value added to itself": () => add("s", a, a),
    "a residual": () => relu("r", add("s", a, apply(dense("b"), a))),
    "three terms": () => add("s", a, apply(dense("b"), a), relu("r", a)),
    // The sum of sums shares its gradient with values that are read before and after each other.
    "residuals in residuals": () => {
      const b = apply(dense("b"), a);
      const c = apply(dense("c"), a);
      const inner = relu("r", add("s", a, c));
      return add("t", inner, b);
    },
    "a branch that ends early": () => {
      const b = apply(dense("b"), a);
      const inner = add("s", a, apply(dense("c"), b));
      return relu("q", add("t", inner, b, relu("r", inner)));
    },
    "a sum read before it is cut off": () => {
      const sum = add("s", a, apply(dense("b"), a));
      return add("t", relu("r", sum), sum);
    },
  };
  for (const [name, make] of Object.entries(graphs)) {
    const model = tf.model({ inputs: input, outputs: apply(dense("out"), make()) });
    await assertGradients(name, model, { items: 5, shards: 2, seed: 8 });
  }
});

Deno.test("cross-entropy: loss and gradients are those of tfjs, from logits and from a softmax", async () => {
  const tf = await loadTf();
  const models = [
    [tf.layers.dense({ inputShape: [7], units: 5, name: "a" })],
    [tf.layers.dense({ inputShape: [7], units: 5, activation: "softmax", name: "a" })],
    [tf.layers.dense({ inputShape: [7], units: 5, name: "a" }), tf.layers.softmax({ name: "b" })],
  ];
  for (const layers of models) {
    await assertGradients("cross-entropy", tf.sequential({ layers }), {
      items: 6,
      seed: 9,
      loss: "categoricalCrossentropy",
    });
  }
});
