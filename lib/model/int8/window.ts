import type { OperatorKind, OperatorOptions } from "../graph.ts";
import { paddingBefore } from "../output_shape.ts";
import type { Step } from "./step.ts";

/** Where the windows of a convolution or pooling lie. Sizes in elements; NHWC. */
export interface Windows {
  batches: number;
  height: number;
  width: number;
  channels: number;
  outputHeight: number;
  outputWidth: number;
  outputChannels: number;
  kernelHeight: number;
  kernelWidth: number;
  strideHeight: number;
  strideWidth: number;
  dilationHeight: number;
  dilationWidth: number;
  paddingTop: number;
  paddingLeft: number;
}

/** The windows of an operator whose kernel has the given size. */
export function windowsOf<K extends OperatorKind>(
  step: Step<K>,
  kernelHeight: number,
  kernelWidth: number,
  options:
    & Pick<OperatorOptions["MAX_POOL_2D"], "padding" | "strideHeight" | "strideWidth">
    & Partial<Pick<OperatorOptions["CONV_2D"], "dilationHeight" | "dilationWidth">>,
): Windows {
  const [batches, height, width, channels] = step.input(0).shape;
  const [, outputHeight, outputWidth, outputChannels] = step.output.shape;
  const { padding, strideHeight, strideWidth, dilationHeight = 1, dilationWidth = 1 } = options;
  return {
    batches,
    height,
    width,
    channels,
    outputHeight,
    outputWidth,
    outputChannels,
    kernelHeight,
    kernelWidth,
    strideHeight,
    strideWidth,
    dilationHeight,
    dilationWidth,
    paddingTop: paddingBefore(
      height,
      kernelHeight,
      strideHeight,
      dilationHeight,
      outputHeight,
      padding,
    ),
    paddingLeft: paddingBefore(
      width,
      kernelWidth,
      strideWidth,
      dilationWidth,
      outputWidth,
      padding,
    ),
  };
}
