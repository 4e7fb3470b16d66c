/**
 * A trained model as a float32 graph, which TFLite and ONNX writers, quantization and executors take.
 *
 * @module
 */
import { checkGraph } from "../../model/check_graph.ts";
import { ModelError } from "../../model/errors.ts";
import type { Activation, Graph, Operator, Tensor } from "../../model/graph.ts";
import { float32Bytes, int32Bytes } from "../../model/real_values.ts";
import type { LayersModel } from "../load_tf.ts";
import type { TrainingGraph } from "../plan/graph.ts";
import { lowerLayers } from "../plan/lower_layers.ts";
import { BatchNormalization } from "../plan/operations/batch_normalization.ts";
import { Conv2D } from "../plan/operations/conv_2d.ts";
import { Dense } from "../plan/operations/dense.ts";
import { DepthwiseConv2D } from "../plan/operations/depthwise_conv_2d.ts";
import { Add, Clamp, Dropout, Reshape, Sigmoid, Softmax } from "../plan/operations/elementwise.ts";
import type { Limits } from "../plan/operations/limits.ts";
import { Pool2D, ZeroPadding2D } from "../plan/operations/pool_2d.ts";
import type { NamedTensors } from "../plan/training_plan.ts";
import { Value, Weight } from "../plan/value.ts";

/** How {@linkcode floatModel} makes the graph. */
export interface FloatModelOptions {
  /** Weights to take instead of the model's, such as a plan's. */
  weights?: NamedTensors;
  /** Free text for the file. */
  description?: string;
}

/**
 * The float32 graph of a tf.layers model for one input at a time, as the TFLite converter makes it: batch normalization
 * folded into the layer before it, relu and relu6 fused, dropout left out.
 *
 * @throws {UnsupportedLayersError} The model has layers that the training plan does not know; names them.
 * @throws {ModelError} An activation is cut off elsewhere than at 0 and 6.
 *
 * @example
 * ```ts
 * import { floatModel, loadTf, writeTflite } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const tf = await loadTf();
 * const model = tf.sequential({
 *   layers: [
 *     tf.layers.conv2d({ inputShape: [8, 8, 1], filters: 4, kernelSize: 3, useBias: false }),
 *     tf.layers.batchNormalization(),
 *     tf.layers.reLU(),
 *   ],
 * });
 * const graph = floatModel(model);
 * assert.deepEqual(graph.operators.map(({ kind }) => kind), ["CONV_2D"]);
 * assert(writeTflite(graph).length > 0);
 * ```
 */
export function floatModel(model: LayersModel, options: FloatModelOptions = {}): Graph {
  return exportGraph(lowerLayers(model), options).graph;
}

/** The float32 graph of a training graph, and which of its tensors each value has become. */
export function exportGraph(
  training: TrainingGraph,
  options: FloatModelOptions = {},
): { graph: Graph; places: ReadonlyMap<Value, number> } {
  const made = new Export(training, options);
  return { graph: made.graph(), places: made.places };
}

/** A layer whose weights may still change: by batch normalization behind it. */
interface Weighted {
  weights: Float32Array;
  bias?: Float32Array;
  /** Output of an element of the weights. */
  outputOf: (element: number) => number;
}

/** An operator before its constants are tensors. */
interface Draft {
  operator: Operator;
  weighted?: Weighted;
  /** Shape and name of the weights. */
  shape?: readonly number[];
  name: string;
}

class Export {
  readonly #training: TrainingGraph;
  readonly #options: FloatModelOptions;
  readonly #tensors: Tensor[] = [];
  readonly #places = new Map<Value, number>();
  readonly #uses = new Map<Value, number>();
  readonly #names = new Set<string>();
  /** By output. */
  readonly #drafts = new Map<number, Draft>();

  constructor(training: TrainingGraph, options: FloatModelOptions) {
    this.#training = training;
    this.#options = options;
    for (const { inputs } of training.operations) {
      for (const input of inputs) this.#uses.set(input, (this.#uses.get(input) ?? 0) + 1);
    }
  }

