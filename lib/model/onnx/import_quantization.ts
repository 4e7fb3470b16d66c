/**
 * QuantizeLinear and DequantizeLinear: most become the type of a tensor, not an operator.
 *
 * @module
 */
import type { Quantization, Tensor, TensorType } from "../graph.ts";
import type { ImportNode } from "./import_node.ts";
import type { ConstantValue, OnnxImporter } from "./onnx_importer.ts";
import { realValues, storedValues } from "../real_values.ts";

/** Scales, zero points and the type of the integers; unsigned ones are told as signed ones, 128 lower. */
export interface QuantizedType {
  type: "int8" | "int32";
  quantization: Quantization;
  /** The file has them unsigned. */
  isUnsigned: boolean;
}

/** Reads inputs 1 and 2 of QuantizeLinear or DequantizeLinear. `dims` are those of the integers. */
export function quantizedType(
  im: OnnxImporter,
  n: ImportNode,
  type: TensorType,
  dims: readonly number[],
): QuantizedType {
  if (n.int("block_size", 0)) n.fail("it quantizes in blocks");
  const scale = Float32Array.from(storedValues(im.constant(n, 1).tensor));
  const zeroPoint = n.input(2) === undefined
    ? new Int32Array(scale.length)
    : Int32Array.from(storedValues(im.constant(n, 2).tensor));
  if (zeroPoint.length !== scale.length || scale.length === 0) {
    n.fail(`it has ${scale.length} scales and ${zeroPoint.length} zero points`);
  }
  const given = n.int("axis", 1);
  const axis = scale.length === 1 ? 0 : given < 0 ? given + dims.length : given;
  if (scale.length > 1 && dims[axis] !== scale.length) {
    n.fail(`it has ${scale.length} scales along axis ${given} of [${dims}]`);
  }
  if (type === "uint8") {
    const quantization = { scale, zeroPoint: zeroPoint.map((z) => z - 128), axis };
    return { type: "int8", quantization, isUnsigned: true };
  }
  if (type !== "int8" && type !== "int32") return n.fail(`its integers are of type '${type}'`);
  return { type, quantization: { scale, zeroPoint, axis }, isUnsigned: false };
}

/** The type of the integers that QuantizeLinear gives. */
function typeGiven(im: OnnxImporter, n: ImportNode): TensorType {
  if (n.input(2) !== undefined) return im.constant(n, 2).tensor.type;
  const dataType = n.int("output_dtype", 2);
  return dataType === 3
    ? "int8"
    : dataType === 2
    ? "uint8"
    : n.fail(`its type ${dataType} is not supported`);
}

/** What QuantizeLinear gives for an input of the given dimensions. */
export function quantizeLinearType(
  im: OnnxImporter,
  n: ImportNode,
  dims: readonly number[],
): QuantizedType {
  return quantizedType(im, n, typeGiven(im, n), dims);
}

/** A constant of unsigned integers as signed ones, 128 lower. */
function signed(im: OnnxImporter, tensor: Tensor): Tensor {
  if (tensor.type !== "uint8") return tensor;
  im.spend(tensor.data!.length);
  return { ...tensor, type: "int8", data: tensor.data!.map((byte) => byte ^ 0x80) };
}

/** DequantizeLinear of a constant. */
export function dequantizedConstant(
  im: OnnxImporter,
  n: ImportNode,
  { tensor }: ConstantValue,
): ConstantValue {
  const { quantization } = quantizedType(im, n, tensor.type, tensor.shape);
  const name = tensor.name;
  return { kind: "constant", tensor: { ...signed(im, tensor), name, quantization }, isReal: true };
}

/** QuantizeLinear of a constant. */
export function quantizedConstant(
  im: OnnxImporter,
  n: ImportNode,
  { tensor }: ConstantValue,
): ConstantValue {
  const { quantization, type, isUnsigned } = quantizeLinearType(im, n, tensor.shape);
  const { scale, zeroPoint, axis } = quantization;
  if (type !== "int8") return n.fail("its integers are wider than 8 bits");
  im.spend(tensor.data!.length);
  const inner = tensor.shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const integers = Int8Array.from(realValues(tensor), (value, i) => {
    const channel = scale.length === 1 ? 0 : Math.floor(i / inner) % scale.length;
    const q = roundHalfEven(value / scale[channel]) + zeroPoint[channel];
    return Math.max(-128, Math.min(127, q));
  });
  // Stored as unsigned where the file says so: what reads it says so too.
  const bytes = new Uint8Array(integers.buffer);
  return {
    kind: "constant",
    tensor: {
      name: n.output,
      shape: tensor.shape,
      type: isUnsigned ? "uint8" : "int8",
      data: isUnsigned ? bytes.map((byte) => byte ^ 0x80) : bytes,
    },
    isReal: false,
  };
}

/** QuantizeLinear of something computed, where no operator before it took it up. */
export function importQuantizeLinear(im: OnnxImporter, n: ImportNode) {
  const value = im.activation(n, 0);
  const { isUnsigned, ...output } = quantizeLinearType(im, n, im.dims(value));
  if (value.isReal && isSame(im.tensors[value.index].quantization, output.quantization)) {
    return im.define(n.output, { ...value, isReal: false, isUnsigned });
  }
  const index = im.emit(n, "QUANTIZE", [value.index], {}, { name: n.output, ...output });
  im.define(n.output, { ...value, index, isReal: false, isUnsigned });
}

/** DequantizeLinear of something computed: the same tensor, seen as real numbers. */
export function importDequantizeLinear(im: OnnxImporter, n: ImportNode) {
  const value = im.activation(n, 0);
  const tensor = im.tensors[value.index];
  const type = value.isUnsigned ? "uint8" : tensor.type;
  const { quantization } = quantizedType(im, n, type, im.dims(value));
  if (value.isReal || !isSame(tensor.quantization, quantization)) {
    n.fail("its scale or zero point is not the one that its input was quantized with");
  }
  im.define(n.output, { ...value, isReal: true });
}

function isSame(a: Quantization | undefined, b: Quantization): boolean {
  return a !== undefined && String(a.scale) === String(b.scale) &&
    String(a.zeroPoint) === String(b.zeroPoint) && a.axis === b.axis;
}

/** The rounding of QuantizeLinear. */
function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const half = x - floor === 0.5;
  return half ? floor + Math.abs(floor % 2) : Math.round(x);
}
