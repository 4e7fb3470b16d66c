import type { Graph } from "../../../lib/model/graph.ts";
import { GraphMaker } from "../onnx/graph_maker.ts";
import type { SeededRandom } from "../seeded_random.ts";
import { quantized, quantizedAlong, tensor } from "../small_graph.ts";

const CHANNELS = 240;
const INT32_MAX = 2 ** 31 - 1;

/**
 * A layer without weights: its accumulators are its biases, so that a graph tries out how each channel is scaled. Most
 * are next to where a result changes, half of the scales are powers of two, so that many are exactly between two results.
 *
 * @param greatest Scales are below this power of two, and at least 2⁻³³, where they become 0.
 */
export function scaledBiases(random: SeededRandom, greatest: number): Graph {
  const maker = new GraphMaker(random, true, [1, 4]);
  maker.tensors[0] = { ...maker.tensors[0], quantization: quantized(1, random.integer(-128, 127)) };
  const scales = Float32Array.from({ length: CHANNELS }, () => {
    const power = 2 ** random.integer(-33, greatest - 1);
    return random.integer(0, 1) ? power : power * (1 + random.real());
  });
  const biases = Int32Array.from(scales, (scale) => {
    if (random.integer(0, 9) === 0) return random.pick([INT32_MAX, -INT32_MAX, -INT32_MAX - 1]);
    const threshold = (random.integer(-260, 260) + 0.5) / scale;
    const near = Math.round(threshold) + random.integer(-2, 2);
    return Math.max(-INT32_MAX - 1, Math.min(INT32_MAX, near));
  });
  const none = new Int8Array(4 * CHANNELS);
  const weights = tensor("w", [CHANNELS, 4], "int8", quantizedAlong(0, scales), none);
  const bias = tensor("b", [CHANNELS], "int32", undefined, biases);
  const inputs = [0, maker.tensors.push(weights) - 1, maker.tensors.push(bias) - 1];
  const options = { activation: "none", keepNumDims: false } as const;
  const output = quantized(1, random.integer(-128, 127));
  return maker.graph(maker.add("FULLY_CONNECTED", inputs, options, output));
}
