import { InputError } from "../../errors.ts";
import type { Graph } from "../../model/graph.ts";
import { exportGraph } from "../export/float_model.ts";
import type { Operation, TrainingGraph } from "../plan/graph.ts";
import { BatchNormalization } from "../plan/operations/batch_normalization.ts";
import { Conv2D } from "../plan/operations/conv_2d.ts";
import { Dense } from "../plan/operations/dense.ts";
import { DepthwiseConv2D } from "../plan/operations/depthwise_conv_2d.ts";
import { Clamp, Dropout, Reshape, Softmax } from "../plan/operations/elementwise.ts";
import type { Limits } from "../plan/operations/limits.ts";
import { type Value, Weight } from "../plan/value.ts";
import { keepsScale } from "../quantization/quantize_graph.ts";
import { type LayerSettings, layerSettings } from "../quantization/recipe.ts";
import { type ActivationRange, activationRanges } from "./activation_ranges.ts";
import { FoldedBias, FoldedKernel } from "./operations/fold_batch_normalization.ts";
import { QuantizedBias } from "./operations/quantized_bias.ts";
import { QuantizedItems } from "./operations/quantized_items.ts";
import { QuantizedKernel } from "./operations/quantized_kernel.ts";
import { checkQatSettings, type QatSettings } from "./qat_settings.ts";

type Weighted = Conv2D | DepthwiseConv2D | Dense;

/**
 * The graph whose forward pass rounds as the int8 model does: batch normalization is folded, weights and activations are
 * rounded wherever the int8 model has them. Ranges of activations become weights, `TENSOR/range`.
 *
 * @throws {InputError} A batch normalization follows no layer that it can be folded into, or a setting is wrong.
 */
export function quantizeTrainingGraph(graph: TrainingGraph, settings: QatSettings): TrainingGraph {
  return new Quantization(graph, settings).graph();
}

class Quantization {
  readonly #training: TrainingGraph;
  readonly #settings: ReturnType<typeof checkQatSettings>;
  readonly #float: Graph;
  /** By value: its tensor in the float model. */
  readonly #places: ReadonlyMap<Value, number>;
  /** By operator of the float model. */
  readonly #layers: readonly LayerSettings[];
  /** By tensor of the float model. */
  readonly #ranges: ReadonlyMap<number, ActivationRange>;
  /** By tensor of the float model: the operator that gives it. */
  readonly #makers: ReadonlyMap<number, number>;
  /** By tensor of the float model: the value that the int8 model rounds to it. */
  readonly #whole = new Map<number, Value>();
  /** By value: the rounded one, which is read instead. */
  readonly #rounded = new Map<Value, Value>();
  readonly #rangeWeights = new Map<string, Weight>();
  readonly #operations: Operation[] = [];