  /** By value: its tensor. Values that are folded into one operator share its output. */
  get places(): ReadonlyMap<Value, number> {
    return this.#places;
  }

  graph(): Graph {
    const input = this.#activation(this.#training.input, "input");
    for (const operation of this.#training.operations) this.#export(operation);
    const operators = [...this.#drafts.values()].map((draft) => this.#finished(draft));
    const output = this.#place(this.#training.output);
    const graph: Graph = {
      description: this.#options.description ?? "",
      tensors: this.#tensors,
      operators,
      inputs: [input],
      outputs: [output],
    };
    checkGraph(graph);
    return graph;
  }

  #export(operation: TrainingGraph["operations"][number]): void {
    const { name, inputs: [x], output } = operation;
    if (operation instanceof Conv2D) {
      const [, kernel, bias] = operation.inputs;
      const [height, width, inputs, outputs] = kernel.shape;
      const real = this.#values(kernel);
      const weights = new Float32Array(real.length);
      const inner = height * width * inputs;
      // [height, width, in, out] → [out, height, width, in]
      for (let i = 0; i < inner; i++) {
        for (let o = 0; o < outputs; o++) weights[o * inner + i] = real[i * outputs + o];
      }
      this.#draft(
        "CONV_2D",
        [x],
        output,
        {
          ...windowOptions(operation.settings),
          dilationHeight: 1,
          dilationWidth: 1,
          activation: "none",
        },
        name,
        {
          weights,
          bias: bias && this.#values(bias),
          outputOf: (i) => Math.floor(i / inner),
        },
        [outputs, height, width, inputs],
      );
    } else if (operation instanceof DepthwiseConv2D) {
      const [, kernel, bias] = operation.inputs;
      const [height, width, channels] = kernel.shape;
      this.#draft(
        "DEPTHWISE_CONV_2D",
        [x],
        output,
        {
          ...windowOptions(operation.settings),
          dilationHeight: 1,
          dilationWidth: 1,
          depthMultiplier: 1,
          activation: "none",
        },
        name,
        {
          weights: this.#values(kernel).slice(),
          bias: bias && this.#values(bias),
          outputOf: (i) => i % channels,
        },
        [1, height, width, channels],
      );
    } else if (operation instanceof Dense) {
      const [, kernel, bias] = operation.inputs;
      const [rows, columns] = kernel.shape;
      const real = this.#values(kernel);
      const weights = new Float32Array(real.length);
      for (let i = 0; i < rows; i++) {
        for (let o = 0; o < columns; o++) weights[o * rows + i] = real[i * columns + o];
      }
      this.#draft(
        "FULLY_CONNECTED",
        [x],
        output,
        { activation: "none", keepNumDims: false },
        name,
        {
          weights,
          bias: bias && this.#values(bias),
          outputOf: (i) => Math.floor(i / rows),
        },
        [columns, rows],
      );
    } else if (operation instanceof BatchNormalization) {
      this.#normalize(operation);
    } else if (operation instanceof Clamp) {
      this.#clamp(operation);
    } else if (operation instanceof Add) {
      this.#draft("ADD", operation.inputs, output, { activation: "none" }, name);
    } else if (operation instanceof Pool2D) {
      this.#pool(operation);
    } else if (operation instanceof ZeroPadding2D) {
      const paddings = [0, 0, ...operation.padding.flat(), 0, 0];
      const constant = this.#constant(`${name}/paddings`, [4, 2], "int32", int32Bytes(paddings));
      this.#draft("PAD", [x], output, {}, name, undefined, undefined, [constant]);
    } else if (operation instanceof Softmax) {
      this.#draft("SOFTMAX", [x], output, { beta: 1 }, name);
    } else if (operation instanceof Sigmoid) {
      this.#draft("LOGISTIC", [x], output, {}, name);
    } else if (operation instanceof Dropout || String(x.shape) === String(output.shape)) {
      // Nothing happens outside of training.
      this.#takeOver(x, output);
      const uses = this.#uses.get(x)! - 1 + (this.#uses.get(output) ?? 0);
      this.#uses.set(x, uses).set(output, uses);
    } else if (operation instanceof Reshape) {
      this.#reshape(name, x, output);
    } else {
      throw new ModelError(`Cannot export '${name}': there is no operator for it`);
    }
  }

  /** gamma · (x − mean) / √(variance + epsilon) + beta */
  #normalize(operation: BatchNormalization): void {
    const { name, inputs: [x], output, settings } = operation;
    const channels = x.shape.at(-1)!;
    const variance = this.#values(settings.movingVariance);
    const mean = this.#values(settings.movingMean);
    const gamma = settings.gamma && this.#values(settings.gamma);
    const beta = settings.beta && this.#values(settings.beta);
    const factors = new Float32Array(channels);
    const offsets = new Float32Array(channels);
    for (let c = 0; c < channels; c++) {
      const factor = (gamma?.[c] ?? 1) / Math.sqrt(variance[c] + settings.epsilon);
      factors[c] = factor;
      offsets[c] = (beta?.[c] ?? 0) - mean[c] * factor;
    }
    const before = this.#before(x);
    if (before?.weighted) {
      const { weights, bias, outputOf } = before.weighted;
      weights.forEach((w, i) => weights[i] = w * factors[outputOf(i)]);
      before.weighted.bias = offsets.map((offset, c) => offset + (bias?.[c] ?? 0) * factors[c]);
      this.#takeOver(x, output);
      return;
    }
    const shape = [...x.shape.map(() => 1), channels];
    const place = this.#tensor(`${name}/scaled`, output.shape);
    const factor = this.#constant(`${name}/factor`, shape, "float32", float32Bytes(factors));
    this.#drafts.set(place, {
      name,
      operator: {
        kind: "MUL",
        inputs: [this.#place(x), factor],
        outputs: [place],
        options: { activation: "none" },
      },
    });
    const offset = this.#constant(`${name}/offset`, shape, "float32", float32Bytes(offsets));
    const to = this.#activation(output, name);
    this.#drafts.set(to, {
      name,
      operator: {
        kind: "ADD",
        inputs: [place, offset],
        outputs: [to],
        options: { activation: "none" },
      },
    });
  }

  #pool({ name, kind, inputs: [x], output, windowShape, settings }: Pool2D): void {
    const isGlobal = output.shape.length === 1;
    if (isGlobal && kind === "average") {
      const axes = this.#constant(`${name}/axes`, [2], "int32", int32Bytes([1, 2]));
      this.#draft("MEAN", [x], output, { keepDims: false }, name, undefined, undefined, [axes]);
      return;
    }
    const [filterHeight, filterWidth] = windowShape;
    const options = { ...windowOptions(settings), filterHeight, filterWidth, activation: "none" };
    const operator = kind === "average" ? "AVERAGE_POOL_2D" : "MAX_POOL_2D";
    if (!isGlobal) {
      this.#draft(operator, [x], output, options, name);
      return;
    }
    const pixel = new Value(`${name}/pixel`, [1, 1, ...output.shape]);
    this.#draft(operator, [x], pixel, options, name);
    this.#reshape(`${name}/flat`, pixel, output);
  }

  #reshape(name: string, x: Value, output: Value): void {
    const newShape = [1, ...output.shape];
    const shape = this.#constant(`${name}/shape`, [newShape.length], "int32", int32Bytes(newShape));
    this.#draft("RESHAPE", [x], output, { newShape }, name, undefined, undefined, [shape]);
  }

  #clamp(operation: Clamp): void {
    const { name, inputs: [x], output } = operation;
    const activation = activationOf(operation.limits);
    if (!activation) {
      const { low, high } = operation.limits;
      throw new ModelError(`Cannot export '${name}' as it is cut off at ${low} and ${high}`, {
        hint: "TFLite has relu (0 and above) and relu6 (0 to 6)",
      });
    }
    const before = this.#before(x);
    const options = before?.operator.options;
    if (before && options && "activation" in options && options.activation === "none") {
      before.operator = { ...before.operator, options: { ...options, activation } } as Operator;
      this.#takeOver(x, output);
      return;
    }
    this.#draft(activation === "relu" ? "RELU" : "RELU6", [x], output, {}, name);
  }

  /** The operator that gives a value to this user alone. */
  #before(x: Value): Draft | undefined {
    const draft = this.#drafts.get(this.#place(x));
    const isFree = draft && this.#uses.get(x) === 1 && x !== this.#training.output;
    const { options } = draft?.operator ?? {};
    const isPlain = options && (!("activation" in options) || options.activation === "none");
    return isFree && isPlain ? draft : undefined;
  }

  /** The value of the operator before becomes this one. */
  #takeOver(x: Value, output: Value): void {
    this.#places.set(output, this.#place(x));
  }

  #draft(
    kind: Operator["kind"],
    inputs: readonly Value[],
    output: Value,
    options: object,
    name: string,
    weighted?: Weighted,
    shape?: readonly number[],
    constants: readonly number[] = [],
  ): void {
    const place = this.#activation(output, name);
    const operator = {
      kind,
      inputs: [...inputs.map((input) => this.#place(input)), ...constants],
      outputs: [place],
      options,
    } as unknown as Operator;
    this.#drafts.set(place, { operator, weighted, shape, name });
  }

  /** The operator with its constants. */
  #finished({ operator, weighted, shape, name }: Draft): Operator {
    if (!weighted || !shape) return operator;
    const { weights, bias } = weighted;
    const kernel = this.#constant(`${name}/kernel`, shape, "float32", float32Bytes(weights));
    const biasAt = bias
      ? this.#constant(`${name}/bias`, [bias.length], "float32", float32Bytes(bias))
      : -1;
    return { ...operator, inputs: [operator.inputs[0], kernel, biasAt] } as Operator;
  }

  #values(value: Value): Float32Array {
    const given = this.#options.weights?.get(value.name);
    if (given) return given.values;
    if (value instanceof Weight) return value.initial;
    throw new ModelError(`Cannot export '${value.name}' as it is no weight`);
  }

  #activation(value: Value, name: string): number {
    const place = this.#tensor(name, value.shape);
    this.#places.set(value, place);
    return place;
  }

  #tensor(name: string, shape: readonly number[]): number {
    this.#tensors.push({ name: this.#unique(name), shape: [1, ...shape], type: "float32" });
    return this.#tensors.length - 1;
  }

  #constant(
    name: string,
    shape: readonly number[],
    type: "float32" | "int32",
    data: Uint8Array,
  ): number {
    this.#tensors.push({ name: this.#unique(name), shape, type, data });
    return this.#tensors.length - 1;
  }

  #place(value: Value): number {
    const place = this.#places.get(value);
    if (place === undefined) {
      throw new ModelError(`Cannot export '${value.name}': nothing gives it`);
    }
    return place;
  }

  #unique(name: string): string {
    let unique = name;
    for (let i = 1; this.#names.has(unique); i++) unique = `${name}_${i}`;
    this.#names.add(unique);
    return unique;
  }
}

function activationOf({ low, high }: Limits): Activation | undefined {
  if (low !== 0) return undefined;
  return high === Infinity ? "relu" : high === 6 ? "relu6" : undefined;
}

function windowOptions(
  { strides: [strideHeight, strideWidth], padding }: Conv2D["settings"],
): { padding: "same" | "valid"; strideHeight: number; strideWidth: number } {
  return { padding, strideHeight, strideWidth };
}
