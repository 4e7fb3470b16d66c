/**
 * Training that begins with the weights of a float model.
 *
 * @module
 */
import { ModelError } from "../../model/errors.ts";
import { FloatExecutor } from "../../model/float/float_executor.ts";
import { elementCount, type Graph, type Operator } from "../../model/graph.ts";
import { realValues } from "../../model/real_values.ts";
import type { LayersModel } from "../load_tf.ts";
import { lowerLayers } from "../plan/lower_layers.ts";
import { BatchNormalization } from "../plan/operations/batch_normalization.ts";
import { Conv2D } from "../plan/operations/conv_2d.ts";
import { Dense } from "../plan/operations/dense.ts";
import { DepthwiseConv2D } from "../plan/operations/depthwise_conv_2d.ts";
import type { NamedTensor, NamedTensors } from "../plan/training_plan.ts";
import type { Value } from "../plan/value.ts";
import { floatGraph } from "../quantization/float_graph.ts";

const kinds = [
  { kind: "CONV_2D", operation: Conv2D },
  { kind: "DEPTHWISE_CONV_2D", operation: DepthwiseConv2D },
  { kind: "FULLY_CONNECTED", operation: Dense },
] as const;
type Weighted = Conv2D | DepthwiseConv2D | Dense;

/**
 * The weights of a float32 model, for layers of the same shapes: a model trained elsewhere goes on being trained here.
 *
 * A converted model has its batch normalization in the weights of the layers before it. Here these get the mean and
 * variance of what the layer gives for `inputs`, and factors that undo them: the model computes what it did, and
 * training finds normalization as it would have been left behind.
 *
 * @param model Layers to give the weights to, such as one of {@linkcode architectures}. It stays as it is.
 * @param graph The float32 model; weights in float16 or int8 will do.
 * @param inputs Real numbers: some inputs like those of training. Without any, mean 0 and variance 1 are taken, with which
 * the model computes the same, but cannot be trained well.
 * @returns Weights by the names of a training plan.
 * @throws {ModelError} A layer has no counterpart of its shape, or the model has weights that no layer takes.
 *
 * @example
 * ```ts
 * import { architectures, floatModel, importWeights } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const from = floatModel(await architectures.ad({ seed: 1 }));
 * const weights = await importWeights(await architectures.ad({ seed: 2 }), from);
 * assert.equal(weights.get("dense/kernel")?.values.length, 640 * 128);
 * ```
 */
export async function importWeights(
  model: LayersModel,
  graph: Graph,
  inputs: Float32Array = new Float32Array(0),
): Promise<NamedTensors> {
  const { graph: float, behind } = withoutActivations(floatGraph(graph));
  const { operations, weights: all } = lowerLayers(model);
  const from = new Map(kinds.map(({ kind }) => [
    kind as string,
    float.operators.filter((operator) => operator.kind === kind),
  ]));
  const pairs = operations.flatMap((operation) => {
    const known = kinds.find((each) => operation instanceof each.operation);
    if (!known) return [];
    return [{ operation: operation as Weighted, operator: take(from.get(known.kind)!) }];

    function take(operators: Operator[]): Operator {
      const [, kernel] = operation.inputs;
      const at = operators.findIndex((operator) => fits(float, operator, kernel));
      if (at >= 0) return operators.splice(at, 1)[0];
      throw new ModelError(
        `Cannot take weights for '${operation.name}' of [${kernel.shape}]: the model has no ` +
          `${known!.kind} of this size left`,
        { hint: "Name the architecture that the model has" },
      );
    }
  });
  const left = [...from.values()].flat()[0];
  if (left) {
    throw new ModelError(
      `Cannot take the weights of '${float.tensors[left.outputs[0]].name}': no layer is like it`,
      { hint: "Name the architecture that the model has" },
    );
  }
  const moments = await momentsOf(
    float,
    pairs.map(({ operator }) => behind.get(operator.outputs[0]) ?? operator.outputs[0]),
    inputs,
  );
  const weights: NamedTensors = new Map(
    all.map(({ name, shape, initial }) => [name, { shape, values: initial.slice() }]),
  );
  pairs.forEach(({ operation, operator }, i) => {
    setWeights(
      weights,
      float,
      { operation, operator, normalization: normalizationOf(operation) },
      moments[i],
    );
  });
  return weights;

  function normalizationOf({ output }: Weighted): BatchNormalization | undefined {
    const next = operations.find((operation) =>
      operation instanceof BatchNormalization && operation.inputs[0] === output
    );
    return next instanceof BatchNormalization ? next : undefined;
  }
}

/** Whether an operator's weights are as many, and as many a output, as a layer's. */
function fits(graph: Graph, { kind, inputs }: Operator, kernel: Value): boolean {
  const { shape } = graph.tensors[inputs[1]];
  const layer = kernel.shape;
  if (elementCount(shape) !== kernel.size) return false;
  if (kind === "FULLY_CONNECTED") return shape[0] === layer[1];
  if (kind === "DEPTHWISE_CONV_2D") return shape[1] === layer[0] && shape[3] === layer[2];
  return shape[0] === layer[3] && shape[1] === layer[0] && shape[2] === layer[1];
}

