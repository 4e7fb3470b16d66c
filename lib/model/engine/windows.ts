import type { OperatorKind } from "../graph.ts";
import type { Step } from "../int8/step.ts";
import { type Windows, windowsOf } from "../int8/window.ts";
import type { Fields } from "./plan.ts";

/** Kernels compute places in int32. */
const LARGEST_REACH = 2 ** 24;

/** The windows of an operator, and struct engine_windows for them. */
export function windowFields<K extends OperatorKind>(
  step: Step<K>,
  kernelHeight: number,
  kernelWidth: number,
  options: Parameters<typeof windowsOf>[3],
): { windows: Windows; fields: Fields & { zeroPoint: number } } {
  const windows = windowsOf(step, kernelHeight, kernelWidth, options);
  const { dilationHeight: down, dilationWidth: across } = windows;
  if (Math.max(kernelHeight * down, kernelWidth * across) > LARGEST_REACH) {
    throw step.refuse(`its window of ${kernelHeight} × ${kernelWidth} reaches too far`);
  }
  const { batches, height, width, channels, outputHeight, outputWidth } = windows;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth } = windows;
  const { paddingTop, paddingLeft } = windows;
  const { zeroPoint } = step.quantization(step.input(0));
  const fields = {
    ...{ batches, height, width, channels, outputHeight, outputWidth, kernelHeight, kernelWidth },
    ...{ strideHeight, strideWidth, dilationHeight, dilationWidth, paddingTop, paddingLeft },
    zeroPoint,
  };
  return { windows, fields };
}

/** Whether a window hangs over the image's border. */
export function isPadded(w: Windows): boolean {
  const bottom = (w.outputHeight - 1) * w.strideHeight + (w.kernelHeight - 1) * w.dilationHeight;
  const right = (w.outputWidth - 1) * w.strideWidth + (w.kernelWidth - 1) * w.dilationWidth;
  return w.paddingTop > 0 || w.paddingLeft > 0 || bottom >= w.height || right >= w.width;
}

/** Whether windows of a convolution hang over the border. */
export function hasBorder(step: Step<"CONV_2D"> | Step<"DEPTHWISE_CONV_2D">): boolean {
  const [, height, width] = step.input(1).shape;
  return isPadded(windowsOf(step as Step<"CONV_2D">, height, width, step.options));
}
