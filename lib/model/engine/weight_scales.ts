/**
 * How operators with weights scale their accumulators.
 *
 * @module
 */
import type { Activation, OperatorKind } from "../graph.ts";
import { type ChannelMultipliers, channelMultipliers } from "../int8/channel_multipliers.ts";
import type { Step } from "../int8/step.ts";
import type { OutputRange } from "./scale_in_double.ts";

/** The kinds of operators with weights. */
export type WeightedKind = "CONV_2D" | "DEPTHWISE_CONV_2D" | "FULLY_CONNECTED";

/** Whether an operator is of a kind with weights. */
export function isWeighted(kind: OperatorKind): kind is WeightedKind {
  return kind === "CONV_2D" || kind === "DEPTHWISE_CONV_2D" || kind === "FULLY_CONNECTED";
}

/**
 * The multiplier and shift of each output channel. FULLY_CONNECTED multiplies a single weight scale in float32 and
 * several in double, convolutions always in double.
 */
export function weightScales(
  step: Step<WeightedKind>,
  kind: WeightedKind,
  outputs: number,
): ChannelMultipliers {
  const input = step.quantization(step.input(0));
  const output = step.quantization(step.output);
  const scales = step.weightScales(step.input(1), kind === "DEPTHWISE_CONV_2D" ? 3 : 0);
  const inSingle = kind === "FULLY_CONNECTED" && scales.length === 1;
  return channelMultipliers(outputs, (o) => {
    const product = input.scale * scales[scales.length > 1 ? o : 0];
    return (inSingle ? Math.fround(product) : product) / output.scale;
  });
}

/** Where an operator's outputs end. */
export function outputRange<K extends OperatorKind>(
  step: Step<K> & { options: { activation: Activation } },
): OutputRange {
  const [lowest, highest] = step.activationRange(step.options.activation);
  const { zeroPoint } = step.quantization(step.output);
  return { rounding: step.rounding, zeroPoint, lowest, highest };
}