interface Pair {
  operation: Weighted;
  operator: Operator;
  normalization?: BatchNormalization;
}

function setWeights(
  weights: NamedTensors,
  graph: Graph,
  { operation, operator, normalization }: Pair,
  { mean, variance }: Moments,
): void {
  const [, kernel, bias] = operation.inputs as [Value, Value, Value | undefined];
  const real = realValues(graph.tensors[operator.inputs[1]]);
  const values = new Float32Array(real.length);
  const outputs = kernel.shape[kernel.shape.length - 1];
  if (operation instanceof DepthwiseConv2D) values.set(real);
  else {
    const inner = real.length / outputs;
    for (let o = 0; o < outputs; o++) {
      for (let i = 0; i < inner; i++) values[i * outputs + o] = real[o * inner + i];
    }
  }
  set(kernel.name, values);
  const channels = operation.output.shape[operation.output.shape.length - 1];
  const biasAt = operator.inputs[2] ?? -1;
  const offsets = biasAt >= 0 ? realValues(graph.tensors[biasAt]) : new Float32Array(channels);
  if (bias) set(bias.name, Float32Array.from(offsets));
  else if (!normalization?.settings.beta && offsets.some((value) => value !== 0)) {
    throw new ModelError(`Cannot take the bias of '${operation.name}': the layer has none`);
  }
  if (!normalization) return;
  const { gamma, beta, movingMean, movingVariance, epsilon } = normalization.settings;
  // What the layer itself gives has no bias where it takes none.
  set(movingMean.name, mean.map((value, c) => value - (bias ? 0 : offsets[c])));
  set(movingVariance.name, variance.map((value) => gamma ? value : 1 - epsilon));
  if (beta) set(beta.name, Float32Array.from(mean));
  if (gamma) set(gamma.name, variance.map((value) => Math.sqrt(value + epsilon)));

  function set(name: string, values: Float32Array): void {
    const tensor: NamedTensor = weights.get(name)!;
    tensor.values.set(values);
  }
}

interface Moments {
  mean: Float32Array;
  variance: Float32Array;
}

/** Mean and variance of tensors' channels over inputs. */
async function momentsOf(
  graph: Graph,
  tensors: readonly number[],
  inputs: Float32Array,
): Promise<Moments[]> {
  const channelsOf = (tensor: number) => graph.tensors[tensor].shape.at(-1) ?? 1;
  if (inputs.length === 0) {
    return tensors.map((tensor) => ({
      mean: new Float32Array(channelsOf(tensor)),
      variance: new Float32Array(channelsOf(tensor)).fill(1),
    }));
  }
  const sums = tensors.map((tensor) => ({
    count: 0,
    sum: new Float64Array(channelsOf(tensor)),
    squares: new Float64Array(channelsOf(tensor)),
  }));
  const size = elementCount(graph.tensors[graph.inputs[0]].shape);
  await using executor = await FloatExecutor.create(graph, { outputs: tensors });
  for (let first = 0; first < inputs.length; first += 16 * size) {
    const outputs = await executor.run(inputs.subarray(first, first + 16 * size));
    outputs.forEach((values, k) => {
      const into = sums[k];
      const channels = into.sum.length;
      for (let i = 0; i < values.length; i++) {
        const c = i % channels;
        into.sum[c] += values[i];
        into.squares[c] += values[i] * values[i];
      }
      into.count += values.length / channels;
    });
  }
  return sums.map(({ count, sum, squares }) => ({
    mean: Float32Array.from(sum, (value) => value / count),
    // A channel that never changes has none; then nothing is to be divided by.
    variance: Float32Array.from(
      squares,
      (value, c) => Math.max(value / count - (sum[c] / count) ** 2, 1e-6),
    ),
  }));
}

/** The same graph with activations as operators of their own, and what each operator's own output then is. */
function withoutActivations(graph: Graph): { graph: Graph; behind: Map<number, number> } {
  const tensors = [...graph.tensors];
  const behind = new Map<number, number>();
  const operators = graph.operators.flatMap((operator): Operator[] => {
    const { options, outputs: [output], kind } = operator;
    const isWeighted = kinds.some((each) => each.kind === kind);
    if (!isWeighted || !("activation" in options)) return [operator];
    const { activation } = options;
    if (activation !== "relu" && activation !== "relu6") return [operator];
    const before = tensors.length;
    tensors.push({ ...tensors[output], name: `${tensors[output].name}/linear` });
    behind.set(output, before);
    return [
      { ...operator, outputs: [before], options: { ...options, activation: "none" } } as Operator,
      {
        kind: activation === "relu" ? "RELU" : "RELU6",
        inputs: [before],
        outputs: [output],
        options: {},
      },
    ];
  });
  return { graph: { ...graph, tensors, operators }, behind };
}
