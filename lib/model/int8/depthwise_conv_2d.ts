import { channelMultipliers } from "./channel_multipliers.ts";
import { requantizer } from "./requantize.ts";
import type { Kernel } from "./step.ts";
import { windowsOf } from "./window.ts";

/** Each output pixel: tap by tap, all channels at once. Taps beyond the border add nothing. */
export const depthwiseConv2d: Kernel<"DEPTHWISE_CONV_2D"> = (step) => {
  const weightsTensor = step.input(1);
  const [, kernelHeight, kernelWidth, outputs] = weightsTensor.shape;
  const { depthMultiplier } = step.options;
  const x = step.int8(0);
  const weights = step.int8(1);
  const bias = step.bias(2, outputs);
  const y = step.int8Output();
  const { scale: inputScale, zeroPoint: inputZero } = step.quantization(step.input(0));
  const { scale: outputScale, zeroPoint: outputZero } = step.quantization(step.output);
  const scales = step.weightScales(weightsTensor, 3);
  const { multipliers, shifts } = channelMultipliers(
    outputs,
    (o) => inputScale * scales[scales.length > 1 ? o : 0] / outputScale,
  );
  const [lowest, highest] = step.activationRange(step.options.activation);
  const windows = windowsOf(step, kernelHeight, kernelWidth, step.options);
  const { batches, height, width, channels, outputHeight, outputWidth } = windows;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth } = windows;
  const { paddingTop, paddingLeft } = windows;
  const accumulators = new Int32Array(outputs);
  const requantize = requantizer(step.rounding);

  const accumulate = (from: number, weightsFrom: number) => {
    if (depthMultiplier === 1) {
      for (let c = 0; c < channels; c++) {
        accumulators[c] += Math.imul(x[from + c] - inputZero, weights[weightsFrom + c]);
      }
      return;
    }
    let o = 0;
    for (let c = 0; c < channels; c++) {
      const value = x[from + c] - inputZero;
      for (let m = 0; m < depthMultiplier; m++, o++) {
        accumulators[o] += Math.imul(value, weights[weightsFrom + o]);
      }
    }
  };

  return () => {
    let to = 0;
    for (let batch = 0; batch < batches; batch++) {
      for (let oy = 0; oy < outputHeight; oy++) {
        for (let ox = 0; ox < outputWidth; ox++) {
          accumulators.set(bias);
          for (let ky = 0; ky < kernelHeight; ky++) {
            const row = oy * strideHeight - paddingTop + ky * dilationHeight;
            if (row < 0 || row >= height) continue;
            for (let kx = 0; kx < kernelWidth; kx++) {
              const column = ox * strideWidth - paddingLeft + kx * dilationWidth;
              if (column < 0 || column >= width) continue;
              const from = ((batch * height + row) * width + column) * channels;
              accumulate(from, (ky * kernelWidth + kx) * outputs);
            }
          }
          for (let o = 0; o < outputs; o++) {
            const value = outputZero + requantize(accumulators[o], multipliers[o], shifts[o]);
            y[to++] = value < lowest ? lowest : value > highest ? highest : value;
          }
        }
      }
    }
  };
};
