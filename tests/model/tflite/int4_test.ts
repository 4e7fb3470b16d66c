import assert from "node:assert/strict";
import { ModelError } from "../../../lib/model/errors.ts";
import type { Graph } from "../../../lib/model/graph.ts";
import { packInt4, unpackInt4 } from "../../../lib/model/tflite/int4.ts";
import { readTflite } from "../../../lib/model/tflite/read_tflite.ts";
import { writeTflite } from "../../../lib/model/tflite/write_tflite.ts";

const values = Int8Array.of(-8, 7, 0, -1, 3);

const int8 = (name: string, shape: number[]) => ({
  name,
  shape,
  type: "int8" as const,
  quantization: { scale: new Float32Array([0.5]), zeroPoint: new Int32Array([0]), axis: 0 },
});

function graph(weights: Int8Array): Graph {
  return {
    description: "",
    tensors: [
      int8("x", [1, 5]),
      { ...int8("weights", [1, 5]), data: new Uint8Array(weights.buffer) },
      int8("y", [1, 1]),
    ],
    operators: [{
      kind: "FULLY_CONNECTED",
      inputs: [0, 1, -1],
      outputs: [2],
      options: { activation: "none", keepNumDims: false },
    }],
    inputs: [0],
    outputs: [2],
  };
}

Deno.test("packInt4() has the first value in the lower half, and unpackInt4() undoes it", () => {
  const packed = packInt4(new Uint8Array(values.buffer));
  assert.deepEqual([...packed], [0x78, 0xf0, 0x03]);
  assert.deepEqual([...new Int8Array(unpackInt4(packed, 5).buffer)], [...values]);
});

Deno.test("writeTflite() packs weights that fit, and readTflite() gives them back", () => {
  const packed = writeTflite(graph(values), { packInt4: true });
  assert.deepEqual(readTflite(packed), graph(values));
  assert.notDeepEqual(packed, writeTflite(graph(values)));
  // One that does not fit leaves them as they are.
  const wide = graph(Int8Array.of(8, 0, 0, 0, 0));
  assert.deepEqual(writeTflite(wide, { packInt4: true }), writeTflite(wide));
});

Deno.test("readTflite() refuses packed weights of the wrong size", () => {
  const bytes = writeTflite(graph(values), { packInt4: true });
  const at = bytes.findIndex((byte, i) =>
    byte === 0x78 && bytes[i + 1] === 0xf0 && bytes[i + 2] === 0x03
  );
  // The vector's length stands before it.
  bytes[at - 4] = 2;
  assert.throws(() => readTflite(bytes), ModelError);
});
