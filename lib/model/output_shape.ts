/**
 * Shape inference: what an operator gives for what it is given.
 *
 * @module
 */
import type { Graph, Operator, OperatorKind, OperatorOptions, Padding, Tensor } from "./graph.ts";
import { constantValues } from "./tensor_values.ts";

/** Says why the operator's inputs do not go together. */
export class ShapeMismatch extends Error {}

type Inputs = readonly (Tensor | undefined)[];
type ShapeRule<Options> = (inputs: Inputs, options: Options) => number[] | undefined;

/**
 * The shape of the operator's output, or undefined where it depends on values that only a run gives (RESHAPE to a
 * computed shape).
 *
 * Expects that tensor indices are valid and that at least `minInputs(kind)` inputs are there.
 *
 * @throws {ShapeMismatch}
 */
export function outputShape(graph: Graph, operator: Operator): number[] | undefined {
  const inputs = operator.inputs.map((index) => index < 0 ? undefined : graph.tensors[index]);
  const rule = rules[operator.kind] as ShapeRule<Operator["options"]>;
  return rule(inputs, operator.options);
}

/** How many inputs the kind takes: at least and at most. An optional one may be −1 instead. */
export const inputCounts: { readonly [K in OperatorKind]: readonly [number, number] } = {
  CONV_2D: [2, 3],
  DEPTHWISE_CONV_2D: [2, 3],
  FULLY_CONNECTED: [2, 3],
  ADD: [2, 2],
  SUB: [2, 2],
  MUL: [2, 2],
  AVERAGE_POOL_2D: [1, 1],
  MAX_POOL_2D: [1, 1],
  MEAN: [2, 2],
  PAD: [2, 2],
  SOFTMAX: [1, 1],
  RESHAPE: [1, 2],
  QUANTIZE: [1, 1],
  DEQUANTIZE: [1, 1],
  RELU: [1, 1],
  RELU6: [1, 1],
  LOGISTIC: [1, 1],
  TANH: [1, 1],
  CONCATENATION: [1, 1024],
  STRIDED_SLICE: [4, 4],
  SHAPE: [1, 1],
  PACK: [1, 1024],
  TRANSPOSE: [2, 2],
};

const same: ShapeRule<unknown> = ([x]) => [...x!.shape];

const broadcast: ShapeRule<unknown> = ([a, b]) => {
  const rank = Math.max(a!.shape.length, b!.shape.length);
  const left = padLeft(a!.shape, rank);
  const right = padLeft(b!.shape, rank);
  return left.map((n, i) => {
    if (n !== right[i] && n !== 1 && right[i] !== 1) {
      fail(`its inputs of shapes [${a!.shape}] and [${b!.shape}] do not broadcast`);
    }
    return Math.max(n, right[i]);
  });
};

const pool: ShapeRule<OperatorOptions["MAX_POOL_2D"]> = ([x], o) => {
  rank(x!, 4, "input");
  const [n, height, width, c] = x!.shape;
  return [
    n,
    windows(height, o.filterHeight, o.strideHeight, 1, o.padding),
    windows(width, o.filterWidth, o.strideWidth, 1, o.padding),
    c,
  ];
};

