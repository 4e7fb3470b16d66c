/**
 * Operators that move elements and compute nothing: on real numbers and on integers alike.
 *
 * @module
 */
import { elementCount } from "../graph.ts";
import { clampOf, followOutput, operands } from "./follow_output.ts";
import type { ImportNode } from "./import_node.ts";
import { quantizedBounds } from "./activation_range.ts";
import {
  type ActivationValue,
  channelsLast,
  type OnnxImporter,
  sameOrder,
} from "./onnx_importer.ts";
import { realValues, storedValues } from "../real_values.ts";

/** Transpose: another view of the same tensor. */
export function importTranspose(im: OnnxImporter, n: ImportNode) {
  const value = im.unblocked(n, im.activation(n, 0));
  const rank = value.order.length;
  const perm = n.ints("perm") ?? sameOrder(rank).reverse();
  const isPermutation = perm.length === rank &&
    sameOrder(rank).every((axis) => perm.includes(axis));
  if (!isPermutation) n.fail(`its perm [${perm}] does not fit [${im.dims(value)}]`);
  im.define(n.output, { ...value, order: value.order.map((axis) => perm.indexOf(axis)) });
}

/** The dimensions that Reshape, Flatten, Squeeze or Unsqueeze give to those of its input. */
export function reshapedDims(im: OnnxImporter, n: ImportNode, dims: readonly number[]): number[] {
  const inside = (axis: number, rank: number) => {
    const positive = axis < 0 ? axis + rank : axis;
    return positive >= 0 && positive < rank
      ? positive
      : n.fail(`its axis ${axis} is not one of ${rank}`);
  };
  switch (n.opType) {
    case "Flatten": {
      const axis = n.int("axis", 1);
      const split = axis === dims.length ? axis : inside(axis, dims.length);
      return [elementCount(dims.slice(0, split)), elementCount(dims.slice(split))];
    }
    case "Squeeze": {
      const axes = (n.ints("axes") ?? im.ints(n, 1))?.map((axis) => inside(axis, dims.length));
      return dims.filter((size, axis) => {
        const drop = axes ? axes.includes(axis) : size === 1;
        if (drop && size !== 1) n.fail(`dimension ${axis} of [${dims}] is not 1`);
        return !drop;
      });
    }
    case "Unsqueeze": {
      const listed = n.ints("axes") ?? im.ints(n, 1) ?? n.fail("it lacks axes");
      const rank = dims.length + listed.length;
      const axes = listed.map((axis) => inside(axis, rank));
      const rest = [...dims];
      return sameOrder(rank).map((axis) =>
        axes.includes(axis) ? 1 : rest.shift() ?? n.fail("an axis of it comes twice")
      );
    }
    default: {
      const listed = n.ints("shape") ?? im.ints(n, 1) ?? n.fail("it lacks a shape");
      const shape = listed.map((size, axis) =>
        size === 0 && !n.int("allowzero", 0) ? dims[axis] ?? n.fail("its shape is too long") : size
      );
      const open = shape.indexOf(-1);
      if (open >= 0) shape[open] = -elementCount(dims) / elementCount(shape);
      if (shape.some((size) => !Number.isInteger(size) || size < 0)) {
        n.fail(`[${dims}] cannot be reshaped to [${listed}]`);
      }
      return shape;
    }
  }
}

/** Reshape, Flatten, Squeeze and Unsqueeze. */
export function importReshape(im: OnnxImporter, n: ImportNode) {
  const given = im.activation(n, 0);
  const dims = im.dims(given);
  const shape = reshapedDims(im, n, dims);
  if (String(shape) === String(dims)) return im.define(n.output, given);
  const value = im.unblocked(n, given);
  const sequence = sameOrder(dims.length);
  const { type, quantization } = im.tensors[value.index];
  const output = { name: n.output, type, quantization, shape };
  const order = sameOrder(shape.length);
  const [count, channels, height, width] = dims;
  if (im.keepsElements(value, sequence)) {
    im.define(n.output, { ...value, index: im.reshape(n, value.index, output), order });
  } else if (
    String(value.order) === String(channelsLast) &&
    String(shape) === String([count, channels * height * width])
  ) {
    // The weights after it can follow the tensor's sequence, so that nothing has to move.
    const block = [channels, height, width] as const;
    im.define(n.output, { ...value, index: im.reshape(n, value.index, output), order, block });
  } else {
    const index = im.reshape(n, im.inSequence(n, value), output);
    im.define(n.output, { ...value, index, order });
  }
}

/** Concat of what is computed. */
export function importConcat(im: OnnxImporter, n: ImportNode) {
  const values = n.node.inputs.map((_, position) => im.activation(n, position));
  if (values.length === 0) n.fail("it has no inputs");
  const dims = im.dims(values[0]);
  const given = n.int("axis", 1);
  const axis = given < 0 ? given + dims.length : given;
  const out = followOutput(im, n.output, dims, {
    fusesActivation: true,
    inputsAreReal: values.every((value) => value.isReal),
  });
  const parts = operands(im, n, values, out.isQuantized).map((value) => im.unblocked(n, value));
  const { order } = parts[0];
  if (parts.some((part) => part.order.length !== order.length)) n.fail("its inputs differ in rank");
  const inputs = parts.map((part) => {
    const index = im.inOrder(n, part, order);
    const { quantization, name } = im.tensors[index];
    const wanted = out.type.quantization;
    // TFLite concatenates bytes: all have to mean the same.
    const same = String(quantization?.scale) === String(wanted?.scale) &&
      String(quantization?.zeroPoint) === String(wanted?.zeroPoint);
    return same
      ? index
      : im.emit(n, "QUANTIZE", [index], {}, { ...out.type, name: `${name}/rescaled` });
  });
  const options = { axis: order.indexOf(axis), activation: out.activation };
  if (options.axis < 0) n.fail(`its axis ${given} is not one of [${dims}]`);
  out.define(im.emit(n, "CONCATENATION", inputs, options, out.type), order);
}

