/**
 * The numbers in constants, of any type, and the bytes of numbers.
 *
 * @module
 */
import { ModelError } from "./errors.ts";
import { elementCount, type Tensor } from "./graph.ts";
import { bytesPerElement } from "./tensor_values.ts";

/** The elements as they are stored, as numbers; int64 is held at ±(2⁵³ − 1). */
export function storedValues(tensor: Tensor): number[] {
  const { data, type } = tensor;
  if (!data) throw new ModelError(`Cannot use tensor '${tensor.name}' as it is not a constant`);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const size = bytesPerElement[type];
  return Array.from({ length: data.byteLength / size }, (_, i) => {
    switch (type) {
      case "float32":
        return view.getFloat32(i * size, true);
      case "float16":
        return float16(view.getUint16(i * size, true));
      case "int8":
        return view.getInt8(i);
      case "int16":
        return view.getInt16(i * size, true);
      case "int32":
        return view.getInt32(i * size, true);
      case "int64":
        return safeInteger(view.getBigInt64(i * size, true));
      case "uint8":
      case "bool":
        return view.getUint8(i);
    }
  });
}

/** The elements as real numbers: scale · (q − zeroPoint), in float32, where the tensor is quantized. */
export function realValues(tensor: Tensor): Float32Array {
  const values = Float32Array.from(storedValues(tensor));
  const { quantization, shape } = tensor;
  if (!quantization) return values;
  const channels = quantization.scale.length;
  const inner = channels === 1 ? 1 : elementCount(shape.slice(quantization.axis + 1));
  for (let i = 0; i < values.length; i++) {
    const channel = Math.floor(i / inner) % channels;
    values[i] = (values[i] - quantization.zeroPoint[channel]) * quantization.scale[channel];
  }
  return values;
}

/** The bytes of float32 values. */
export function float32Bytes(values: ArrayLike<number>): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

/** The bytes of int32 values. */
export function int32Bytes(values: ArrayLike<number>): Uint8Array {
  return new Uint8Array(Int32Array.from(values).buffer);
}

/** The bytes of int64 values. */
export function int64Bytes(values: readonly number[]): Uint8Array {
  return new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
}

function safeInteger(value: bigint): number {
  const bound = BigInt(Number.MAX_SAFE_INTEGER);
  return Number(value > bound ? bound : value < -bound ? -bound : value);
}

function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = bits >> 10 & 31;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent
    ? sign * 2 ** (exponent - 15) * (1 + fraction / 1024)
    : sign * 2 ** -24 * fraction;
}