const rules: { readonly [K in OperatorKind]: ShapeRule<OperatorOptions[K]> } = {
  CONV_2D([x, weights, bias], o) {
    rank(x!, 4, "input");
    rank(weights!, 4, "weights");
    const [n, height, width, c] = x!.shape;
    const [outputs, kernelHeight, kernelWidth, depth] = weights!.shape;
    if (depth !== c) fail(`its weights [${weights!.shape}] are ${depth} deep: expected ${c}`);
    biasOf(bias, outputs);
    return [
      n,
      windows(height, kernelHeight, o.strideHeight, o.dilationHeight, o.padding),
      windows(width, kernelWidth, o.strideWidth, o.dilationWidth, o.padding),
      outputs,
    ];
  },
  DEPTHWISE_CONV_2D([x, weights, bias], o) {
    rank(x!, 4, "input");
    rank(weights!, 4, "weights");
    const [n, height, width, c] = x!.shape;
    const [one, kernelHeight, kernelWidth, outputs] = weights!.shape;
    if (one !== 1 || outputs !== c * o.depthMultiplier) {
      fail(
        `its weights are [${weights!.shape}]: expected [1,_,_,${c * o.depthMultiplier}] for ${c}` +
          ` channels and a depth multiplier of ${o.depthMultiplier}`,
      );
    }
    biasOf(bias, outputs);
    return [
      n,
      windows(height, kernelHeight, o.strideHeight, o.dilationHeight, o.padding),
      windows(width, kernelWidth, o.strideWidth, o.dilationWidth, o.padding),
      outputs,
    ];
  },
  FULLY_CONNECTED([x, weights, bias], o) {
    rank(weights!, 2, "weights");
    const [outputs, depth] = weights!.shape;
    biasOf(bias, outputs);
    if (o.keepNumDims) {
      if (x!.shape.at(-1) !== depth) {
        fail(`its input [${x!.shape}] does not end in ${depth}`);
      }
      return [...x!.shape.slice(0, -1), outputs];
    }
    const count = x!.shape.reduce((product, n) => product * n, 1);
    if (count % depth !== 0) {
      fail(`its input [${x!.shape}] is not made of rows of ${depth}`);
    }
    return [count / depth, outputs];
  },
  ADD: broadcast,
  SUB: broadcast,
  MUL: broadcast,
  AVERAGE_POOL_2D: pool,
  MAX_POOL_2D: pool,
  MEAN([x, axes], o) {
    const reduced = reducedAxes(x!, axes!);
    return x!.shape.flatMap((n, axis) => reduced.has(axis) ? (o.keepDims ? [1] : []) : [n]);
  },
  PAD([x, paddings]) {
    const amounts = indices(paddings!, "paddings");
    if (amounts.length !== 2 * x!.shape.length) {
      fail(`it has ${amounts.length} paddings for an input [${x!.shape}]`);
    }
    if (amounts.some((n) => n < 0)) fail("a padding of it is negative");
    return x!.shape.map((n, axis) => n + amounts[2 * axis] + amounts[2 * axis + 1]);
  },
  SOFTMAX: same,
  RESHAPE: () => undefined,
  QUANTIZE: same,
  DEQUANTIZE: same,
  RELU: same,
  RELU6: same,
  LOGISTIC: same,
  TANH: same,
  CONCATENATION(inputs, o) {
    const first = inputs[0]!.shape;
    const axis = axisOf(o.axis, first.length);
    let total = 0;
    for (const input of inputs) {
      const shape = input!.shape;
      if (shape.length !== first.length || shape.some((n, i) => i !== axis && n !== first[i])) {
        fail(`its inputs [${first}] and [${shape}] do not meet along axis ${axis}`);
      }
      total += shape[axis];
    }
    return first.map((n, i) => i === axis ? total : n);
  },
  STRIDED_SLICE([x, begin, end, strides], o) {
    const range = sliceRange(x!, begin!, end!, strides!, o);
    return range.flatMap(({ count, dropped }) => dropped ? [] : [count]);
  },
  SHAPE: ([x]) => [x!.shape.length],
  PACK(inputs, o) {
    const first = inputs[0]!.shape;
    if (inputs.some((input) => String(input!.shape) !== String(first))) {
      fail("its inputs differ in shape");
    }
    const axis = axisOf(o.axis, first.length + 1);
    return [...first.slice(0, axis), inputs.length, ...first.slice(axis)];
  },
  TRANSPOSE([x, permutation]) {
    const order = indices(permutation!, "permutation");
    const sorted = [...order].sort((a, b) => a - b);
    if (order.length !== x!.shape.length || sorted.some((axis, i) => axis !== i)) {
      fail(`its permutation [${order}] does not fit its input [${x!.shape}]`);
    }
    return order.map((axis) => x!.shape[axis]);
  },
};

/** Where a strided slice starts along an axis, its step, and how many elements it takes. */
export interface SliceRange {
  begin: number;
  stride: number;
  count: number;
  /** The axis is not in the output. */
  dropped: boolean;
}

/**
 * A STRIDED_SLICE's ranges, one an axis of its input.
 *
 * @throws {ShapeMismatch}
 */
