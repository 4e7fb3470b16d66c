import type * as Tf from "@tensorflow/tfjs";

/** A value of a model that is being made. */
export type Symbolic = Tf.SymbolicTensor;

/** Options of a convolution. */
export interface ConvolutionOptions {
  kernel: number | [number, number];
  strides?: number | [number, number];
  padding?: "same" | "valid";
  bias?: boolean;
  /** [glorot_uniform] */
  initializer?: "glorot_uniform" | "he_normal";
  /** Factor of the kernel's sum of squares in the loss. [0] */
  l2?: number;
}

/** Standard deviation of a normal distribution that is cut off at two deviations; Keras makes up for it, tfjs does not. */
const TRUNCATED_DEVIATION = 0.87962566103423978;

/**
 * Makes layers with Keras' defaults, Keras' names (conv2d, conv2d_1, …), and initial weights from one seed: every layer
 * has its own.
 */
export class LayerMaker {
  readonly #counts = new Map<string, number>();
  #seeds: number;

  constructor(readonly tf: typeof Tf, seed: number) {
    this.#seeds = (Math.imul(seed, 0x9e3779b1) >>> 0) + 1;
  }

  input(shape: readonly number[]): Symbolic {
    return this.tf.input({ shape: [...shape], name: this.#name("input") });
  }

  conv2D(x: Symbolic, filters: number, options: ConvolutionOptions): Symbolic {
    return this.#apply(
      x,
      this.tf.layers.conv2d({
        name: this.#name("conv2d"),
        filters,
        kernelSize: options.kernel,
        strides: options.strides ?? 1,
        padding: options.padding ?? "same",
        useBias: options.bias ?? true,
        kernelInitializer: this.#initializer(options.initializer),
        kernelRegularizer: this.#l2(options.l2),
      }),
    );
  }

  depthwiseConv2D(x: Symbolic, options: ConvolutionOptions): Symbolic {
    return this.#apply(
      x,
      this.tf.layers.depthwiseConv2d({
        name: this.#name("depthwise_conv2d"),
        kernelSize: options.kernel,
        strides: options.strides ?? 1,
        padding: options.padding ?? "same",
        useBias: options.bias ?? true,
        depthwiseInitializer: this.#initializer(options.initializer),
        depthwiseRegularizer: this.#l2(options.l2),
      }),
    );
  }

  dense(
    x: Symbolic,
    units: number,
    options: Pick<ConvolutionOptions, "initializer"> & { activation?: "softmax" } = {},
  ): Symbolic {
    return this.#apply(
      x,
      this.tf.layers.dense({
        name: this.#name("dense"),
        units,
        activation: options.activation ?? "linear",
        kernelInitializer: this.#initializer(options.initializer),
      }),
    );
  }

  /** Batch normalization, then relu. */
  normalizedRelu(x: Symbolic): Symbolic {
    return this.relu(this.batchNormalization(x));
  }

  batchNormalization(x: Symbolic): Symbolic {
    const name = this.#name("batch_normalization");
    return this.#apply(x, this.tf.layers.batchNormalization({ name }));
  }

  relu(x: Symbolic): Symbolic {
    const name = this.#name("activation");
    return this.#apply(x, this.tf.layers.activation({ name, activation: "relu" }));
  }

  add(a: Symbolic, b: Symbolic): Symbolic {
    return this.tf.layers.add({ name: this.#name("add") }).apply([a, b]) as Symbolic;
  }

  dropout(x: Symbolic, rate: number): Symbolic {
    return this.#apply(x, this.tf.layers.dropout({ name: this.#name("dropout"), rate }));
  }

  averagePooling2D(x: Symbolic, poolSize: number | [number, number]): Symbolic {
    const name = this.#name("average_pooling2d");
    return this.#apply(x, this.tf.layers.averagePooling2d({ name, poolSize }));
  }

  globalAveragePooling2D(x: Symbolic): Symbolic {
    const name = this.#name("global_average_pooling2d");
    return this.#apply(x, this.tf.layers.globalAveragePooling2d({ name }));
  }

  reshape(x: Symbolic, targetShape: number[]): Symbolic {
    return this.#apply(x, this.tf.layers.reshape({ name: this.#name("reshape"), targetShape }));
  }

  flatten(x: Symbolic): Symbolic {
    return this.#apply(x, this.tf.layers.flatten({ name: this.#name("flatten") }));
  }

  #apply(x: Symbolic, layer: InstanceType<typeof Tf.layers.Layer>): Symbolic {
    return layer.apply(x) as Symbolic;
  }

  #name(kind: string): string {
    const count = this.#counts.get(kind) ?? 0;
    this.#counts.set(kind, count + 1);
    return count === 0 ? kind : `${kind}_${count}`;
  }

  #initializer(kind: ConvolutionOptions["initializer"] = "glorot_uniform") {
    // tfjs takes 0 for "any seed"; beyond 32 bits nothing is lost.
    const seed = this.#seeds++ || 1;
    return kind === "glorot_uniform"
      ? this.tf.initializers.glorotUniform({ seed })
      : this.tf.initializers.varianceScaling({
        scale: 2 / TRUNCATED_DEVIATION ** 2,
        mode: "fanIn",
        distribution: "normal",
        seed,
      });
  }

  #l2(l2 = 0) {
    return l2 === 0 ? undefined : this.tf.regularizers.l2({ l2 });
  }
}
