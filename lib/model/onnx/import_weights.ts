/**
 * Weights and biases: what is folded into them, and how they are stored.
 *
 * @module
 */
import type { Quantization } from "../graph.ts";
import type { ImportNode } from "./import_node.ts";
import type { ActivationValue, ConstantValue, OnnxImporter } from "./onnx_importer.ts";
import { float32Bytes, int32Bytes, realValues } from "../real_values.ts";

/** An operator's constants and the value that it then gives. */
export interface Weighted {
  weights: ConstantValue;
  /** The dimension of the weights that the outputs run along. */
  outputAxis: number;
  bias?: ConstantValue;
  outputs: number;
  /** Name of the value. */
  output: string;
}

/** Takes a BatchNormalization that alone reads the output of float weights into them. */
export function foldBatchNormalization(im: OnnxImporter, w: Weighted): Weighted {
  const next = im.uses.only(w.output);
  if (next?.opType !== "BatchNormalization" || w.weights.isReal) return w;
  const { factor, offset } = batchNormalization(im, next, w.outputs);
  const { tensor } = w.weights;
  const inner = tensor.shape.slice(w.outputAxis + 1).reduce((product, size) => product * size, 1);
  im.spend(tensor.data!.length * 2);
  const scaled = realValues(tensor)
    .map((value, i) => value * factor[Math.floor(i / inner) % w.outputs]);
  const bias = w.bias ? realValues(w.bias.tensor) : new Float32Array(w.outputs);
  const moved = offset.map((value, i) => value + bias[i] * factor[i]);
  im.uses.finish(next);
  return {
    ...w,
    output: next.output,
    weights: floatConstant(`${tensor.name}/${next.output}`, tensor.shape, scaled),
    bias: floatConstant(`${next.output}/bias`, [w.outputs], moved),
  };
}

/** A BatchNormalization as factor · x + offset, by channel. */
export function batchNormalization(im: OnnxImporter, n: ImportNode, channels: number) {
  if (n.int("training_mode", 0)) n.fail("it is in training mode", "Export the model for inference");
  const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((position) => {
    const values = realValues(im.constant(n, position).tensor);
    return values.length === channels
      ? values
      : n.fail(`its input ${position} has ${values.length} values: expected ${channels}`);
  });
  const epsilon = n.float("epsilon", 1e-5);
  const factor = Array.from(gamma, (value, i) => value / Math.sqrt(variance[i] + epsilon));
  return { factor, offset: factor.map((value, i) => beta[i] - mean[i] * value) };
}

/** Takes an Add of a constant that alone reads the output in as the bias. `shape`: how the outputs lie in it. */
export function foldAdd(im: OnnxImporter, w: Weighted, shape: readonly number[]): Weighted {
  const next = im.uses.only(w.output);
  if (next?.opType !== "Add" || w.bias) return w;
  const other = next.input(next.node.inputs[0] === w.output ? 1 : 0);
  const value = other !== undefined && im.has(other) ? im.value(other, next) : undefined;
  if (value?.kind !== "constant") return w;
  const dims = value.tensor.shape;
  const padded = [...shape.slice(dims.length).map(() => 1), ...dims];
  if (padded.length !== shape.length || padded.some((size, i) => size !== shape[i])) return w;
  im.uses.finish(next);
  return { ...w, output: next.output, bias: value };
}

function floatConstant(
  name: string,
  shape: readonly number[],
  values: ArrayLike<number>,
): ConstantValue {
  const tensor = { name, shape, type: "float32" as const, data: float32Bytes(values) };
  return { kind: "constant", tensor, isReal: false };
}

/** Whether the weights are kept as integers. */
export function keepsIntegers(
  n: ImportNode,
  x: ActivationValue,
  w: Weighted,
  isQuantized: boolean,
): boolean {
  const { tensor: { type, quantization }, isReal } = w.weights;
  if (!isReal) {
    if (type !== "float32" && type !== "float16") n.fail(`its weights are of type '${type}'`);
    return false;
  }
  const { scale, zeroPoint, axis } = quantization!;
  const fits = type === "int8" && zeroPoint.every((z) => z === 0) &&
    (scale.length === 1 || axis === w.outputAxis);
  if (isQuantized && !fits) {
    n.fail(
      "its weights are not symmetric int8, with one scale or one an output",
      "Quantize the weights symmetrically (zero point 0)",
    );
  }
  // Where only the weights are quantized they stay so. An operator that gives real numbers from quantized ones does
  // not exist in TFLite on integers: it runs in float32.
  return fits && (isQuantized || !x.isReal);
}

/** Adds the bias; −1 where there is none. */
export function addBias(
  im: OnnxImporter,
  n: ImportNode,
  x: ActivationValue,
  w: Weighted,
  isQuantized: boolean,
): number {
  if (!w.bias) return -1;
  const { tensor, isReal } = w.bias;
  const { outputs } = w;
  const count = tensor.shape.reduce((product, size) => product * size, 1);
  if (count !== outputs) n.fail(`its bias has ${count} values: expected ${outputs}`);
  // Integers without a scale, and those of a quantized operator, are in units of input scale · weight scale.
  const inputScale = im.tensors[x.index].quantization?.scale[0] ?? 1;
  const scale = w.weights.tensor.quantization?.scale.map((s) => s * inputScale);
  const unit: Quantization | undefined = scale &&
    { scale, zeroPoint: new Int32Array(scale.length), axis: 0 };
  const stored = isReal ? tensor.quantization : tensor.type === "int32" ? unit : undefined;
  // Its dimensions may have been those of an Add.
  const reshape = [outputs];
  const quantization = stored && { ...stored, axis: 0 };
  if (!isQuantized) return im.addConstant(w.bias, { real: true, reshape, quantization });
  if (stored && tensor.type === "int32" && isClose(stored, unit!)) {
    return im.addConstant(w.bias, { reshape, quantization });
  }
  const real = realValues({ ...tensor, shape: reshape, quantization });
  const integers = Int32Array.from(real, (value, i) => {
    const q = Math.round(value / unit!.scale[unit!.scale.length === 1 ? 0 : i]);
    return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, q));
  });
  im.spend(integers.byteLength);
  return im.add({
    name: tensor.name,
    shape: reshape,
    type: "int32",
    quantization: unit,
    data: int32Bytes(integers),
  });
}

function isClose(a: Quantization, b: Quantization): boolean {
  const scaleOf = ({ scale }: Quantization, i: number) => scale[scale.length === 1 ? 0 : i];
  return a.zeroPoint.every((z) => z === 0) &&
    Array.from({ length: Math.max(a.scale.length, b.scale.length) }, (_, i) => i)
      .every((i) => Math.abs(scaleOf(a, i) - scaleOf(b, i)) <= 1e-6 * scaleOf(b, i));
}
