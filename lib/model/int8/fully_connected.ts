import { channelMultipliers } from "./channel_multipliers.ts";
import { dotProducts } from "./dot_products.ts";
import { requantizer } from "./requantize.ts";
import type { Kernel } from "./step.ts";

/** Each row of the input times the weights of every output. */
export const fullyConnected: Kernel<"FULLY_CONNECTED"> = (step) => {
  const weightsTensor = step.input(1);
  const [outputs, depth] = weightsTensor.shape;
  const x = step.int8(0);
  const weights = step.int8(1);
  const bias = step.bias(2, outputs);
  const y = step.int8Output();
  const { scale: inputScale, zeroPoint: inputZero } = step.quantization(step.input(0));
  const { scale: outputScale, zeroPoint: outputZero } = step.quantization(step.output);
  const scales = step.weightScales(weightsTensor, 0);
  // TFLite multiplies a single weight scale in float32, several in double (GetQuantizedConvolutionMultipler).
  const { multipliers, shifts } = channelMultipliers(
    outputs,
    (o) =>
      (scales.length > 1 ? inputScale * scales[o] : Math.fround(inputScale * scales[0])) /
      outputScale,
  );
  const [lowest, highest] = step.activationRange(step.options.activation);
  const vector = new Int32Array(depth);
  const accumulators = new Int32Array(outputs);
  const requantize = requantizer(step.rounding);

  return () => {
    let to = 0;
    for (let from = 0; from < x.length; from += depth) {
      for (let k = 0; k < depth; k++) vector[k] = x[from + k] - inputZero;
      dotProducts(vector, weights, bias, accumulators);
      for (let o = 0; o < outputs; o++) {
        const value = outputZero + requantize(accumulators[o], multipliers[o], shifts[o]);
        y[to++] = value < lowest ? lowest : value > highest ? highest : value;
      }
    }
  };
};
