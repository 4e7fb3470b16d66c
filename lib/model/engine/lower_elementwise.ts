/**
 * The operators that go element by element.
 *
 * @module
 */
import { elementCount, type Graph, type Operator, type OperatorKind } from "../graph.ts";
import { Int8Executor } from "../int8/int8_executor.ts";
import { quantizeMultiplier, requantizer } from "../int8/requantize.ts";
import type { Step } from "../int8/step.ts";
import { linearSum } from "./linear_sum.ts";
import type { Lower, Lowering } from "./lowering.ts";
import { moveFields, rowMajorSteps } from "./move_fields.ts";
import { roundingNumbers } from "./weight_fields.ts";

/** Bits that ADD shifts its inputs left by. */
const LEFT_SHIFT = 20;

/** ADD. */
export const lowerAdd: Lower<"ADD"> = (step, lowering) => lowerSum(step, lowering, 1);

/** SUB. */
export const lowerSub: Lower<"SUB"> = (step, lowering) => lowerSum(step, lowering, -1);

function lowerSum(step: Step<"ADD"> | Step<"SUB">, lowering: Lowering, sign: 1 | -1): void {
  const left = step.quantization(step.input(0));
  const right = step.quantization(step.input(1));
  const { scale, zeroPoint } = step.quantization(step.output);
  const twice = 2 * Math.max(left.scale, right.scale);
  const first = quantizeMultiplier(left.scale / twice);
  const second = quantizeMultiplier(right.scale / twice);
  const whole = quantizeMultiplier(twice / (2 ** LEFT_SHIFT * scale));
  const [lowest, highest] = step.activationRange(step.options.activation);

  const requantize = requantizer(step.rounding);
  const scaledInput = (zero: number, { multiplier, shift }: typeof first) =>
    Int32Array.from(
      { length: 256 },
      (_, i) => requantize((i - 128 - zero) << LEFT_SHIFT, multiplier, shift),
    );
  const scaled1 = scaledInput(left.zeroPoint, first);
  const scaled2 = scaledInput(right.zeroPoint, second);
  const exact = (a: number, b: number) => {
    const sum = scaled1[a + 128] + sign * scaled2[b + 128];
    const value = zeroPoint + requantize(sum, whole.multiplier, whole.shift);
    return value < lowest ? lowest : value > highest ? highest : value;
  };
  const ratios = [left.scale / scale, sign * right.scale / scale] as const;
  const linear = linearSum(exact, ...ratios, lowest, highest);
  lowering.call(
    "add",
    {
      count: elementCount(step.output.shape),
      rounding: roundingNumbers[step.rounding],
      ...{ zeroPoint1: left.zeroPoint, multiplier1: first.multiplier, shift1: first.shift },
      ...{ zeroPoint2: right.zeroPoint, multiplier2: second.multiplier, shift2: second.shift },
      subtract: Number(sign < 0),
      ...{ zeroPoint, multiplier: whole.multiplier, shift: whole.shift, lowest, highest },
      linear: Number(linear !== undefined),
      ...{ high1: linear?.high1 ?? 0, high2: linear?.high2 ?? 0 },
      ...{ low1: linear?.low1 ?? 0, low2: linear?.low2 ?? 0 },
      ...{ highOffset: linear?.highOffset ?? 0, lowOffset: linear?.lowOffset ?? 0 },
      linearShift: linear?.shift ?? 0,
    },
    [spread(step, lowering, 0), spread(step, lowering, 1)],
    lowering.output(step),
  );
}

/** MUL. */
export const lowerMul: Lower<"MUL"> = (step, lowering) => {
  const left = step.quantization(step.input(0));
  const right = step.quantization(step.input(1));
  const { scale, zeroPoint } = step.quantization(step.output);
  const { multiplier, shift } = quantizeMultiplier(left.scale * right.scale / scale);
  const [lowest, highest] = step.activationRange(step.options.activation);
  lowering.call(
    "mul",
    {
      count: elementCount(step.output.shape),
      rounding: roundingNumbers[step.rounding],
      ...{ zeroPoint1: left.zeroPoint, zeroPoint2: right.zeroPoint },
      ...{ zeroPoint, multiplier, shift, lowest, highest },
    },
    [spread(step, lowering, 0), spread(step, lowering, 1)],
    lowering.output(step),
  );
};

/** The slot of an input in the output's shape: copied where it has to be broadcast. */
function spread(
  step: Step<"ADD"> | Step<"SUB"> | Step<"MUL">,
  lowering: Lowering,
  position: number,
) {
  const slot = lowering.input(step, position);
  const own = step.input(position).shape;
  const { shape } = step.output;
  if (elementCount(own) === elementCount(shape)) return slot;
  const missing = shape.length - own.length;
  const steps = rowMajorSteps(own);
  const inputSteps = shape.map((_, axis) =>
    (own[axis - missing] ?? 1) === 1 ? 0 : steps[axis - missing]
  );
  const wide = lowering.newSlot(elementCount(shape));
  const fields = moveFields({ counts: shape, inputSteps, outputSteps: rowMajorSteps(shape) });
  lowering.call("move", fields, [slot], wide);
  return wide;
}

/** Any operator that is a function of one int8: a table of what the reference gives for each. */
export const lowerLookup: Lower<OperatorKind> = (step, lowering) => {
  const input = lowering.input(step, 0);
  const output = lowering.output(step);
  const shape = [256];
  const operator = lowering.graph.operators[step.index];
  const graph: Graph = {
    description: "",
    tensors: [{ ...step.input(0), data: undefined, shape }, { ...step.output, shape }],
    operators: [{ ...operator, inputs: [0], outputs: [1] } as Operator],
    inputs: [0],
    outputs: [1],
  };
  const executor = new Int8Executor(graph, { rounding: step.rounding });
  const table = executor.run(Int8Array.from({ length: 256 }, (_, i) => i - 128));
  lowering.call("lookup", { count: elementCount(step.output.shape), table }, [input], output);
};
