import type { layers as Layers, LayersModel, SymbolicTensor } from "@tensorflow/tfjs";
import { UnsupportedLayersError } from "./errors.ts";
import type { Operation, TrainingGraph } from "./graph.ts";
import { BatchNormalization } from "./operations/batch_normalization.ts";
import { Conv2D } from "./operations/conv_2d.ts";
import { Dense } from "./operations/dense.ts";
import { DepthwiseConv2D } from "./operations/depthwise_conv_2d.ts";
import { Add, Clamp, Dropout, Reshape, Sigmoid, Softmax } from "./operations/elementwise.ts";
import { Pool2D, ZeroPadding2D } from "./operations/pool_2d.ts";
import type { WindowSettings } from "./operations/window.ts";
import { Value, Weight } from "./value.ts";

type Layer = InstanceType<typeof Layers.Layer>;

/** Settings of a layer, as `getConfig` gives them. */
type Config = Readonly<Record<string, unknown>>;

/** Why a layer cannot be lowered. */
class Unsupported extends Error {}

/**
 * The operations of a model's layers.
 *
 * @throws {UnsupportedLayersError} Naming every layer that there is no operation for.
 */
export function lowerLayers(model: LayersModel): TrainingGraph {
  const lowering = new Lowering(model);
  const unsupported: string[] = [];
  if (model.inputs.length !== 1 || model.outputs.length !== 1) {
    unsupported.push(
      `the model has ${model.inputs.length} inputs, ${model.outputs.length} outputs`,
    );
  } else {
    for (const layer of model.layers) {
      try {
        lowering.lower(layer);
      } catch (error) {
        if (!(error instanceof Unsupported)) throw error;
        unsupported.push(`'${layer.name}' ${error.message}`);
        lowering.skip(layer);
      }
    }
  }
  if (unsupported.length > 0) throw new UnsupportedLayersError(unsupported);
  return lowering.graph(model.outputs[0]);
}

class Lowering {
  readonly #values = new Map<number, Value>();
  readonly #operations: Operation[] = [];
  readonly #weights: Weight[] = [];
  readonly #input: Value;
  #salt = 1;

  constructor(model: LayersModel) {
    const [input] = model.inputs;
    this.#input = this.#valueOf(input);
  }

  graph(output: SymbolicTensor): TrainingGraph {
    return {
      input: this.#input,
      output: this.#valueOf(output),
      operations: this.#operations,
      weights: this.#weights,
    };
  }

