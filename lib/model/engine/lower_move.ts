/**
 * The operators that only move values.
 *
 * @module
 */
import { elementCount } from "../graph.ts";
import { axisOf, sliceRange } from "../output_shape.ts";
import { constantValues } from "../tensor_values.ts";
import type { Lower } from "./lowering.ts";
import { moveFields, rowMajorSteps } from "./move_fields.ts";

/** RESHAPE: the same bytes. */
export const lowerReshape: Lower<"RESHAPE"> = (step, lowering) => {
  step.checkSameQuantization();
  lowering.alias(step);
};

/** PAD: filled with zero points, then the input moved in. */
export const lowerPad: Lower<"PAD"> = (step, lowering) => {
  step.checkSameQuantization();
  const input = lowering.input(step, 0);
  const output = lowering.output(step);
  const amounts = constantValues(step.input(1));
  const { shape } = step.input(0);
  const outputSteps = rowMajorSteps(step.output.shape);
  const to = outputSteps.reduce((sum, distance, axis) => sum + distance * amounts[2 * axis], 0);
  const { zeroPoint } = step.quantization(step.output);
  lowering.call("fill", { count: elementCount(step.output.shape), value: zeroPoint }, [], output);
  const fields = moveFields({ counts: shape, inputSteps: rowMajorSteps(shape), outputSteps, to });
  lowering.call("move", fields, [input], output);
};

/** STRIDED_SLICE. */
export const lowerStridedSlice: Lower<"STRIDED_SLICE"> = (step, lowering) => {
  step.checkSameQuantization();
  const input = lowering.input(step, 0);
  const x = step.input(0);
  const ranges = sliceRange(x, step.input(1), step.input(2), step.input(3), step.options);
  const distances = rowMajorSteps(x.shape);
  const counts = ranges.map(({ count }) => count);
  const fields = moveFields({
    counts,
    inputSteps: ranges.map(({ stride }, axis) => stride * distances[axis]),
    outputSteps: rowMajorSteps(counts),
    from: ranges.reduce((sum, { begin }, axis) => sum + begin * distances[axis], 0),
  });
  lowering.call("move", fields, [input], lowering.output(step));
};

/** TRANSPOSE. */
export const lowerTranspose: Lower<"TRANSPOSE"> = (step, lowering) => {
  step.checkSameQuantization();
  const input = lowering.input(step, 0);
  const distances = rowMajorSteps(step.input(0).shape);
  const order = Array.from(constantValues(step.input(1)));
  const counts = step.output.shape;
  const fields = moveFields({
    counts,
    inputSteps: order.map((axis) => distances[axis]),
    outputSteps: rowMajorSteps(counts),
  });
  lowering.call("move", fields, [input], lowering.output(step));
};

/** CONCATENATION: each part moved to its place. */
export const lowerConcatenation: Lower<"CONCATENATION"> = (step, lowering) => {
  step.checkSameQuantization();
  if (step.options.activation !== "none") {
    throw step.refuse(`a fused '${step.options.activation}' is not supported`);
  }
  const { shape } = step.output;
  const axis = axisOf(step.options.axis, shape.length);
  const outputSteps = rowMajorSteps(shape);
  let to = 0;
  step.inputs.forEach((input, position) => {
    const counts = input!.shape;
    const fields = moveFields({ counts, inputSteps: rowMajorSteps(counts), outputSteps, to });
    lowering.call("move", fields, [lowering.input(step, position)], lowering.output(step));
    to += counts[axis] * outputSteps[axis];
  });
};

/** PACK: each part moved to its place. */
export const lowerPack: Lower<"PACK"> = (step, lowering) => {
  step.checkSameQuantization();
  const counts = step.input(0).shape;
  const axis = axisOf(step.options.axis, counts.length + 1);
  const distances = rowMajorSteps(step.output.shape);
  const outputSteps = distances.filter((_, i) => i !== axis);
  step.inputs.forEach((_, position) => {
    const fields = moveFields({
      counts,
      inputSteps: rowMajorSteps(counts),
      outputSteps,
      to: position * distances[axis],
    });
    lowering.call("move", fields, [lowering.input(step, position)], lowering.output(step));
  });
};
