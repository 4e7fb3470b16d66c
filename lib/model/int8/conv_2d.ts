import { channelMultipliers } from "./channel_multipliers.ts";
import { dotProducts } from "./dot_products.ts";
import { requantizer } from "./requantize.ts";
import type { Kernel } from "./step.ts";
import { windowsOf } from "./window.ts";

/**
 * Each output pixel: its window is gathered, less the zero point and with zeros where it hangs over the border, and
 * multiplied by the weights of every output channel.
 */
export const conv2d: Kernel<"CONV_2D"> = (step) => {
  const weightsTensor = step.input(1);
  const [outputs, kernelHeight, kernelWidth, depth] = weightsTensor.shape;
  const x = step.int8(0);
  const weights = step.int8(1);
  const bias = step.bias(2, outputs);
  const y = step.int8Output();
  const { scale: inputScale, zeroPoint: inputZero } = step.quantization(step.input(0));
  const { scale: outputScale, zeroPoint: outputZero } = step.quantization(step.output);
  const scales = step.weightScales(weightsTensor, 0);
  const { multipliers, shifts } = channelMultipliers(
    outputs,
    (o) => inputScale * scales[scales.length > 1 ? o : 0] / outputScale,
  );
  const [lowest, highest] = step.activationRange(step.options.activation);
  const windows = windowsOf(step, kernelHeight, kernelWidth, step.options);
  const { batches, height, width, outputHeight, outputWidth, paddingTop, paddingLeft } = windows;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth } = windows;
  const patch = new Int32Array(kernelHeight * kernelWidth * depth);
  const accumulators = new Int32Array(outputs);
  const requantize = requantizer(step.rounding);

  const gather = (batch: number, top: number, left: number) => {
    let to = 0;
    for (let ky = 0; ky < kernelHeight; ky++) {
      const row = top + ky * dilationHeight;
      for (let kx = 0; kx < kernelWidth; kx++) {
        const column = left + kx * dilationWidth;
        if (row < 0 || row >= height || column < 0 || column >= width) {
          for (let c = 0; c < depth; c++) patch[to++] = 0;
        } else {
          const from = ((batch * height + row) * width + column) * depth;
          for (let c = 0; c < depth; c++) patch[to++] = x[from + c] - inputZero;
        }
      }
    }
  };

  return () => {
    let to = 0;
    for (let batch = 0; batch < batches; batch++) {
      for (let oy = 0; oy < outputHeight; oy++) {
        for (let ox = 0; ox < outputWidth; ox++) {
          gather(batch, oy * strideHeight - paddingTop, ox * strideWidth - paddingLeft);
          dotProducts(patch, weights, bias, accumulators);
          for (let o = 0; o < outputs; o++) {
            const value = outputZero + requantize(accumulators[o], multipliers[o], shifts[o]);
            y[to++] = value < lowest ? lowest : value > highest ? highest : value;
          }
        }
      }
    }
  };
};