  constructor(training: TrainingGraph, settings: QatSettings) {
    this.#training = training;
    this.#settings = checkQatSettings(settings);
    const { graph: float, places } = exportGraph(training);
    this.#float = float;
    this.#places = places;
    this.#layers = layerSettings(float, this.#settings);
    this.#ranges = activationRanges(float, this.#layers, this.#settings);
    this.#makers = new Map(float.operators.map(({ outputs: [output] }, i) => [output, i]));
    this.#whole.set(this.#place(training.input), training.input);
    for (const operation of training.operations) {
      const { inputs: [x], output } = operation;
      const passes = operation instanceof Dropout || operation instanceof Reshape;
      // What passes values on comes behind the rounding.
      if (passes && this.#place(x) === this.#place(output)) continue;
      this.#whole.set(this.#place(output), output);
    }
  }

  graph(): TrainingGraph {
    const { operations, input, output, weights } = this.#training;
    this.#round(input);
    for (const operation of operations) {
      if (operation instanceof BatchNormalization) {
        this.#checkFolded(operation);
        continue;
      }
      const [source] = operation.inputs;
      operation.inputs = operation.inputs.map((value) => this.#rounded.get(value) ?? value);
      if (isWeighted(operation)) this.#quantizeWeights(operation, source);
      if (operation instanceof Clamp && this.#isRounded(operation.output)) {
        this.#round(operation.output, operation.inputs[0], operation.limits);
        continue;
      }
      this.#operations.push(operation);
      // The loss takes a last softmax as it is.
      if (operation.output !== output || !(operation instanceof Softmax)) {
        this.#round(operation.output);
      }
    }
    return {
      input,
      output: this.#rounded.get(output) ?? output,
      operations: this.#operations,
      weights: [...weights, ...this.#rangeWeights.values()],
    };
  }

  #place(value: Value): number {
    return this.#places.get(value)!;
  }

  /** Whether the int8 model has a value in int8, not yet rounded. */
  #isRounded(value: Value): boolean {
    const place = this.#place(value);
    if (this.#whole.get(place) !== value || !this.#ranges.has(place)) return false;
    const maker = this.#makers.get(place);
    const isInt8 = (operator: number) => this.#layers[operator].precision === "int8";
    if (maker !== undefined && isInt8(maker)) {
      const { kind } = this.#float.operators[maker];
      // Others that keep a scale give values that are rounded already.
      return !keepsScale.has(kind) || kind === "AVERAGE_POOL_2D";
    }
    return this.#float.outputs.includes(place) ||
      this.#float.operators.some(({ inputs }, i) => inputs.includes(place) && isInt8(i));
  }

  /**
   * Puts the rounding of a value in.
   *
   * @param x What is rounded, where an activation that cuts values off is part of it.
   */
  #round(value: Value, x = value, limits?: Limits): void {
    if (!this.#isRounded(value)) return;
    const place = this.#place(value);
    const { name, fixed } = this.#ranges.get(place)!;
    const { activations, rangeMomentum } = this.#settings;
    const learned = activations === "learned";
    let range = this.#rangeWeights.get(name);
    const isOwn = range === undefined && !fixed;
    if (!range) {
      const initial = Float32Array.of(fixed?.min ?? 0, fixed?.max ?? 0);
      range = new Weight(name, [2], initial, learned && !fixed);
      this.#rangeWeights.set(name, range);
    }
    const momentum = isOwn ? learned ? 1 : rangeMomentum : undefined;
    const maker = this.#float.operators[this.#makers.get(place) ?? -1];
    const averages = maker?.kind === "AVERAGE_POOL_2D";
    const rounding = new QuantizedItems(value.name, x, range, { momentum, limits, averages });
    this.#operations.push(rounding);
    this.#rounded.set(value, rounding.output);
  }

  /**
   * Folds the batch normalization behind a layer, and rounds its weights.
   *
   * @param source Its input before that was rounded.
   */
  #quantizeWeights(operation: Weighted, source: Value): void {
    const { name, output } = operation;
    const [x] = operation.inputs;
    let [, kernel, bias] = operation.inputs as [Value, Value, Value | undefined];
    const channels = operation instanceof DepthwiseConv2D ? kernel.shape[2] : kernel.shape.at(-1)!;
    const add = <T extends Operation>(added: T): T => {
      this.#operations.push(added);
      return added;
    };
    const normalization = this.#normalizationOf(output);
    if (normalization) {
      const { settings } = normalization;
      kernel = add(new FoldedKernel(name, kernel, settings)).output;
      bias = add(new FoldedBias(name, bias, settings)).output;
      operation.output = normalization.output;
    }
    const settings = this.#layers[this.#makers.get(this.#place(output))!];
    if (settings.precision === "int8") {
      const rounded = add(new QuantizedKernel(name, kernel, channels, settings));
      kernel = rounded.output;
      const range = this.#rangeWeights.get(this.#ranges.get(this.#place(source))!.name)!;
      bias &&= add(new QuantizedBias(name, bias, range, rounded.steps)).output;
    }
    operation.inputs = bias ? [x, kernel, bias] : [x, kernel];
  }

  /** The batch normalization that the float model has folded into the layer that gives a value. */
  #normalizationOf(x: Value): BatchNormalization | undefined {
    return this.#training.operations.find((operation): operation is BatchNormalization =>
      operation instanceof BatchNormalization && operation.inputs[0] === x &&
      this.#place(operation.output) === this.#place(x)
    );
  }

  #checkFolded(normalization: BatchNormalization): void {
    const { name, output } = normalization;
    if (this.#operations.some((operation) => operation.output === output)) return;
    throw new InputError(
      `Cannot quantize the batch normalization '${name}': it does not directly follow a layer with weights`,
      { source: name, hint: "Put it behind a convolution or dense layer without activation" },
    );
  }
}

function isWeighted(operation: Operation): operation is Weighted {
  return operation instanceof Conv2D || operation instanceof DepthwiseConv2D ||
    operation instanceof Dense;
}
