/**
 * A tensor's elements as typed arrays.
 *
 * @module
 */
import { ModelError } from "./errors.ts";
import { elementCount, type Tensor, type TensorType } from "./graph.ts";

/** Bytes of one element. */
export const bytesPerElement: { readonly [T in TensorType]: number } = {
  float32: 4,
  float16: 2,
  int8: 1,
  uint8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  bool: 1,
};

/** The bytes that a tensor's elements take. */
export function tensorBytes(tensor: Tensor): number {
  return elementCount(tensor.shape) * bytesPerElement[tensor.type];
}

/** Elements in memory, for each element type that can be computed with. */
export type TensorValues =
  | Float32Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Int32Array;

/**
 * New, zeroed storage for a tensor.
 *
 * @throws {ModelError} The type is none that is computed with.
 */
export function allocateValues(tensor: Tensor): TensorValues {
  return typedArray(tensor, new ArrayBuffer(tensorBytes(tensor)));
}

/**
 * A constant's elements, copied so that they are aligned.
 *
 * @throws {ModelError} The tensor is not constant, or its type is none that is computed with.
 *
 * @example
 * ```ts
 * import { constantValues } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const data = new Uint8Array([1, 0, 0, 0, 255, 255, 255, 255]);
 * const values = constantValues({ name: "axes", shape: [2], type: "int32", data });
 * assert.deepEqual([...values], [1, -1]);
 * ```
 */
export function constantValues(tensor: Tensor): TensorValues {
  if (!tensor.data) {
    throw new ModelError(`Cannot read the values of '${tensor.name}' as it is not constant`);
  }
  return typedArray(tensor, tensor.data.slice().buffer);
}

function typedArray(tensor: Tensor, buffer: ArrayBuffer): TensorValues {
  switch (tensor.type) {
    case "float32":
      return new Float32Array(buffer);
    case "int8":
      return new Int8Array(buffer);
    case "uint8":
    case "bool":
      return new Uint8Array(buffer);
    case "int16":
      return new Int16Array(buffer);
    case "int32":
      return new Int32Array(buffer);
    default:
      throw new ModelError(
        `Cannot compute with '${tensor.name}' as its type '${tensor.type}' is not supported`,
      );
  }
}