  /** Goes on behind a layer that cannot be lowered, to find all of those. */
  skip(layer: Layer): void {
    for (const node of layer.inboundNodes) node.outputTensors.forEach((out) => this.#valueOf(out));
  }

  lower(layer: Layer): void {
    const kind = layer.getClassName();
    if (kind === "InputLayer") return;
    const config: Config = layer.getConfig();
    checkSettings(layer, config);
    if (layer.inboundNodes.length !== 1) {
      throw new Unsupported(`is used ${layer.inboundNodes.length} times`);
    }
    const [{ inputTensors, outputTensors }] = layer.inboundNodes;
    const inputs = inputTensors.map((tensor) => this.#valueOf(tensor));
    const output = this.#valueOf(outputTensors[0]);
    const [x] = inputs;
    switch (kind) {
      case "Conv2D":
        return this.#weighted(layer, config, output, (out) => {
          const [kernel, bias] = [this.#weight(layer, "kernel"), this.#bias(layer)];
          return new Conv2D(layer.name, x, kernel, bias, out, windowSettings(config));
        });
      case "DepthwiseConv2D":
        return this.#weighted(layer, config, output, (out) => {
          const kernel = this.#depthwiseKernel(layer);
          return new DepthwiseConv2D(
            layer.name,
            x,
            kernel,
            this.#bias(layer),
            out,
            windowSettings(config),
          );
        });
      case "SeparableConv2D":
        return this.#weighted(layer, config, output, (out) => {
          const kernel = this.#depthwiseKernel(layer);
          const settings = windowSettings(config);
          const between = new Value(`${layer.name}/depthwise`, [
            ...out.shape.slice(0, 2),
            x.shape[2],
          ]);
          this.#operations.push(
            new DepthwiseConv2D(layer.name, x, kernel, undefined, between, settings),
          );
          return new Conv2D(
            layer.name,
            between,
            this.#weight(layer, "pointwise_kernel"),
            this.#bias(layer),
            out,
            { strides: [1, 1], padding: "valid" },
          );
        });
      case "Dense":
        if (x.shape.length !== 1) throw new Unsupported(`has an input of rank ${x.shape.length}`);
        return this.#weighted(layer, config, output, (out) => {
          const [kernel, bias] = [this.#weight(layer, "kernel"), this.#bias(layer)];
          return new Dense(layer.name, x, kernel, bias, out);
        });
      case "BatchNormalization":
        return this.#add(this.#batchNormalization(layer, config, x, output));
      case "Activation":
        return this.#activate(layer.name, config.activation, x, output);
      case "Softmax":
        return this.#activate(layer.name, "softmax", x, output);
      case "ReLU": {
        const high = config.maxValue as number | null | undefined;
        return this.#add(new Clamp(layer.name, x, output, { low: 0, high: high ?? Infinity }));
      }
      case "Add":
        if (inputs.length < 2 || inputs.some(({ size }) => size !== output.size)) {
          throw new Unsupported("adds values of different shapes");
        }
        return this.#addAll(layer.name, inputs, output);
      case "AveragePooling2D":
      case "MaxPooling2D": {
        const pool = kind === "AveragePooling2D" ? "average" : "max";
        const size = config.poolSize as [number, number];
        const settings = windowSettings(config);
        return this.#add(new Pool2D(layer.name, pool, x, output, size, settings));
      }
      case "GlobalAveragePooling2D":
      case "GlobalMaxPooling2D": {
        const pool = kind === "GlobalAveragePooling2D" ? "average" : "max";
        const size: [number, number] = [x.shape[0], x.shape[1]];
        const settings: WindowSettings = { strides: size, padding: "valid" };
        return this.#add(new Pool2D(layer.name, pool, x, output, size, settings));
      }
      case "ZeroPadding2D":
        return this.#add(
          new ZeroPadding2D(layer.name, x, output, config.padding as ZeroPadding2D["padding"]),
        );
      case "Flatten":
      case "Reshape":
        return this.#add(new Reshape(layer.name, x, output));
      case "Dropout":
        if (config.noiseShape) throw new Unsupported("has a noise shape");
        return this.#add(
          new Dropout(layer.name, x, output, config.rate as number, this.#salt++),
        );
      default:
        throw new Unsupported(`is of class '${kind}'`);
    }
  }

  #add(operation: Operation): void {
    this.#operations.push(operation);
  }

  #addAll(name: string, [first, ...rest]: readonly Value[], output: Value): void {
    let sum = first;
    rest.forEach((value, i) => {
      const out = i === rest.length - 1 ? output : new Value(`${name}/${i}`, output.shape);
      this.#add(new Add(name, sum, value, out));
      sum = out;
    });
  }

  /** An operation with the activation that its layer has built in. */
  #weighted(layer: Layer, config: Config, output: Value, make: (out: Value) => Operation): void {
    const { activation } = config;
    const plain = activation === undefined || activation === null || activation === "linear";
    const out = plain ? output : new Value(`${layer.name}/linear`, output.shape);
    this.#add(make(out));
    if (!plain) this.#activate(layer.name, activation, out, output);
  }

  #activate(name: string, activation: unknown, x: Value, output: Value): void {
    switch (activation) {
      case "linear":
        return this.#add(new Reshape(name, x, output));
      case "relu":
        return this.#add(new Clamp(name, x, output, { low: 0, high: Infinity }));
      case "relu6":
        return this.#add(new Clamp(name, x, output, { low: 0, high: 6 }));
      case "sigmoid":
        return this.#add(new Sigmoid(name, x, output));
      case "softmax":
        return this.#add(new Softmax(name, x, output));
      default:
        throw new Unsupported(`has the activation '${activation}'`);
    }
  }

  #batchNormalization(layer: Layer, config: Config, x: Value, output: Value): BatchNormalization {
    const { axis, epsilon, momentum, scale, center } = config;
    if (axis !== -1 && axis !== x.shape.length) {
      throw new Unsupported(`normalizes axis ${axis}, not the last`);
    }
    return new BatchNormalization(layer.name, x, output, {
      gamma: scale ? this.#weight(layer, "gamma") : undefined,
      beta: center ? this.#weight(layer, "beta") : undefined,
      movingMean: this.#weight(layer, "moving_mean", false),
      movingVariance: this.#weight(layer, "moving_variance", false),
      epsilon: epsilon as number,
      momentum: momentum as number,
      frozen: !layer.trainable,
      sample: x.shape.length === 3,
    });
  }

  #bias(layer: Layer): Weight | undefined {
    return layer.getConfig().useBias ? this.#weight(layer, "bias") : undefined;
  }

  #depthwiseKernel(layer: Layer): Weight {
    const kernel = this.#weight(layer, "depthwise_kernel");
    if (kernel.shape[3] !== 1) {
      throw new Unsupported(`has a depth multiplier of ${kernel.shape[3]}`);
    }
    return kernel;
  }

  #weight(layer: Layer, role: string, trained = true): Weight {
    const variable = layer.weights.find(({ name }) => roleOf(name) === role);
    if (!variable) throw new Unsupported(`has no weight '${role}'`);
    const shape = variable.shape.map(Number);
    const values = variable.read().dataSync() as Float32Array;
    const l2 = penaltyOf(fieldsOf(layer)[regularizerOf(role)]);
    const trainable = trained && layer.trainable;
    const weight = new Weight(`${layer.name}/${role}`, shape, values, trainable, l2);
    this.#weights.push(weight);
    return weight;
  }

  #valueOf(tensor: SymbolicTensor): Value {
    let value = this.#values.get(tensor.id);
    if (!value) {
      const shape = tensor.shape.slice(1).map((length) => {
        if (length === null) {
          throw new UnsupportedLayersError([`'${tensor.name}' has a length that is not fixed`]);
        }
        if (length < 1) {
          throw new UnsupportedLayersError([`'${tensor.name}' is empty: [${tensor.shape}]`]);
        }
        return length;
      });
      value = new Value(tensor.name, shape);
      this.#values.set(tensor.id, value);
    }
    return value;
  }
}

