/**
 * The operators over windows and over axes.
 *
 * @module
 */
import { elementCount } from "../graph.ts";
import { quantizeMultiplier } from "../int8/requantize.ts";
import type { Step } from "../int8/step.ts";
import { reducedAxes } from "../output_shape.ts";
import type { Lower, Lowering } from "./lowering.ts";
import { moveFields, rowMajorSteps } from "./move_fields.ts";
import { roundingNumbers } from "./weight_fields.ts";
import { windowFields } from "./windows.ts";

/** AVERAGE_POOL_2D. */
export const lowerAveragePool2d: Lower<"AVERAGE_POOL_2D"> = (step, lowering) =>
  lowerPool(step, lowering, "average_pool_2d");

/** MAX_POOL_2D. */
export const lowerMaxPool2d: Lower<"MAX_POOL_2D"> = (step, lowering) =>
  lowerPool(step, lowering, "max_pool_2d");

function lowerPool(
  step: Step<"AVERAGE_POOL_2D"> | Step<"MAX_POOL_2D">,
  lowering: Lowering,
  kernel: "average_pool_2d" | "max_pool_2d",
): void {
  const input = lowering.input(step, 0);
  const { filterHeight, filterWidth, activation } = step.options;
  const { fields } = windowFields(
    step as Step<"MAX_POOL_2D">,
    filterHeight,
    filterWidth,
    step.options,
  );
  const [lowest, highest] = step.activationRange(activation);
  lowering.call(kernel, { windows: fields, lowest, highest }, [input], lowering.output(step));
}

/** MEAN: the axes brought together where they are apart, then averaged over. */
export const lowerMean: Lower<"MEAN"> = (step, lowering) => {
  let input = lowering.input(step, 0);
  const output = lowering.output(step);
  const { shape } = step.input(0);
  const axes = [...reducedAxes(step.input(0), step.input(1))].sort((a, b) => a - b);
  const first = axes[0] ?? 0;
  const size = (from: number, to: number) => elementCount(shape.slice(from, to));
  const count = elementCount(axes.map((axis) => shape[axis]));
  const apart = axes.some((axis, i) => axis !== first + i);
  if (apart) {
    const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
    const order = [...kept, ...axes];
    const counts = order.map((axis) => shape[axis]);
    const distances = rowMajorSteps(shape);
    const together = lowering.newSlot(elementCount(shape));
    const fields = moveFields({
      counts,
      inputSteps: order.map((axis) => distances[axis]),
      outputSteps: rowMajorSteps(counts),
    });
    lowering.call("move", fields, [input], together);
    input = together;
  }
  const { scale, zeroPoint: zeroPoint1 } = step.quantization(step.input(0));
  const { scale: outputScale, zeroPoint } = step.quantization(step.output);
  // One multiplier holds the scales and the division.
  const whole = quantizeMultiplier(scale / outputScale);
  const power = Math.min(31 - Math.clz32(count), 31 + whole.shift);
  const multiplier = Number((BigInt(whole.multiplier) << BigInt(power)) / BigInt(count));
  lowering.call(
    "mean",
    {
      outer: apart ? elementCount(shape) / count : size(0, first),
      count,
      inner: apart ? 1 : size(first + axes.length, shape.length),
      rounding: roundingNumbers[step.rounding],
      ...{ zeroPoint1, zeroPoint, multiplier, shift: whole.shift - power },
    },
    [input],
    output,
  );
};

/** Integer bits of SOFTMAX's scaled difference to the maximum. */
const DIFFERENCE_BITS = 5;

/** SOFTMAX over the last axis. */
export const lowerSoftmax: Lower<"SOFTMAX"> = (step, lowering) => {
  const input = lowering.input(step, 0);
  const { scale } = step.quantization(step.input(0));
  const output = step.quantization(step.output);
  if (output.scale !== 1 / 256 || output.zeroPoint !== -128) {
    throw step.refuse("its output's scale is not 1/256 with zero point -128");
  }
  const depth = step.output.shape.at(-1) ?? 1;
  const greatest = step.rounding === "tflm" ? 2 ** 31 - 1 : 2 ** 30 - 1;
  const real = Math.fround(step.options.beta) * scale * 2 ** (31 - DIFFERENCE_BITS);
  const { multiplier, shift } = quantizeMultiplier(Math.min(real, greatest));
  if (shift < 0) throw step.refuse(`its input's scale ${scale} is too small`);
  const radius = Math.floor(
    (2 ** DIFFERENCE_BITS - 1) * 2 ** (31 - DIFFERENCE_BITS) / 2 ** shift,
  );
  lowering.call(
    "softmax",
    {
      rows: elementCount(step.output.shape) / depth,
      depth,
      rounding: roundingNumbers[step.rounding],
      ...{ multiplier, shift, radius },
    },
    [input],
    lowering.output(step),
  );
};