/** Pad with zeros. */
export function importPad(im: OnnxImporter, n: ImportNode) {
  const value = im.unblocked(n, im.activation(n, 0));
  const { order, index } = value;
  const rank = order.length;
  const { type, quantization } = im.tensors[index];
  if (n.string("mode", "constant") !== "constant") n.fail("it pads with other than a constant");
  const zero = type === "int8" && !value.isReal
    ? quantization?.zeroPoint[0] ?? n.fail("the zero point of its input is not known")
    : 0;
  let filler = n.float("value", 0);
  if (n.input(2) !== undefined) {
    const { tensor, isReal } = im.constant(n, 2);
    const [first = 0] = isReal ? realValues(tensor) : storedValues(tensor);
    filler = first - (tensor.type === "uint8" ? 128 : 0);
  } else if (value.isUnsigned && !value.isReal) filler = -128;
  if (filler !== zero) n.fail(`it pads with ${filler}`, "Supported is zero");
  const pads = n.ints("pads") ?? im.ints(n, 1) ?? n.fail("it lacks pads");
  const axes = (im.ints(n, 3) ?? sameOrder(rank)).map((axis) => axis < 0 ? axis + rank : axis);
  if (pads.length !== axes.length * 2) n.fail(`it has ${pads.length} pads`);
  const amounts = order.flatMap((axis) => {
    const position = axes.indexOf(axis);
    return position < 0 ? [0, 0] : [pads[position], pads[position + axes.length]];
  });
  const inputs = [index, im.addInts("pads", amounts, [rank, 2])];
  const padded = im.emit(n, "PAD", inputs, {}, { name: n.output, type, quantization });
  im.define(n.output, { ...value, index: padded });
}

/** Slice. */
export function importSlice(im: OnnxImporter, n: ImportNode) {
  const value = im.unblocked(n, im.activation(n, 0));
  const { order, index } = value;
  const dims = im.dims(value);
  const starts = n.ints("starts") ?? im.ints(n, 1) ?? n.fail("it lacks starts");
  const ends = n.ints("ends") ?? im.ints(n, 2) ?? n.fail("it lacks ends");
  const listed = n.ints("axes") ?? im.ints(n, 3) ?? starts.map((_, i) => i);
  const axes = listed.map((axis) => axis < 0 ? axis + dims.length : axis);
  const steps = im.ints(n, 4) ?? starts.map(() => 1);
  const begin = dims.map(() => 0), end = [...dims], strides = dims.map(() => 1);
  let beginMask = 0, endMask = 0;
  axes.forEach((axis, i) => {
    const size = dims[axis] ?? n.fail(`its axis ${listed[i]} is not one of [${dims}]`);
    const stride = steps[i] || n.fail("it lacks a step");
    const last = stride > 0 ? size : size - 1;
    const inside = (position: number) =>
      Math.min(Math.max(position < 0 ? position + size : position, stride > 0 ? 0 : -1), last);
    const at = order.indexOf(axis);
    begin[axis] = inside(starts[i]);
    end[axis] = inside(ends[i]);
    strides[axis] = stride;
    // Before the first element: −1 would be the last one.
    if (end[axis] < 0) endMask |= 1 << at;
  });
  // What is taken whole is marked so, whatever its size.
  order.forEach((axis, at) => {
    if (strides[axis] < 0) return;
    if (begin[axis] === 0) beginMask |= 1 << at;
    if (end[axis] === dims[axis]) endMask |= 1 << at;
  });
  const stored = (name: string, values: readonly number[]) =>
    im.addInts(name, order.map((axis) => values[axis]));
  const { type, quantization } = im.tensors[index];
  const sliced = im.emit(
    n,
    "STRIDED_SLICE",
    [index, stored("begin", begin), stored("end", end), stored("strides", strides)],
    { beginMask, endMask, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 },
    { name: n.output, type, quantization },
  );
  im.define(n.output, { ...value, index: sliced });
}

/** Clip on integers, where no operator before took it up. */
export function importIntegerClip(im: OnnxImporter, n: ImportNode, value: ActivationValue) {
  const { type, quantization } = im.tensors[value.index];
  if (type !== "int8" || !quantization) n.fail("the scale of its input is not known");
  const [low, high] = clampOf(im, n);
  const [scale] = quantization!.scale, [zeroPoint] = quantization!.zeroPoint;
  const kinds = { none: undefined, relu: "RELU", relu6: "RELU6" } as const;
  for (const [activation, kind] of Object.entries(kinds)) {
    const bounds = quantizedBounds(activation as keyof typeof kinds, "int8", scale, zeroPoint);
    if (bounds[0] !== Math.max(low, -128) || bounds[1] !== Math.min(high, 127)) continue;
    if (!kind) return im.define(n.output, value);
    const x = im.unblocked(n, value);
    const index = im.emit(n, kind, [x.index], {}, { name: n.output, type, quantization });
    return im.define(n.output, { ...x, index });
  }
  n.fail(`it clamps to [${low}, ${high}]`, "Supported are zero and 6, as integers");
}
