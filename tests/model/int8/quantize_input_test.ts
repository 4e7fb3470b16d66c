import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { dequantize, quantizeInput } from "../../../lib/model/int8/quantize_input.ts";
import { referenceTest, shared } from "../../reference.ts";
import { readFloat32, readInt8 } from "../reference_models.ts";
import { quantized, quantizedAlong, tensor } from "../small_graph.ts";

referenceTest("quantizeInput() truncates as the published keyword files were", () => {
  const { kws } = JSON.parse(Deno.readTextFileSync(shared("golden/manifest.json")));
  const input = tensor("x", [1, 49, 10, 1], "int8", quantized(kws.input_scale, 83));
  const clips = readdirSync(shared("golden/kws")).filter((name) => name.endsWith(".mfcc.f32"));
  assert(clips.length >= 8);
  for (const clip of clips) {
    const features = readFloat32(shared(`golden/kws/${clip}`));
    const expected = readInt8(shared(`golden/kws/${clip.replace(".f32", ".i8")}`));
    assert.deepEqual(quantizeInput(features, input, "truncate"), expected, clip);
    assert.notDeepEqual(quantizeInput(features, input, "round"), expected, clip);
  }
});

Deno.test("quantizeInput() rounds halves away from zero, truncates towards it, saturates", () => {
  const input = tensor("x", [1, 6], "int8", quantized(1, 0));
  const values = new Float32Array([0.5, -0.5, 1.5, -1.5, 1e9, -1e9]);
  assert.deepEqual([...quantizeInput(values, input)], [1, -1, 2, -2, 127, -128]);
  assert.deepEqual([...quantizeInput(values, input, "truncate")], [0, 0, 1, -1, 127, -128]);
  const moved = tensor("x", [1, 6], "int8", quantized(1, -3));
  // The zero point comes before the fraction is dropped: −2.5 becomes −2.
  assert.deepEqual([...quantizeInput(values.slice(0, 2), moved, "truncate")], [-2, -3]);
});

Deno.test("quantizeInput() copies int8 and moves uint8", () => {
  const input = tensor("x", [1, 3], "int8", quantized(1, 0));
  const values = new Int8Array([1, 2, 3]);
  const copy = quantizeInput(values, input);
  values[0] = 9;
  assert.deepEqual([...copy], [1, 2, 3]);
  assert.deepEqual([...quantizeInput(new Uint8Array([0, 127, 255]), input)], [-128, -1, 127]);
});

Deno.test("quantizeInput() and dequantize() throw where there is not one scale", () => {
  const per = tensor("x", [2], "int8", quantizedAlong(0, [1, 2]));
  assert.throws(() => quantizeInput(new Float32Array(2), per), /'x' as it is 'int8' with 2 scales/);
  const float = tensor("x", [2], "float32");
  assert.throws(() => dequantize(new Int8Array(2), float), /'x' as it is 'float32' with 0 scales/);
});

Deno.test("dequantize() is the inverse of quantizeInput() on every step", () => {
  const input = tensor("x", [256], "int8", quantized(0.37, -5));
  const every = Int8Array.from({ length: 256 }, (_, i) => i - 128);
  assert.deepEqual(quantizeInput(dequantize(every, input), input), every);
});
