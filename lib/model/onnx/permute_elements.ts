/**
 * Reordering the axes of constants.
 *
 * @module
 */
import { elementCount } from "../graph.ts";

/** Transposes dense data: axis i of the result is axis `order[i]` of `data`. Returns `data` where nothing moves. */
export function permuteElements(
  data: Uint8Array,
  shape: readonly number[],
  order: readonly number[],
  bytesPerElement: number,
): Uint8Array {
  if (order.every((axis, i) => axis === i)) return data;
  const strides = new Array<number>(shape.length);
  let step = bytesPerElement;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis];
  }
  const result = new Uint8Array(data.length);
  const count = elementCount(shape);
  const position = order.map(() => 0);
  let from = 0;
  for (let to = 0; to < count * bytesPerElement; to += bytesPerElement) {
    for (let i = 0; i < bytesPerElement; i++) result[to + i] = data[from + i];
    for (let axis = order.length - 1; axis >= 0; axis--) {
      from += strides[order[axis]];
      if (++position[axis] < shape[order[axis]]) break;
      from -= strides[order[axis]] * position[axis];
      position[axis] = 0;
    }
  }
  return result;
}
