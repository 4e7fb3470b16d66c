/**
 * Weights of 4 bits, two a byte: TFLite's INT4. A graph holds them as int8.
 *
 * @module
 */
import { elementCount, type Graph, type Tensor } from "../graph.ts";

/** Code of the element type in the schema. */
export const int4Code = 17;

/** int8 of what is packed two a byte, the first in the lower half. */
export function unpackInt4(packed: Uint8Array, count: number): Uint8Array {
  const values = new Int8Array(count);
  for (let i = 0; i < count; i++) {
    const nibble = packed[i >> 1] >> (i & 1 ? 4 : 0) & 15;
    values[i] = nibble < 8 ? nibble : nibble - 16;
  }
  return new Uint8Array(values.buffer);
}

/** Two a byte, the first in the lower half. */
export function packInt4(values: Uint8Array): Uint8Array {
  const packed = new Uint8Array((values.length + 1) >> 1);
  values.forEach((value, i) => packed[i >> 1] |= (value & 15) << (i & 1 ? 4 : 0));
  return packed;
}

/** Bytes that so many take. */
export function int4Bytes(tensor: Tensor): number {
  return Math.ceil(elementCount(tensor.shape) / 2);
}

/** Tensors that can be packed: weights of convolutions and fully connected layers, and of nothing else, from −8 to 7. */
export function packableTensors(graph: Graph): Set<number> {
  const packable = new Set<number>();
  for (const { kind, inputs } of graph.operators) {
    const isWeighted = kind === "CONV_2D" || kind === "DEPTHWISE_CONV_2D" ||
      kind === "FULLY_CONNECTED";
    if (isWeighted && graph.tensors[inputs[0]].type === "int8") packable.add(inputs[1]);
  }
  for (const { kind, inputs } of graph.operators) {
    inputs.forEach((input, position) => {
      const isWeights = position === 1 &&
        (kind === "CONV_2D" || kind === "DEPTHWISE_CONV_2D" || kind === "FULLY_CONNECTED");
      if (!isWeights) packable.delete(input);
    });
  }
  for (const index of packable) {
    const { type, data } = graph.tensors[index];
    const fits = type === "int8" && data?.every((byte) => byte < 8 || byte >= 248);
    if (!fits) packable.delete(index);
  }
  return packable;
}
