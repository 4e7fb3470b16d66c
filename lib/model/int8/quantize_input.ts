/**
 * From real numbers to int8 and back, as devices do it outside of the model.
 *
 * @module
 */
import { ModelError } from "../errors.ts";
import type { Tensor } from "../graph.ts";
import { roundHalfAway } from "./step.ts";

/** How a device turns float32 into int8: to the nearest (the reference), or towards zero (a C cast). */
export type InputRounding = "round" | "truncate";

/**
 * The int8 that a device feeds to the model.
 *
 * - int8 stays.
 * - uint8 (images) is less 128.
 * - float32 is divided by the tensor's scale, in float32, and moved by its zero point: `round` rounds the quotient,
 *   halves away from zero; `truncate` drops the fraction of quotient + zero point. Both saturate.
 *
 * @param tensor The model's input: it has one scale and zero point.
 * @throws {ModelError} `tensor` is not int8 or does not have one scale.
 *
 * @example
 * ```ts
 * import { quantizeInput, type Tensor } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const tensor: Tensor = {
 *   name: "input",
 *   shape: [1, 3],
 *   type: "int8",
 *   quantization: { scale: new Float32Array([0.5]), zeroPoint: new Int32Array([10]), axis: 0 },
 * };
 * const values = new Float32Array([0.4, -0.4, 1000]);
 * assert.deepEqual([...quantizeInput(values, tensor)], [11, 9, 127]);
 * assert.deepEqual([...quantizeInput(values, tensor, "truncate")], [10, 9, 127]);
 * assert.deepEqual([...quantizeInput(new Uint8Array([0, 128, 255]), tensor)], [-128, 0, 127]);
 * ```
 */
export function quantizeInput(
  values: Int8Array | Uint8Array | Float32Array,
  tensor: Tensor,
  rounding: InputRounding = "round",
): Int8Array {
  if (values instanceof Int8Array) return values.slice();
  // Loops, as `from` with a function takes ten times as long.
  const result = new Int8Array(values.length);
  if (values instanceof Uint8Array) {
    for (let i = 0; i < values.length; i++) result[i] = values[i] - 128;
    return result;
  }
  const { scale, zeroPoint } = oneScale(tensor);
  for (let i = 0; i < values.length; i++) {
    const quotient = Math.fround(values[i] / scale);
    const quantized = rounding === "round"
      ? roundHalfAway(quotient) + zeroPoint
      : Math.trunc(Math.fround(quotient + zeroPoint));
    result[i] = Math.min(Math.max(quantized, -128), 127);
  }
  return result;
}

/**
 * scale · (q − zero point), in float32.
 *
 * @param tensor What `values` are of: it has one scale and zero point.
 * @throws {ModelError} `tensor` is not int8 or does not have one scale.
 *
 * @example
 * ```ts
 * import { dequantize, type Tensor } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const tensor: Tensor = {
 *   name: "probabilities",
 *   shape: [1, 2],
 *   type: "int8",
 *   quantization: { scale: new Float32Array([1 / 256]), zeroPoint: new Int32Array([-128]), axis: 0 },
 * };
 * assert.deepEqual([...dequantize(new Int8Array([-128, 0]), tensor)], [0, 0.5]);
 * ```
 */
export function dequantize(values: Int8Array, tensor: Tensor): Float32Array {
  const { scale, zeroPoint } = oneScale(tensor);
  const result = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) result[i] = scale * (values[i] - zeroPoint);
  return result;
}

function oneScale(tensor: Tensor): { scale: number; zeroPoint: number } {
  const { quantization, type, name } = tensor;
  if (type !== "int8" || quantization?.scale.length !== 1) {
    const count = quantization?.scale.length ?? 0;
    throw new ModelError(
      `Cannot quantize for '${name}' as it is '${type}' with ${count} scales: expected 'int8' with 1`,
    );
  }
  return { scale: quantization.scale[0], zeroPoint: quantization.zeroPoint[0] };
}