/** A layer's own fields: `getConfig` of tfjs gives a depthwise kernel's regularizer as its constraint. */
const fieldsOf = (layer: Layer) => layer as unknown as Readonly<Record<string, unknown>>;

/** Refuses what changes a layer's meaning and is not known to any operation. */
function checkSettings(layer: Layer, { dataFormat, dilationRate }: Config): void {
  if (dataFormat !== undefined && dataFormat !== "channelsLast") {
    throw new Unsupported(`has the data format '${dataFormat}'`);
  }
  if (dilationRate !== undefined && [dilationRate].flat().some((rate) => rate !== 1)) {
    throw new Unsupported(`is dilated by ${dilationRate}`);
  }
  const fields = Object.entries(fieldsOf(layer));
  if (fields.some(([name, value]) => name === "activityRegularizer" && value)) {
    throw new Unsupported("has an activity regularizer");
  }
  const constraint = fields.find(([name, value]) => name.endsWith("Constraint") && value);
  if (constraint) throw new Unsupported(`has a '${constraint[0]}'`);
}

/** What a weight is to its layer: the last part of its name, without what makes names unique. */
export function roleOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1).replace(/_\d+$/, "");
}

const regularizerOf = (role: string) =>
  role.replace(/_kernel$/, "").replace(/_(\w)/g, (_, letter) => letter.toUpperCase()) +
  "Regularizer";

function penaltyOf(regularizer: unknown): number {
  if (!regularizer) return 0;
  const { l1, l2 } = regularizer as { l1?: number; l2?: number };
  if (l1 || l2 === undefined) throw new Unsupported("has a regularizer other than L2");
  return l2;
}

function windowSettings({ strides, padding }: Config): WindowSettings {
  if (padding !== "same" && padding !== "valid") {
    throw new Unsupported(`has the padding '${padding}'`);
  }
  return { strides: strides as [number, number], padding };
}