export function sliceRange(
  x: Tensor,
  begin: Tensor,
  end: Tensor,
  strides: Tensor,
  options: OperatorOptions["STRIDED_SLICE"],
): SliceRange[] {
  const from = indices(begin, "begin");
  const to = indices(end, "end");
  const steps = indices(strides, "strides");
  if (options.ellipsisMask || options.newAxisMask) fail("ellipsis and new axes are not supported");
  if (from.length > x.shape.length || to.length !== from.length || steps.length !== from.length) {
    fail(`its begin, end and strides do not fit its input [${x.shape}]`);
  }
  return x.shape.map((size, axis) => {
    if (axis >= from.length) return { begin: 0, stride: 1, count: size, dropped: false };
    const bit = 1 << axis;
    const stride = steps[axis];
    if (stride === 0) fail("a stride of it is 0");
    const dropped = (options.shrinkAxisMask & bit) !== 0;
    // Both ends count from the back where negative, and are kept within the axis.
    const low = stride > 0 ? 0 : -1;
    const clamp = (n: number) => Math.min(Math.max(n < 0 ? n + size : n, low), size + low);
    const begin = options.beginMask & bit ? (stride > 0 ? 0 : size - 1) : clamp(from[axis]);
    if (dropped) {
      if (begin < 0 || begin >= size) fail(`its begin ${from[axis]} lies outside of its input`);
      return { begin, stride: 1, count: 1, dropped };
    }
    const end = options.endMask & bit ? (stride > 0 ? size : -1) : clamp(to[axis]);
    return { begin, stride, count: Math.max(0, Math.ceil((end - begin) / stride)), dropped };
  });
}

/**
 * The axes that a MEAN averages over.
 *
 * @throws {ShapeMismatch}
 */
export function reducedAxes(x: Tensor, axes: Tensor): Set<number> {
  return new Set(indices(axes, "axes").map((axis) => axisOf(axis, x.shape.length)));
}

/**
 * An axis counted from the front.
 *
 * @throws {ShapeMismatch}
 */
export function axisOf(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (positive < 0 || positive >= rank) fail(`its axis ${axis} is not one of ${rank}`);
  return positive;
}

/**
 * Rows or columns added before the input, so that windows placed `same` or `valid` give `outputs` outputs.
 */
export function paddingBefore(
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
  outputs: number,
  padding: Padding,
): number {
  return padding === "valid" ? 0 : paddingTotal(size, kernel, stride, dilation, outputs) >> 1;
}

/** Rows or columns that windows placed `same` reach beyond the input, before and behind it together. */
export function paddingTotal(
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
  outputs: number,
): number {
  return Math.max(0, (outputs - 1) * stride + (kernel - 1) * dilation + 1 - size);
}

function windows(
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
  padding: Padding,
): number {
  if (kernel < 1 || stride < 1 || dilation < 1) {
    fail(`its window of ${kernel} with stride ${stride} and dilation ${dilation} is none`);
  }
  const reach = padding === "same" ? 1 : (kernel - 1) * dilation + 1;
  if (reach > size) fail(`its window of ${kernel} is larger than its input of ${size}`);
  return Math.ceil((size - reach + 1) / stride);
}

function rank(tensor: Tensor, expected: number, what: string): void {
  if (tensor.shape.length !== expected) {
    fail(
      `its ${what} [${tensor.shape}] has ${tensor.shape.length} dimensions: expected ${expected}`,
    );
  }
}

function biasOf(bias: Tensor | undefined, outputs: number): void {
  if (bias && (bias.shape.length > 1 || (bias.shape[0] ?? 1) !== outputs)) {
    fail(`its bias [${bias.shape}] does not have ${outputs} values`);
  }
}

function indices(tensor: Tensor, what: string): number[] {
  if (tensor.type !== "int32" || !tensor.data) {
    fail(`its ${what} '${tensor.name}' is not an int32 constant`);
  }
  return Array.from(constantValues(tensor));
}

function padLeft(shape: readonly number[], rank: number): number[] {
  return [...new Array<number>(rank - shape.length).fill(1), ...shape];
}

function fail(why: string): never {
  throw new ShapeMismatch(why);
}
